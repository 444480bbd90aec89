/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksum lists: what each form says, and what is passed over or refused. */
#include "fetch/trust/sums.h"
#include "tests/unit/support.h"

#define A256       "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define B256       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define A256_UPPER "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"
#define A512       A256 B256
#define B512       B256 A256
#define MD5        "d41d8cd98f00b204e9800998ecf8427e"

static int parse(struct sums **out, const char *text, struct error *err)
{
    return sums_parse(out, text, strlen(text), "LIST", err);
}

/* Which checksums an entry has, by their letters above. */
static const char *what(const struct checksum *sum)
{
    static char text[3];
    struct checksum a256, b256, a512, b512;
    assert_true(checksum_parse(&a256, A256, strlen(A256)));
    assert_true(checksum_parse(&b256, B256, strlen(B256)));
    assert_true(checksum_parse(&a512, A512, strlen(A512)));
    assert_true(checksum_parse(&b512, B512, strlen(B512)));
    text[0] = !sum->has_sha256                           ? '-'
              : sha256_equal(&sum->sha256, &a256.sha256) ? 'A'
              : sha256_equal(&sum->sha256, &b256.sha256) ? 'B'
                                                         : '?';
    text[1] = !sum->has_sha512                                      ? '-'
              : memcmp(sum->sha512, a512.sha512, SHA512_BYTES) == 0 ? 'A'
              : memcmp(sum->sha512, b512.sha512, SHA512_BYTES) == 0 ? 'B'
                                                                    : '?';
    return text;
}

static void test_forms(void **state UNUSED)
{
    static const struct {
        const char *text, *name, *what;
    } rows[] = {
        {A256 "  f\n", "f", "A-"},
        {A256 " *f\n", "f", "A-"},
        {A256 " f\n", "f", "A-"},
        {A256 "  f", "f", "A-"},
        {A256 "  f\r\n", "f", "A-"},
        {A256 "  f  \t\n", "f", "A-"},
        {A256_UPPER "  f\n", "f", "A-"},
        {"0x" A256_UPPER "  f\n", "f", "A-"},
        {"0X" A256 "  f\n", "f", "A-"},
        {A512 "  f\n", "f", "-A"},
        {"SHA256 (f) = " A256 "\n", "f", "A-"},
        {"SHA512 (f) = " A512 "\n", "f", "-A"},
        {"sha256 (f) = " A256_UPPER "\n", "f", "A-"},
        {"SHA256 (a (1) = b) = " A256 "\n", "a (1) = b", "A-"},
        {"SHA256 (f) = " A256 "\nSHA512 (f) = " B512 "\n", "f", "AB"},
        {A256 "  ./f\n", "f", "A-"},
        {A256 "  dir/f\n", "f", "A-"},
        {A256 "  f\n" A256 "  f\n", "f", "A-"},
        {A256 "  a/f\n" A256 "  b/f\n", "f", "A-"},
        {"# SHA512 HASH\n" A512 "  f\n# BLAKE2B HASH\n" B512 "  f\n", "f", "-A"},
        {"# BLAKE2B HASH\n" B512 "  f\n# SHA256 HASH\n" A256 "  f\n", "f", "A-"},
        {MD5 "  f\nMD5 (f) = " MD5 "\n" A256 "  f\n", "f", "A-"},
        {"\n\n; anything\n" A256 "  f g \n", "f g", "A-"},
        {B256 "  ff\n" A256 "  f\n" B256 "  f.sig\n" B256 "  xf\n", "f", "A-"},
        {A256 "  \xc3\xa4\n", "\xc3\xa4", "A-"},
    };
    struct error err;
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_SUMS struct sums *sums = NULL;
        const struct sums_entry *entry;
        assert_ok(parse(&sums, rows[i].text, &err));
        assert_ok(sums_find(sums, rows[i].name, &entry, &err));
        if (strcmp(what(&entry->is), rows[i].what) != 0)
            fail_msg("row %zu: %s", i, what(&entry->is));
    }
}

static void test_sizes(void **state UNUSED)
{
    static const char text[] = "# f: 12345 bytes\nSHA256 (f) = " A256 "\n# other: 1 bytes\n"
                               "# g: -1 bytes\n# g: 12 kilobytes\n# g:1 bytes\n" B256 "  g\n";
    AUTO_SUMS struct sums *sums = NULL;
    const struct sums_entry *entry;
    struct error err;
    assert_ok(parse(&sums, text, &err));
    assert_int_equal(sums->n, 2);
    assert_ok(sums_find(sums, "f", &entry, &err));
    assert_true(entry->has_size);
    assert_int_equal(entry->size, 12345);
    assert_ok(sums_find(sums, "g", &entry, &err));
    assert_false(entry->has_size);
}

static void test_refused(void **state UNUSED)
{
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"", "no line"},
        {"<html>\n", "no line"},
        {A256 "\n", "no line"},
        {A256 "  \n", "no line"},
        {A256 "f\n", "no line"},
        {A256 "0  f\n", "no line"},
        {A256 "\tf\n", "no line"},
        {" " A256 "  f\n", "no line"},
        {"\\" A256 "  f\n", "no line"},
        {MD5 "  f\n", "no line"},
        {"SHA1 (f) = " A256 "\n", "no line"},
        {"SHA512 (f) = " A256 "\n", "no line"},
        {"SHA256 (f) = " A512 "\n", "no line"},
        {"SHA256 (f) = 0x" A256 "\n", "no line"},
        {"SHA256 (f) =" A256 "\n", "no line"},
        {"SHA256 () = " A256 "\n", "no line"},
        {A256 "  f\rg\n", "no line"},
        {A256 "  \x1b[31mf\n", "no line"},
        {"# BLAKE2B HASH\n" B512 "  f\n", "no line"},
        {A256 "  f\n" B256 "  f\n", "two different things of f"},
        {A256 "  f\nSHA256 (f) = " B256 "\n", "two different things of f"},
        {"# f: 1 bytes\n# f: 2 bytes\n" A256 "  f\n", "two different things of f"},
    };
    struct error err;
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_SUMS struct sums *sums = NULL;
        if (parse(&sums, rows[i].text, &err) == 0)
            fail_msg("row %zu is taken", i);
        assert_fails(-1, ERROR_VERIFY, rows[i].words);
    }
    AUTO_SUMS struct sums *sums = NULL;
    assert_fails(sums_parse(&sums, A256 "  f\n\0" B256 "  g\n", 70, "LIST", &err), ERROR_VERIFY,
                 "not text");
}

static void test_names(void **state UNUSED)
{
    AUTO_SUMS struct sums *one = NULL;
    AUTO_SUMS struct sums *two = NULL;
    const struct sums_entry *entry;
    struct error err;
    assert_ok(parse(&one, A256 "  image-Build18.7.tar.xz\n", &err));
    assert_fails(sums_find(one, "image.tar.xz", &entry, &err), ERROR_VERIFY, "no line for");
    assert_fails(sums_find(one, "IMAGE-Build18.7.tar.xz", &entry, &err), ERROR_VERIFY, "no line");
    assert_fails(sums_find(one, "", &entry, &err), ERROR_VERIFY, "no line for");
    assert_ok(sums_single(one, &entry, &err));
    assert_string_equal(entry->name, "image-Build18.7.tar.xz");

    assert_ok(parse(&two, A256 "  a/f\n" B256 "  b/f\n", &err));
    assert_fails(sums_find(two, "f", &entry, &err), ERROR_VERIFY, "two different files");
    assert_fails(sums_single(two, &entry, &err), ERROR_VERIFY, "2 files");
}

static void test_limits(void **state UNUSED)
{
    const size_t line = strlen(A256 " 00000\n"), n = SUMS_ENTRIES_MAX + 1;
    AUTO_FREE char *text = malloc(n * line + 1);
    AUTO_SUMS struct sums *sums = NULL;
    struct error err;
    for (size_t i = 0; i < n; i++)
        snprintf(text + i * line, line + 1, A256 " %05zu\n", i);
    assert_fails(sums_parse(&sums, text, n * line, "LIST", &err), ERROR_VERIFY, "more than");
    assert_ok(sums_parse(&sums, text, (n - 1) * line, "LIST", &err));
    assert_int_equal(sums->n, SUMS_ENTRIES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms), cmocka_unit_test(test_sizes),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_names), cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
