/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which findings are good enough: each rule alone makes the difference. */
#include "fetch/trust/pgp_policy.h"
#include "tests/unit/support.h"

#define PRIMARY "1111111111111111111111111111111111111111"
#define SUBKEY  "2222222222222222222222222222222222222222"
#define OTHER   "3333333333333333333333333333333333333333"
#define MISSING "4444444444444444444444444444444444444444"

enum {
    NOW = 1700000000,
    DAY = 86400,
};

static char key_prints[2][KEY_FINGERPRINT_BYTES] = {PRIMARY, SUBKEY};
static char v3_prints[1][KEY_FINGERPRINT_BYTES] = {OTHER};
static char missing_prints[1][KEY_FINGERPRINT_BYTES] = {MISSING};
static uint8_t packets[1];

static struct trust_key keys[] = {
    {.name = (char[]){"key"},
     .fingerprints = key_prints,
     .n_fingerprints = 2,
     .bytes = packets,
     .use_from = NOW - 100,
     .use_until = NOW + 10 * DAY},
    {.name = (char[]){"old-style"},
     .fingerprints = v3_prints,
     .n_fingerprints = 1,
     .bytes = packets,
     .use_from = INT64_MIN,
     .use_until = INT64_MAX,
     .allow_v3 = true},
    {.name = (char[]){"missing"},
     .origin = KEY_KNOWN,
     .fingerprints = missing_prints,
     .n_fingerprints = 1},
};
static const struct keyring ring = {keys, array_length(keys)};

static const struct pgp_finding good = {
    .status = PGP_GOOD,
    .fingerprint = SUBKEY,
    .primary = PRIMARY,
    .created = NOW,
    .version = 4,
    .type = "binary",
    .hash = "SHA512",
    .algorithm = "RSA",
    .bits = 4096,
    .may_sign = true,
};

/* Judges findings, as detached signatures unless clear; NULL where one is good enough, else why. */
static const char *judge(const struct pgp_finding *findings, size_t n, bool clear,
                         const char *claimed, const char *const *pins, size_t n_pins)
{
    static struct error err;
    struct pgp_findings found = {.n = (uint32_t)n};
    struct pgp_signatures claims = {.n = 1};
    const struct key_choice choice = {&ring, pins, n_pins};
    const struct pgp_question question = {&found, &claims, &choice, !clear, NOW, "FILE"};
    const struct pgp_finding *signature = NULL;
    const struct trust_key *key = NULL;
    for (size_t i = 0; i < n; i++)
        found.of[i] = findings[i];
    strcpy(claims.claims[0].issuer, claimed);
    if (pgp_policy_judge(&question, &signature, &key, &err) == 0) {
        assert_non_null(signature);
        assert_non_null(key);
        return NULL;
    }
    assert_int_equal(err.code, ERROR_VERIFY);
    assert_non_null(strstr(err.text, "FILE is not trusted"));
    return err.text;
}

static void expect(const struct pgp_finding *one, bool clear, const char *words, const char *what)
{
    const char *reason = judge(one, 1, clear, "", NULL, 0);
    if (!words != !reason || (words && !strstr(reason, words)))
        fail_msg("%s: %s", what, reason ? reason : "taken");
}

#define CHANGED(...)                    \
    ({                                  \
        struct pgp_finding one_ = good; \
        __VA_ARGS__;                    \
        one_;                           \
    })
#define SET(member, value)  one_.member = (value)
#define TEXT(member, value) strcpy(one_.member, value)

static void test_rules(void **state UNUSED)
{
    const struct {
        struct pgp_finding one;
        bool clear;
        const char *words; /* NULL: taken */
    } rows[] = {
        {good, false, NULL},
        {good, true, NULL},
        {CHANGED(TEXT(fingerprint, PRIMARY)), false, NULL},
        {CHANGED(TEXT(type, "text")), true, NULL},
        {CHANGED(TEXT(type, "text")), false, "something else than a file (text)"},
        {CHANGED(TEXT(type, "standalone")), true, "something else than a file"},
        {CHANGED(TEXT(type, "timestamp")), false, "something else than a file"},
        {CHANGED(TEXT(hash, "SHA256")), false, NULL},
        {CHANGED(TEXT(hash, "SHA384")), false, NULL},
        {CHANGED(TEXT(hash, "SHA224")), false, "weak hash SHA224"},
        {CHANGED(TEXT(hash, "SHA1")), false, "weak hash SHA1"},
        {CHANGED(TEXT(hash, "MD5")), false, "weak hash MD5"},
        {CHANGED(TEXT(hash, "RIPEMD160")), false, "weak hash RIPEMD160"},
        {CHANGED(TEXT(hash, "")), false, "cannot be read"},
        {CHANGED(SET(bits, 2048)), false, NULL},
        {CHANGED(SET(bits, 2047)), false, "has 2047 bits"},
        {CHANGED(TEXT(algorithm, "EDDSA"); SET(bits, 255)), false, NULL},
        {CHANGED(TEXT(algorithm, "ECDSA"); SET(bits, 256)), false, NULL},
        {CHANGED(TEXT(algorithm, "DSA")), false, "uses DSA"},
        {CHANGED(SET(version, 3)), false, "version 3, and key makes those of version 4"},
        {CHANGED(SET(version, 0)), false, "version 0"},
        {CHANGED(SET(version, 6)), false, "version 6"},
        {CHANGED(SET(version, 3); TEXT(primary, OTHER); TEXT(fingerprint, OTHER)), false, NULL},
        {CHANGED(SET(version, 5); TEXT(primary, OTHER); TEXT(fingerprint, OTHER)), false,
         "version 5"},
        {CHANGED(SET(may_sign, false)), false, "not for signing"},
        {CHANGED(SET(revoked, true)), false, "revoked"},
        {CHANGED(SET(status, PGP_BAD)), false, "is wrong"},
        {CHANGED(SET(status, PGP_EXPIRED)), false, "has expired"},
        {CHANGED(SET(status, PGP_UNREADABLE)), false, "cannot be read"},
        {CHANGED(SET(status, PGP_UNKNOWN_KEY)), false, "cannot be read"},
        {CHANGED(SET(created, NOW + DAY)), false, NULL},
        {CHANGED(SET(created, NOW + DAY + 1)), false, "in the future"},
        {CHANGED(SET(created, NOW - 101)), false, "accepted from"},
        {CHANGED(SET(created, 0)), false, "accepted from"},
        {CHANGED(TEXT(primary, OTHER)), false, "not among the accepted keys"},
        {CHANGED(TEXT(primary, "")), false, "not among the accepted keys"},
        {CHANGED(TEXT(primary, ""); TEXT(fingerprint, "")), false, "not among the accepted keys"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        char what[32];
        snprintf(what, sizeof(what), "row %zu", i);
        expect(&rows[i].one, rows[i].clear, rows[i].words, what);
    }
}

static void test_several(void **state UNUSED)
{
    const struct pgp_finding unknown = {.status = PGP_UNKNOWN_KEY};
    const struct pgp_finding bad = CHANGED(SET(status, PGP_BAD));
    const struct pgp_finding good_last[] = {unknown, bad, good};
    const struct pgp_finding none[] = {unknown, bad, unknown};
    assert_null(judge(good_last, 3, false, "", NULL, 0));
    /* The nearest miss is what is told. */
    assert_non_null(strstr(judge(none, 3, false, "", NULL, 0), "its signature by key is wrong"));
    assert_non_null(strstr(judge(NULL, 0, false, "", NULL, 0), "nothing in it is signed"));
}

static void test_pins(void **state UNUSED)
{
    const char *const primary[] = {PRIMARY}, *const subkey[] = {SUBKEY}, *const other[] = {OTHER};
    const struct pgp_finding by_primary = CHANGED(TEXT(fingerprint, PRIMARY));
    assert_null(judge(&good, 1, false, "", primary, 1));
    assert_null(judge(&good, 1, false, "", subkey, 1));
    assert_null(judge(&by_primary, 1, false, "", primary, 1));
    assert_non_null(
        strstr(judge(&by_primary, 1, false, SUBKEY, subkey, 1), "not accepted for this"));
    assert_non_null(strstr(judge(&good, 1, false, SUBKEY, other, 1), "not accepted for this"));
}

static void test_missing(void **state UNUSED)
{
    const struct pgp_finding unknown = {.status = PGP_UNKNOWN_KEY};
    const char *reason = judge(&unknown, 1, false, "4444444444444444", NULL, 0);
    assert_non_null(strstr(reason, "lxfetch keys add FILE --key " MISSING));
    reason = judge(&unknown, 1, false, "5555555555555555", NULL, 0);
    assert_non_null(strstr(reason, "by key 5555555555555555, which is not among"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rules), cmocka_unit_test(test_several),
                                       cmocka_unit_test(test_pins), cmocka_unit_test(test_missing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
