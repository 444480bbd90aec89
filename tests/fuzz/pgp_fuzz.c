/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is looked at before librnp is: clearsigned texts, detached signatures, files of keys. */
#include "fetch/trust/key.h"
#include "fetch/trust/pgp_document.h"
#include "tests/fuzz/fuzz.h"

static void check(const struct pgp_signatures *found)
{
    if (found->n == 0 || found->n > PGP_SIGNATURES_MAX)
        abort();
    fuzz_touch(found->bytes, found->n_bytes);
    for (size_t i = 0; i < found->n; i++)
        fuzz_touch_text(found->claims[i].issuer, true);
}

static void fuzz_keys(const uint8_t *data, size_t size)
{
    struct trust_key *keys;
    size_t n;
    if (keys_parse(&keys, &n, data, size, "keys", NULL) < 0)
        return;
    for (size_t i = 0; i < n; i++) {
        fuzz_touch_text(key_fingerprint(&keys[i]), false);
        fuzz_touch(keys[i].bytes, keys[i].n);
    }
    keys_free(keys, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_PGP_SIGNATURES struct pgp_signatures clear = {0};
    AUTO_PGP_SIGNATURES struct pgp_signatures detached = {0};
    if (pgp_clearsigned_check(&clear, (const char *)data, size, "text", NULL) == 0)
        check(&clear);
    if (pgp_detached_check(&detached, data, size, "signature", NULL) == 0)
        check(&detached);
    fuzz_keys(data, size);
    return 0;
}
