/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/vm_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "core/cancel.h"

enum {
    POLL_PROCESS,
    POLL_TALK,
    POLL_CHANNEL,
    READ_BYTES = 64 * 1024,
    WAIT_STEP_MS = 100, /* between looks at the signals */
};

/* ---- bytes ---- */

static int bytes_reserve(struct bytes *bytes, size_t n, struct error *err)
{
    size_t room = bytes->room ? bytes->room : READ_BYTES;
    while (room - bytes->n < n)
        room *= 2;
    if (room == bytes->room)
        return 0;
    uint8_t *larger = realloc(bytes->at, room);
    if (!larger)
        return error_no_memory(err);
    bytes->at = larger;
    bytes->room = room;
    return 0;
}

static void bytes_put(struct bytes *bytes, const void *from, size_t n)
{
    if (n)
        memcpy(bytes->at + bytes->n, from, n);
    bytes->n += n;
}

static void bytes_drop(struct bytes *bytes, size_t n)
{
    if (n == 0)
        return;
    bytes->n -= n;
    memmove(bytes->at, bytes->at + n, bytes->n);
}

/* ---- start and end ---- */

static void __attribute__((noreturn))
child_exec(char *const *arguments, int talk, const int *kept, size_t n_kept)
{
    sigset_t none;
    sigemptyset(&none);
    setsid();
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(talk, STDOUT_FILENO) >= 0 &&
        dup2(talk, STDERR_FILENO) >= 0) {
        for (size_t i = 0; i < n_kept; i++)
            fcntl(kept[i], F_SETFD, 0);
        signal(SIGPIPE, SIG_DFL);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execvp(arguments[0], arguments);
    }
    dprintf(talk, "execute %s: %s\n", arguments[0], strerror(errno));
    _exit(127);
}

int machine_start(struct machine *out, char *const *arguments, int channel, const int *kept,
                  size_t n_kept, struct error *err)
{
    int talk[2];
    *out = (struct machine){.process = -1, .talk = -1, .channel = channel};
    if (pipe2(talk, O_CLOEXEC | O_NONBLOCK) < 0)
        return error_errno(err, errno, "make a pipe");
    out->talk = talk[0];
    fcntl(talk[1], F_SETFL, 0);
    out->pid = fork();
    if (out->pid == 0)
        child_exec(arguments, talk[1], kept, n_kept);
    close(talk[1]);
    if (out->pid < 0) {
        out->pid = 0;
        return error_errno(err, errno, "start %s", arguments[0]);
    }
    out->process = (int)syscall(SYS_pidfd_open, out->pid, 0);
    if (out->process < 0)
        return error_errno(err, errno, "watch %s", arguments[0]);
    return 0;
}

void machine_stop(struct machine *machine)
{
    const int fds[] = {machine->process, machine->talk, machine->channel};
    if (machine->pid > 0) {
        kill(machine->pid, SIGKILL);
        while (waitpid(machine->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    for (size_t i = 0; i < array_length(fds); i++) {
        if (fds[i] > 0)
            close(fds[i]);
    }
    free(machine->in.at);
    free(machine->out.at);
    *machine = (struct machine){0};
}

/* ---- what it says ---- */

static void words_read(struct machine *machine)
{
    char text[512];
    ssize_t n;
    while ((n = read(machine->talk, text, sizeof(text))) > 0) {
        size_t got = (size_t)n, room = MACHINE_TALK_BYTES - machine->n_words;
        if (got > room) {
            memmove(machine->words, machine->words + got - room, machine->n_words - (got - room));
            machine->n_words -= got - room;
        }
        memcpy(machine->words + machine->n_words, text, got);
        machine->n_words += got;
    }
    machine->talk_ended = n == 0 || (errno != EAGAIN && errno != EINTR);
}

/* The last line that says something, without the kernel's time before it. */
static const char *words_last(struct machine *machine)
{
    char *words = machine->words;
    words[machine->n_words] = '\0';
    for (char *c = words; *c; c++) {
        if ((unsigned char)*c < ' ' && *c != '\n')
            *c = ' ';
    }
    size_t n = strlen(words);
    while (n > 0 && (words[n - 1] == '\n' || words[n - 1] == ' '))
        words[--n] = '\0';
    const char *line = strrchr(words, '\n');
    return line ? line + 1 : words;
}

static int ended(struct machine *machine, struct error *err)
{
    words_read(machine);
    const char *last = words_last(machine);
    return error_set(err, ERROR_IO,
                     "the VM has ended unexpectedly, and the next start repairs what that left%s%s",
                     *last ? "; it said: " : "", last);
}

/* ---- frames ---- */

int machine_send(struct machine *machine, enum frame_type type, const void *a, size_t na,
                 const void *b, size_t nb, struct error *err)
{
    struct frame_header header = {le32_put((uint32_t)(na + nb)), (uint8_t)type};
    if (na + nb > FRAME_PAYLOAD_MAX)
        return error_set(err, ERROR_LIMIT, "%zu bytes at once are too many for the VM", na + nb);
    if (bytes_reserve(&machine->out, sizeof(header) + na + nb, err) < 0)
        return -1;
    bytes_put(&machine->out, &header, sizeof(header));
    bytes_put(&machine->out, a, na);
    bytes_put(&machine->out, b, nb);
    return 0;
}

int machine_take(struct machine *machine, struct machine_frame *out, struct error *err)
{
    struct frame_header header;
    bytes_drop(&machine->in, machine->frame_bytes);
    machine->frame_bytes = 0;
    if (machine->in.n < sizeof(header))
        return 0;
    memcpy(&header, machine->in.at, sizeof(header));
    size_t n = le32_get(header.n);
    if (n > FRAME_PAYLOAD_MAX)
        return error_set(err, ERROR_DAMAGED, "the VM sends what is no frame: %zu bytes at once", n);
    if (machine->in.n < sizeof(header) + n)
        return 0;
    machine->frame_bytes = sizeof(header) + n;
    *out = (struct machine_frame){header.type, machine->in.at + sizeof(header), n};
    return 1;
}

void machine_polls(const struct machine *machine, struct pollfd polls[MACHINE_POLLS])
{
    polls[POLL_PROCESS] = (struct pollfd){.fd = machine->process, .events = POLLIN};
    polls[POLL_TALK] =
        (struct pollfd){.fd = machine->talk_ended ? -1 : machine->talk, .events = POLLIN};
    polls[POLL_CHANNEL] = (struct pollfd){
        .fd = machine->channel,
        .events = (short)(machine->out.n > 0 ? POLLIN | POLLOUT : POLLIN),
    };
}

/* 1: bytes came, 0: none are there; negative: none will come. */
static int channel_read(struct machine *machine, struct error *err)
{
    if (bytes_reserve(&machine->in, READ_BYTES, err) < 0)
        return -1;
    ssize_t n = recv(machine->channel, machine->in.at + machine->in.n, READ_BYTES, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n <= 0)
        return ended(machine, err);
    machine->in.n += (size_t)n;
    return 1;
}

static int channel_write(struct machine *machine, struct error *err)
{
    ssize_t n =
        send(machine->channel, machine->out.at, machine->out.n, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n < 0)
        return ended(machine, err);
    bytes_drop(&machine->out, (size_t)n);
    return 0;
}

int machine_handle(struct machine *machine, const struct pollfd polls[MACHINE_POLLS],
                   struct error *err)
{
    if (polls[POLL_TALK].revents)
        words_read(machine);
    if ((polls[POLL_CHANNEL].revents & POLLOUT) && channel_write(machine, err) < 0)
        return -1;
    if (polls[POLL_CHANNEL].revents & ~POLLOUT)
        return channel_read(machine, err) < 0 ? -1 : 0;
    return polls[POLL_PROCESS].revents ? ended(machine, err) : 0;
}

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int machine_wait(struct machine *machine, struct machine_frame *out, int timeout_ms,
                 struct error *err)
{
    struct pollfd polls[MACHINE_POLLS];
    long long end = now_ms() + timeout_ms;
    for (;;) {
        int rc = machine_take(machine, out, err);
        if (rc != 0)
            return rc;
        if (timeout_ms >= 0 && now_ms() >= end)
            return 0;
        if (cancel_check(err) < 0)
            return -1;
        machine_polls(machine, polls);
        if (poll(polls, MACHINE_POLLS, WAIT_STEP_MS) > 0 && machine_handle(machine, polls, err) < 0)
            return -1;
    }
}

void machine_hang_up(struct machine *machine)
{
    if (machine->channel > 0)
        close(machine->channel);
    machine->channel = -1;
}

int machine_wait_end(struct machine *machine, int timeout_ms, struct error *err)
{
    long long end = now_ms() + timeout_ms;
    struct pollfd polls[2] = {{.fd = machine->process, .events = POLLIN},
                              {.fd = machine->talk, .events = POLLIN}};
    int status;
    while (!polls[0].revents) {
        int left = (int)(end - now_ms());
        if (left <= 0)
            return error_set(err, ERROR_IO,
                             "the VM does not end; it is killed, and the next start repairs what "
                             "that left");
        if (machine->talk_ended)
            polls[1].fd = -1;
        if (poll(polls, 2, left) > 0 && polls[1].revents)
            words_read(machine);
    }
    while (waitpid(machine->pid, &status, 0) < 0 && errno == EINTR)
        ;
    machine->pid = 0;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : ended(machine, err);
}
