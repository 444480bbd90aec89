/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program that is run, heard to its end, and not waited for beyond reason. */
#ifndef LXKIT_INSTALL_PROGRAM_H
#define LXKIT_INSTALL_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

enum {
    PROGRAM_OUTPUT_MAX = 4 << 20, /* bytes; more is read and dropped */
};

struct program_run {
    const char *path;
    const char *const *arguments; /* without its own name, up to a NULL */
    bool quiet;                   /* what it says on standard error is of no use to anybody */
    unsigned seconds;             /* how long it may take */
    const char *hint;             /* what to do where it takes longer */
};

struct program_result {
    int status;  /* of its exit; 128 and the signal's number where a signal ended it */
    char *bytes; /* its standard output, and a NUL that n does not count */
    size_t n;
};

/* The path of an executable in $PATH, malloc'd; NULL where there is none. */
int program_find(char **out, const char *name, struct error *err) MUST_CHECK;

/* Runs it with an empty standard input and, unless quiet, our standard error; WSL_UTF8=1 is in its
 * environment, for those of Windows. IO where it takes too long: then it is killed, with what it
 * started. */
int program_run(struct program_result *out, const struct program_run *run,
                struct error *err) MUST_CHECK;
void program_result_free(struct program_result *result);

#endif
