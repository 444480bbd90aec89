/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/translation_init.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/attributes.h"
#include "install/run/contract.h"
#include "install/run/translation_files.h"
#include "install/run/translation_filter.h"
#include "install/run/translation_root.h"

struct init {
    const struct run_request *request;
    struct translation_host host;
    struct contract contract;
    int socket;
    bool single;
    sigset_t held;
};

extern char **environ;

/* ---- the socket ---- */

static int news_send(int socket, struct translation_news news, int fuse)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec data = {.iov_base = &news, .iov_len = sizeof(news)};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    if (fuse >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &fuse, sizeof(int));
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)sizeof(news) ? 0 : -1;
}

/* ---- programs ---- */

static void signals_reset(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What process 1 is told by signals, which it has blocked: that something died, and what it is to
 * pass on. What is typed on a terminal the command hears itself. */
static void signals_hold(sigset_t *held)
{
    sigemptyset(held);
    sigaddset(held, SIGCHLD);
    sigaddset(held, SIGINT);
    sigaddset(held, SIGTERM);
    sigaddset(held, SIGHUP);
    sigprocmask(SIG_BLOCK, held, NULL);
}

/* The command has stopped, perhaps by itself, as an editor does at Ctrl-Z: then all of the job
 * stops that it belongs to, whose shell may say when it goes on. Ours it is as long as nothing in
 * here has taken the terminal. */
static void job_stop(void)
{
    if (isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp())
        kill(0, SIGTSTP);
}

/* Waits for that process, and takes what else has died meanwhile. */
static int process_wait(const struct init *self, pid_t wanted)
{
    siginfo_t told;
    int status;
    pid_t pid;

    if (wanted < 0)
        return RUN_FAILED;
    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) != wanted || WIFSTOPPED(status)) {
        if (pid == wanted)
            job_stop();
        if (pid > 0)
            continue;
        int number = sigwaitinfo(&self->held, &told);
        /* from outside of the name space, and not typed */
        if (number > 0 && number != SIGCHLD && told.si_code <= 0)
            kill(wanted, number);
    }
    return WIFSIGNALED(status) ? RUN_SIGNALED + WTERMSIG(status) : WEXITSTATUS(status);
}

/* A line for the distribution's shell, as root. */
static pid_t line_start(const char *line)
{
    char sh[] = "sh", dash_c[] = "-c", home[] = "HOME=/root", user[] = "USER=root";
    char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    char term[] = "TERM=linux";
    char *const env[] = {path, home, user, term, NULL};
    AUTO_FREE char *copy = strdup(line);
    char *const argv[] = {sh, dash_c, copy, NULL};

    pid_t pid = fork();
    if (pid != 0)
        return pid;
    signals_reset();
    execve("/bin/sh", argv, env);
    _exit(RUN_NO_COMMAND);
}

static void __attribute__((noreturn)) cwd_refuse(const struct init *self, int errnum)
{
    struct translation_news news = {0};
    contract_no_directory(self->contract.cwd, errnum, &news.error);
    (void)news_send(self->socket, news, -1);
    _exit(RUN_FAILED);
}

static void command_execute(struct init *self)
{
    const struct contract *contract = &self->contract;
    struct events *events = self->request->events;

    signals_reset();
    umask(contract->umask);
    if (!self->single && setgroups(contract->n_groups, contract->groups) < 0) {
        event_warning(events, "groups of the user: %s", strerror(errno));
        _exit(RUN_FAILED);
    }
    if (setresgid(contract->gid, contract->gid, contract->gid) < 0 ||
        setresuid(contract->uid, contract->uid, contract->uid) < 0) {
        event_warning(events, "become user %u: %s", contract->uid, strerror(errno));
        _exit(RUN_FAILED);
    }
    if (chdir(contract->cwd) < 0 && self->request->cwd)
        cwd_refuse(self, errno);
    if (chdir(contract->cwd) < 0) {
        event_warning(events, "%s: %s; the command starts in /", contract->cwd, strerror(errno));
        if (chdir("/") < 0)
            _exit(RUN_FAILED);
    }
    environ = contract->env;
    execvp(contract->file, contract->argv);
    bool missing = errno == ENOENT;
    event_warning(events, "%s: %s%s", contract->file, strerror(errno),
                  errno == ENOEXEC ? "; is the distribution for another machine?" : "");
    _exit(missing ? RUN_NO_COMMAND : RUN_NOT_EXECUTABLE);
}

/* ---- the contract ---- */

/* A machine may run another's programs, by binfmt_misc or as amd64 does those of i386: it is asked,
 * before anything is changed. */
static bool is_runnable(const struct init *self)
{
    struct error ignored;
    pid_t pid = fork();
    if (pid == 0) {
        signals_reset();
        if (translation_confine(&ignored) == 0)
            execl("/bin/sh", "sh", "-c", ":", NULL);
        _exit(RUN_NO_COMMAND);
    }
    return process_wait(self, pid) == 0;
}

static int users_check(const struct init *self, struct error *err)
{
    const struct contract *contract = &self->contract;
    if (!self->single || contract->uid == 0)
        return 0;
    return error_set(err, ERROR_UNSUPPORTED,
                     "user %u of the distribution cannot be had: root is its only user here; take "
                     "--user root, or give this user ranges in /etc/subuid and /etc/subgid",
                     contract->uid);
}

/* The first shell of a new distribution waits until its first-run command has gone well. Otherwise
 * *status, not 0, is the end. */
static int first_run(struct init *self, int *status, struct error *err)
{
    const struct contract *contract = &self->contract;
    const struct run_request *request = self->request;

    if (!run_first_is_due(request, contract->first_run_command)) {
        self->contract.first_run_uid = -1;
        return 0;
    }
    if (contract->first_run_command)
        *status = process_wait(self, line_start(contract->first_run_command));
    if (*status != 0) {
        run_first_failed(request, *status);
        return 0;
    }
    const struct translation_news news = {.first_run = true,
                                          .first_run_uid = contract->first_run_uid};
    return news_send(self->socket, news, -1) < 0
               ? error_set(err, ERROR_INTERNAL, "nobody hears that the first run went well")
               : 0;
}

/* All but the command: afterwards it is known, unless *status is the end. */
static int contract_fulfil(struct init *self, int *status, struct error *err)
{
    const struct run_request *request = self->request;
    struct contract *contract = &self->contract;
    struct translation_files files;

    translation_files_init(&files);
    const struct contract_host host = {
        .hostname = self->host.hostname,
        .timezone = self->host.timezone[0] ? self->host.timezone : NULL,
        .term = isatty(STDIN_FILENO) || isatty(STDOUT_FILENO) ? getenv("TERM") : NULL,
    };
    if ((contract_architecture(&files.root, err) < 0 && !is_runnable(self)) ||
        contract_read(contract, &files.root, request, &host, err) < 0 ||
        translation_files_make(contract, &self->host, request->events, err) < 0 ||
        translation_confine(err) < 0)
        return -1;
    if (contract->boot_command)
        line_start(contract->boot_command);
    if (first_run(self, status, err) < 0)
        return -1;
    if (*status != 0)
        return 0;
    if (contract_command(contract, &files.root, request, &host, contract->first_run_uid, err) < 0)
        return -1;
    return users_check(self, err);
}

static int init_begin(struct init *self, int *status, struct error *err)
{
    struct translation_start start;
    int fuse;

    if (recv(self->socket, &start, sizeof(start), 0) != (ssize_t)sizeof(start))
        return error_set(err, ERROR_INTERNAL, "nobody told process 1 to begin");
    self->single = start.single;
    if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0 ||
        (!self->single && setgroups(0, NULL) < 0) || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return error_errno(err, errno, "become root of the distribution");
    translation_host_read(&self->host);
    if (translation_root_mount(&fuse, err) < 0)
        return -1;
    int rc = news_send(self->socket, (struct translation_news){0}, fuse);
    close(fuse);
    if (rc < 0)
        return error_set(err, ERROR_INTERNAL, "nobody serves the distribution's files");
    return translation_root_enter(err) < 0 ? -1 : contract_fulfil(self, status, err);
}

int translation_init(const struct run_request *request, int socket)
{
    struct init self = {.request = request, .socket = socket};
    struct translation_news news = {0};
    int status = 0;

    signals_hold(&self.held);
    if (init_begin(&self, &status, &news.error) < 0) {
        (void)news_send(socket, news, -1);
        return RUN_FAILED;
    }
    if (status != 0)
        return status;
    pid_t command = fork();
    if (command == 0)
        command_execute(&self);
    if (command < 0) {
        error_errno(&news.error, errno, "start the command");
        (void)news_send(socket, news, -1);
        return RUN_FAILED;
    }
    return process_wait(&self, command);
}
