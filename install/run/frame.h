/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lxinstall and its init in the VM say to each other, over one virtio port.
 *
 * A frame is
 *
 *     +------------+------+---------------
 *     | le32 bytes | type | payload
 *     +------------+------+---------------
 *
 * and numbers in payloads are le32. The host asks, one request at a time, and each is answered by
 * FRAME_DONE, FRAME_CONTENT or FRAME_FAILED. While a command runs, its input, output and signals
 * travel besides.
 *
 * No stream can block another: its sender may send as many bytes as the receiver has said, at first
 * FRAME_WINDOW, and the receiver always reads and keeps them until they have gone on. The init is
 * in the same build as lxinstall; there are no versions to be agreed upon.
 *
 * Compiled into the init as well: nothing but core/le.h here. */
#ifndef LXKIT_INSTALL_RUN_FRAME_H
#define LXKIT_INSTALL_RUN_FRAME_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "core/le.h"

/* What FRAME_FAILED says was tried where a command's directory is not to be had. */
#define FRAME_FAILED_CWD "its directory"

#define FRAME_PORT "lxkit" /* the virtio port's name */

enum {
    FRAME_PAYLOAD_MAX = (1 << 20) + 8192, /* a file of CONTRACT_FILE_BYTES_MAX and its name */
    FRAME_DATA_MAX = 32 * 1024,           /* of FRAME_DATA: what one write to a virtio port takes */
    FRAME_WINDOW = 256 * 1024,
};

enum frame_type {
    /* requests */
    FRAME_MOUNT = 1, /* mount options: mounts the disk as the root file system */
    FRAME_READ,      /* number of bytes, path: FRAME_CONTENT, or DONE where there is no file */
    FRAME_WRITE,     /* mode, path, NUL, content: makes the file, unless it is so */
    FRAME_LINK,      /* target, NUL, path: makes the symbolic link, in place of what is there */
    FRAME_TMPFS,     /* path: makes the directory, with its parents, and mounts a tmpfs there */
    FRAME_HOSTNAME,  /* name */
    FRAME_NETWORK,   /* address, mask, gateway, each 4 bytes in network order */
    FRAME_INIT,      /* starts /sbin/init as process 1; commands run beside it from now on */
    FRAME_RUN,       /* struct frame_run: starts the command that was described */
    FRAME_OFF,       /* ends everything and makes the disk clean; then the machine goes off */

    /* the next command; not answered */
    FRAME_USER, /* uid, gid, umask, groups */
    FRAME_CWD,  /* path */
    FRAME_ENV,  /* "NAME=value", one more */
    FRAME_ARG,  /* one more; the first is the file to be executed, then argv follows */

    /* answers */
    FRAME_DONE,
    FRAME_CONTENT, /* bytes */
    FRAME_FAILED,  /* errno, what was tried */

    /* while a command runs */
    FRAME_DATA,    /* stream, bytes */
    FRAME_END,     /* stream: the sender has no more of it */
    FRAME_CLOSED,  /* stream: the receiver wants no more of it */
    FRAME_CREDIT,  /* stream, number of bytes that may follow */
    FRAME_SIZE,    /* rows, columns of the terminal */
    FRAME_SIGNAL,  /* number, for the command's process group */
    FRAME_STOPPED, /* the command was stopped, as by Ctrl-Z */
    FRAME_EXIT,    /* status as a shell has it: 128 and the signal's number for a signal */
};

struct frame_header {
    struct le32 n; /* 0x00, of the payload */
    uint8_t type;  /* 0x04 */
};
static_assert(sizeof(struct frame_header) == 5, "frame header");

enum frame_run_flags {
    FRAME_RUN_TERMINAL = 1,       /* standard input and output are a terminal */
    FRAME_RUN_TERMINAL_ERROR = 2, /* and so is standard error, rather than a pipe */
    FRAME_RUN_BACKGROUND = 4,     /* without input and output; it is not waited for */
    FRAME_RUN_SILENT = 8,         /* without input and output, but waited for */
    FRAME_RUN_ANYWHERE = 16,      /* in / where the directory is not there */
};

struct frame_run {
    struct le32 flags;         /* 0x00 */
    struct le32 rows, columns; /* 0x04 */
};
static_assert(sizeof(struct frame_run) == 12, "FRAME_RUN");

#endif
