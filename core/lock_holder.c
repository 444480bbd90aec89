/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /proc/locks names who took a lock, whoever's process that is, but not for the locks of an open
 * file (F_OFD_SETLK: pid -1), nor where who took it has left it to a child. Then every process's
 * open files are asked whether they hold it, as far as this user may. */
#include "core/lock_holder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/attributes.h"
#include "core/paths.h"

enum {
    LINE_BYTES = 256,     /* of /proc/locks and /proc/PID/fdinfo/FD */
    PROC_PATH_BYTES = 64, /* "/proc/PID/fdinfo/FD" */
    COMMAND_BYTES = 256,  /* of a command line that are looked at */
    WORD_BYTES = 40,      /* of a word that are told */
};

/* "1: FLOCK  ADVISORY  WRITE 4711 fe:00:1234 0 EOF"; 0 where no such line names a process that is
 * still there. */
static int listed(const struct stat *wanted)
{
    FILE *locks = fopen("/proc/locks", "re");
    if (!locks)
        return 0;
    char line[LINE_BYTES];
    int found = 0;
    while (!found && fgets(line, sizeof(line), locks)) {
        int pid;
        unsigned major, minor;
        unsigned long long inode;
        if (sscanf(line, "%*d: %*s %*s %*s %d %x:%x:%llu", &pid, &major, &minor, &inode) == 4 &&
            pid > 0 && inode == wanted->st_ino && makedev(major, minor) == wanted->st_dev &&
            (kill(pid, 0) == 0 || errno == EPERM))
            found = pid;
    }
    fclose(locks);
    return found;
}

/* ---- open files ---- */

static bool is_locked(const char *pid, const char *fd)
{
    char path[PROC_PATH_BYTES];
    char line[LINE_BYTES];
    bool locked = false;
    snprintf(path, sizeof(path), "/proc/%.20s/fdinfo/%.20s", pid, fd);
    FILE *file = fopen(path, "re");
    while (file && !locked && fgets(line, sizeof(line), file))
        locked = strncmp(line, "lock:", 5) == 0;
    if (file)
        fclose(file);
    return locked;
}

/* Never waits for a file system that does not answer. */
static bool is_file(int directory, const char *fd, const struct stat *wanted)
{
    struct statx st;
    return statx(directory, fd, AT_STATX_DONT_SYNC, STATX_INO, &st) == 0 &&
           st.stx_ino == wanted->st_ino &&
           makedev(st.stx_dev_major, st.stx_dev_minor) == wanted->st_dev;
}

static bool holds(const char *pid, const struct stat *wanted, bool *denied)
{
    char path[PROC_PATH_BYTES];
    const struct dirent *entry;
    bool found = false;
    snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
    DIR *files = opendir(path);
    if (!files) {
        *denied |= errno == EACCES || errno == EPERM;
        return false;
    }
    while (!found && (entry = readdir(files)))
        found = isdigit((unsigned char)entry->d_name[0]) &&
                is_file(dirfd(files), entry->d_name, wanted) && is_locked(pid, entry->d_name);
    closedir(files);
    return found;
}

/* A process that has the lock, another one than this if there is; 0 for none. */
static int found_open(const struct stat *wanted, bool *denied)
{
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    int found = 0;
    while (processes && (found == 0 || found == getpid()) && (entry = readdir(processes))) {
        if (isdigit((unsigned char)entry->d_name[0]) && holds(entry->d_name, wanted, denied))
            found = atoi(entry->d_name);
    }
    if (processes)
        closedir(processes);
    return found;
}

/* ---- words ---- */

/* The words of a command line, each ended by a NUL; "" where it cannot be read. */
static size_t command(int pid, char words[COMMAND_BYTES])
{
    char path[PROC_PATH_BYTES];
    snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
    FILE *file = fopen(path, "re");
    size_t n = file ? fread(words, 1, COMMAND_BYTES - 1, file) : 0;
    if (file)
        fclose(file);
    words[n] = '\0';
    return n;
}

/* The program and, of one with verbs, the verb. */
static void name(int pid, char text[LOCK_HOLDER_BYTES])
{
    char words[COMMAND_BYTES];
    size_t n = command(pid, words);
    size_t program = strlen(words);
    const char *verb = program + 1 < n ? words + program + 1 : "";
    if (program == 0)
        snprintf(text, LOCK_HOLDER_BYTES, "process %d", pid);
    else if (!*verb || *verb == '-')
        snprintf(text, LOCK_HOLDER_BYTES, "process %d (%.*s)", pid, WORD_BYTES, paths_base(words));
    else
        snprintf(text, LOCK_HOLDER_BYTES, "process %d (%.*s %.*s)", pid, WORD_BYTES,
                 paths_base(words), WORD_BYTES, verb);
}

const char *lock_holder(int fd, char text[LOCK_HOLDER_BYTES])
{
    struct stat st;
    bool denied = false;
    int pid = 0;
    if (fstat(fd, &st) == 0) {
        pid = listed(&st);
        pid = pid ? pid : found_open(&st, &denied);
    }
    if (pid)
        name(pid, text);
    else
        snprintf(text, LOCK_HOLDER_BYTES, "%s",
                 denied ? "another program (not yours)" : "another process");
    return text;
}
