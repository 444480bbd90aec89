/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences: escaped, wrapped, cut in the middle; codes and exit statuses. */
#include <errno.h>

#include "core/escape.h"
#include "tests/unit/support.h"

static void test_set(void **state UNUSED)
{
    struct error err;
    assert_int_equal(error_set(&err, ERROR_USAGE, "%s is %d", "x", 7), -1);
    assert_int_equal(err.code, ERROR_USAGE);
    assert_string_equal(err.text, "x is 7");
    assert_int_equal(error_set(NULL, ERROR_USAGE, "nobody listens"), -1);
    assert_int_equal(error_errno(NULL, ENOENT, "nobody listens"), -1);
    assert_int_equal(error_wrap(NULL, "nobody listens"), -1);
}

static void test_wrap(void **state UNUSED)
{
    struct error err;
    error_set(&err, ERROR_DAMAGED, "bad \x1b");
    error_wrap(&err, "member %s", "a\nb");
    error_wrap(&err, "in.tar");
    assert_int_equal(err.code, ERROR_DAMAGED);
    assert_string_equal(err.text, "in.tar: member a\\x0ab: bad \\x1b");
}

static void test_errno(void **state UNUSED)
{
    static const struct {
        int errnum;
        enum error_code code;
        const char *text;
    } rows[] = {
        {ENOENT, ERROR_NOT_FOUND, "open f: No such file or directory; check the name"},
        {ENOSPC, ERROR_NO_SPACE, "No space left on device; make room"},
        {EDQUOT, ERROR_NO_SPACE, "; make room"},
        {EFBIG, ERROR_NO_SPACE, "File too large; "},
        {EEXIST, ERROR_EXISTS, "File exists; choose another name"},
        {EACCES, ERROR_DENIED, "; check the permissions"},
        {EPERM, ERROR_DENIED, "; check the permissions"},
        {EROFS, ERROR_DENIED, "Read-only file system; "},
        {ENOMEM, ERROR_NO_MEMORY, "; close other programs"},
        {EIO, ERROR_IO, "Input/output error; "},
        {EBADF, ERROR_IO, "open f: Bad file descriptor"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        struct error err;
        assert_fails(error_errno(&err, rows[i].errnum, "open %s", "f"), rows[i].code, rows[i].text);
    }
}

/* Of a sentence about a very long name, the name's beginning and the next step are left. */
static void test_long(void **state UNUSED)
{
    char name[4000];
    struct error err;
    for (int step = 1; step <= 4; step++) {
        static const char *const letters[] = {NULL, "a", "\xc3\xa4", "\xe2\x82\xac", "\x1b"};
        size_t length = strlen(letters[step]);
        for (size_t i = 0; i + length < sizeof(name); i += length)
            memcpy(name + i, letters[step], length + 1);
        error_errno(&err, ENOENT, "open %s", name);
        size_t n = strlen(err.text);
        assert_true(n < sizeof(err.text) && n > sizeof(err.text) - 16);
        assert_int_equal(strncmp(err.text, "open ", 5), 0);
        assert_non_null(strstr(err.text, "..."));
        assert_string_equal(err.text + n - strlen("; check the name"), "; check the name");
        const char *at = err.text;
        while (*at) {
            assert_true(utf8_length(at) > 0);
            at += utf8_length(at);
        }
    }
}

static void test_codes(void **state UNUSED)
{
    assert_int_equal(error_exit_status(ERROR_NONE), 0);
    assert_int_equal(error_exit_status(ERROR_USAGE), 2);
    assert_int_equal(error_exit_status(ERROR_INTERNAL), 70);
    assert_string_equal(error_id(ERROR_NOT_A_DISTRIBUTION), "not-a-distribution");
    assert_string_equal(error_id(ERROR_NONE), "none");
}

static void test_escape(void **state UNUSED)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"", ""},
        {"plain \\ text", "plain \\ text"},
        {"\x1b[31m\n\x7f", "\\x1b[31m\\x0a\\x7f"},
        {"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\xc2\x9b", "\\xc2\\x9b"},                   /* C1 */
        {"\xc0\xaf", "\\xc0\\xaf"},                   /* overlong */
        {"\xe0\x80\x80", "\\xe0\\x80\\x80"},          /* overlong */
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* surrogate */
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* above U+10FFFF */
        {"\xe2\x82", "\\xe2\\x82"},                   /* cut short */
        {"\xff", "\\xff"},
    };
    char out[64], again[64];
    for (size_t i = 0; i < array_length(rows); i++) {
        assert_int_equal(escape(out, sizeof(out), rows[i].in), strlen(rows[i].out));
        assert_string_equal(out, rows[i].out);
        escape(again, sizeof(again), out);
        assert_string_equal(again, out);
    }
}

/* What does not fit is left out whole. */
static void test_escape_fits(void **state UNUSED)
{
    char out[8];
    assert_int_equal(escape(out, 5, "a\x1b"), 1);
    assert_string_equal(out, "a");
    assert_int_equal(escape(out, 6, "a\x1b"), 5);
    assert_string_equal(out, "a\\x1b");
    assert_int_equal(escape(out, 3, "\xe2\x82\xac"), 0);
    assert_int_equal(escape(out, 1, "a"), 0);
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),         cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_errno),       cmocka_unit_test(test_long),
        cmocka_unit_test(test_codes),       cmocka_unit_test(test_escape),
        cmocka_unit_test(test_escape_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
