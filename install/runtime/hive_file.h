/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hive as a file: read at once, so that it cannot change under its parser, and replaced as a
 * whole, so that it is the old one or the new one at any moment. */
#ifndef LXKIT_INSTALL_HIVE_FILE_H
#define LXKIT_INSTALL_HIVE_FILE_H

#include <stdbool.h>

#include "core/error.h"

/* Beside the hive: what it was before the last command that changed it. */
#define HIVE_BACKUP_SUFFIX ".lxkit-backup"

struct hive_file {
    char *path;     /* canonical */
    int lock;       /* -1: reading */
    int copy;       /* of what it held, checked; in memory */
    bool backed_up; /* by us, since it was opened */
};

enum {
    HIVE_PATH_BYTES = 32,
};

/* BUSY where another process uses it; what hive_check() says. */
int hive_file_open(struct hive_file *out, const char *path, bool writable,
                   struct error *err) MUST_CHECK;
void hive_file_close(struct hive_file *file);

/* The path of an open file, for libraries that take nothing else. */
const char *hive_fd_path(int fd, char path[HIVE_PATH_BYTES]);

/* A file in memory, to make a hive in. */
int hive_file_new(int *fd, struct error *err) MUST_CHECK;
/* Puts the hive that lies in *fd in the place of the old one, with its owner, mode and what NTFS
 * keeps beside it. Takes *fd over when it succeeds. */
int hive_file_replace(struct hive_file *file, int *fd, struct error *err) MUST_CHECK;

#endif
