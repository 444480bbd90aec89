/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists, signatures and keys: small files, read whole and once, so that what is verified is what is
 * parsed. */
#ifndef LXKIT_FETCH_TRUST_SMALL_FILE_H
#define LXKIT_FETCH_TRUST_SMALL_FILE_H

#include <stddef.h>

#include "core/error.h"

struct small_file {
    char *bytes; /* n of them, and a NUL */
    size_t n;
};

/* "-" is standard input. VERIFY, naming what it should be ("list"), for more than max bytes. */
int small_file_read(struct small_file *out, const char *path, size_t max, const char *what,
                    struct error *err) MUST_CHECK;
void small_file_free(struct small_file *file);

#define AUTO_SMALL_FILE CLEANUP(small_file_free)

#endif
