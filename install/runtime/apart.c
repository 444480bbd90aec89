/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/runtime/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Nothing that a library says on its way out is for the user. */
static void fence(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CPU, &(struct rlimit){APART_CPU_SECONDS, APART_CPU_SECONDS});
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
        dup2(null, fd);
}

/* An error is sent whole: it is smaller than what a pipe takes at once. */
static _Noreturn void child_main(int (*work)(void *argument, struct error *err), void *argument,
                                 int to)
{
    struct error why = {0};
    fence();
    int rc = work(argument, &why);
    if (rc < 0 && write(to, &why, sizeof(why)) != sizeof(why))
        _exit(2);
    _exit(rc < 0);
}

int apart_run(int (*work)(void *argument, struct error *err), void *argument, const char *path,
              struct error *err)
{
    int ends[2], status;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, errno, "make a pipe");
    AUTO_FD int from = ends[0];
    AUTO_FD int to = ends[1];
    pid_t child = fork();
    if (child < 0)
        return error_errno(err, errno, "start a process");
    if (child == 0)
        child_main(work, argument, to);
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return error_errno(err, errno, "wait for a process");
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    struct error why = {0};
    if (WIFEXITED(status) && WEXITSTATUS(status) == 1 &&
        read(from, &why, sizeof(why)) == sizeof(why))
        return error_set(err, why.code, "%s", why.text);
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return error_set(err, ERROR_DAMAGED,
                     "%s is damaged, so that changing it failed (%s); nothing was changed: take a "
                     "backup of it",
                     path, number ? strsignal(number) : "without a reason");
}
