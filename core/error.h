/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors: a code and a sentence.
 *
 * A function that can fail takes `struct error *err` last and returns a negative value after
 * setting it. The sentence is made where the error happens, names the file, the reason and the
 * next step, and gains context on the way up by error_wrap(). Libraries never print and never
 * exit: the program prints the error once and exits with error_exit_status().
 */
#ifndef LXKIT_CORE_ERROR_H
#define LXKIT_CORE_ERROR_H

#include "core/attributes.h"

/* Every error code: its name, the stable id shown to users and scripts, the exit status. */
#define ERROR_CODES(X)                             \
    X(USAGE, "usage", 2)                           \
    X(NAME_ILLEGAL, "name-illegal", 2)             \
    X(NOT_FOUND, "not-found", 3)                   \
    X(VERIFY, "verification-failed", 4)            \
    X(EXISTS, "already-exists", 5)                 \
    X(UNSUPPORTED, "unsupported", 6)               \
    X(WRONG_KIND, "wrong-kind", 6)                 \
    X(NOT_A_DISTRIBUTION, "not-a-distribution", 6) \
    X(LOSSY, "lossy", 6)                           \
    X(IO, "io", 7)                                 \
    X(NO_SPACE, "no-space", 7)                     \
    X(DENIED, "denied", 7)                         \
    X(NO_MEMORY, "no-memory", 7)                   \
    X(NETWORK, "network", 8)                       \
    X(BUSY, "busy", 9)                             \
    X(DAMAGED, "damaged", 10)                      \
    X(LIMIT, "limit", 10)                          \
    X(INTERRUPTED, "interrupted", 7)               \
    X(INTERNAL, "internal", 70)

enum error_code {
    ERROR_NONE = 0,
#define X(name, id, status) ERROR_##name,
    ERROR_CODES(X)
#undef X
};

enum {
    ERROR_TEXT_BYTES = 512, /* longer sentences lose their middle */
};

struct error {
    enum error_code code;
    char text[ERROR_TEXT_BYTES]; /* UTF-8; control characters and other bytes are escaped */
};

/* Sets code and sentence; always returns -1. err may be NULL. */
int error_set(struct error *err, enum error_code code, const char *format, ...) PRINTF_LIKE(3, 4);

/* Like error_set() for a failed system call: the code follows from errnum (ENOSPC is NO_SPACE,
 * ENOENT NOT_FOUND, EACCES DENIED ...; the table is in error.c, anything else is IO), and ": ", the
 * system's words for errnum and the usual next step are appended. Returns -1. */
int error_errno(struct error *err, int errnum, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts "context: " before the sentence that is already there; the code stays. Returns -1. */
int error_wrap(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Out of memory, as one sentence. Returns -1. */
int error_no_memory(struct error *err);

/* The stable id of a code, "usage"; never NULL. */
const char *error_id(enum error_code code);

/* The exit status that belongs to a code: 0 for ERROR_NONE. */
int error_exit_status(enum error_code code);

#endif
