/* SPDX-License-Identifier: GPL-3.0-or-later */
/* librnp in a child process that can do nothing but compute: no file but one socket, no output, no
 * other process, a limit on time and on memory.
 *
 *     pgp_child_start(), pgp_child_feed() with all of the input, pgp_child_finish()
 *
 * The child is a fork, which has librnp from the program: there it is loaded, once for all
 * children, and never called. So no other thread holds a lock that librnp needs. */
#ifndef LXKIT_FETCH_TRUST_PGP_CHILD_H
#define LXKIT_FETCH_TRUST_PGP_CHILD_H

#include <sys/types.h>

#include "fetch/trust/pgp_engine.h"

enum {
    PGP_CHILD_MEMORY_BYTES = 256 << 20, /* beyond what the program had */
    PGP_CHILD_CPU_SECONDS = 10,         /* and one for each PGP_CHILD_BYTES_A_SECOND of input */
    PGP_CHILD_BYTES_A_SECOND = 16 << 20,
    PGP_CHILD_STALL_SECONDS = 60, /* for taking a piece of the input */
};

struct pgp_child {
    pid_t pid; /* 0: none */
    int socket;
    size_t text_max;
    bool deaf; /* it takes no more input */
};

/* job->read and job->context are not used; the rest must stay until pgp_child_finish(). */
int pgp_child_start(struct pgp_child *out, const struct pgp_job *job, uint64_t input_size,
                    struct error *err) MUST_CHECK;
/* Waits until the child has taken it. INTERRUPTED, VERIFY where the child hangs. */
int pgp_child_feed(struct pgp_child *child, const void *bytes, size_t n,
                   struct error *err) MUST_CHECK;
/* The answer, as pgp_engine_run() gives it; VERIFY where the child died or gave none. */
int pgp_child_finish(struct pgp_child *child, struct pgp_findings *out, uint8_t **text,
                     size_t *text_n, struct error *err) MUST_CHECK;
/* Ends a child that still runs. */
void pgp_child_stop(struct pgp_child *child);

#define AUTO_PGP_CHILD CLEANUP(pgp_child_stop)

#endif
