/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/vm_guest.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum {
    ANSWER_WAIT_MS = 120000, /* software emulation on a busy machine is slow */
};

/* QEMU's user network, as it is without options. */
static const uint8_t network[12] = {10, 0, 2, 15, 255, 255, 255, 0, 10, 0, 2, 2};

int guest_answer(struct machine *machine, struct machine_frame *out, int *number, struct error *err)
{
    for (;;) {
        int rc = machine_wait(machine, out, ANSWER_WAIT_MS, err);
        if (rc < 0)
            return -1;
        if (rc == 0)
            return error_set(err, ERROR_IO, "the VM does not answer any more");
        if (out->type == FRAME_DONE || out->type == FRAME_CONTENT)
            return 0;
        if (out->type == FRAME_FAILED && out->n >= sizeof(struct le32))
            break;
    }
    struct le32 code;
    memcpy(&code, out->payload, sizeof(code));
    if (number)
        *number = (int)le32_get(code);
    return error_set(err, ERROR_IO, "in the VM: %.*s: %s", (int)(out->n - sizeof(code)),
                     (const char *)out->payload + sizeof(code), strerror((int)le32_get(code)));
}

static int ask(struct machine *machine, enum frame_type type, const void *a, size_t na,
               const void *b, size_t nb, struct error *err)
{
    struct machine_frame answer;
    return machine_send(machine, type, a, na, b, nb, err) < 0 ||
                   guest_answer(machine, &answer, NULL, err) < 0
               ? -1
               : 0;
}

int guest_mount(struct machine *machine, const char *options, struct error *err)
{
    return ask(machine, FRAME_MOUNT, options, strlen(options), NULL, 0, err);
}

int guest_write(struct machine *machine, const char *path, mode_t mode, const char *text,
                struct error *err)
{
    AUTO_FREE char *head = NULL;
    struct le32 number = le32_put(mode);
    int n = asprintf(&head, "    %s", path);
    if (n < 0)
        return error_no_memory(err);
    memcpy(head, &number, sizeof(number));
    return ask(machine, FRAME_WRITE, head, (size_t)n + 1, text, strlen(text), err);
}

int guest_link(struct machine *machine, const char *target, const char *path, struct error *err)
{
    return ask(machine, FRAME_LINK, target, strlen(target) + 1, path, strlen(path), err);
}

int guest_tmpfs(struct machine *machine, const char *path, struct error *err)
{
    return ask(machine, FRAME_TMPFS, path, strlen(path), NULL, 0, err);
}

int guest_hostname(struct machine *machine, const char *name, struct error *err)
{
    return ask(machine, FRAME_HOSTNAME, name, strlen(name), NULL, 0, err);
}

int guest_network(struct machine *machine, struct error *err)
{
    return ask(machine, FRAME_NETWORK, network, sizeof(network), NULL, 0, err);
}

int guest_init(struct machine *machine, struct error *err)
{
    return ask(machine, FRAME_INIT, NULL, 0, NULL, 0, err);
}

int guest_off(struct machine *machine, struct error *err)
{
    return ask(machine, FRAME_OFF, NULL, 0, NULL, 0, err);
}

/* ---- commands ---- */

static int send_list(struct machine *machine, enum frame_type type, char *const *list,
                     struct error *err)
{
    for (; *list; list++) {
        if (machine_send(machine, type, *list, strlen(*list), NULL, 0, err) < 0)
            return -1;
    }
    return 0;
}

static int send_user(struct machine *machine, const struct guest_command *command,
                     struct error *err)
{
    struct le32 groups[CONTRACT_GROUPS_MAX];
    const struct le32 head[] = {le32_put(command->uid), le32_put(command->gid),
                                le32_put(command->umask)};
    for (size_t i = 0; i < command->n_groups; i++)
        groups[i] = le32_put(command->groups[i]);
    return machine_send(machine, FRAME_USER, head, sizeof(head), groups,
                        command->n_groups * sizeof(*groups), err);
}

/* Whether that is what a FRAME_FAILED says was tried. */
static bool failed_at(const struct machine_frame *answer, const char *what)
{
    const size_t head = sizeof(struct le32);
    return answer->n == head + strlen(what) &&
           memcmp((const char *)answer->payload + head, what, strlen(what)) == 0;
}

int guest_run(struct machine *machine, const struct guest_command *command, int *number,
              struct error *err)
{
    const struct frame_run how = {le32_put(command->flags), le32_put(command->rows),
                                  le32_put(command->columns)};
    struct machine_frame answer;
    if (send_user(machine, command, err) < 0 ||
        machine_send(machine, FRAME_CWD, command->cwd, strlen(command->cwd), NULL, 0, err) < 0 ||
        send_list(machine, FRAME_ENV, command->env, err) < 0 ||
        machine_send(machine, FRAME_ARG, command->file, strlen(command->file), NULL, 0, err) < 0 ||
        send_list(machine, FRAME_ARG, command->argv, err) < 0 ||
        machine_send(machine, FRAME_RUN, &how, sizeof(how), NULL, 0, err) < 0)
        return -1;
    *number = 0;
    if (guest_answer(machine, &answer, number, err) == 0)
        return 0;
    if (*number && failed_at(&answer, FRAME_FAILED_CWD))
        return contract_no_directory(command->cwd, *number, err);
    /* What failed is named, unless it was the command itself. */
    return *number && failed_at(&answer, "") ? 1 : -1;
}

/* Its status; 0 with *late set where the time is over. */
static int wait_exit(struct machine *machine, int timeout_ms, bool *late, struct error *err)
{
    struct machine_frame frame;
    for (;;) {
        int rc = machine_wait(machine, &frame, timeout_ms, err);
        if (rc <= 0) {
            *late = rc == 0;
            return rc;
        }
        if (frame.type != FRAME_EXIT || frame.n < sizeof(struct le32))
            continue;
        struct le32 status;
        memcpy(&status, frame.payload, sizeof(status));
        return (int)le32_get(status);
    }
}

void guest_line_command(struct guest_command *out, struct guest_line *line,
                        const struct contract *contract, char *text)
{
    static const uint32_t root_groups[] = {0};
    *line = (struct guest_line){.shell = "/bin/sh", .dash_c = "-c"};
    line->argv[0] = line->shell;
    line->argv[1] = line->dash_c;
    line->argv[2] = text;
    *out = (struct guest_command){
        .umask = contract->umask,
        .groups = root_groups,
        .n_groups = 1,
        .cwd = "/",
        .env = contract->env,
        .file = line->shell,
        .argv = line->argv,
    };
}

int guest_shell(struct machine *machine, const struct contract *contract, const char *line,
                unsigned flags, int timeout_ms, struct error *err)
{
    AUTO_FREE char *copy = strdup(line);
    struct guest_line parts;
    struct guest_command command;
    const struct le32 killed = le32_put(SIGKILL);
    bool late = false;
    int number;
    if (!copy)
        return error_no_memory(err);
    guest_line_command(&command, &parts, contract, copy);
    command.flags = flags;
    int rc = guest_run(machine, &command, &number, err);
    if (rc != 0)
        return rc > 0 ? RUN_NO_COMMAND : -1;
    if (flags & FRAME_RUN_BACKGROUND)
        return 0;
    rc = wait_exit(machine, timeout_ms, &late, err);
    if (!late)
        return rc;
    if (machine_send(machine, FRAME_SIGNAL, &killed, sizeof(killed), NULL, 0, err) < 0)
        return -1;
    return wait_exit(machine, ANSWER_WAIT_MS, &late, err);
}

/* ---- files ---- */

static int root_read(struct contract_root *self, const char *path, size_t max, char **text,
                     size_t *n, struct error *err)
{
    struct guest_root *root = (struct guest_root *)self;
    struct machine_frame answer;
    struct le32 most = le32_put((uint32_t)max);
    *text = NULL;
    *n = 0;
    if (machine_send(root->machine, FRAME_READ, &most, sizeof(most), path, strlen(path), err) < 0 ||
        guest_answer(root->machine, &answer, NULL, err) < 0)
        return -1;
    if (answer.type == FRAME_DONE)
        return 0;
    *text = malloc(answer.n + 1);
    if (!*text)
        return error_no_memory(err);
    memcpy(*text, answer.payload, answer.n);
    (*text)[answer.n] = '\0';
    *n = answer.n;
    return 0;
}

void guest_root_init(struct guest_root *out, struct machine *machine)
{
    *out = (struct guest_root){{root_read}, machine};
}
