/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which version of a server's file the bytes of a part belong to: what must hold for more bytes to
 * be put behind them. Kept beside the part as JSON, for the process that goes on with it. */
#ifndef LXKIT_FETCH_FETCH_VERSION_H
#define LXKIT_FETCH_FETCH_VERSION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/error.h"

enum {
    FETCH_TAG_BYTES = 256,   /* of an entity tag; a longer one is as good as none */
    FETCH_DATE_BYTES = 64,   /* of a date, and of the name of a boot */
    FETCH_STATE_BYTES = 4096 /* of the JSON */
};

struct fetch_version {
    char url[SHA256_HEX_BYTES];      /* the SHA-256 of the address; "": no version */
    char tag[FETCH_TAG_BYTES];       /* a strong entity tag with its quotes, or "" */
    char modified[FETCH_DATE_BYTES]; /* Last-Modified where it can tell versions apart, or "" */
    uint64_t total;                  /* bytes of the whole; 0: not known */
};

/* The SHA-256 of a text as hexadecimal digits: what stands for an address that may be secret. */
int fetch_version_name(char name[SHA256_HEX_BYTES], const char *text, struct error *err) MUST_CHECK;

/* Takes the headers of an answer; each may be NULL. Weak tags do not count, and a date only where
 * the file was at rest for a second (RFC 9110, 8.8.2.2). */
void fetch_version_set(struct fetch_version *version, const char *tag, const char *modified,
                       const char *date);
/* What to send as If-Range for the rest of that version from this address: its tag, which is the
 * address's own, or its date, which mirrors share. NULL: nothing can be said. */
const char *fetch_version_condition(const struct fetch_version *version,
                                    const char url[SHA256_HEX_BYTES]);
/* Whether a part of an answer, with these headers, belongs to the version: what both tell must be
 * the same, and a tag that was asked for must be there. */
bool fetch_version_holds(const struct fetch_version *version, const char *condition,
                         const struct fetch_version *answer);

/* Replaces the file at path. A part outlives a crash of the machine with holes in it that no length
 * betrays, so the boot is noted too. */
int fetch_version_save(const struct fetch_version *version, const char *path,
                       struct error *err) MUST_CHECK;
/* False where there is none that can be used. any_boot: also that of a boot before this one. */
bool fetch_version_load(struct fetch_version *out, const char *path, bool any_boot) MUST_CHECK;

#endif
