/* SPDX-License-Identifier: GPL-3.0-or-later */
/* minisign and signify: the form of the files, and Void's published key. What real programs make is
 * verified in tests/trust_minisign.sh. */
#include "fetch/trust/minisign.h"
#include "tests/unit/support.h"

#define KEY       "RWT5+SoQD+dWTeOdNuc4Q/jq2+3+jpql7+JJp4WukkxTdpsZlk2EGuPj"
#define UNTRUSTED "untrusted comment: x\n"
#define TRUSTED   "trusted comment: This key is only valid for images with date 20250202.\n"
#define BODY                                                                            \
    "+SoQD+dWTUrEewMHS/OfPfon29E8x2+2b/DAYFoklOSKWeKM3Z8pIQiVc4KAIsV2N6gmAnocGLvBqPBa/" \
    "R2WlLF9AOCCkA4="
#define PREHASHED "RUT5" BODY "\n"
#define WHOLE     "RWT5" BODY "\n"
#define UNKNOWN   "RVT5" BODY "\n"
#define GLOBAL \
    "3pQ/7RXZqOBhca1HMQGqvoheelLbzC+xmr/gooXWZB77EBoErTHxYKNhiobHBH8CkJAMw6W9n/wd2o9hXb2hDA==\n"

static void test_key(void **state UNUSED)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {KEY, true},
        {KEY "\n", true},
        {UNTRUSTED KEY "\n", true},
        {UNTRUSTED KEY "\r\n\n", true},
        {"", false},
        {UNTRUSTED, false},
        {"comment\n" KEY "\n", false},
        {UNTRUSTED KEY "\n" KEY "\n", false},
        {UNTRUSTED KEY "x\n", false},
        {UNTRUSTED "RW" KEY "\n", false},
        {"RUT5+SoQD+dWTeOdNuc4Q/jq2+3+jpql7+JJp4WukkxTdpsZlk2EGuPj", false},
        {"RWT5+SoQD+dWTeOdNuc4Q/jq2+3+jpql7+JJp4WukkxTdpsZlk2EGg==", false},
    };
    struct error err;
    for (size_t i = 0; i < array_length(rows); i++) {
        struct minisign_key key;
        char id[MINISIGN_ID_DIGITS + 1];
        int rc = minisign_key_parse(&key, rows[i].text, strlen(rows[i].text), &err);
        if (!rows[i].good) {
            if (rc == 0)
                fail_msg("row %zu is taken", i);
            assert_fails(rc, ERROR_DAMAGED, "key");
            continue;
        }
        assert_ok(rc);
        minisign_id_format(key.id, id);
        assert_string_equal(id, "4D56E70F102AF9F9");
        AUTO_FREE char *text = NULL;
        assert_ok(minisign_key_format(&key, &text, &err));
        assert_non_null(strstr(text, "4D56E70F102AF9F9\n" KEY "\n"));
    }
}

static void test_signature(void **state UNUSED)
{
    static const struct {
        const char *text, *words; /* NULL: taken */
    } rows[] = {
        {UNTRUSTED PREHASHED TRUSTED GLOBAL, NULL},
        {UNTRUSTED PREHASHED TRUSTED GLOBAL "\n \n", NULL},
        {UNTRUSTED WHOLE TRUSTED GLOBAL, NULL},
        {UNTRUSTED WHOLE, NULL},
        {UNTRUSTED UNKNOWN TRUSTED GLOBAL, "neither kind"},
        {PREHASHED TRUSTED GLOBAL, "no signature"},
        {"x" UNTRUSTED PREHASHED TRUSTED GLOBAL, "no signature"},
        {UNTRUSTED "\n" PREHASHED TRUSTED GLOBAL, "no signature"},
        {UNTRUSTED GLOBAL TRUSTED GLOBAL, "no signature"},
        {UNTRUSTED "R" PREHASHED TRUSTED GLOBAL, "no signature"},
        /* An "ED" signature without its comment would pass for one that never had any. */
        {UNTRUSTED PREHASHED, "trusted comment"},
        {UNTRUSTED PREHASHED GLOBAL, "trusted comment"},
        {UNTRUSTED WHOLE "text\n", "trusted comment"},
        {UNTRUSTED PREHASHED TRUSTED, "missing"},
        {UNTRUSTED PREHASHED TRUSTED "AAAA\n", "missing"},
        {UNTRUSTED PREHASHED TRUSTED GLOBAL "more\n", "behind"},
        {UNTRUSTED PREHASHED TRUSTED TRUSTED GLOBAL, "missing"},
    };
    struct error err;
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_MINISIGN_SIGNATURE struct minisign_signature signature = {0};
        int rc = minisign_signature_parse(&signature, rows[i].text, strlen(rows[i].text), &err);
        if (!rows[i].words)
            assert_ok(rc);
        else if (rc == 0)
            fail_msg("row %zu is taken", i);
        else
            assert_fails(rc, ERROR_DAMAGED, rows[i].words);
    }
}

/* The comment is covered by itself, whatever the message is: Void's, with and without a change. */
static void test_comment(void **state UNUSED)
{
    AUTO_MINISIGN_SIGNATURE struct minisign_signature signature = {0};
    AUTO_MINISIGN_MESSAGE struct minisign_message *message = NULL;
    static const char text[] = UNTRUSTED PREHASHED TRUSTED GLOBAL;
    struct minisign_key key;
    struct error err;
    assert_ok(minisign_key_parse(&key, KEY, strlen(KEY), &err));
    assert_ok(minisign_signature_parse(&signature, text, strlen(text), &err));
    assert_true(signature.prehashed);
    assert_string_equal(signature.comment, "This key is only valid for images with date 20250202.");
    assert_ok(minisign_message_new(&message, true, &err));
    assert_ok(minisign_message_update(message, "not what was signed", 19, &err));
    assert_fails(minisign_verify(&signature, &key, message, &err), ERROR_VERIFY, "does not fit");
    key.id[0] ^= 1;
    assert_fails(minisign_verify(&signature, &key, message, &err), ERROR_VERIFY, "another key");
}

static void test_whole_limit(void **state UNUSED)
{
    AUTO_MINISIGN_MESSAGE struct minisign_message *message = NULL;
    AUTO_FREE void *bytes = calloc(1, MINISIGN_WHOLE_BYTES_MAX);
    struct error err;
    assert_ok(minisign_message_new(&message, false, &err));
    assert_ok(minisign_message_update(message, bytes, MINISIGN_WHOLE_BYTES_MAX, &err));
    assert_fails(minisign_message_update(message, "x", 1, &err), ERROR_VERIFY, "64 MiB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_key), cmocka_unit_test(test_signature),
                                       cmocka_unit_test(test_comment),
                                       cmocka_unit_test(test_whole_limit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
