/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/translation_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Where WSL 1 keeps the list of name servers, and what leads there. */
#define RESOLV_DIRECTORY "/run/resolvconf"
#define RESOLV_CONF      RESOLV_DIRECTORY "/resolv.conf"
#define ZONEINFO         "/usr/share/zoneinfo/"

/* ---- reading ---- */

/* The beginning of a file, as text; -1 with errno. */
static ssize_t text_read(const char *path, char *out, size_t size)
{
    size_t n = 0;
    int fd AUTO_FD = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    while (n < size - 1) {
        ssize_t got = read(fd, out + n, size - 1 - n);
        if (got < 0 && errno != EINTR)
            return -1;
        if (got == 0)
            break;
        n += got > 0 ? (size_t)got : 0;
    }
    out[n] = '\0';
    return (ssize_t)n;
}

void translation_host_read(struct translation_host *host)
{
    char link[PATH_MAX];
    *host = (struct translation_host){0};
    if (gethostname(host->hostname, sizeof(host->hostname) - 1) < 0)
        snprintf(host->hostname, sizeof(host->hostname), "localhost");
    if (text_read("/etc/resolv.conf", host->resolv_conf, sizeof(host->resolv_conf)) < 0)
        host->resolv_conf[0] = '\0';
    ssize_t n = readlink("/etc/localtime", link, sizeof(link) - 1);
    link[n > 0 ? n : 0] = '\0';
    const char *zone = strstr(link, "/zoneinfo/");
    if (zone)
        snprintf(host->timezone, sizeof(host->timezone), "%s", zone + strlen("/zoneinfo/"));
}

static int file_read(struct contract_root *self, const char *path, size_t max, char **text,
                     size_t *n, struct error *err)
{
    struct stat st;
    (void)self;
    *text = NULL;
    *n = 0;
    if (stat(path, &st) < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
                   ? 0
                   : error_errno(err, errno, "read %s of the distribution", path);
    if (!S_ISREG(st.st_mode))
        return 0;
    size_t size = (uint64_t)st.st_size < max ? (size_t)st.st_size : max;
    AUTO_FREE char *bytes = malloc(size + 1);
    if (!bytes)
        return error_no_memory(err);
    ssize_t got = text_read(path, bytes, size + 1);
    if (got < 0)
        return error_errno(err, errno, "read %s of the distribution", path);
    *n = (size_t)got;
    *text = steal(&bytes);
    return 0;
}

void translation_files_init(struct translation_files *files)
{
    *files = (struct translation_files){.root = {.read = file_read}};
}

/* ---- writing ---- */

static bool says(const char *path, const char *text)
{
    char buffer[TRANSLATION_RESOLV_BYTES];
    ssize_t n = text_read(path, buffer, sizeof(buffer));
    return n >= 0 && (size_t)n == strlen(text) && memcmp(buffer, text, (size_t)n) == 0;
}

static void text_write(const char *path, const char *text, struct events *events)
{
    if (says(path, text))
        return;
    int fd AUTO_FD = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    size_t n = strlen(text);
    if (fd < 0 || write(fd, text, n) != (ssize_t)n)
        event_warning(events, "%s: %s", path, strerror(errno));
}

static void link_make(const char *path, const char *target, struct events *events)
{
    char now[PATH_MAX];
    ssize_t n = readlink(path, now, sizeof(now));
    if (n == (ssize_t)strlen(target) && memcmp(now, target, (size_t)n) == 0)
        return;
    if ((unlink(path) < 0 && errno != ENOENT) || symlink(target, path) < 0)
        event_warning(events, "%s: %s", path, strerror(errno));
}

int translation_files_make(const struct contract *contract, const struct translation_host *host,
                           struct events *events, struct error *err)
{
    char line[CONTRACT_HOSTNAME_BYTES + 1], zone[PATH_MAX];

    if (sethostname(contract->hostname, strlen(contract->hostname)) < 0)
        return error_errno(err, errno, "set the host name");
    if (access("/etc", X_OK) < 0)
        return 0; /* not even WSL could write there */
    umask(022);
    snprintf(line, sizeof(line), "%s\n", contract->hostname);
    text_write("/etc/hostname", line, events);
    if (contract->hosts)
        text_write("/etc/hosts", contract->hosts, events);
    if (contract->resolv_conf) {
        if (mkdir(RESOLV_DIRECTORY, 0755) < 0)
            return error_errno(err, errno, "make %s", RESOLV_DIRECTORY);
        text_write(RESOLV_CONF, host->resolv_conf, events);
        link_make("/etc/resolv.conf", RESOLV_CONF, events);
    }
    if (contract->timezone) {
        snprintf(zone, sizeof(zone), ZONEINFO "%s", contract->timezone);
        link_make("/etc/localtime", zone, events);
    }
    return 0;
}
