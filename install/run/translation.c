/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The translation backend: the distribution's programs run as processes of this very machine, in
 * name spaces of their own over the tree of an NTFS disk.
 *
 *     this process      opens the disk, answers the kernel's questions for its tree (FUSE), waits,
 *                       and writes a new disk where the tree changed
 *       process 1       of the new user, mount, process, UTS and IPC name spaces: mounts the tree,
 *                       makes it the root, does what the WSL contract says, gives up the right to
 *                       mount, starts the command and collects what dies
 *         the command   and whatever it starts
 *
 * Process 1 takes everything with it when it ends, and ends when this process does: then the name
 * spaces end, and the mount with them. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "core/disk.h"
#include "core/paths.h"
#include "image/image.h"
#include "install/disk_lock.h"
#include "install/run/translation.h"
#include "install/run/translation_ids.h"
#include "install/unsaved.h"

enum {
    NTFS_TIME_STEP = 100, /* nanoseconds */
    NAME_SPACES = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC,
};

/* ---- process 1 ---- */

static int spaces_refused(int errnum, struct error *err)
{
    if (errnum != EPERM && errnum != EACCES && errnum != ENOSPC && errnum != EINVAL &&
        errnum != EUSERS && errnum != ENOSYS)
        return error_errno(err, errnum, "start the distribution's first process");
    return error_set(err, ERROR_UNSUPPORTED,
                     "this system makes no user name spaces (%s), which the translation backend "
                     "runs in; where it is yours, allow them (sysctl "
                     "user.max_user_namespaces=65536, kernel.unprivileged_userns_clone=1), and in "
                     "a container run it outside",
                     strerror(errnum));
}

/* Starts process 1; *socket is the way to it. */
static pid_t init_start(const struct run_request *request, int *socket, struct error *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return error_errno(err, errno, "make a socket");
    pid_t pid = (pid_t)syscall(SYS_clone, NAME_SPACES | SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0) {
        close(ends[0]);
        _exit(translation_init(request, ends[1]));
    }
    int errnum = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return spaces_refused(errnum, err);
    }
    *socket = ends[0];
    return pid;
}

/* Process 1's news: 1 with *fuse set, or -1 where there was none; 0 where it has ended. */
static int news_take(int socket, struct translation_news *news, int *fuse)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec data = {.iov_base = news, .iov_len = sizeof(*news)};
    struct msghdr message = {
        .msg_iov = &data,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control.bytes),
    };
    ssize_t n;
    *fuse = -1;
    while ((n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        continue;
    if (n != (ssize_t)sizeof(*news))
        return 0;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_type == SCM_RIGHTS)
        memcpy(fuse, CMSG_DATA(header), sizeof(int));
    return 1;
}

static int init_wait(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFSIGNALED(status) ? RUN_SIGNALED + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Answers for the tree until its last user is gone. A signal to this process is passed on; a second
 * one ends the run. */
static int tree_serve(struct mount *mount, pid_t pid, struct error *err)
{
    int rc;
    for (bool again = false; (rc = mount_serve(mount, err)) > 0; again = true)
        kill(pid, again ? SIGKILL : rc);
    return rc;
}

static int ended_early(struct error *err)
{
    return error_set(err, ERROR_INTERNAL, "the distribution's first process ended early");
}

/* *first_run becomes what process 1 tells of that. */
static int init_attend(const struct translation *self, struct mount *mount,
                       struct translation_news *first_run, struct error *err)
{
    struct translation_news news;
    int fuse;

    if (!news_take(self->socket, &news, &fuse))
        return ended_early(err);
    if (fuse < 0)
        return error_set(err, news.error.code, "%s", news.error.text);
    if (mount_attach_fd(mount, fuse, err) < 0 || tree_serve(mount, self->init, err) < 0)
        return -1;
    mount_detach(mount);
    while (news_take(self->socket, &news, &fuse)) {
        if (news.error.code)
            return error_set(err, news.error.code, "%s", news.error.text);
        *first_run = news;
    }
    return 0;
}

/* ---- the terminal ---- */

struct terminal {
    struct sigaction interrupt, quit;
    sigset_t mask;
    pid_t group; /* that has the terminal; 0: none of ours */
};

/* What is typed is for the command: this process only waits. Without a terminal there is nothing to
 * lend. */
static void terminal_lend(struct terminal *terminal)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t typed;

    terminal->group = isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp() ? getpgrp() : 0;
    if (!terminal->group)
        return;
    sigemptyset(&typed);
    sigaddset(&typed, SIGINT);
    sigaddset(&typed, SIGQUIT);
    sigaction(SIGINT, &ignore, &terminal->interrupt);
    sigaction(SIGQUIT, &ignore, &terminal->quit);
    sigprocmask(SIG_UNBLOCK, &typed, &terminal->mask);
}

static void terminal_return(const struct terminal *terminal)
{
    sigset_t output, before;
    if (!terminal->group)
        return;
    sigprocmask(SIG_SETMASK, &terminal->mask, NULL);
    sigaction(SIGINT, &terminal->interrupt, NULL);
    sigaction(SIGQUIT, &terminal->quit, NULL);
    sigemptyset(&output);
    sigaddset(&output, SIGTTOU);
    sigprocmask(SIG_BLOCK, &output, &before);
    (void)!tcsetpgrp(STDIN_FILENO, terminal->group);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* ---- the disk ---- */

static int disk_size(const char *path, uint64_t *out, struct error *err)
{
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    if (disk_open(&dev, path, err) < 0)
        return -1;
    *out = dev->size;
    return 0;
}

/* Puts new, complete and read back, in the place of the disk. */
static int disk_replace(const char *disk, const char *new, struct error *err)
{
    AUTO_FREE char *directory = NULL;
    struct stat st;

    if (stat(disk, &st) < 0 || chmod(new, st.st_mode & 07777) < 0 ||
        (geteuid() == 0 && chown(new, st.st_uid, st.st_gid) < 0))
        return error_errno(err, errno, "prepare %s", new);
    if (paths_parent(&directory, disk, err) < 0)
        return -1;
    if (rename(new, disk) < 0)
        return error_errno(err, errno, "replace %s", disk);
    return paths_flush(directory, err);
}

/* Changes become a new disk, which takes the old one's place when it was read back. Until then, and
 * where that fails, the journal has them. */
static int changes_save(const struct run_request *request, struct mount *mount, struct error *err)
{
    const struct disk_driver *driver = disk_by_suffix(request->disk);
    AUTO_FREE char *new = NULL;
    struct event_filter talk;
    struct image_target target = {
        .format = "ntfs",
        .container = driver ? driver->name : "raw",
        .split_links = true,
    };

    event_filter_init(&talk, request->events, EVENTS_TALK);
    if (asprintf(&new, "%s" UNSAVED_IMAGE, request->disk) < 0)
        return error_no_memory(err);
    target.path = new;
    (void)!unlink(new); /* of a run that was killed */
    if (disk_size(request->disk, &target.size, err) < 0 ||
        mount_save(mount, &target, &talk.events, err) < 0 || mount_settle(mount, new, err) < 0 ||
        disk_replace(request->disk, new, err) < 0) {
        (void)!unlink(new);
        return error_wrap(err,
                          "what the command changed is kept beside the disk, which could not be "
                          "written anew; when this is mended: lxinstall run %s -- true",
                          request->registration->distribution_name);
    }
    return mount_forget_journal(mount, err);
}

static int changes_keep(const struct run_request *request, struct mount *mount, struct error *err)
{
    return mount_changed(mount) ? changes_save(request, mount, err)
                                : mount_forget_journal(mount, err);
}

/* ---- the run ---- */

int translation_begin(struct translation *out, const struct run_request *request, struct error *err)
{
    AUTO_TRANSLATION struct translation self = {.request = request, .socket = -1};
    struct translation_start start = {0};

    self.init = init_start(request, &self.socket, err);
    if (self.init < 0)
        return -1;
    if (translation_ids_map(self.init, &start.single, request->events, err) < 0)
        return -1;
    if (send(self.socket, &start, sizeof(start), MSG_NOSIGNAL) < 0)
        return ended_early(err);
    *out = self;
    self = (struct translation){.socket = -1};
    return 0;
}

int translation_attend(struct translation *self, struct mount *mount,
                       struct translation_news *first_run, int *status, struct error *err)
{
    struct terminal terminal;

    *first_run = (struct translation_news){0};
    terminal_lend(&terminal);
    int rc = init_attend(self, mount, first_run, err);
    if (rc < 0)
        kill(self->init, SIGKILL);
    *status = init_wait(self->init);
    self->init = 0;
    terminal_return(&terminal);
    return rc;
}

void translation_abandon(struct translation *self)
{
    if (self->init > 0) {
        kill(self->init, SIGKILL);
        init_wait(self->init);
        self->init = 0;
    }
    cleanup_fd(&self->socket);
    self->socket = -1;
}

static int translation_run(const struct run_request *request, int *status, struct error *err)
{
    AUTO_FREE char *directory = NULL, *journal = NULL;
    AUTO_MOUNT struct mount *mount = NULL;
    AUTO_TRANSLATION struct translation self = {.socket = -1};
    struct event_filter talk;
    struct translation_news first_run;
    AUTO_FD int lock = -1;

    event_filter_init(&talk, request->events, EVENTS_TALK);
    if (disk_lock_alone(&lock, request->disk, err) < 0 ||
        paths_parent(&directory, request->disk, err) < 0 ||
        unsaved_path(request->registration, &journal, err) < 0)
        return -1;
    const struct mount_options options = {
        .open = {.events = &talk.events},
        .writable = true,
        .spool = directory,
        .journal = journal,
        .journal_stays = request->ephemeral,
        .time_step = NTFS_TIME_STEP,
    };
    if (translation_begin(&self, request, err) < 0 ||
        mount_open(&mount, request->disk, &options, err) < 0)
        return -1;
    int rc = translation_attend(&self, mount, &first_run, status, err);
    if (request->ephemeral)
        return rc;
    /* Also where the run failed, which is told then: what came before is part of the distribution.
     */
    struct error second, *why = rc < 0 ? &second : err;
    if (changes_keep(request, mount, why) < 0 ||
        (first_run.first_run && run_first_run_done(request, first_run.first_run_uid, why) < 0))
        return -1;
    return rc;
}

const struct run_backend run_translation = {
    .name = "translation",
    .run = translation_run,
};
