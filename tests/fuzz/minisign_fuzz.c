/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys and signatures of minisign: nothing that is made up verifies. */
#include "fetch/trust/minisign.h"
#include "tests/fuzz/fuzz.h"

static void fuzz_key(const char *text, size_t n)
{
    struct minisign_key key;
    AUTO_FREE char *again = NULL;
    if (minisign_key_parse(&key, text, n, NULL) < 0)
        return;
    struct minisign_key same;
    if (minisign_key_format(&key, &again, NULL) < 0 ||
        minisign_key_parse(&same, again, strlen(again), NULL) < 0 ||
        memcmp(&key, &same, sizeof(key)) != 0)
        abort();
}

static void fuzz_signature(const char *text, size_t n)
{
    AUTO_MINISIGN_SIGNATURE struct minisign_signature signature = {0};
    AUTO_MINISIGN_MESSAGE struct minisign_message *message = NULL;
    struct minisign_key key = {.key = {3}}; /* nobody has the secret half */
    if (minisign_signature_parse(&signature, text, n, NULL) < 0)
        return;
    if (signature.prehashed && !signature.comment)
        abort();
    if (signature.comment)
        fuzz_touch_text(signature.comment, true);
    memcpy(key.id, signature.id, sizeof(key.id));
    if (minisign_message_new(&message, signature.prehashed, NULL) < 0 ||
        minisign_message_update(message, text, n, NULL) < 0)
        return;
    if (minisign_verify(&signature, &key, message, NULL) == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_key((const char *)data, size);
    fuzz_signature((const char *)data, size);
    return 0;
}
