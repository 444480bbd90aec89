/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who holds a lock on a file, for messages: "process 4711 (lxinstall convert)".
 *
 * A note kept in the locked file would outlive its process; what the kernel lists does not. */
#ifndef LXKIT_CORE_LOCK_HOLDER_H
#define LXKIT_CORE_LOCK_HOLDER_H

enum {
    LOCK_HOLDER_BYTES = 128,
};

/* Of any lock on the file that fd has open: of the whole file, or of bytes as QEMU has it. "another
 * program (not yours)" where only its user could look, "another process" where it cannot be found
 * out. Returns text. */
const char *lock_holder(int fd, char text[LOCK_HOLDER_BYTES]);

#endif
