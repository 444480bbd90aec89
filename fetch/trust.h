/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a file comes from, proved: what other folders may use of fetch/trust.
 *
 *     signed   a signature by an accepted key covers the file, or a list that holds its checksum
 *     pinned   it has the SHA-256 that was known before
 *     tls      nothing but the server's certificate speaks for it
 *     local    nothing does: a file that somebody brought along
 *
 * A request names the least tier that will do, and nothing below it is ever accepted: a signature
 * that is missing is as wrong as a bad one. Everything is read through the descriptor that was
 * given, small files from the memory they were read into: what was verified is what is used.
 * Nothing is parsed before it has been verified. */
#ifndef LXKIT_FETCH_TRUST_H
#define LXKIT_FETCH_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/error.h"
#include "core/event.h"
#include "fetch/trust/day.h"
#include "fetch/trust/keyring.h"
#include "fetch/trust/seen.h"
#include "fetch/trust/small_file.h"
#include "fetch/trust/sums.h"

enum trust_tier {
    TRUST_LOCAL,
    TRUST_TLS,
    TRUST_PINNED,
    TRUST_SIGNED,
};

enum {
    TRUST_LIST_BYTES_MAX = 4 << 20,       /* of a list, or of a clearsigned text */
    TRUST_SIGNATURE_BYTES_MAX = 64 << 10, /* of a detached signature */
    TRUST_COMMENT_BYTES = 1025,
};

/* "signed"; never NULL. */
const char *trust_tier_name(enum trust_tier tier);
bool trust_tier_parse(enum trust_tier *out, const char *name) MUST_CHECK;

/* Which key vouched, and when. */
struct trust_signer {
    char name[KEY_NAME_BYTES_MAX + 1];
    char fingerprint[KEY_FINGERPRINT_BYTES]; /* of the primary; minisign: the key's number */
    char signing[KEY_FINGERPRINT_BYTES];     /* of the key that signed: the same, or a subkey's */
    bool has_time;
    int64_t signed_at;                 /* seconds since 1970 */
    char comment[TRUST_COMMENT_BYTES]; /* minisign's trusted comment; "" where there is none */
};

/* Text that has been read into memory; label names it in messages. bytes NULL: there is none. */
struct trust_text {
    const char *bytes;
    size_t n;
    const char *label;
};

/* ---- lists ---- */

struct trust_list {
    char *text; /* what was signed, n bytes and a NUL: parse this, never the input */
    size_t n;
    bool is_signed; /* false: neither clearsigned nor with a signature */
    struct trust_signer signer;
};

/* Verifies a list: clearsigned, or with a detached signature of OpenPGP, minisign or signify, or
 * (is_signed false, the text as it is) with none. VERIFY, INTERRUPTED. */
int trust_list_verify(const struct trust_text *list, const struct trust_text *signature,
                      const struct key_choice *keys, int64_t now, struct trust_list *out,
                      struct error *err) MUST_CHECK;
/* Whether the list may speak of a file of that name: VERIFY where the key that signed it is only
 * valid for others. label is the file's, for messages. */
int trust_list_check_name(const struct trust_list *list, const char *name, const char *label,
                          struct error *err) MUST_CHECK;
void trust_list_free(struct trust_list *list);

/* ---- files ---- */

struct trust_request {
    int fd;            /* a regular file, read from its beginning; its offset stays */
    const char *label; /* for messages: path or URL */
    const char *name;  /* what a list calls it: the whole of its base name */
    bool any_name;     /* the list speaks of one file alone, by whatever name */

    struct trust_text list;      /* checksums; clearsigned, or covered by signature */
    struct trust_text signature; /* of the list, or of the file itself where there is no list */
    struct key_choice keys;
    const struct sha256 *sha256; /* what the file must have as well; NULL: not known */

    enum trust_tier tier;  /* the least */
    enum trust_tier plain; /* what the way it came is worth by itself: TRUST_TLS or TRUST_LOCAL */
    int64_t now;           /* seconds since 1970 */
    struct events *events; /* may be NULL */
};

enum trust_cover {
    TRUST_COVERS_NOTHING,
    TRUST_COVERS_FILE, /* the signature is over the file */
    TRUST_COVERS_LIST, /* ... over the list, which holds the file's checksum */
};

struct trust_result {
    enum trust_tier tier;
    enum trust_cover cover;
    struct trust_signer signer; /* where cover is not NOTHING */
    struct sha256 sha256;       /* of the file */
    uint64_t size;
};

/* VERIFY where something is wrong or missing, or the tier is not reached; IO, INTERRUPTED. *out is
 * filled on success only. */
int trust_verify(const struct trust_request *request, struct trust_result *out,
                 struct error *err) MUST_CHECK;

#define AUTO_TRUST_LIST CLEANUP(trust_list_free)

#endif
