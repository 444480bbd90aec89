/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/packets.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/libcrypto.h"

enum {
    SUBPACKET_CREATED = 2,
    SUBPACKET_ISSUER = 16,
    SUBPACKET_ISSUER_FINGERPRINT = 33,
    KEY_ID_BYTES = 8,
    FINGERPRINT_BYTES = 20,
};

/* Bytes that are taken from the front. */
struct bytes {
    const uint8_t *at, *end;
};

/* The next n bytes as one big-endian integer. */
static bool take(struct bytes *in, size_t n, uint32_t *out)
{
    if ((size_t)(in->end - in->at) < n)
        return false;
    *out = 0;
    while (n-- > 0)
        *out = *out << 8 | *in->at++;
    return true;
}

/* The lengths of new packets and of subpackets: one, two or five bytes. */
static bool take_length(struct bytes *in, unsigned two_byte_last, uint32_t *out)
{
    uint32_t low;
    if (!take(in, 1, out))
        return false;
    if (*out < 192)
        return true;
    if (*out == 255)
        return take(in, 4, out);
    if (*out > two_byte_last || !take(in, 1, &low))
        return false;
    *out = ((*out - 192) << 8) + low + 192;
    return true;
}

static bool take_header(struct bytes *in, unsigned *tag, uint32_t *n)
{
    uint32_t head;
    if (!take(in, 1, &head) || !(head & 0x80))
        return false;
    if (head & 0x40) {
        *tag = head & 0x3f;
        return take_length(in, 223, n);
    }
    *tag = head >> 2 & 0x0f;
    unsigned type = head & 3;
    return type < 3 && take(in, 1U << type, n);
}

int packet_next(const uint8_t **at, const uint8_t *end, struct packet *out, struct error *err)
{
    struct bytes in = {*at, end};
    uint32_t n;
    if (*at == end)
        return 0;
    *out = (struct packet){.start = *at};
    if (!take_header(&in, &out->tag, &n) || (size_t)(end - in.at) < n)
        return error_set(err, ERROR_DAMAGED,
                         "it holds something that is no OpenPGP packet; get the file again");
    out->body = in.at;
    out->n = n;
    *at = in.at + n;
    return 1;
}

static void hex(char *out, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sprintf(out + 2 * i, "%02X", bytes[i]);
}

/* Section 12.2: SHA-1 of 0x99, the length in two bytes, the body. */
int packet_fingerprint(const struct packet *key, char out[PGP_FINGERPRINT_BYTES], struct error *err)
{
    if (key->n == 0 || key->body[0] != 4 || key->n > UINT16_MAX)
        return 0;
    if (libcrypto_load(err) < 0)
        return -1;
    AUTO_FREE uint8_t *hashed = malloc(key->n + 3);
    if (!hashed)
        return error_no_memory(err);
    hashed[0] = 0x99;
    hashed[1] = (uint8_t)(key->n >> 8);
    hashed[2] = (uint8_t)key->n;
    memcpy(hashed + 3, key->body, key->n);

    uint8_t sum[EVP_MAX_MD_SIZE];
    if (!libcrypto()->EVP_Digest(hashed, key->n + 3, sum, NULL, libcrypto()->EVP_sha1(), NULL))
        return error_set(err, ERROR_INTERNAL,
                         "OpenSSL refuses to compute a fingerprint; check its configuration");
    hex(out, sum, FINGERPRINT_BYTES);
    return 1;
}

/* ---- signatures ---- */

static void claims_subpackets(struct bytes in, struct signature_claims *out)
{
    uint32_t n, type;
    while (take_length(&in, 254, &n) && n > 0 && (size_t)(in.end - in.at) >= n) {
        const uint8_t *next = in.at + n;
        struct bytes value = {in.at + 1, next};
        type = in.at[0] & 0x7f;
        if (type == SUBPACKET_CREATED && n == 5)
            take(&value, 4, &out->created);
        if (type == SUBPACKET_ISSUER && n == 1 + KEY_ID_BYTES && !out->issuer[0])
            hex(out->issuer, in.at + 1, KEY_ID_BYTES);
        if (type == SUBPACKET_ISSUER_FINGERPRINT && n == 2 + FINGERPRINT_BYTES && in.at[1] == 4)
            hex(out->issuer, in.at + 2, FINGERPRINT_BYTES);
        in.at = next;
    }
}

/* Version 3: 5, type, time (4), key id (8), ...
 * Version 4: type, key algorithm, hash algorithm, then twice a length (2) and subpackets. */
void packet_signature_claims(const struct packet *signature, struct signature_claims *out)
{
    struct bytes in = {signature->body, signature->body + signature->n};
    uint32_t version, skipped;
    *out = (struct signature_claims){0};
    if (!take(&in, 1, &version))
        return;
    out->version = version;
    if (version == 3 && signature->n >= 7 + KEY_ID_BYTES)
        hex(out->issuer, signature->body + 7, KEY_ID_BYTES);
    if (version != 4 || !take(&in, 3, &skipped))
        return;
    for (int area = 0; area < 2; area++) {
        uint32_t n;
        if (!take(&in, 2, &n) || (size_t)(in.end - in.at) < n)
            return;
        claims_subpackets((struct bytes){in.at, in.at + n}, out);
        in.at += n;
    }
}
