/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/key.h"

#include <ctype.h>
#include <string.h>

#include "fetch/trust/armor.h"
#include "fetch/trust/line.h"
#include "fetch/trust/minisign.h"

#define ARMOR_KIND  "PGP PUBLIC KEY BLOCK"
#define ARMOR_BEGIN "-----BEGIN " ARMOR_KIND

enum {
    SHORTEST_MINISIGN_ID = 13, /* one in 65536 has more zeros than that in front */
};

bool key_has_fingerprint(const struct trust_key *key, const char *fingerprint)
{
    for (size_t i = 0; i < key->n_fingerprints; i++) {
        if (strcmp(key->fingerprints[i], fingerprint) == 0)
            return true;
    }
    return false;
}

bool key_may_be(const struct trust_key *key, const char *issuer)
{
    size_t n = strlen(issuer);
    for (size_t i = 0; n > 0 && i < key->n_fingerprints; i++) {
        size_t digits = strlen(key->fingerprints[i]);
        if (n <= digits && strcmp(key->fingerprints[i] + digits - n, issuer) == 0)
            return true;
    }
    return false;
}

void key_free(struct trust_key *key)
{
    free(key->name);
    free(key->title);
    free(key->fingerprints);
    free(key->bytes);
    *key = (struct trust_key){0};
}

void keys_free(struct trust_key *keys, size_t n)
{
    for (size_t i = 0; i < n; i++)
        key_free(&keys[i]);
    free(keys);
}

/* ---- reading files ---- */

struct reading {
    struct trust_key *keys;
    size_t n;
    struct error *err;
};

static struct trust_key *key_begin(struct reading *r, enum key_type type)
{
    if (r->n == KEYS_IN_FILE_MAX) {
        error_set(r->err, ERROR_LIMIT, "it holds more than %d keys; take out those that are needed",
                  KEYS_IN_FILE_MAX);
        return NULL;
    }
    struct trust_key *more = reallocarray(r->keys, r->n + 1, sizeof(*more));
    if (!more) {
        error_no_memory(r->err);
        return NULL;
    }
    r->keys = more;
    r->keys[r->n] = (struct trust_key){
        .type = type, .origin = KEY_FILE, .use_from = INT64_MIN, .use_until = INT64_MAX};
    return &r->keys[r->n++];
}

static int add_fingerprint(struct trust_key *key, const char *fingerprint, struct error *err)
{
    if (key->n_fingerprints > KEY_SUBKEYS_MAX)
        return error_set(err, ERROR_LIMIT, "key %s has more than %d subkeys; it cannot be used",
                         key_fingerprint(key), KEY_SUBKEYS_MAX);
    void *more =
        reallocarray(key->fingerprints, key->n_fingerprints + 1, sizeof(*key->fingerprints));
    if (!more)
        return error_no_memory(err);
    key->fingerprints = more;
    strcpy(key->fingerprints[key->n_fingerprints++], fingerprint);
    return 0;
}

static int append(struct trust_key *key, const uint8_t *bytes, size_t n, struct error *err)
{
    uint8_t *more = realloc(key->bytes, key->n + n);
    if (!more)
        return error_no_memory(err);
    memcpy(more + key->n, bytes, n);
    key->bytes = more;
    key->n += n;
    return 0;
}

/* A certificate is a primary key and all packets up to the next one (section 11.1). One of another
 * version than 4 is passed over with all that belongs to it, and so are such subkeys. */
static int read_packets(struct reading *r, const uint8_t *bytes, size_t size)
{
    const uint8_t *at = bytes, *end = bytes + size;
    struct packet packet;
    struct trust_key *key = NULL;
    bool usable = false; /* the key or subkey that the packets belong to */
    int rc;
    while ((rc = packet_next(&at, end, &packet, r->err)) > 0) {
        if (packet.tag == PACKET_KEY || packet.tag == PACKET_SUBKEY) {
            char fingerprint[KEY_FINGERPRINT_BYTES];
            int known = packet_fingerprint(&packet, fingerprint, r->err);
            if (known < 0)
                return -1;
            if (packet.tag == PACKET_KEY) {
                key = known ? key_begin(r, KEY_OPENPGP) : NULL;
                if (known && !key)
                    return -1;
            }
            usable = key && known;
            if (usable && add_fingerprint(key, fingerprint, r->err) < 0)
                return -1;
        }
        if (usable && append(key, packet.start, (size_t)(at - packet.start), r->err) < 0)
            return -1;
    }
    return rc;
}

/* The blocks of a file; what stands around them, as above the keys of packages, is passed over. */
static int read_armor(struct reading *r, const char *text, size_t size)
{
    const char *at = text, *end = text + size, *next = text;
    struct line line;
    while (line_next(&next, end, &line)) {
        AUTO_FREE uint8_t *bytes = NULL;
        size_t n;
        if (line_begins(&line, ARMOR_BEGIN)) {
            if (armor_decode(&at, end, ARMOR_KIND, &bytes, &n, r->err) < 0 ||
                read_packets(r, bytes, n) < 0)
                return -1;
            next = at;
        }
        at = next;
    }
    return 0;
}

static int read_minisign(struct reading *r, const char *text, size_t size)
{
    struct minisign_key parsed;
    char id[KEY_FINGERPRINT_BYTES];
    if (minisign_key_parse(&parsed, text, size, r->err) < 0)
        return -1;
    struct trust_key *key = key_begin(r, KEY_MINISIGN);
    if (!key)
        return -1;
    minisign_id_format(parsed.id, id);
    return add_fingerprint(key, id, r->err) < 0 ||
                   append(key, (const uint8_t *)&parsed, sizeof(parsed), r->err) < 0
               ? -1
               : 0;
}

static int read_any(struct reading *r, const void *bytes, size_t size)
{
    const uint8_t *first = bytes;
    if (size > 0 && *first & 0x80)
        return read_packets(r, bytes, size);
    if (memmem(bytes, size, ARMOR_BEGIN, strlen(ARMOR_BEGIN)))
        return read_armor(r, bytes, size);
    return read_minisign(r, bytes, size);
}

int keys_parse(struct trust_key **out, size_t *n, const void *bytes, size_t size, const char *label,
               struct error *err)
{
    struct reading r = {.err = err};
    if (read_any(&r, bytes, size) < 0) {
        keys_free(r.keys, r.n);
        return error_wrap(err, "%s", label);
    }
    if (r.n == 0) {
        keys_free(r.keys, r.n);
        return error_set(err, ERROR_WRONG_KIND,
                         "%s holds no OpenPGP public key of version 4; check which file it is",
                         label);
    }
    *out = r.keys;
    *n = r.n;
    return 0;
}

int key_parse_single(struct trust_key *out, const void *bytes, size_t size, const char *label,
                     struct error *err)
{
    struct trust_key *keys;
    size_t n;
    if (keys_parse(&keys, &n, bytes, size, label, err) < 0)
        return -1;
    if (n > 1) {
        keys_free(keys, n);
        return error_set(err, ERROR_DAMAGED, "%s holds %zu keys instead of one", label, n);
    }
    *out = keys[0];
    free(keys);
    return 0;
}

/* ---- fingerprints ---- */

int fingerprint_parse(char out[KEY_FINGERPRINT_BYTES], const char *text, struct error *err)
{
    size_t n = 0;
    const char *at = text[0] == '0' && (text[1] | 0x20) == 'x' ? text + 2 : text;
    for (; *at; at++) {
        if (*at == ' ')
            continue;
        if (!isxdigit((unsigned char)*at) || n == PGP_FINGERPRINT_DIGITS) {
            n = 0;
            break;
        }
        out[n++] = (char)toupper((unsigned char)*at);
    }
    out[n] = '\0';
    if (n == PGP_FINGERPRINT_DIGITS || n == MINISIGN_ID_DIGITS)
        return 0;
    if (n >= SHORTEST_MINISIGN_ID && n < MINISIGN_ID_DIGITS)
        return error_set(
            err, ERROR_USAGE,
            "%s has %zu digits: minisign leaves out the zeros that the number of a key "
            "begins with; if it is one, give %0*d%s",
            out, n, (int)(MINISIGN_ID_DIGITS - n), 0, out);
    return error_set(
        err, ERROR_USAGE,
        "%.80s is no fingerprint: OpenPGP's have 40 hexadecimal digits, minisign's 16; "
        "short key ids do not do",
        text);
}
