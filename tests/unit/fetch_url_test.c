/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is taken for a URL, a file URL, a path, and what of it is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fetch/fetch_url.h"

static void accepted(void **state UNUSED)
{
    static const struct {
        const char *text;
        enum fetch_scheme scheme;
        const char *target;
        const char *shown;
    } rows[] = {
        {"https://a.example/b", FETCH_HTTPS, "https://a.example/b", "https://a.example/b"},
        {"HTTPS://a.example/b", FETCH_HTTPS, "HTTPS://a.example/b", "https://a.example/b"},
        {"http://a.example:81/", FETCH_HTTP, "http://a.example:81/", "http://a.example:81/"},
        {"https://u:p@a.example/b", FETCH_HTTPS, "https://u:p@a.example/b", "https://a.example/b"},
        {"https://u@a.example/b", FETCH_HTTPS, "https://u@a.example/b", "https://a.example/b"},
        {"https://a.example/b?k=s#f", FETCH_HTTPS, "https://a.example/b?k=s#f",
         "https://a.example/b?..."},
        {"file:///a/b", FETCH_FILE, "/a/b", "/a/b"},
        {"file://localhost/a", FETCH_FILE, "/a", "/a"},
        {"FILE://LocalHost/a", FETCH_FILE, "/a", "/a"},
        {"file:/a", FETCH_FILE, "/a", "/a"},
        {"file:///a%20%2525?#", FETCH_FILE, "/a %25?#", "/a %25?#"},
        {"file:///%C3%a4", FETCH_FILE, "/\xc3\xa4", "/\xc3\xa4"},
        {"/a/b", FETCH_FILE, "/a/b", "/a/b"},
        {"a%20b", FETCH_FILE, "a%20b", "a%20b"},
        {"-", FETCH_FILE, "-", "-"},
        {"./ftp://x", FETCH_FILE, "./ftp://x", "./ftp://x"},
        {"C:/x", FETCH_FILE, "C:/x", "C:/x"},
        {"file:a", FETCH_FILE, "file:a", "file:a"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_FETCH_URL struct fetch_url url = {0};
        struct error err = {0};
        assert_int_equal(fetch_url_parse(&url, rows[i].text, &err), 0);
        assert_int_equal(url.scheme, rows[i].scheme);
        assert_string_equal(url.target, rows[i].target);
        assert_string_equal(url.shown, rows[i].shown);
    }
}

static void refused(void **state UNUSED)
{
    static const struct {
        const char *text;
        enum error_code code;
    } rows[] = {
        {"", ERROR_USAGE},
        {"https://", ERROR_USAGE},
        {"https://u:secret@a.example:x/", ERROR_USAGE},
        {"https://u:secret@a b/", ERROR_USAGE},
        {"https://u:secret@a.example/\n", ERROR_USAGE},
        {"file://", ERROR_USAGE},
        {"file://localhost", ERROR_USAGE},
        {"file://other/a", ERROR_UNSUPPORTED},
        {"file://localhostile/a", ERROR_UNSUPPORTED},
        {"file:///a%", ERROR_USAGE},
        {"file:///a%2", ERROR_USAGE},
        {"file:///a%zz", ERROR_USAGE},
        {"file:///a%00b", ERROR_USAGE},
        {"ftp://u:secret@a.example/b", ERROR_UNSUPPORTED},
        {"git+ssh://u:secret@a.example/b", ERROR_UNSUPPORTED},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        struct fetch_url url;
        struct error err = {0};
        assert_int_equal(fetch_url_parse(&url, rows[i].text, &err), -1);
        assert_int_equal(err.code, rows[i].code);
        assert_null(strstr(err.text, "secret"));
        assert_null(url.target);
        assert_null(url.shown);
    }
}

static void long_ones_lose_their_middle(void **state UNUSED)
{
    static const struct {
        const char *before, *after;
    } rows[] = {{"https://a.example/", "/root.tar"}, {"/", "/root.tar"}};

    for (size_t i = 0; i < array_length(rows); i++) {
        char text[1000];
        memset(text, 'x', sizeof(text));
        memcpy(text, rows[i].before, strlen(rows[i].before));
        strcpy(text + sizeof(text) - strlen(rows[i].after) - 1, rows[i].after);

        AUTO_FETCH_URL struct fetch_url url = {0};
        assert_int_equal(fetch_url_parse(&url, text, NULL), 0);
        assert_string_equal(url.target, text);
        size_t n = strlen(url.shown);
        assert_int_equal(n, FETCH_SHOWN_BYTES_MAX);
        assert_memory_equal(url.shown, text, 20);
        assert_non_null(strstr(url.shown, "x...x"));
        assert_string_equal(url.shown + n - 20, text + strlen(text) - 20);
    }
}

static void origins(void **state UNUSED)
{
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"https://a.example/x", "https://a.example/y?z", true},
        {"https://u:p@a.example/x", "HTTPS://A.Example:443/", true},
        {"http://a.example/", "http://a.example:80/", true},
        {"https://a.example/", "https://b.example/", false},
        {"https://a.example/", "https://a.example.b.example/", false},
        {"https://a.example/", "https://a.example:444/", false},
        {"https://a.example/", "http://a.example:443/", false},
        {"https://a.example/", "https://a.example@b.example/", false},
        {"https://a.example/", "", false},
        {"https://a b/", "https://a b/", false},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        assert_int_equal(fetch_url_same_origin(rows[i].a, rows[i].b), rows[i].same);
        assert_int_equal(fetch_url_same_origin(rows[i].b, rows[i].a), rows[i].same);
    }
}

static void credentials(void **state UNUSED)
{
    static const struct {
        const char *url, *user, *password;
    } rows[] = {
        {"https://a.example/", NULL, NULL},   {"https://u@a.example/", "u", NULL},
        {"https://u:p@a.example/", "u", "p"}, {"https://u%40h:p%3a%2F@a.example/", "u@h", "p:/"},
        {"malformed url", NULL, NULL},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_FREE char *user = NULL;
        AUTO_FREE char *password = NULL;
        assert_int_equal(fetch_url_credentials(rows[i].url, &user, &password, NULL), 0);
        assert_true(user && rows[i].user ? !strcmp(user, rows[i].user) : user == rows[i].user);
        assert_true(password && rows[i].password ? !strcmp(password, rows[i].password)
                                                 : password == rows[i].password);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted),
        cmocka_unit_test(refused),
        cmocka_unit_test(long_ones_lose_their_middle),
        cmocka_unit_test(origins),
        cmocka_unit_test(credentials),
    };
    return cmocka_run_group_tests_name("fetch_url", tests, NULL, NULL);
}
