/* SPDX-License-Identifier: GPL-3.0-or-later */
/* librnp: the one place that calls it. What it finds is reported as it is; pgp_policy.h decides.
 *
 * It runs in a child that the caller has fenced in (pgp_child.h): librnp writes bytes of the input
 * to standard error, and can be made to work long. */
#ifndef LXKIT_FETCH_TRUST_PGP_ENGINE_H
#define LXKIT_FETCH_TRUST_PGP_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "fetch/trust/pgp_document.h"

enum pgp_status {
    PGP_GOOD,
    PGP_BAD,         /* it does not fit the content, or the key was not allowed to make it */
    PGP_EXPIRED,     /* the signature has an expiry of its own */
    PGP_UNKNOWN_KEY, /* no key was given that could have made it */
    PGP_UNREADABLE,  /* a version or algorithm that librnp does not know */
};

enum {
    PGP_WORD_BYTES = 24, /* of the name of an algorithm */
};

/* Of one signature. Texts are empty where nothing is known. */
struct pgp_finding {
    enum pgp_status status;
    char fingerprint[PGP_FINGERPRINT_BYTES]; /* of the key that made it */
    char primary[PGP_FINGERPRINT_BYTES];     /* of the certificate that this belongs to */
    uint32_t created;                        /* seconds since 1970 */
    uint32_t version;
    char type[PGP_WORD_BYTES]; /* "binary", "text" */
    char hash[PGP_WORD_BYTES]; /* "SHA256" */
    char algorithm[PGP_WORD_BYTES];
    uint32_t bits; /* of the key */
    bool may_sign; /* the key has that usage */
    bool revoked;  /* the key, or its primary, for whatever reason */
};

struct pgp_findings {
    uint32_t n;
    struct pgp_finding of[PGP_SIGNATURES_MAX];
};

/* Certificates, packets one after another. */
struct pgp_certificate {
    const uint8_t *bytes;
    size_t n;
};

struct pgp_job {
    const struct pgp_certificate *certificates;
    size_t n_certificates;
    const struct pgp_signatures *detached; /* NULL: the input is clearsigned */
    int64_t now;
    /* The input: up to n bytes, 0 at the end, negative on failure. */
    ssize_t (*read)(void *context, void *buf, size_t n);
    void *context;
    size_t text_max; /* of a clearsigned text */
};

/* 0, or -1 where librnp gave up. text (malloc'd, may be of no bytes) is what a clearsigned input
 * signs, with line feeds. */
int pgp_engine_run(const struct pgp_job *job, struct pgp_findings *out, uint8_t **text,
                   size_t *text_n) MUST_CHECK;

#endif
