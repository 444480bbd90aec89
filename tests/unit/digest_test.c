/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FIPS 180 vectors, and the text form. */
#include "core/digest.h"
#include "tests/unit/support.h"

#define OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define OF_ABC     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void test_vectors(void **state UNUSED)
{
    static const struct {
        const char *first, *second, *hex;
    } rows[] = {{"", "", OF_NOTHING}, {"abc", "", OF_ABC}, {"a", "bc", OF_ABC}};
    struct error err;
    for (size_t i = 0; i < array_length(rows); i++) {
        struct digest *digest AUTO_DIGEST = NULL;
        struct sha256 sum;
        char hex[SHA256_HEX_BYTES];
        assert_ok(digest_new(&digest, &err));
        assert_ok(digest_update(digest, rows[i].first, strlen(rows[i].first), &err));
        assert_ok(digest_update(digest, rows[i].second, strlen(rows[i].second), &err));
        assert_ok(digest_finish(digest, &sum, &err));
        sha256_format(&sum, hex);
        assert_string_equal(hex, rows[i].hex);
    }
}

static void test_parse(void **state UNUSED)
{
    static const char *const wrong[] = {
        "",
        "ba7816bf",
        OF_ABC "0",
        " a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "bg7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "-a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    };
    struct sha256 lower, upper, other;
    char hex[SHA256_HEX_BYTES];
    assert_true(sha256_parse(&lower, OF_ABC));
    assert_true(
        sha256_parse(&upper, "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"));
    assert_true(sha256_parse(&other, OF_NOTHING));
    assert_true(sha256_equal(&lower, &upper));
    assert_false(sha256_equal(&lower, &other));
    sha256_format(&upper, hex);
    assert_string_equal(hex, OF_ABC);
    for (size_t i = 0; i < array_length(wrong); i++)
        assert_false(sha256_parse(&other, wrong[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors),
                                       cmocka_unit_test(test_parse)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
