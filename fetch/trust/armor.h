/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes as text: base64, and the ASCII armour of OpenPGP (RFC 4880, section 6.2).
 *
 *     -----BEGIN PGP SIGNATURE-----
 *     Comment: headers, which mean nothing
 *                                            an empty line
 *     iQIzBAEBCAAdFiEENvYS3PJ/fRpIqDXk2/z3    base64
 *     =idmh                                   a checksum that need not be right (RFC 9580, 6.1)
 *     -----END PGP SIGNATURE-----
 */
#ifndef LXKIT_FETCH_TRUST_ARMOR_H
#define LXKIT_FETCH_TRUST_ARMOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* Strict base64 of n characters, padded, without line ends. *out is malloc'd; false for anything
 * else, and when out of memory. */
bool base64_decode(const char *text, size_t n, uint8_t **out, size_t *size) MUST_CHECK;

/* Decodes the block of that kind ("PGP SIGNATURE") that *at begins with, and moves *at behind its
 * END line. DAMAGED, without the file's name, for what is not of that form. */
int armor_decode(const char **at, const char *end, const char *kind, uint8_t **out, size_t *size,
                 struct error *err) MUST_CHECK;

#endif
