/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The compiler attributes the project uses, and the cleanup idiom.
 *
 * A local that owns something is declared with CLEANUP(function) and a null value; it is then
 * released on every way out. steal() hands it over: it returns the value and clears the variable.
 */
#ifndef LXKIT_CORE_ATTRIBUTES_H
#define LXKIT_CORE_ATTRIBUTES_H

#include <stdlib.h>
#include <unistd.h>

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define CLEANUP(function) __attribute__((cleanup(function)))
#define UNUSED            __attribute__((unused))

/* Returns *(&variable) and sets it to NULL: ownership moves to the receiver. */
#define steal(pointer)                               \
    (__extension__({                                 \
        __typeof__(*(pointer)) stolen_ = *(pointer); \
        *(pointer) = NULL;                           \
        stolen_;                                     \
    }))

#define array_length(a) (sizeof(a) / sizeof((a)[0]))

static inline void cleanup_free(void *variable)
{
    free(*(void **)variable);
}

static inline void cleanup_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* Hands over a file descriptor: returns it and sets the variable to -1. */
static inline int steal_fd(int *fd)
{
    int stolen = *fd;
    *fd = -1;
    return stolen;
}

#define AUTO_FREE CLEANUP(cleanup_free)
#define AUTO_FD   CLEANUP(cleanup_fd)

#endif
