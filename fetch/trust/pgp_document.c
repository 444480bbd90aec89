/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/pgp_document.h"

#include <string.h>

#include "fetch/trust/armor.h"
#include "fetch/trust/line.h"

#define SIGNATURE_KIND  "PGP SIGNATURE"
#define BEGIN_MESSAGE   "-----BEGIN PGP SIGNED MESSAGE-----"
#define BEGIN_SIGNATURE "-----BEGIN " SIGNATURE_KIND "-----"
#define HASH_HEADER     "Hash: "

static bool begins(const void *bytes, size_t n, const char *text)
{
    return n >= strlen(text) && memcmp(bytes, text, strlen(text)) == 0;
}

bool pgp_is_clearsigned(const void *bytes, size_t n)
{
    return begins(bytes, n, BEGIN_MESSAGE);
}

bool pgp_is_signature(const void *bytes, size_t n)
{
    return begins(bytes, n, BEGIN_SIGNATURE) || (n > 0 && *(const uint8_t *)bytes & 0x80);
}

static int refuse(const char *label, const char *why, struct error *err)
{
    return error_set(err, ERROR_VERIFY, "%s is not trusted: %s", label, why);
}

/* Signatures and nothing else, not too many. */
static int read_signatures(struct pgp_signatures *out, const char *label, struct error *err)
{
    const uint8_t *at = out->bytes, *end = at + out->n_bytes;
    struct packet packet;
    int rc;
    while ((rc = packet_next(&at, end, &packet, NULL)) > 0) {
        if (packet.tag != PACKET_SIGNATURE)
            return refuse(label, "there is something else than signatures in the signature", err);
        if (out->n == PGP_SIGNATURES_MAX)
            return error_set(err, ERROR_VERIFY, "%s has more than %d signatures", label,
                             PGP_SIGNATURES_MAX);
        packet_signature_claims(&packet, &out->claims[out->n++]);
    }
    if (rc < 0)
        return refuse(label, "the signature is damaged or no OpenPGP signature; get it again", err);
    if (out->n == 0)
        return refuse(label, "there is no signature in the signature", err);
    return 0;
}

static int check_size(size_t n, const char *label, struct error *err)
{
    if (n <= PGP_SIGNATURE_BYTES_MAX)
        return 0;
    return error_set(err, ERROR_VERIFY, "%s: the signature is larger than %d KiB; that is none",
                     label, PGP_SIGNATURE_BYTES_MAX >> 10);
}

/* An armoured block with nothing but blanks behind it. */
static int read_block(struct pgp_signatures *out, const char *at, const char *end,
                      const char *label, struct error *err)
{
    struct line line;
    struct error reason;
    if (check_size((size_t)(end - at), label, err) < 0)
        return -1;
    if (armor_decode(&at, end, SIGNATURE_KIND, &out->bytes, &out->n_bytes, &reason) < 0)
        return refuse(label, reason.text, err);
    while (line_next(&at, end, &line)) {
        if (!line_is_blank(&line))
            return refuse(label, "there is text behind the end of the signature", err);
    }
    return read_signatures(out, label, err);
}

int pgp_detached_check(struct pgp_signatures *out, const void *bytes, size_t n, const char *label,
                       struct error *err)
{
    const char *text = bytes;
    int rc;
    *out = (struct pgp_signatures){0};
    if (check_size(n, label, err) < 0)
        return -1;
    if (begins(bytes, n, BEGIN_SIGNATURE)) {
        rc = read_block(out, text, text + n, label, err);
    } else if (pgp_is_signature(bytes, n)) {
        out->bytes = malloc(n);
        if (!out->bytes)
            return error_no_memory(err);
        memcpy(out->bytes, bytes, n);
        out->n_bytes = n;
        rc = read_signatures(out, label, err);
    } else {
        rc = refuse(label, "this is no detached signature; check which file it is", err);
    }
    if (rc < 0)
        pgp_signatures_free(out);
    return rc;
}

/* ---- clearsigned ---- */

/* The headers and the empty line behind them. "Hash: SHA256, SHA512" is the only one there is:
 * anything else would be unsigned text that a reader sees. */
static bool skip_hash_headers(const char **at, const char *end)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-, ";
    struct line line;
    while (line_next(at, end, &line)) {
        if (line.n == 0)
            return true;
        if (!line_begins(&line, HASH_HEADER))
            return false;
        for (size_t i = strlen(HASH_HEADER); i < line.n; i++) {
            if (!memchr(allowed, line.text[i], sizeof(allowed) - 1))
                return false;
        }
    }
    return false;
}

/* Moves *at to the line where the signature begins; false where the text is not escaped right. */
static bool skip_text(const char **at, const char *end)
{
    struct line line;
    for (const char *next = *at; line_next(&next, end, &line); *at = next) {
        if (line_is(&line, BEGIN_SIGNATURE))
            return true;
        if (line.n > 0 && line.text[0] == '-' && !line_begins(&line, "- "))
            return false;
    }
    return false;
}

int pgp_clearsigned_check(struct pgp_signatures *out, const char *text, size_t n, const char *label,
                          struct error *err)
{
    const char *at = text, *end = text + n;
    struct line line;
    *out = (struct pgp_signatures){0};
    if (!line_next(&at, end, &line) || !line_is(&line, BEGIN_MESSAGE))
        return refuse(label, "it does not begin as a clearsigned text does", err);
    if (memchr(text, '\0', n))
        return refuse(label, "there are NUL bytes in it", err);
    if (!skip_hash_headers(&at, end))
        return refuse(label, "there is unsigned text in its head", err);
    if (!skip_text(&at, end))
        return refuse(label, "the signed text is cut short, or holds another block", err);
    if (read_block(out, at, end, label, err) == 0)
        return 0;
    pgp_signatures_free(out);
    return -1;
}

void pgp_signatures_free(struct pgp_signatures *signatures)
{
    free(signatures->bytes);
    *signatures = (struct pgp_signatures){0};
}
