/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every key in the program is the one that manifests/keys/index says, alone in its file, with a
 * window that makes sense. */
#include "fetch/trust/embedded_keys.h"
#include "fetch/trust/keyring.h"
#include "tests/unit/support.h"

static int setup(void **state)
{
    if (scratch_enter(state) < 0)
        return -1;
    return setenv("XDG_DATA_HOME", *state, 1);
}

static void test_embedded(void **state UNUSED)
{
    AUTO_KEYRING struct keyring ring = {0};
    struct error err;
    size_t at_hand = 0;
    assert_ok(keyring_open(&ring, &err));
    assert_int_equal(ring.n, n_embedded_keys);
    for (size_t i = 0; i < ring.n; i++) {
        const struct trust_key *key = &ring.keys[i];
        assert_string_equal(key->name, embedded_keys[i].name);
        assert_string_equal(key_fingerprint(key), embedded_keys[i].fingerprint);
        assert_int_equal(strlen(key_fingerprint(key)), key->type == KEY_MINISIGN ? 16 : 40);
        assert_true(key->use_from < key->use_until);
        assert_int_equal(key->origin == KEY_KNOWN, key->bytes == NULL);
        assert_true(key->title && key->title[0]);
        at_hand += key->bytes != NULL;
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(key_fingerprint(key), key_fingerprint(&ring.keys[k]));
    }
    assert_true(at_hand >= 30);
}

static const struct trust_key *find(const struct keyring *ring, const char *fingerprint)
{
    const struct trust_key *key = keyring_find(ring, fingerprint);
    assert_non_null(key);
    return key;
}

static void test_choice(void **state UNUSED)
{
    static const char primary[] = "B8B80B5B623EAB6AD8775C45B7C5D7D6350947F8";
    static const char subkey[] = "4CB50190207B4758A3F73A796ED0E7B82643E131";
    static const char other[] = "36F612DCF27F7D1A48A835E4DBFCF71C6D9F90A6";
    const char *pins[] = {primary};
    const char *subkey_pins[] = {subkey};
    AUTO_KEYRING struct keyring ring = {0};
    struct error err;
    assert_ok(keyring_open(&ring, &err));
    const struct trust_key *key = find(&ring, subkey);
    assert_string_equal(key->name, "debian-archive-12");
    assert_ptr_equal(find(&ring, primary), key);
    assert_null(keyring_find(&ring, "B7C5D7D6350947F8"));
    assert_ptr_equal(keyring_find_issuer(&ring, "6ED0E7B82643E131"), key);
    assert_null(keyring_find_issuer(&ring, ""));

    const struct key_choice all = {&ring, NULL, 0};
    const struct key_choice one = {&ring, pins, 1};
    const struct key_choice sub = {&ring, subkey_pins, 1};
    assert_ptr_equal(key_choice_find(&all, subkey, primary), key);
    assert_ptr_equal(key_choice_find(&one, subkey, primary), key);
    assert_ptr_equal(key_choice_find(&one, primary, primary), key);
    assert_ptr_equal(key_choice_find(&sub, subkey, primary), key);
    assert_null(key_choice_find(&sub, primary, primary));
    assert_null(key_choice_find(&one, other, other));
    assert_null(key_choice_find(&all, other, primary));
    assert_null(key_choice_find(&all, subkey, subkey));
    assert_true(key_choice_has(&sub, key));
    assert_false(key_choice_has(&sub, find(&ring, other)));
}

static void test_fingerprints(void **state UNUSED)
{
    static const struct {
        const char *text, *result; /* NULL: none */
    } rows[] = {
        {"36F612DCF27F7D1A48A835E4DBFCF71C6D9F90A6", "36F612DCF27F7D1A48A835E4DBFCF71C6D9F90A6"},
        {"0x36f612dcf27f7d1a48a835e4dbfcf71c6d9f90a6", "36F612DCF27F7D1A48A835E4DBFCF71C6D9F90A6"},
        {"36F6 12DC F27F 7D1A 48A8  35E4 DBFC F71C 6D9F 90A6",
         "36F612DCF27F7D1A48A835E4DBFCF71C6D9F90A6"},
        {"4d56e70f102af9f9", "4D56E70F102AF9F9"},
        {"", NULL},
        {"6D9F90A6", NULL},
        {"36F612DCF27F7D1A48A835E4DBFCF71C6D9F90A", NULL},
        {"36F612DCF27F7D1A48A835E4DBFCF71C6D9F90A66", NULL},
        {"36F612DCF27F7D1A48A835E4DBFCF71C6D9F90AG", NULL},
        {"fedora-44", NULL},
    };
    /* As minisign prints the numbers of keys that begin with zeros. */
    static const struct {
        const char *text, *whole;
    } short_numbers[] = {
        {"d56e70f102af9f9", "give 0D56E70F102AF9F9"},
        {"0x56E70F102AF9F9", "give 0056E70F102AF9F9"},
        {"6E70F102AF9F9", "give 0006E70F102AF9F9"},
        {"E70F102AF9F9", "no fingerprint"},
    };
    struct error err;
    for (size_t i = 0; i < array_length(rows); i++) {
        char out[KEY_FINGERPRINT_BYTES];
        if (!rows[i].result) {
            assert_fails(fingerprint_parse(out, rows[i].text, &err), ERROR_USAGE, "no fingerprint");
            continue;
        }
        assert_ok(fingerprint_parse(out, rows[i].text, &err));
        assert_string_equal(out, rows[i].result);
    }
    for (size_t i = 0; i < array_length(short_numbers); i++) {
        char out[KEY_FINGERPRINT_BYTES];
        assert_fails(fingerprint_parse(out, short_numbers[i].text, &err), ERROR_USAGE,
                     short_numbers[i].whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_embedded),
                                       cmocka_unit_test(test_choice),
                                       cmocka_unit_test(test_fingerprints)};
    return cmocka_run_group_tests(tests, setup, scratch_leave);
}
