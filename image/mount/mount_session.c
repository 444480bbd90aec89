/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the kernel and a tree: mounting, serving, unmounting. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>

#include "image/mount/mount.h"
#include "image/mount/mount_fuse.h"

enum {
    DESCRIPTOR_PATH_BYTES = 32, /* "/dev/fd/N" */
    BRISK_NS = 100000,          /* a question that comes so soon after an answer came at once */
    AWAKE_NS = 50000,           /* how long this process then waits for the next one awake */
};

/* ---- mounting ---- */

static int session_failed(struct error *err)
{
    return error_set(err, ERROR_IO,
                     "FUSE does not take the mount's options; that should not happen");
}

/* options: as mount(8) has them, but for what every mount gets; NULL: none of this matters, as it
 * is mounted already. */
static int session_new(struct mount *mount, const char *options, struct error *err)
{
    struct fuse_lowlevel_ops ops = {0};
    struct fuse_args args = FUSE_ARGS_INIT(0, NULL);

    for (struct tree_file *file = mount->tree.root; file; file = file->next)
        file->aux = 0;
    mount_fuse_read_ops(&ops);
    if (mount->writable)
        mount_fuse_write_ops(&ops);
    if (fuse_opt_add_arg(&args, "lximage") < 0 ||
        (options && (fuse_opt_add_arg(&args, "-o") < 0 || fuse_opt_add_arg(&args, options) < 0))) {
        fuse_opt_free_args(&args);
        return error_no_memory(err);
    }
    mount->session = fuse_session_new(&args, &ops, sizeof(ops), mount);
    fuse_opt_free_args(&args);
    return mount->session ? 0 : session_failed(err);
}

/* The options of a mount on a directory; malloc'd. */
static int options_text(const struct mount *mount, bool others, char **out, struct error *err)
{
    AUTO_FREE char *name = NULL;
    if (fuse_opt_add_opt_escaped(&name, mount->input) < 0 ||
        asprintf(out, "default_permissions,subtype=lximage%s%s,fsname=%s",
                 mount->writable ? "" : ",ro", others ? ",allow_other" : "", name) < 0)
        return error_no_memory(err);
    return 0;
}

/* What libfuse would say in its own words on standard error. */
static int place_check(const char *directory, bool others, struct error *err)
{
    struct stat st;
    if (stat(directory, &st) < 0)
        return error_errno(err, errno, "mount on %s", directory);
    if (!S_ISDIR(st.st_mode))
        return error_set(err, ERROR_USAGE, "%s is not a directory; make one to mount on",
                         directory);
    if (access("/dev/fuse", F_OK) < 0)
        return error_set(err, ERROR_UNSUPPORTED,
                         "there is no /dev/fuse, which mounting needs: load the module (modprobe "
                         "fuse), or give the container that device");
    if (access("/dev/fuse", R_OK | W_OK) < 0)
        return error_errno(err, errno, "use /dev/fuse, which mounting needs");
    if (geteuid() != 0 && access(directory, W_OK) < 0)
        return error_errno(err, errno, "mount on %s", directory);
    if (others && geteuid() != 0) {
        AUTO_FREE char *line = NULL;
        size_t size = 0;
        bool allowed = false;
        FILE *conf = fopen("/etc/fuse.conf", "re");
        while (conf && !allowed && getline(&line, &size, conf) >= 0)
            allowed = strcmp(line, "user_allow_other\n") == 0;
        if (conf)
            fclose(conf);
        if (!allowed)
            return error_set(err, ERROR_DENIED,
                             "other users may look into a mount only where /etc/fuse.conf says "
                             "user_allow_other; ask for that, or leave --allow-other out");
    }
    return 0;
}

int mount_attach(struct mount *mount, const char *directory, bool others, struct error *err)
{
    AUTO_FREE char *options = NULL;

    if (place_check(directory, others, err) < 0 || options_text(mount, others, &options, err) < 0 ||
        session_new(mount, options, err) < 0)
        return -1;
    if (fuse_session_mount(mount->session, directory) < 0) {
        fuse_session_destroy(steal(&mount->session));
        return error_set(err, ERROR_IO,
                         "%s cannot be mounted on; who is not root needs fusermount3 (install "
                         "fuse3)",
                         directory);
    }
    return 0;
}

int mount_attach_fd(struct mount *mount, int fd, struct error *err)
{
    char path[DESCRIPTOR_PATH_BYTES];
    snprintf(path, sizeof(path), "/dev/fd/%d", fd);
    if (session_new(mount, NULL, err) < 0) {
        close(fd);
        return -1;
    }
    if (fuse_session_mount(mount->session, path) < 0) {
        close(fd);
        fuse_session_destroy(steal(&mount->session));
        return session_failed(err);
    }
    return 0;
}

void mount_detach(struct mount *mount)
{
    if (!mount->session)
        return;
    fuse_session_unmount(mount->session);
    fuse_session_destroy(steal(&mount->session));
}

/* ---- serving ---- */

/* The signals of core/cancel.h as far as they are blocked. */
static int signals_open(struct error *err)
{
    static const int wanted[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t blocked, set;
    sigemptyset(&set);
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    for (size_t i = 0; i < array_length(wanted); i++) {
        if (sigismember(&blocked, wanted[i]) == 1)
            sigaddset(&set, wanted[i]);
    }
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? error_errno(err, errno, "watch for signals") : fd;
}

/* Waits until the kernel asks something: 0, or the number of a signal that came. */
static int question_wait(struct mount *mount, int signals, struct error *err)
{
    struct signalfd_siginfo taken = {0};
    struct pollfd polls[] = {
        {.fd = fuse_session_fd(mount->session), .events = POLLIN},
        {.fd = signals, .events = POLLIN},
    };
    while (poll(polls, array_length(polls), -1) < 0) {
        if (errno != EINTR)
            return error_errno(err, errno, "wait for the kernel");
    }
    if (polls[0].revents)
        return 0;
    if (read(signals, &taken, sizeof(taken)) < 0 && errno != EAGAIN)
        return error_errno(err, errno, "take the signal");
    return (int)taken.ssi_signo;
}

/* Who asks without a pause asks again in a moment, and waking this process would take longer than
 * answering: it stays awake for that moment, if there is another processor to ask from. */
struct pace {
    bool alone;        /* this is the only processor */
    bool brisk;        /* the last question came at once */
    uint64_t answered; /* when the last answer was given, in nanoseconds */
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool stays_awake(const struct pace *pace)
{
    return pace->brisk && now_ns() - pace->answered < AWAKE_NS;
}

static int questions_answer(struct mount *mount, struct fuse_buf *question, int signals,
                            struct error *err)
{
    struct pace pace = {.alone = sysconf(_SC_NPROCESSORS_ONLN) < 2};
    int rc = 0;
    while (rc == 0) {
        int n = fuse_session_receive_buf(mount->session, question);
        if (n == 0)
            return 0;
        if (n == -EAGAIN) {
            rc = stays_awake(&pace) ? 0 : question_wait(mount, signals, err);
        } else if (n < 0 && n != -EINTR) {
            return error_errno(err, -n, "hear the kernel");
        } else if (n > 0) {
            pace.brisk = !pace.alone && now_ns() - pace.answered < BRISK_NS;
            fuse_session_process_buf(mount->session, question);
            pace.answered = now_ns();
        }
        if (fuse_session_exited(mount->session))
            return 0;
    }
    return rc;
}

int mount_serve(struct mount *mount, struct error *err)
{
    struct fuse_buf question = {0};
    int kernel = fuse_session_fd(mount->session);
    int flags = fcntl(kernel, F_GETFL);

    if (flags < 0 || fcntl(kernel, F_SETFL, flags | O_NONBLOCK) < 0)
        return error_errno(err, errno, "prepare /dev/fuse");
    int signals AUTO_FD = signals_open(err);
    if (signals < 0)
        return -1;
    int rc = questions_answer(mount, &question, signals, err);
    free(question.mem);
    return rc;
}
