/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files reached by file descriptor, one name at a time: what somebody puts in the place of a name
 * meanwhile is never followed.
 *
 * An O_PATH descriptor holds a file of any type without opening it. What the system offers by path
 * alone (extended attributes, modes) is done to it through its name below /proc/self/fd, which
 * leads to the very file, also where that is a symbolic link. */
#ifndef LXKIT_IMAGE_DIRECTORY_FD_H
#define LXKIT_IMAGE_DIRECTORY_FD_H

#include "core/error.h"

enum {
    DIRECTORY_PROC_BYTES = 32,
};

struct directory_proc {
    char name[DIRECTORY_PROC_BYTES];
};

/* "/proc/self/fd/N". */
struct directory_proc directory_proc(int fd);
/* UNSUPPORTED where /proc is not mounted. */
int directory_proc_check(struct error *err) MUST_CHECK;

/* One name of a directory as an O_PATH descriptor; a symbolic link is held, not followed. -1 with
 * errno. */
int directory_hold(int directory, const char *name);
/* The same for a file or directory that is to be read: open for that at once. What is something
 * else by now does no harm, but for a device, which is not to be asked for. -1 with errno. */
int directory_hold_open(int directory, const char *name);
/* The file that an O_PATH descriptor holds, for reading; its time of access stays where that may
 * be asked for. -1 with errno. */
int directory_read(int held);

#endif
