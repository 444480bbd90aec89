/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiers: what reaches which, and that nothing ever falls below the one that was asked for. The
 * signatures were made by gpg and minisign for this test. */
#include "fetch/trust.h"
#include "tests/unit/support.h"

#define CONTENT "content\n"
#define SHA256  "434728a410a78f56fc1b5899c3593436e61ab0c731e9072d95e96db290205e53"
#define OTHER   "7e4fa2eb8c7ac089739d5defc4489fad68a100d92082ca35c6b40a4524821f87"
#define PGP     "67180BE69690E412CA7B27C55FBD8A5045D824E3"

enum {
    NOW = 1764100000,    /* 2025-11-25 */
    BY_GPG = 1762819200, /* 2025-11-11 */
    BY_MINISIGN = 1764000000,
};

static const char pgp_key[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
                              "\n"
                              "mDMEaQVNgBYJKwYBBAHaRw8BAQdA0P3GL9HjssPxm9ZKmxw7jTGTKOPYbfBJp2/D\n"
                              "+dc8ZsW0F1Rlc3QgPHRlc3RAZXhhbXBsZS5vcmc+iJAEExYIADgWIQRnGAvmlpDk\n"
                              "Esp7J8VfvYpQRdgk4wUCaQVNgAIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAK\n"
                              "CRBfvYpQRdgk4wRzAQCPdDI/diAr2sQ7g67vmHV7BhqAEznYU0T+LruCy7KENwEA\n"
                              "i+3aUpy1CB1jsBtmeJgb2OAHYpsVJzh1vJhLcbNPyA0=\n"
                              "=RrZX\n"
                              "-----END PGP PUBLIC KEY BLOCK-----\n";
static const char minisign_key[] = "untrusted comment: minisign public key 1E1B980458D92B2F\n"
                                   "RWQvK9lYBJgbHtiT/275n1KstmVJzv3rwthu3CBNxNiOVjPyfLnq5WCS\n";
static const char list[] =
    "434728a410a78f56fc1b5899c3593436e61ab0c731e9072d95e96db290205e53  file\n"
    "7e4fa2eb8c7ac089739d5defc4489fad68a100d92082ca35c6b40a4524821f87  other\n";
static const char clearsigned[] =
    "-----BEGIN PGP SIGNED MESSAGE-----\n"
    "Hash: SHA256\n"
    "\n"
    "434728a410a78f56fc1b5899c3593436e61ab0c731e9072d95e96db290205e53  file\n"
    "7e4fa2eb8c7ac089739d5defc4489fad68a100d92082ca35c6b40a4524821f87  other\n"
    "-----BEGIN PGP SIGNATURE-----\n"
    "\n"
    "iHUEARYIAB0WIQRnGAvmlpDkEsp7J8VfvYpQRdgk4wUCaRJ8gAAKCRBfvYpQRdgk\n"
    "4wFPAP4mHelMThV7XUIkgGnfSKonEQMYOjCNUz2gQ/FM/1B9ewD9E9Lm76IYGtuk\n"
    "q19yW9utTOAx1fJA/p2KFhspkxNhVgk=\n"
    "=Y4KS\n"
    "-----END PGP SIGNATURE-----\n";
static const char file_by_gpg[] =
    "-----BEGIN PGP SIGNATURE-----\n"
    "\n"
    "iHUEABYIAB0WIQRnGAvmlpDkEsp7J8VfvYpQRdgk4wUCaRJ8gAAKCRBfvYpQRdgk\n"
    "44APAP9No0Eh9AiF8mo4Qsy3wPzchKftUBQ9A8vaRD1SE0JahwD+N5TRN/00Diy/\n"
    "i5EHZPMZ7kUTGrAtzXtEHj+E/aXOTAk=\n"
    "=NegR\n"
    "-----END PGP SIGNATURE-----\n";
static const char file_by_minisign[] =
    "untrusted comment: signature from minisign secret key\n"
    "RUQvK9lYBJgbHsLoEaT2a8xkMTel+"
    "WQTTlOqUGDmhLmBxt583PkBDf9yIOlpZI2Pg7nDP1LQ6yrcvkWP6MsS2HfwonvxTaKF/w4=\n"
    "trusted comment: timestamp:1764000000\n"
    "bWnK3jnkwDX7ZGstrHtydfBjQCXQUT3njcbhPmCB6/OVlq0DPOp/Dpj6fVPCZ29C3qWtUCLoEkThNZkrPNEvDA==\n";
static const char list_by_minisign[] =
    "untrusted comment: signature from minisign secret key\n"
    "RUQvK9lYBJgbHrDKVinPLxGPiRLH7K2+OXPCwLs6MOxE1RjxHgQuCB68QQn0jxM2M/"
    "mMZb7R6u2ncxzlXmOWl90W19UoaDJhSgc=\n"
    "trusted comment: only valid for images with date 7\n"
    "9ErYhIrfwm9RSdB/GHsxpCAeH/+DjJNYGUtuTs+fikNWeHSSRmiWxlBz8kXPY33KIiG4PuuVUvZQ8F+6MVrDAg==\n";
static const char single[] = SHA256 "  file-Build7\n";

/* A keyring of both keys, and the file, open. */
struct fixture {
    char *directory;
    struct keyring ring;
    int fd;
};

static int setup(void **state)
{
    struct error err;
    struct fixture *f = calloc(1, sizeof(*f));
    void *directory = NULL;
    if (!f || scratch_enter(&directory) < 0)
        return -1;
    f->directory = directory;
    file_make("pgp.asc", pgp_key, strlen(pgp_key));
    file_make("minisign.pub", minisign_key, strlen(minisign_key));
    file_make("file", CONTENT, strlen(CONTENT));
    struct keyring one, two;
    assert_ok(keyring_open_file(&one, "pgp.asc", &err));
    assert_ok(keyring_open_file(&two, "minisign.pub", &err));
    f->ring.keys = calloc(2, sizeof(*f->ring.keys));
    assert_non_null(f->ring.keys);
    f->ring.keys[f->ring.n++] = one.keys[0];
    f->ring.keys[f->ring.n++] = two.keys[0];
    free(one.keys);
    free(two.keys);
    f->fd = open("file", O_RDONLY);
    *state = f;
    return f->fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    void *directory = f->directory;
    close(f->fd);
    keyring_close(&f->ring);
    free(f);
    return scratch_leave(&directory);
}

static struct trust_text text(const char *bytes, const char *label)
{
    return (struct trust_text){bytes, bytes ? strlen(bytes) : 0, label};
}

static struct trust_request request(const struct fixture *f, const char *sums,
                                    const char *signature)
{
    return (struct trust_request){
        .fd = f->fd,
        .label = "FILE",
        .name = "file",
        .list = text(sums, "LIST"),
        .signature = text(signature, "SIGNATURE"),
        .keys = {&f->ring, NULL, 0},
        .tier = TRUST_LOCAL,
        .plain = TRUST_LOCAL,
        .now = NOW,
    };
}

static void test_tiers(void **state)
{
    static const struct {
        const char *list, *signature;
        bool pinned;
        enum trust_tier plain, reached;
        enum trust_cover cover;
    } rows[] = {
        {NULL, NULL, false, TRUST_LOCAL, TRUST_LOCAL, TRUST_COVERS_NOTHING},
        {NULL, NULL, false, TRUST_TLS, TRUST_TLS, TRUST_COVERS_NOTHING},
        {NULL, NULL, true, TRUST_TLS, TRUST_PINNED, TRUST_COVERS_NOTHING},
        {list, NULL, false, TRUST_LOCAL, TRUST_LOCAL, TRUST_COVERS_NOTHING},
        {list, NULL, false, TRUST_TLS, TRUST_TLS, TRUST_COVERS_NOTHING},
        {list, NULL, true, TRUST_TLS, TRUST_PINNED, TRUST_COVERS_NOTHING},
        {clearsigned, NULL, false, TRUST_LOCAL, TRUST_SIGNED, TRUST_COVERS_LIST},
        {clearsigned, NULL, true, TRUST_TLS, TRUST_SIGNED, TRUST_COVERS_LIST},
        {NULL, file_by_gpg, false, TRUST_LOCAL, TRUST_SIGNED, TRUST_COVERS_FILE},
        {NULL, file_by_minisign, false, TRUST_LOCAL, TRUST_SIGNED, TRUST_COVERS_FILE},
    };
    struct fixture *f = *state;
    struct sha256 sum;
    struct error err;
    assert_true(sha256_parse(&sum, SHA256));
    for (size_t i = 0; i < array_length(rows); i++) {
        for (enum trust_tier wanted = TRUST_LOCAL; wanted <= TRUST_SIGNED; wanted++) {
            struct trust_request r = request(f, rows[i].list, rows[i].signature);
            struct trust_result result = {.tier = TRUST_LOCAL};
            r.sha256 = rows[i].pinned ? &sum : NULL;
            r.plain = rows[i].plain;
            r.tier = wanted;
            if (wanted > rows[i].reached) {
                if (trust_verify(&r, &result, &err) == 0)
                    fail_msg("row %zu reaches %s", i, trust_tier_name(wanted));
                assert_fails(-1, ERROR_VERIFY, "is not trusted");
                continue;
            }
            assert_ok(trust_verify(&r, &result, &err));
            assert_int_equal(result.tier, rows[i].reached);
            assert_int_equal(result.cover, rows[i].cover);
            assert_true(sha256_equal(&result.sha256, &sum));
            assert_int_equal(result.size, strlen(CONTENT));
        }
    }
}

/* What is given must hold, whatever tier is asked for. */
static void test_no_way_down(void **state)
{
    struct fixture *f = *state;
    struct trust_result result;
    struct error err;
    struct sha256 other;
    assert_true(sha256_parse(&other, OTHER));

    struct trust_request r = request(f, NULL, NULL);
    r.sha256 = &other;
    assert_fails(trust_verify(&r, &result, &err), ERROR_VERIFY, "expected " OTHER);
    r = request(f, clearsigned, NULL);
    r.sha256 = &other;
    assert_fails(trust_verify(&r, &result, &err), ERROR_VERIFY, "expected " OTHER);
    r = request(f, NULL, list_by_minisign);
    assert_fails(trust_verify(&r, &result, &err), ERROR_VERIFY, "does not fit");
    r = request(f, list, file_by_gpg);
    assert_fails(trust_verify(&r, &result, &err), ERROR_VERIFY, "changed");
    r = request(f, clearsigned, file_by_gpg);
    assert_fails(trust_verify(&r, &result, &err), ERROR_VERIFY, "changed");
    r = request(f, list, "");
    assert_fails(trust_verify(&r, &result, &err), ERROR_VERIFY, "no detached signature");
    r = request(f, list, NULL);
    r.name = "other";
    assert_fails(trust_verify(&r, &result, &err), ERROR_VERIFY, "does not have the checksum");
    r = request(f, clearsigned, NULL);
    r.name = "none";
    assert_fails(trust_verify(&r, &result, &err), ERROR_VERIFY, "no line for none");
    r = request(f, "", NULL);
    assert_fails(trust_verify(&r, &result, &err), ERROR_VERIFY, "no line");
}

static void test_signer(void **state)
{
    struct fixture *f = *state;
    struct trust_result result;
    struct error err;
    struct trust_request r = request(f, clearsigned, NULL);
    assert_ok(trust_verify(&r, &result, &err));
    assert_string_equal(result.signer.fingerprint, PGP);
    assert_string_equal(result.signer.signing, PGP);
    assert_string_equal(result.signer.name, "pgp.asc");
    assert_true(result.signer.has_time);
    assert_int_equal(result.signer.signed_at, BY_GPG);
    r = request(f, NULL, file_by_minisign);
    assert_ok(trust_verify(&r, &result, &err));
    assert_string_equal(result.signer.fingerprint, "1E1B980458D92B2F");
    assert_int_equal(result.signer.signed_at, BY_MINISIGN);
    assert_string_equal(result.signer.comment, "timestamp:1764000000");
}

static void test_window(void **state)
{
    static const char *const signatures[] = {file_by_gpg, file_by_minisign};
    static const int64_t times[] = {BY_GPG, BY_MINISIGN};
    struct fixture *f = *state;
    struct trust_result result;
    struct error err;
    for (size_t i = 0; i < 2; i++) {
        struct trust_key *key = &f->ring.keys[i];
        struct trust_request r = request(f, NULL, signatures[i]);
        key->use_from = key->use_until = times[i];
        assert_ok(trust_verify(&r, &result, &err));
        key->use_from = times[i] + 1;
        key->use_until = INT64_MAX;
        assert_fails(trust_verify(&r, &result, &err), ERROR_VERIFY, "accepted from");
        key->use_from = INT64_MIN;
        key->use_until = times[i] - 1;
        assert_fails(trust_verify(&r, &result, &err), ERROR_VERIFY, "accepted until");
        key->use_until = INT64_MAX;
        r.now = times[i] - 86400;
        assert_ok(trust_verify(&r, &result, &err));
        r.now--;
        assert_fails(trust_verify(&r, &result, &err), ERROR_VERIFY, "in the future");
    }
}

static void test_names(void **state)
{
    struct fixture *f = *state;
    struct trust_result result;
    struct error err;
    struct trust_request r = request(f, single, NULL);
    assert_fails(trust_verify(&r, &result, &err), ERROR_VERIFY, "no line for file");
    r.any_name = true;
    assert_ok(trust_verify(&r, &result, &err));
    r = request(f, list, NULL);
    r.any_name = true;
    assert_fails(trust_verify(&r, &result, &err), ERROR_VERIFY, "2 files");
    /* "only valid for images with date 7" */
    r = request(f, list, list_by_minisign);
    assert_fails(trust_verify(&r, &result, &err), ERROR_VERIFY, "date 7");
}

/* A signature that does not say when it was made counts as made now. */
static void test_window_without_time(void **state)
{
    struct fixture *f = *state;
    const struct key_choice keys = {&f->ring, NULL, 0};
    const struct trust_text plain = text(list, "LIST"), by = text(list_by_minisign, "SIGNATURE");
    AUTO_TRUST_LIST struct trust_list found = {0};
    struct error err;
    f->ring.keys[1].use_until = NOW - 1;
    assert_fails(trust_list_verify(&plain, &by, &keys, NOW, &found, &err), ERROR_VERIFY,
                 "does not say when");
    f->ring.keys[1].use_until = NOW;
    assert_ok(trust_list_verify(&plain, &by, &keys, NOW, &found, &err));
    assert_false(found.signer.has_time);
}

/* What was verified is what is used: the descriptor, whatever lies at the path by then. */
static void test_descriptor(void **state)
{
    struct fixture *f = *state;
    struct trust_result result;
    struct error err;
    struct trust_request r = request(f, NULL, file_by_gpg);
    assert_int_equal(lseek(f->fd, 3, SEEK_SET), 3);
    assert_int_equal(rename("pgp.asc", "file"), 0);
    assert_ok(trust_verify(&r, &result, &err));
    assert_int_equal(result.size, strlen(CONTENT));
    assert_int_equal(lseek(f->fd, 0, SEEK_CUR), 3);
}

static void test_list(void **state)
{
    struct fixture *f = *state;
    const struct key_choice keys = {&f->ring, NULL, 0};
    const struct trust_text signed_text = text(clearsigned, "LIST"), plain = text(list, "LIST");
    AUTO_TRUST_LIST struct trust_list found = {0};
    AUTO_TRUST_LIST struct trust_list unsigned_list = {0};
    AUTO_FREE char *large = calloc(1, TRUST_LIST_BYTES_MAX + 1);
    struct error err;
    assert_ok(trust_list_verify(&signed_text, NULL, &keys, NOW, &found, &err));
    assert_true(found.is_signed);
    assert_int_equal(found.n, strlen(list));
    assert_memory_equal(found.text, list, found.n);
    assert_ok(trust_list_verify(&plain, NULL, &keys, NOW, &unsigned_list, &err));
    assert_false(unsigned_list.is_signed);
    assert_string_equal(unsigned_list.text, list);
    const struct trust_text too_large = {large, TRUST_LIST_BYTES_MAX + 1, "LIST"};
    trust_list_free(&found);
    assert_fails(trust_list_verify(&too_large, NULL, &keys, NOW, &found, &err), ERROR_VERIFY,
                 "larger than 4 MiB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tiers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_way_down, setup, teardown),
        cmocka_unit_test_setup_teardown(test_signer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_window, setup, teardown),
        cmocka_unit_test_setup_teardown(test_window_without_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_descriptor, setup, teardown),
        cmocka_unit_test_setup_teardown(test_list, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
