/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command, and the process that watches over it.
 *
 *     init ── watcher (session leader) ── command (a process group of its own)
 *
 * The watcher is what a shell is for its jobs: with it as its parent, in the same session and
 * another group, the command can be stopped from the terminal and continued. It reports through a
 * pipe. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "install/run/guest/guest.h"

/* ---- what it is ---- */

int command_user(struct command *command, const uint8_t *payload, size_t n)
{
    const struct le32 *number = (const struct le32 *)payload;
    size_t count = n / sizeof(*number);
    if (count < 3 || count - 3 > COMMAND_GROUPS_MAX)
        return -EINVAL;
    command->uid = le32_get(number[0]);
    command->gid = le32_get(number[1]);
    command->mask = le32_get(number[2]);
    command->n_groups = count - 3;
    for (size_t i = 3; i < count; i++)
        command->groups[i - 3] = le32_get(number[i]);
    return 0;
}

int command_cwd(struct command *command, const char *cwd)
{
    free(command->cwd);
    command->cwd = strdup(cwd);
    return command->cwd ? 0 : -ENOMEM;
}

int command_add(char ***list, size_t *n, const char *text)
{
    if (*n >= COMMAND_LIST_MAX)
        return -E2BIG;
    char **larger = realloc(*list, (*n + 2) * sizeof(*larger));
    if (!larger)
        return -ENOMEM;
    *list = larger;
    larger[*n] = strdup(text);
    if (!larger[*n])
        return -ENOMEM;
    larger[++*n] = NULL;
    return 0;
}

static void list_forget(char ***list, size_t *n)
{
    for (size_t i = 0; i < *n; i++)
        free((*list)[i]);
    free(*list);
    *list = NULL;
    *n = 0;
}

void command_forget(struct command *command)
{
    list_forget(&command->env, &command->n_env);
    list_forget(&command->args, &command->n_args);
    free(command->cwd);
    *command = (struct command){0};
}

/* ---- its input and output ---- */

/* Both sides of what a command reads and writes. */
struct ends {
    int theirs[3]; /* standard input, output, error */
    struct running ours;
};

static void ends_init(struct ends *ends)
{
    ends->ours = (struct running){.reports = -1, .terminal = -1, .in = -1, .out = {-1, -1}};
    for (int fd = 0; fd < 3; fd++)
        ends->theirs[fd] = -1;
}

static void close_all(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

void terminal_resize(int terminal, uint32_t rows, uint32_t columns)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    ioctl(terminal, TIOCSWINSZ, &size);
}

static int terminal_make(struct ends *ends, const struct frame_run *how)
{
    int lock = 0;
    int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (master < 0)
        return -errno;
    ends->ours.terminal = ends->ours.out[0] = master;
    if (ioctl(master, TIOCSPTLCK, &lock) < 0)
        return -errno;
    terminal_resize(master, le32_get(how->rows), le32_get(how->columns));
    int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        return -errno;
    ends->theirs[0] = slave;
    ends->theirs[1] = fcntl(slave, F_DUPFD_CLOEXEC, 3);
    return ends->theirs[1] < 0 ? -errno : 0;
}

/* One pipe; our end does not block. */
static int pipe_make(int *theirs, int *ours, bool they_read)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -errno;
    *theirs = fds[they_read ? 0 : 1];
    *ours = fds[they_read ? 1 : 0];
    fcntl(*ours, F_SETFL, O_NONBLOCK);
    return 0;
}

static int ends_make(struct ends *ends, const struct frame_run *how)
{
    uint32_t flags = le32_get(how->flags);
    int rc = 0;
    if (flags & (FRAME_RUN_BACKGROUND | FRAME_RUN_SILENT)) {
        for (int fd = 0; fd < 3; fd++)
            ends->theirs[fd] = open("/dev/null", O_RDWR | O_CLOEXEC);
        return ends->theirs[2] < 0 ? -ENODEV : 0;
    }
    if (flags & FRAME_RUN_TERMINAL) {
        rc = terminal_make(ends, how);
    } else {
        rc = pipe_make(&ends->theirs[0], &ends->ours.in, true);
        rc = rc < 0 ? rc : pipe_make(&ends->theirs[1], &ends->ours.out[0], false);
    }
    if (rc < 0)
        return rc;
    if (!(flags & FRAME_RUN_TERMINAL_ERROR))
        return pipe_make(&ends->theirs[2], &ends->ours.out[1], false);
    ends->theirs[2] = fcntl(ends->theirs[1], F_DUPFD_CLOEXEC, 3);
    return ends->theirs[2] < 0 ? -errno : 0;
}

/* ---- the command's own process ---- */

/* Says through the pipe what failed; executing a command closes it instead. */
static void __attribute__((noreturn)) fail(int reports, int number, const char *what)
{
    struct report report = {.kind = REPORT_FAILED, .value = (uint32_t)number};
    snprintf(report.what, sizeof(report.what), "%s", what);
    (void)!write(reports, &report, sizeof(report));
    _exit(127);
}

static void signals_reset(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void __attribute__((noreturn))
command_exec(const struct command *command, const struct ends *ends, const struct frame_run *how,
             int reports)
{
    uint32_t flags = le32_get(how->flags);
    setpgid(0, 0);
    if (flags & FRAME_RUN_TERMINAL) {
        signal(SIGTTOU, SIG_IGN);
        tcsetpgrp(ends->theirs[0], getpgrp());
    }
    signals_reset();
    for (int fd = 0; fd < 3; fd++)
        if (dup2(ends->theirs[fd], fd) < 0)
            fail(reports, errno, "its standard files");
    umask(command->mask);
    /* As root: devices of a terminal belong to who uses them. */
    if (flags & FRAME_RUN_TERMINAL)
        (void)!fchown(0, command->uid, (gid_t)-1);
    if (setgroups(command->n_groups, command->groups) < 0 ||
        setresgid(command->gid, command->gid, command->gid) < 0 ||
        setresuid(command->uid, command->uid, command->uid) < 0)
        fail(reports, errno, "its user");
    if (chdir(command->cwd) < 0 && (!(flags & FRAME_RUN_ANYWHERE) || chdir("/") < 0))
        fail(reports, errno, FRAME_FAILED_CWD);
    environ = command->env;
    execvp(command->args[0], command->args + 1);
    fail(reports, errno, "");
}

/* ---- the watcher ---- */

static void report(int reports, enum report_kind kind, uint32_t value)
{
    struct report message = {.kind = kind, .value = value};
    (void)!write(reports, &message, sizeof(message));
}

/* Into the name spaces of the distribution's process 1; children are in its process space. */
static int beside(pid_t init)
{
    static const struct {
        const char *name;
        int type;
    } spaces[] = {{"pid", CLONE_NEWPID}, {"mnt", CLONE_NEWNS}};
    int fds[2] = {-1, -1};
    for (size_t i = 0; i < 2; i++) {
        char path[64];
        snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)init, spaces[i].name);
        fds[i] = open(path, O_RDONLY | O_CLOEXEC);
    }
    for (size_t i = 0; i < 2; i++)
        if (fds[i] < 0 || setns(fds[i], spaces[i].type) < 0)
            return -errno;
    return 0;
}

static void __attribute__((noreturn)) watch(const struct command *command, struct ends *ends,
                                            const struct frame_run *how, pid_t init, int reports)
{
    int status, failures[2];
    struct report failure;
    signal(SIGCHLD, SIG_DFL);
    setsid();
    if ((le32_get(how->flags) & FRAME_RUN_TERMINAL) && ioctl(ends->theirs[0], TIOCSCTTY, 0) < 0)
        fail(reports, errno, "its terminal");
    if (init && beside(init) < 0)
        fail(reports, errno, "its place beside /sbin/init");

    if (pipe2(failures, O_CLOEXEC) < 0)
        fail(reports, errno, "a pipe");
    pid_t pid = fork();
    if (pid < 0)
        fail(reports, errno, "a process");
    if (pid == 0)
        command_exec(command, ends, how, failures[1]);
    close(failures[1]);
    if (read(failures[0], &failure, sizeof(failure)) == sizeof(failure)) {
        (void)!write(reports, &failure, sizeof(failure));
        _exit(0);
    }
    close_all(ends->theirs, 3);
    close_all(ends->ours.out, 2);
    if (ends->ours.in >= 0)
        close(ends->ours.in);
    signal(SIGHUP, SIG_IGN);
    report(reports, REPORT_STARTED, (uint32_t)pid);
    for (;;) {
        if (waitpid(pid, &status, WUNTRACED) < 0)
            _exit(1);
        if (!WIFSTOPPED(status))
            break;
        report(reports, REPORT_STOPPED, 0);
    }
    report(reports, REPORT_EXIT,
           WIFSIGNALED(status) ? 128u + (uint32_t)WTERMSIG(status) : (uint32_t)WEXITSTATUS(status));
    _exit(0);
}

/* ---- starting ---- */

/* The first report: it started, or it failed. */
static int reports_first(struct running *running, char what[64])
{
    struct report first;
    if (read(running->reports, &first, sizeof(first)) != sizeof(first))
        return -EIO;
    if (first.kind == REPORT_STARTED) {
        running->group = (pid_t)first.value;
        return 0;
    }
    memcpy(what, first.what, sizeof(first.what));
    return -(int)first.value;
}

int command_start(struct running *out, const struct command *command, const struct frame_run *how,
                  pid_t init, char what[64])
{
    struct ends ends;
    int reports[2];
    what[0] = '\0';
    ends_init(&ends);
    int rc =
        !command->cwd || command->n_args < 2 || !command->env ? -EINVAL : ends_make(&ends, how);
    if (rc == 0 && pipe2(reports, O_CLOEXEC) < 0)
        rc = -errno;
    if (rc < 0) {
        snprintf(what, 64, "its standard files");
        close_all(ends.theirs, 3);
        return rc;
    }
    pid_t pid = fork();
    if (pid == 0)
        watch(command, &ends, how, init, reports[1]);
    close_all(ends.theirs, 3);
    close(reports[1]);
    ends.ours.reports = reports[0];
    *out = ends.ours;
    if (pid < 0)
        return -EAGAIN;
    return reports_first(out, what);
}
