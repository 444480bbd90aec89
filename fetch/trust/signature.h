/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures of either family over content: who signed it, if anybody did who may. */
#ifndef LXKIT_FETCH_TRUST_SIGNATURE_H
#define LXKIT_FETCH_TRUST_SIGNATURE_H

#include "fetch/trust.h"
#include "fetch/trust/content.h"

/* Of the content that a detached signature was checked against. */
struct signature_cover {
    struct checksum sum; /* SHA-256 alone */
    uint64_t size;
};

/* OpenPGP, minisign or signify, told by its first bytes. VERIFY with the reason, naming the content
 * and the signature. */
int signature_verify(const struct trust_text *signature, const struct content *content,
                     const struct key_choice *keys, int64_t now, struct trust_signer *signer,
                     struct signature_cover *cover, struct error *err) MUST_CHECK;
/* *out, malloc'd with a NUL behind it, is what was signed. */
int signature_verify_clearsigned(const struct trust_text *text, const struct key_choice *keys,
                                 int64_t now, struct trust_signer *signer, char **out, size_t *n,
                                 struct error *err) MUST_CHECK;

#endif
