/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The outer form of signed documents: armour, packets, clearsigned texts. Nothing here is verified;
 * the signature is a packet of the right shape. */
#include "fetch/trust/pgp_document.h"
#include "tests/unit/support.h"

#define BEGIN_TEXT "-----BEGIN PGP SIGNED MESSAGE-----\n"
#define HASH       "Hash: SHA256\n\n"
#define BEGIN      "-----BEGIN PGP SIGNATURE-----\n"
#define END        "-----END PGP SIGNATURE-----\n"
/* c2 04 04 00 01 08: a signature packet of four bytes; b4 00: an empty user id. */
#define ONE   "wgQEAAEI\n"
#define OTHER "tAA=\n"
#define BLOCK BEGIN "\n" ONE "=abcd\n" END

static void test_clearsigned(void **state UNUSED)
{
    static const struct {
        const char *text, *words; /* NULL: taken */
    } rows[] = {
        {BEGIN_TEXT HASH "text\n" BLOCK, NULL},
        {BEGIN_TEXT HASH BLOCK, NULL},
        {BEGIN_TEXT "\ntext\n" BLOCK, NULL},
        {BEGIN_TEXT "Hash: SHA256, SHA512\nHash: SHA1\n\ntext\n" BLOCK, NULL},
        {BEGIN_TEXT HASH "- -----BEGIN PGP SIGNATURE-----\n- - x\n" BLOCK, NULL},
        {BEGIN_TEXT HASH "text\n" BLOCK "\n \t\n\r\n", NULL},
        {BEGIN_TEXT HASH "text\n" BEGIN "Version: 1\nComment:\n\n" ONE END, NULL},
        {"\n" BEGIN_TEXT HASH "text\n" BLOCK, "does not begin"},
        {" " BEGIN_TEXT HASH "text\n" BLOCK, "does not begin"},
        {"\xef\xbb\xbf" BEGIN_TEXT HASH "text\n" BLOCK, "does not begin"},
        {"words\n" BEGIN_TEXT HASH "text\n" BLOCK, "does not begin"},
        {BLOCK, "does not begin"},
        {BEGIN_TEXT "Comment: hi\n\ntext\n" BLOCK, "unsigned text"},
        {BEGIN_TEXT "Hash: SHA256\nevil\n\ntext\n" BLOCK, "unsigned text"},
        {BEGIN_TEXT "Hash: SHA256\n \ntext\n" BLOCK, "unsigned text"},
        {BEGIN_TEXT "Hash: evil=1\n\ntext\n" BLOCK, "unsigned text"},
        {BEGIN_TEXT "Hash: SHA256\n\ftext\n" BLOCK, "unsigned text"},
        {BEGIN_TEXT, "unsigned text"},
        {BEGIN_TEXT HASH "text\n", "cut short"},
        {BEGIN_TEXT HASH "-text\n" BLOCK, "cut short, or holds another block"},
        {BEGIN_TEXT HASH "text\n" BEGIN_TEXT HASH "more\n" BLOCK, "another block"},
        {BEGIN_TEXT HASH "text\n-----BEGIN PGP MESSAGE-----\n" BLOCK, "another block"},
        {BEGIN_TEXT HASH "text\n" BLOCK "more\n", "behind the end"},
        {BEGIN_TEXT HASH "text\n" BLOCK BLOCK, "behind the end"},
        {BEGIN_TEXT HASH "text\n" BEGIN "\n" ONE, "END line"},
        {BEGIN_TEXT HASH "text\n" BEGIN ONE END, "damaged head"},
        {BEGIN_TEXT HASH "text\n" BEGIN "\n" END, "no base64"},
        {BEGIN_TEXT HASH "text\n" BEGIN "\nwgQEAAE!\n" END, "no base64"},
        {BEGIN_TEXT HASH "text\n" BEGIN "\nwg=EAAEI\n" END, "no base64"},
        {BEGIN_TEXT HASH "text\n" BEGIN "\nwgQEAAE\n" END, "no base64"},
        {BEGIN_TEXT HASH "text\n" BEGIN "\nwgUEAAEI\n" END, "damaged"},
        {BEGIN_TEXT HASH "text\n" BEGIN "\n" OTHER END, "something else than signatures"},
        {BEGIN_TEXT HASH "text\n" BEGIN "\n" ONE "tAAA\n" END, "something else"},
    };
    struct error err;
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_PGP_SIGNATURES struct pgp_signatures found = {0};
        const char *text = rows[i].text;
        int rc = pgp_clearsigned_check(&found, text, strlen(text), "LIST", &err);
        if (!rows[i].words) {
            assert_ok(rc);
            assert_int_equal(found.n, 1);
            assert_int_equal(found.claims[0].version, 4);
        } else {
            if (rc == 0)
                fail_msg("row %zu is taken", i);
            assert_fails(rc, ERROR_VERIFY, rows[i].words);
        }
    }
    AUTO_PGP_SIGNATURES struct pgp_signatures found = {0};
    static const char nul[] = BEGIN_TEXT HASH "te\0xt\n" BLOCK;
    assert_fails(pgp_clearsigned_check(&found, nul, sizeof(nul) - 1, "LIST", &err), ERROR_VERIFY,
                 "NUL");
}

static void test_detached(void **state UNUSED)
{
    static const uint8_t one[] = {0xc2, 4, 4, 0, 1, 8};
    static const uint8_t compressed[] = {0xc8, 2, 1, 0};
    static const uint8_t partial[] = {0xc2, 0xe1, 4, 0, 2, 1, 8};
    static const uint8_t indeterminate[] = {0x8b, 4, 0, 1, 8};
    static const uint8_t cut[] = {0xc2, 5, 4, 0, 1, 8};
    static const struct {
        const void *bytes;
        size_t n;
        const char *words;
    } rows[] = {
        {BLOCK, sizeof(BLOCK) - 1, NULL},
        {one, sizeof(one), NULL},
        {"", 0, "no detached signature"},
        {"<html>", 6, "no detached signature"},
        {BEGIN_TEXT, sizeof(BEGIN_TEXT) - 1, "no detached signature"},
        {BLOCK BLOCK, sizeof(BLOCK BLOCK) - 1, "behind the end"},
        {BLOCK "x", sizeof(BLOCK), "behind the end"},
        {compressed, sizeof(compressed), "something else than signatures"},
        {partial, sizeof(partial), "damaged"},
        {indeterminate, sizeof(indeterminate), "damaged"},
        {cut, sizeof(cut), "damaged"},
    };
    struct error err;
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_PGP_SIGNATURES struct pgp_signatures found = {0};
        int rc = pgp_detached_check(&found, rows[i].bytes, rows[i].n, "SIG", &err);
        if (!rows[i].words)
            assert_ok(rc);
        else if (rc == 0)
            fail_msg("row %zu is taken", i);
        else
            assert_fails(rc, ERROR_VERIFY, rows[i].words);
    }
}

static void test_limits(void **state UNUSED)
{
    static const uint8_t one[] = {0xc2, 4, 4, 0, 1, 8};
    uint8_t many[(PGP_SIGNATURES_MAX + 1) * sizeof(one)];
    AUTO_FREE uint8_t *large = calloc(1, PGP_SIGNATURE_BYTES_MAX + 1);
    AUTO_PGP_SIGNATURES struct pgp_signatures found = {0};
    struct error err;
    for (size_t i = 0; i < sizeof(many); i += sizeof(one))
        memcpy(many + i, one, sizeof(one));
    assert_fails(pgp_detached_check(&found, many, sizeof(many), "SIG", &err), ERROR_VERIFY,
                 "more than 16");
    assert_ok(pgp_detached_check(&found, many, sizeof(many) - sizeof(one), "SIG", &err));
    assert_int_equal(found.n, PGP_SIGNATURES_MAX);
    pgp_signatures_free(&found);
    assert_fails(pgp_detached_check(&found, large, PGP_SIGNATURE_BYTES_MAX + 1, "SIG", &err),
                 ERROR_VERIFY, "larger than 64 KiB");
}

static void test_claims(void **state UNUSED)
{
    static const uint8_t v3[] = {0xc2, 19,   3,    5,    0,    1,    2, 3, 4, 0x11, 0x22,
                                 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 1, 8, 0, 0};
    /* Unhashed issuer, as most signatures have it. */
    static const uint8_t v4[] = {0xc2, 18,   4,    0,    1,    8,    0,    0,    0,    10,
                                 9,    0x10, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};
    /* A subpacket that is longer than its area. */
    static const uint8_t bad[] = {0xc2, 9, 4, 0, 1, 8, 0, 1, 9, 0, 0};
    AUTO_PGP_SIGNATURES struct pgp_signatures found = {0};
    struct error err;
    assert_ok(pgp_detached_check(&found, v3, sizeof(v3), "SIG", &err));
    assert_int_equal(found.claims[0].version, 3);
    assert_string_equal(found.claims[0].issuer, "1122334455667788");
    pgp_signatures_free(&found);
    assert_ok(pgp_detached_check(&found, v4, sizeof(v4), "SIG", &err));
    assert_string_equal(found.claims[0].issuer, "1122334455667788");
    pgp_signatures_free(&found);
    assert_ok(pgp_detached_check(&found, bad, sizeof(bad), "SIG", &err));
    assert_string_equal(found.claims[0].issuer, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clearsigned), cmocka_unit_test(test_detached),
        cmocka_unit_test(test_limits), cmocka_unit_test(test_claims)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
