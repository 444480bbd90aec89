/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The machine: modules, mounts, network, and its end. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <net/route.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "install/run/guest/guest.h"

#define DISK      "/dev/vda"
#define NEW_ROOT  "/root"
#define INTERFACE "eth0"

enum {
    DISK_WAIT_MS = 5000,
    END_WAIT_MS = 2000,       /* from SIGTERM to SIGKILL */
    INIT_END_WAIT_MS = 15000, /* for /sbin/init to stop its services */
    POLL_MS = 5,
};

#define array_length(a) (sizeof(a) / sizeof((a)[0]))

/* ---- the beginning ---- */

struct place {
    const char *type, *path, *options;
    unsigned long flags;
};

static const struct place first_places[] = {
    {"proc", "/proc", NULL, 0},
    {"sysfs", "/sys", NULL, 0},
    {"devtmpfs", "/dev", "mode=0755", 0},
};

static int places_mount(const struct place *places, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct place *p = &places[i];
        if (mkdir(p->path, 0755) < 0 && errno != EEXIST)
            return -errno;
        if (mount(p->type, p->path, p->type, p->flags, p->options) < 0)
            return -errno;
    }
    return 0;
}

static void module_load(const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "/modules/%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
        fprintf(stderr, "init: module %s: %s\n", name, strerror(errno));
    if (fd >= 0)
        close(fd);
}

void system_begin(void)
{
    char name[NAME_MAX + 2];
    if (places_mount(first_places, array_length(first_places)) < 0)
        perror("init: mount /proc, /sys and /dev");
    FILE *list = fopen("/modules/list", "re");
    while (list && fgets(name, sizeof(name), list)) {
        name[strcspn(name, "\n")] = '\0';
        module_load(name);
    }
    if (list)
        fclose(list);
}

/* ---- the root file system ---- */

/* What each distribution finds at start; microsoft/WSL src/linux/init/config.cpp has the table. */
static const struct place root_places[] = {
    {"devtmpfs", "/dev", "mode=0755", MS_NOSUID},
    {"sysfs", "/sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
    {"proc", "/proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
    {"devpts", "/dev/pts", "gid=5,mode=620,ptmxmode=666", MS_NOSUID | MS_NOEXEC},
    {"tmpfs", "/run", "mode=0755", MS_NOSUID | MS_NODEV},
    {"tmpfs", "/run/lock", "mode=1777", MS_NOSUID | MS_NODEV | MS_NOEXEC},
    {"tmpfs", "/run/shm", "mode=1777", MS_NOSUID | MS_NODEV},
    {"tmpfs", "/run/user", "mode=0755", MS_NOSUID | MS_NODEV},
    {"cgroup2", "/sys/fs/cgroup", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
};

static const struct {
    const char *target, *path;
} root_links[] = {
    {"/proc/self/fd", "/dev/fd"},
    {"/proc/self/fd/0", "/dev/stdin"},
    {"/proc/self/fd/1", "/dev/stdout"},
    {"/proc/self/fd/2", "/dev/stderr"},
};

static int root_furnish(void)
{
    int rc = places_mount(root_places, array_length(root_places));
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < array_length(root_links); i++) {
        if (symlink(root_links[i].target, root_links[i].path) < 0 && errno != EEXIST)
            return -errno;
    }
    if (mkdir("/dev/shm", 01777) < 0 && errno != EEXIST)
        return -errno;
    if (mount("/run/shm", "/dev/shm", NULL, MS_BIND, NULL) < 0)
        return -errno;
    if (mkdir("/etc", 0755) < 0 && errno != EEXIST)
        return -errno;
    if (mkdir("/tmp", 01777) == 0)
        chmod("/tmp", 01777);
    return 0;
}

static void pause_ms(int ms)
{
    usleep((useconds_t)ms * 1000);
}

int system_mount(const char *options)
{
    for (int waited = 0; access(DISK, F_OK) < 0; waited += POLL_MS) {
        if (waited >= DISK_WAIT_MS)
            return -ENODEV;
        pause_ms(POLL_MS);
    }
    if (mkdir(NEW_ROOT, 0755) < 0 && errno != EEXIST)
        return -errno;
    if (mount(DISK, NEW_ROOT, "ext4", 0, options) < 0)
        return -errno;
    /* The root of the initramfs cannot be unmounted; the disk takes its place. */
    if (chdir(NEW_ROOT) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
        chdir("/") < 0)
        return -errno;
    return root_furnish();
}

int system_tmpfs(const char *path)
{
    char partial[PATH_MAX];
    for (const char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        snprintf(partial, sizeof(partial), "%.*s", slash ? (int)(slash - path) : PATH_MAX, path);
        if (mkdir(partial, 0755) < 0 && errno != EEXIST)
            return -errno;
        if (!slash)
            break;
    }
    return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") < 0 ? -errno : 0;
}

/* ---- files ---- */

int system_read(const char *path, size_t max, char **text, size_t *n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    *text = NULL;
    *n = 0;
    if (fd < 0)
        return errno == ENOTDIR || errno == ELOOP ? -ENOENT : -errno;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !(*text = malloc(max + 1))) {
        close(fd);
        return -ENOENT;
    }
    while (*n < max) {
        ssize_t got = read(fd, *text + *n, max - *n);
        if (got <= 0)
            break;
        *n += (size_t)got;
    }
    (*text)[*n] = '\0';
    close(fd);
    return 0;
}

/* A disk that needs no change sees none. */
static bool file_has(const char *path, const void *bytes, size_t n)
{
    char *text = NULL;
    size_t found;
    struct stat st;
    bool same = lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
                system_read(path, n + 1, &text, &found) == 0 && found == n &&
                memcmp(text, bytes, n) == 0;
    free(text);
    return same;
}

int system_write(const char *path, mode_t mode, const void *bytes, size_t n)
{
    if (file_has(path, bytes, n))
        return 0;
    struct stat st;
    /* A link would lead the content elsewhere. */
    if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode) && unlink(path) < 0)
        return -errno;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0)
        return -errno;
    ssize_t put = write(fd, bytes, n);
    int rc = put < 0 ? -errno : (size_t)put < n ? -ENOSPC : 0;
    close(fd);
    return rc;
}

int system_link(const char *target, const char *path)
{
    char now[PATH_MAX];
    ssize_t n = readlink(path, now, sizeof(now) - 1);
    if (n >= 0) {
        now[n] = '\0';
        if (strcmp(now, target) == 0)
            return 0;
    }
    if (unlink(path) < 0 && errno != ENOENT)
        return -errno;
    return symlink(target, path) < 0 ? -errno : 0;
}

/* ---- the network ---- */

static void address_set(struct sockaddr *out, const uint8_t address[4])
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    memcpy(&in.sin_addr, address, 4);
    memcpy(out, &in, sizeof(in));
}

static int interface_up(int fd, const char *name)
{
    struct ifreq request = {0};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
        return -errno;
    request.ifr_flags |= IFF_UP | IFF_RUNNING;
    return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

int system_network(const uint8_t address[4], const uint8_t mask[4], const uint8_t gateway[4])
{
    static const uint8_t any[4] = {0};
    struct ifreq request = {.ifr_name = INTERFACE};
    struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};
    char device[] = INTERFACE;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int rc = interface_up(fd, "lo");
    address_set(&request.ifr_addr, address);
    if (rc == 0 && ioctl(fd, SIOCSIFADDR, &request) < 0)
        rc = -errno;
    address_set(&request.ifr_netmask, mask);
    if (rc == 0 && ioctl(fd, SIOCSIFNETMASK, &request) < 0)
        rc = -errno;
    if (rc == 0)
        rc = interface_up(fd, INTERFACE);
    address_set(&route.rt_gateway, gateway);
    address_set(&route.rt_dst, any);
    address_set(&route.rt_genmask, any);
    route.rt_dev = device;
    if (rc == 0 && ioctl(fd, SIOCADDRT, &route) < 0)
        rc = -errno;
    close(fd);
    return rc;
}

/* ---- process 1 of the distribution ---- */

/* What systemd must not do here, since it was done; WSL's generator masks the same units. */
static const char *const masked[] = {
    "systemd-networkd-wait-online.service",
    "NetworkManager-wait-online.service",
    "console-getty.service",
};

static void units_mask(void)
{
    char path[PATH_MAX];
    mkdir("/run/systemd", 0755);
    mkdir("/run/systemd/system.control", 0755);
    for (size_t i = 0; i < array_length(masked); i++) {
        snprintf(path, sizeof(path), "/run/systemd/system.control/%s", masked[i]);
        (void)!symlink("/dev/null", path);
    }
}

static void __attribute__((noreturn)) init_exec(void)
{
    static const char *const environment[] = {
        "container=wsl", "container_host_id=windows",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGCHLD, SIG_DFL);
    setsid();
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd <= 2; fd++)
        dup2(null, fd);
    if (mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) == 0 &&
        umount2("/proc", MNT_DETACH) == 0 &&
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
        execle("/sbin/init", "/sbin/init", NULL, environment);
    _exit(127);
}

/* Like a container: it may do what it wants as its process 1, and the disk is still made clean by
 * the machine's own when it has ended. */
int system_init(pid_t *out)
{
    units_mask();
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0);
    if (pid < 0)
        return -errno;
    if (pid == 0)
        init_exec();
    *out = pid;
    return 0;
}

/* ---- the end ---- */

/* Until there are no more children, or the time is over. */
static void children_wait(int ms)
{
    for (int waited = 0; waited < ms; waited += POLL_MS) {
        pid_t pid;
        while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
            ;
        if (pid < 0 && errno == ECHILD)
            return;
        pause_ms(POLL_MS);
    }
}

int system_end(pid_t init)
{
    if (init) {
        kill(init, SIGRTMIN + 3); /* systemd: halt, which in a container is to end */
        for (int waited = 0; kill(init, 0) == 0 && waited < INIT_END_WAIT_MS; waited += POLL_MS)
            pause_ms(POLL_MS);
        kill(init, SIGKILL);
    }
    if (kill(-1, SIGTERM) == 0) {
        kill(-1, SIGCONT);
        children_wait(END_WAIT_MS);
        kill(-1, SIGKILL);
        children_wait(END_WAIT_MS);
    }
    sync();
    return mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0 ? -errno : 0;
}

void system_off(void)
{
    sync();
    reboot(RB_POWER_OFF);
    for (;;)
        pause();
}
