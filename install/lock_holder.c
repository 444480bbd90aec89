/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/lock_holder.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/paths.h"

enum {
    LOCKS_LINE_BYTES = 256, /* of /proc/locks */
    COMMAND_BYTES = 256,    /* of a command line that are looked at */
    WORD_BYTES = 40,        /* of a word that are told */
};

/* 0 where it is not known: "1: FLOCK  ADVISORY  WRITE 4711 fe:00:1234 0 EOF". */
static int find(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return 0;

    FILE *locks = fopen("/proc/locks", "re");
    if (!locks)
        return 0;
    char line[LOCKS_LINE_BYTES];
    int found = 0;
    while (!found && fgets(line, sizeof(line), locks)) {
        int pid;
        unsigned major, minor;
        unsigned long long inode;
        if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%llu", &pid, &major, &minor, &inode) == 4 &&
            inode == st.st_ino && makedev(major, minor) == st.st_dev)
            found = pid;
    }
    fclose(locks);
    /* A lock may outlive who took it, in a child. */
    return found > 0 && (kill(found, 0) == 0 || errno == EPERM) ? found : 0;
}

/* The words of a command line, each ended by a NUL; "" where it cannot be read. */
static size_t command(int pid, char words[COMMAND_BYTES])
{
    char path[32];
    snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
    FILE *file = fopen(path, "re");
    size_t n = file ? fread(words, 1, COMMAND_BYTES - 1, file) : 0;
    if (file)
        fclose(file);
    words[n] = '\0';
    return n;
}

const char *lock_holder(int fd, char text[LOCK_HOLDER_BYTES])
{
    char words[COMMAND_BYTES];
    int pid = find(fd);
    if (pid == 0) {
        snprintf(text, LOCK_HOLDER_BYTES, "another process");
        return text;
    }
    size_t n = command(pid, words);
    size_t program = strlen(words);
    if (program + 1 < n)
        snprintf(text, LOCK_HOLDER_BYTES, "process %d (%.*s %.*s)", pid, WORD_BYTES,
                 paths_base(words), WORD_BYTES, words + program + 1);
    else
        snprintf(text, LOCK_HOLDER_BYTES, "process %d", pid);
    return text;
}
