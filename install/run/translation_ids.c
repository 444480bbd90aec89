/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/translation_ids.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

enum {
    MAP_BYTES = 8192, /* of a whole map: 340 lines at most */
    NUMBER_BYTES = 24,
    PATH_BYTES = 64,
};

static int map_write(pid_t child, const char *file, const char *text, struct error *err)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)child, file);
    int fd AUTO_FD = open(path, O_WRONLY | O_CLOEXEC);
    size_t n = strlen(text);
    if (fd < 0 || write(fd, text, n) != (ssize_t)n)
        return error_errno(err, errno, "map users into the name space (%s)", path);
    return 0;
}

/* ---- root: everybody stays who they are ---- */

static int identity_map(pid_t child, const char *file, struct error *err)
{
    char path[PATH_BYTES], text[MAP_BYTES];
    size_t n = 0;
    uint32_t inside, outside, count;

    snprintf(path, sizeof(path), "/proc/self/%s", file);
    FILE *own = fopen(path, "re");
    if (!own)
        return error_errno(err, errno, "read %s", path);
    while (n < sizeof(text) - 3 * NUMBER_BYTES &&
           fscanf(own, "%" SCNu32 " %" SCNu32 " %" SCNu32, &inside, &outside, &count) == 3)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%" PRIu32 " %" PRIu32 " %" PRIu32 "\n",
                              inside, inside, count);
    fclose(own);
    return map_write(child, file, text, err);
}

/* ---- anybody else ---- */

struct range {
    uint32_t first, count;
};

/* The first range that a file like /etc/subuid gives this user, by name or number. */
static bool range_find(const char *path, struct range *out)
{
    AUTO_FREE char *line = NULL;
    size_t size = 0;
    uid_t uid = getuid();
    const struct passwd *user = getpwuid(uid);
    bool found = false;

    FILE *file = fopen(path, "re");
    while (file && !found && getline(&line, &size, file) >= 0) {
        char *colon = strchr(line, ':'), *end;
        if (!colon)
            continue;
        *colon = '\0';
        bool mine = (user && strcmp(line, user->pw_name) == 0) ||
                    (strtoul(line, &end, 10) == uid && end != line && *end == '\0');
        found = mine && sscanf(colon + 1, "%" SCNu32 ":%" SCNu32, &out->first, &out->count) == 2 &&
                out->count > 0;
    }
    if (file)
        fclose(file);
    return found;
}

/* newuidmap PID 0 UID 1 1 FIRST COUNT; true when it did that. */
static bool helper_run(const char *helper, pid_t child, uint32_t own, const struct range *range)
{
    char numbers[4][NUMBER_BYTES], zero[] = "0", one[] = "1", name[PATH_BYTES];
    char *argv[] = {name, numbers[0], zero, numbers[1], one, one, numbers[2], numbers[3], NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = -1;

    snprintf(name, sizeof(name), "%s", helper);
    snprintf(numbers[0], NUMBER_BYTES, "%d", (int)child);
    snprintf(numbers[1], NUMBER_BYTES, "%" PRIu32, own);
    snprintf(numbers[2], NUMBER_BYTES, "%" PRIu32, range->first);
    snprintf(numbers[3], NUMBER_BYTES, "%" PRIu32, range->count);
    if (posix_spawn_file_actions_init(&actions) != 0)
        return false;
    int rc = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (rc == 0)
        rc = posix_spawnp(&pid, helper, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (rc != 0)
        return false;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool ranges_map(pid_t child)
{
    struct range users, groups;
    return range_find("/etc/subuid", &users) && range_find("/etc/subgid", &groups) &&
           helper_run("newuidmap", child, getuid(), &users) &&
           helper_run("newgidmap", child, getgid(), &groups);
}

static int single_map(pid_t child, struct error *err)
{
    char users[NUMBER_BYTES], groups[NUMBER_BYTES];
    snprintf(users, sizeof(users), "0 %u 1\n", getuid());
    snprintf(groups, sizeof(groups), "0 %u 1\n", getgid());
    if (map_write(child, "setgroups", "deny", err) < 0 ||
        map_write(child, "gid_map", groups, err) < 0)
        return -1;
    return map_write(child, "uid_map", users, err);
}

int translation_ids_map(pid_t child, bool *single, struct events *events, struct error *err)
{
    *single = false;
    if (geteuid() == 0)
        return identity_map(child, "uid_map", err) < 0 || identity_map(child, "gid_map", err) < 0
                   ? -1
                   : 0;
    if (ranges_map(child))
        return 0;
    *single = true;
    event_warning(events,
                  "root is the only user that the distribution can have here, since this user has "
                  "no range in /etc/subuid and /etc/subgid, or newuidmap is missing (package "
                  "uidmap); usermod --add-subuids 100000-165535 --add-subgids 100000-165535 %s",
                  getenv("USER") ? getenv("USER") : "NAME");
    return single_map(child, err);
}
