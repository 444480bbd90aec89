/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared libraries that are loaded when they are first called for. Most runs neither download nor
 * verify nor see an archive, and what libcurl, librnp and libarchive need takes several times as
 * long to load as everything else takes to start.
 *
 * Each has a header with a table of the functions that are used (libcrypto.h, libarchive.h,
 * libcurl.h, librnp.h). */
#ifndef LXKIT_CORE_LIBRARY_H
#define LXKIT_CORE_LIBRARY_H

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

struct library {
    const char *file;         /* "libcurl.so.4": the interface that the headers describe */
    const char *const *names; /* of its functions */
    size_t n;
    void *functions; /* a struct of n pointers, in the order of names */
    pthread_mutex_t mutex;
    bool loaded;
};

/* Fills functions, once. UNSUPPORTED where the library, or a function of it, is missing. */
int library_load(struct library *library, struct error *err) MUST_CHECK;
/* Loads it where nobody has yet; calls what library_load() did not find end the program. */
const void *library_functions(struct library *library);

/* Defines self_load() and self() over the two, for a struct self of functions with these names. */
#define LIBRARY_DEFINE(self, soname, symbols)                                         \
    static struct library *library(void)                                              \
    {                                                                                 \
        static struct self table;                                                     \
        static struct library library = {                                             \
            .file = soname,                                                           \
            .names = symbols,                                                         \
            .n = array_length(symbols),                                               \
            .functions = &table,                                                      \
            .mutex = PTHREAD_MUTEX_INITIALIZER,                                       \
        };                                                                            \
        static_assert(sizeof(table) == sizeof(symbols), "one pointer for each name"); \
        return &library;                                                              \
    }                                                                                 \
    int self##_load(struct error *err)                                                \
    {                                                                                 \
        return library_load(library(), err);                                          \
    }                                                                                 \
    const struct self *self(void)                                                     \
    {                                                                                 \
        return library_functions(library());                                          \
    }

#endif
