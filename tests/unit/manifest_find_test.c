/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a name to a release and an image: which manifest counts, and what is said when none does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/atomic_file.h"
#include "install/manifest_find.h"

#define HEX      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define IMAGE(a) a ": {url: " a ", sha256: " HEX "}"
#define HEAD     "version: 1\ndistributions:\n"

struct home {
    char top[32];
    char a[64], b[64], own[64], hidden[64];
};

static void store(const char *path, const char *text)
{
    assert_int_equal(atomic_write(path, text, strlen(text), 0, NULL), 0);
}

static int setup(void **state)
{
    struct home *home = calloc(1, sizeof(*home));
    assert_non_null(home);
    strcpy(home->top, "/tmp/manifests.XXXXXX");
    assert_non_null(mkdtemp(home->top));
    snprintf(home->a, sizeof(home->a), "%s/a.yaml", home->top);
    snprintf(home->b, sizeof(home->b), "%s/b.yaml", home->top);
    snprintf(home->own, sizeof(home->own), "%s/own", home->top);
    snprintf(home->hidden, sizeof(home->hidden), "%s/.c.yaml", home->top);
    store(home->a, HEAD "  debian:\n    title: D\n    releases:\n"
                        "      - {name: '13', architectures: {" IMAGE("amd64") ", " IMAGE(
                            "arm64") "}}\n"
                                     "      - {name: '12', architectures: {" IMAGE("amd64") "}}\n");
    store(home->b, HEAD "  ubuntu:\n    title: U\n    aliases: [ubu]\n    releases:\n"
                        "      - {name: '26.04', aliases: [new], architectures: {" IMAGE(
                            "s390x") "}}\n"
                                     "  debian:\n    title: second\n    releases:\n"
                                     "      - {name: '1', architectures: {" IMAGE("amd64") "}}\n");
    store(home->own, HEAD "  debian:\n    title: own\n    releases:\n"
                          "      - {name: '99', architectures: {" IMAGE("amd64") "}}\n");
    store(home->hidden, "not read: it begins with a dot");
    setenv("LXKIT_MANIFESTS", home->top, 1);
    *state = home;
    return 0;
}

static int teardown(void **state)
{
    struct home *home = *state;
    unlink(home->a);
    unlink(home->b);
    unlink(home->own);
    unlink(home->hidden);
    int rc = rmdir(home->top);
    free(home);
    return rc;
}

static void found(void **state UNUSED)
{
    static const struct {
        struct manifest_query query;
        const char *title, *release, *architecture;
        bool named;
    } rows[] = {
        {{.name = "debian", .architecture = "amd64"}, "D", "13", "amd64", false},
        {{.name = "DEBIAN", .architecture = "arm64"}, "D", "13", "arm64", false},
        {{.name = "debian-12", .architecture = "amd64"}, "D", "12", "amd64", true},
        {{.name = "debian", .release = "12", .architecture = "amd64"}, "D", "12", "amd64", true},
        {{.name = "ubuntu", .architecture = "s390x"}, "U", "26.04", "s390x", false},
        {{.name = "UBU", .architecture = "s390x"}, "U", "26.04", "s390x", false},
        {{.name = "ubu-new", .architecture = "s390x"}, "U", "26.04", "s390x", true},
        {{.name = "ubuntu", .release = "NEW", .architecture = "s390x"},
         "U",
         "26.04",
         "s390x",
         true},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        CLEANUP(manifest_choice_free) struct manifest_choice choice = {0};
        assert_int_equal(manifest_find(&choice, &rows[i].query, NULL), 0);
        assert_string_equal(choice.distribution->title, rows[i].title);
        assert_string_equal(choice.release->name, rows[i].release);
        assert_string_equal(choice.image->architecture, rows[i].architecture);
        assert_int_equal(choice.release_named, rows[i].named);
    }
}

static void order(void **state)
{
    const struct home *home = *state;
    struct manifest_query query = {
        .name = "debian", .architecture = "amd64", .manifest = home->own};
    CLEANUP(manifest_choice_free) struct manifest_choice choice = {0};
    assert_int_equal(manifest_find(&choice, &query, NULL), 0);
    assert_string_equal(choice.distribution->title, "own");
    manifest_choice_free(&choice);

    query.name = "debian-12"; /* not in that one: the next place counts */
    assert_int_equal(manifest_find(&choice, &query, NULL), 0);
    assert_string_equal(choice.distribution->title, "D");
}

static void not_found(void **state)
{
    const struct home *home = *state;
    const struct {
        struct manifest_query query;
        enum error_code code;
        const char *reason;
    } rows[] = {
        {{.name = "debain"}, ERROR_NOT_FOUND, "did you mean: debian"},
        {{.name = "zorin"}, ERROR_NOT_FOUND, home->top},
        {{.name = "debian-11"}, ERROR_NOT_FOUND, "did you mean: debian"},
        {{.name = "debian", .release = "11"}, ERROR_NOT_FOUND, "it has: 13, 12"},
        {{.name = "ubuntu", .architecture = "arm64"}, ERROR_NOT_FOUND, "--arch: s390x"},
        {{.name = "debian", .manifest = "/nowhere/m"}, ERROR_NOT_FOUND, "/nowhere/m"},
        {{.name = "debian", .manifest = home->hidden}, ERROR_DAMAGED, ".c.yaml:1:"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        CLEANUP(manifest_choice_free) struct manifest_choice choice = {0};
        struct error err = {0};
        assert_int_equal(manifest_find(&choice, &rows[i].query, &err), -1);
        assert_int_equal(err.code, rows[i].code);
        if (!strstr(err.text, rows[i].reason))
            fail_msg("'%s' lacks '%s'", err.text, rows[i].reason);
    }
    setenv("LXKIT_MANIFESTS", "/nowhere/m", 1);
    struct manifest_choice choice;
    struct error err = {0};
    assert_int_equal(manifest_find(&choice, &rows[0].query, &err), -1);
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.text, "/nowhere/m"));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(found), TEST(order), TEST(not_found)};
    return cmocka_run_group_tests_name("manifest_find", tests, NULL, NULL);
}
