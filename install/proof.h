/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A source, fetched and proved: what was verified is what is used. */
#ifndef LXKIT_INSTALL_PROOF_H
#define LXKIT_INSTALL_PROOF_H

#include <stdbool.h>
#include <sys/stat.h>

#include "core/error.h"
#include "core/event.h"
#include "fetch/fetch.h"
#include "install/proof_plan.h"

struct proof {
    int fd;           /* what was verified, or was looked at; -1: there is no file */
    bool use_fd;      /* it is to be read from fd; false: by its path, where it is in place */
    struct stat seen; /* of fd, !use_fd */
    char *from;       /* the resolved URL or path, without secrets */
    enum trust_tier tier;
    bool has_signer;
    struct trust_signer signer;
    bool has_sha256;
    struct sha256 sha256;
};

/* Where a source comes from. */
struct proof_source {
    const char *location; /* path of a file or directory, or URL; "-": standard input */
    bool manifest; /* a manifest says so: its last part may be a pattern (install/pattern.h) */
    bool offline;
};

/* Fetches lists, signatures and the source, and verifies all of it before anything is used:
 *
 *     list, signature -> list verified -> name and checksum -> source, held to them
 *
 * VERIFY where that fails, and nothing of it stays in the cache. A local file that nothing speaks
 * for is read once for its digest, and stays in place; so is what comes from standard input left
 * alone, where there is nothing to verify. */
int proof_get(struct proof *out, const struct proof_source *source, const struct proof_plan *plan,
              struct events *events, struct error *err) MUST_CHECK;
/* VERIFY where a file that was read in place is no longer the one that was looked at. */
int proof_check_unchanged(const struct proof *proof, const char *path,
                          struct error *err) MUST_CHECK;
void proof_free(struct proof *proof);

#define AUTO_PROOF CLEANUP(proof_free)

#endif
