/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/translation_root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Any directory that every machine has, and that nothing is taken from. */
#define PLACE "/tmp"

enum {
    OPTIONS_BYTES = 128,
    PATH_BYTES = 128,
};

static int mount_failed(const char *what, struct error *err)
{
    int errnum = errno;
    if (errnum != EPERM && errnum != EACCES)
        return error_errno(err, errnum, "mount %s for the distribution", what);
    return error_set(err, ERROR_UNSUPPORTED,
                     "this system does not let a user name space mount %s (%s): AppArmor may "
                     "forbid it (sysctl kernel.apparmor_restrict_unprivileged_userns=0), or the "
                     "container that this is; run as root, or outside of it",
                     what, strerror(errnum));
}

int translation_root_mount(int *fuse, struct error *err)
{
    char options[OPTIONS_BYTES];

    *fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (*fuse < 0)
        return error_errno(err, errno, "open /dev/fuse, which shows the distribution's files");
    snprintf(options, sizeof(options),
             "fd=%d,rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other", *fuse);
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("lxkit", PLACE, "fuse", 0, options) < 0) {
        mount_failed("a tree", err);
        close(*fuse);
        return -1;
    }
    return 0;
}

/* ---- what is mounted in it; paths are relative to the new root ---- */

/* Where the tree has no such directory one is made, as WSL does. */
static int place_make(const char *path, mode_t mode, struct error *err)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    if (mkdir(path, mode) < 0 || chmod(path, mode) < 0)
        return error_errno(err, errno, "make the directory /%s in the distribution", path);
    return 0;
}

static int fresh_mount(const char *type, const char *path, unsigned long flags, const char *options,
                       struct error *err)
{
    if (place_make(path, 0755, err) < 0)
        return -1;
    return mount(type, path, type, flags, options) < 0 ? mount_failed(path, err) : 0;
}

/* A device or directory of the machine; what the machine lacks is left out. */
static int machine_mount(const char *path, unsigned long flags, struct error *err)
{
    char from[PATH_BYTES];
    struct stat st;

    snprintf(from, sizeof(from), "/%s", path);
    if (stat(from, &st) < 0)
        return 0;
    if (S_ISDIR(st.st_mode)) {
        if (place_make(path, 0755, err) < 0)
            return -1;
    } else {
        int fd AUTO_FD = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0)
            return error_errno(err, errno, "make /%s in the distribution", path);
    }
    return mount(from, path, NULL, MS_BIND | flags, NULL) < 0 ? mount_failed(from, err) : 0;
}

static int dev_fill(struct error *err)
{
    static const char *const nodes[] = {"dev/null",    "dev/zero", "dev/full", "dev/random",
                                        "dev/urandom", "dev/tty",  "dev/pts",  "dev/ptmx"};
    static const char *const links[][2] = {
        {"/proc/self/fd", "dev/fd"},
        {"/proc/self/fd/0", "dev/stdin"},
        {"/proc/self/fd/1", "dev/stdout"},
        {"/proc/self/fd/2", "dev/stderr"},
    };
    for (size_t i = 0; i < array_length(nodes); i++) {
        if (machine_mount(nodes[i], 0, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < array_length(links); i++) {
        if (symlink(links[i][0], links[i][1]) < 0)
            return error_errno(err, errno, "make /%s in the distribution", links[i][1]);
    }
    return fresh_mount("tmpfs", "dev/shm", MS_NOSUID | MS_NODEV, "mode=1777", err);
}

/* Root of this machine who runs a distribution is not to change the machine by it. */
static int read_only(const char *path, struct error *err)
{
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    if (syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &attributes, sizeof(attributes)) <
        0)
        return mount_failed(path, err);
    return 0;
}

static int proc_fill(struct error *err)
{
    static const char *const levers[] = {"proc/sys", "proc/sysrq-trigger"};
    if (fresh_mount("proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, err) < 0)
        return -1;
    for (size_t i = 0; i < array_length(levers); i++) {
        if (access(levers[i], F_OK) < 0)
            continue;
        if (mount(levers[i], levers[i], NULL, MS_BIND, NULL) < 0)
            return mount_failed(levers[i], err);
        if (read_only(levers[i], err) < 0)
            return -1;
    }
    return 0;
}

static int root_fill(struct error *err)
{
    if (proc_fill(err) < 0 || machine_mount("sys", MS_REC, err) < 0 || read_only("sys", err) < 0 ||
        fresh_mount("tmpfs", "dev", MS_NOSUID | MS_NOEXEC, "mode=755", err) < 0 ||
        dev_fill(err) < 0 ||
        fresh_mount("tmpfs", "run", MS_NOSUID | MS_NODEV, "mode=755", err) < 0 ||
        place_make("run/lock", 01777, err) < 0 || place_make("run/user", 0755, err) < 0)
        return -1;
    return place_make("tmp", 01777, err);
}

int translation_root_enter(struct error *err)
{
    umask(0);
    if (chdir(PLACE) < 0)
        return error_errno(err, errno, "enter the distribution");
    if (root_fill(err) < 0)
        return -1;
    if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
        return error_errno(err, errno, "make the distribution's tree the root");
    return 0;
}
