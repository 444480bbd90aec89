/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trees that lose their leading directories. */
#include "image/filter/filter_prefix.h"
#include "tests/unit/filter_source.h"

static void components_are_stripped(void **state UNUSED)
{
    static const struct {
        unsigned count;
        struct filter_case c;
    } cases[] = {
        {1, {"./ a/ a/b/ a/b/c=1 d=2", "./ b/ b/c=1", 0, NULL}},
        {2, {"./ a/ a/b/ a/b/c=1 d/x=2", "./ c=1", 0, NULL}},
        {1, {"a/b@a/c a/c=1", "b@a/c c=1", 0, NULL}},
        {1, {"a/b=1 a/c>a/b a/d/e>a/b", "b=1 c>b d/e>b", 0, NULL}},
        {1, {"a/b=1 c>a/b", "b=1", 0, NULL}},
        {1, {"a=1 b/c>a", NULL, ERROR_UNSUPPORTED, "b/c is a hard link to a, "}},
        {2, {"a/b=1 c/d/e>a/b", NULL, ERROR_UNSUPPORTED, "without 2 leading parts"}},
        {3, {"./ a/ a/b/ a/b/c=1", NULL, ERROR_NOT_FOUND, "more than 3 parts"}},
        {4294967295u, {"a/b=1", NULL, ERROR_NOT_FOUND, "strip fewer"}},
        {1, {"", NULL, ERROR_NOT_FOUND, "strip fewer"}},
        {1, {"a/b=1 !", NULL, ERROR_DAMAGED, "the list ends badly"}},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        const struct filter_case *c = &cases[i].c;
        struct error err = {0};
        AUTO_SOURCE struct source *source = NULL;
        assert_ok(filter_prefix_strip(&source, words_source(c->tree, NULL), cases[i].count, &err));
        filter_case_check(source, c);
    }
}

static void a_directory_becomes_the_root(void **state UNUSED)
{
    static const struct {
        const char *directory;
        struct filter_case c;
    } cases[] = {
        {"r", {"./ r/ r/a=1 r/b/ x=2", "./ a=1 b/", 0, NULL}},
        {"r", {"rr/ rr/a=1 r/c=2 r.x=3", "c=2", 0, NULL}},
        {"/r//./s/", {"r/ r/s/ r/s/a=1 r/b=2 r/st/", "./ a=1", 0, NULL}},
        {"./auto", {"auto/a=1", "a=1", 0, NULL}},
        {"r", {"r/a=1 r/b>r/a r/c@r/a", "a=1 b>a c@r/a", 0, NULL}},
        {"r", {"a=1 b>r/c r/c=2", "c=2", 0, NULL}},
        {"r", {"a=1 r/b>a", NULL, ERROR_UNSUPPORTED, "r/b is a hard link to a, "}},
        {"r", {"r/b>r", NULL, ERROR_UNSUPPORTED, "does not lie in r"}},
        {"r", {"r=1", NULL, ERROR_WRONG_KIND, "r is to become the root and is a file"}},
        {"r", {"r@s", NULL, ERROR_WRONG_KIND, "symbolic link"}},
        {"r", {"r>s", NULL, ERROR_WRONG_KIND, "hard link"}},
        {"r", {"./ a=1 rr/b=2", NULL, ERROR_NOT_FOUND, "nothing in r"}},
        {"r", {"a=1 !", NULL, ERROR_DAMAGED, "the list ends badly"}},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        const struct filter_case *c = &cases[i].c;
        struct error err = {0};
        AUTO_SOURCE struct source *source = NULL;
        assert_ok(
            filter_prefix_root(&source, words_source(c->tree, NULL), cases[i].directory, &err));
        filter_case_check(source, c);
    }
}

static void the_whole_tree_needs_no_filter(void **state UNUSED)
{
    static const char *const directories[] = {"", ".", "/", "./", "//."};
    for (size_t i = 0; i < array_length(directories); i++) {
        struct error err = {0};
        struct source *inner = words_source("a=1", NULL);
        AUTO_SOURCE struct source *source = NULL;
        assert_ok(filter_prefix_root(&source, inner, directories[i], &err));
        assert_ptr_equal(source, inner);
    }
}

static void a_prefix_that_is_no_path_is_refused(void **state UNUSED)
{
    char long_name[NAME_BYTES_MAX + 2] = "";
    memset(long_name, 'a', sizeof(long_name) - 1);
    const char *const directories[] = {"..", "a/../../b", "/..", long_name};
    for (size_t i = 0; i < array_length(directories); i++) {
        struct error err = {0};
        struct source *source;
        assert_fails(filter_prefix_root(&source, words_source("a=1", NULL), directories[i], &err),
                     ERROR_USAGE, "is no path in a tree");
    }
}

/* ---- found ---- */

struct listener {
    struct events events;
    char text[TREE_TEXT_BYTES];
    unsigned warnings;
};

static void listen(struct events *events, const struct event *event)
{
    struct listener *self = (struct listener *)events;
    assert_int_equal(event->kind, EVENT_WARNING);
    snprintf(self->text, sizeof(self->text), "%s", event->text);
    self->warnings++;
}

static void the_root_is_found(void **state UNUSED)
{
    static const struct filter_case cases[] = {
        /* Packed. */
        {"r.x/ r.x/etc/ r.x/etc/a=1", "./ etc/ etc/a=1", 0, NULL},
        {"./ r.x/ r.x/bin@usr/bin r.x/x=1", "./ ./ bin@usr/bin x=1", 0, NULL},
        {"r.x/usr/bin/sh=1 ./ r.x/a>r.x/usr/bin/sh", "usr/bin/sh=1 a>usr/bin/sh", 0, NULL},
        {"r.x/x=1 r.x/ r.x/etc/", "x=1 ./ etc/", 0, NULL},
        /* Not packed. */
        {"./ etc/ etc/a=1 r.x/ r.x/b=2", "./ etc/ etc/a=1 r.x/ r.x/b=2", 0, NULL},
        {"bin@usr/bin r.x/", "bin@usr/bin r.x/", 0, NULL},
        {".dockerenv=1 r.x/ etc/", ".dockerenv=1 r.x/ etc/", 0, NULL},
        {".git/ .git/etc/", ".git/ .git/etc/", 0, NULL},
        {"init@sbin/init r/", "init@sbin/init r/", 0, NULL},
        {"lost+found/ bin/", "lost+found/ bin/", 0, NULL},
        {"usr/ version=1 pkglist.txt=2", "usr/ version=1 pkglist.txt=2", 0, NULL},
        {"x=1 r/ r/etc/", "x=1 r/ r/etc/", 0, NULL},
        {"x>r/a r/a=1", "x>r/a r/a=1", 0, NULL},
        {"", "", 0, NULL},
        {"./", "./", 0, NULL},
        /* Neither. */
        {"r/ r/etc/ usr/", NULL, ERROR_DAMAGED, "give --root-prefix r to take that alone"},
        {"r/ r/etc/ x=1", NULL, ERROR_DAMAGED, "x lies outside it"},
        {"r/ r/etc/ version/", NULL, ERROR_DAMAGED, "version lies outside it"},
        {"r/etc/ rr/", NULL, ERROR_DAMAGED, "rr lies outside it"},
        {"r/etc/ x>r/etc/a", NULL, ERROR_DAMAGED, "x lies outside it"},
        {"r/ r/a=1 r/etcetera/", NULL, ERROR_NOT_FOUND, "none of bin, etc and usr"},
        {"r/ r/r/etc/", NULL, ERROR_NOT_FOUND, "give --root-prefix r "},
        {"r/etc/ r/b>x", NULL, ERROR_UNSUPPORTED, "r/b is a hard link to x"},
        {"r/etc/ r=1", NULL, ERROR_WRONG_KIND, "r is to become the root and is a file"},
        {"r/etc/ !", NULL, ERROR_DAMAGED, "the list ends badly"},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        struct error err = {0};
        struct listener listener = {.events.report = listen};
        AUTO_SOURCE struct source *source = NULL;
        assert_ok(
            filter_prefix_auto(&source, words_source(cases[i].tree, NULL), &listener.events, &err));
        filter_case_check(source, &cases[i]);
        assert_int_equal(listener.warnings, 0);
    }
}

static void lists_beside_the_root_are_left_out_aloud(void **state UNUSED)
{
    static const struct {
        struct filter_case c;
        unsigned warnings;
        const char *last;
    } cases[] = {
        {{"r/ r/usr/ pkglist.x86_64.txt=a version=b", "./ usr/", 0, NULL}, 2, "version is left"},
        {{"version=a r/ pkglist.txt=b r/usr/x=c", "./ usr/x=c", 0, NULL}, 2, "pkglist.txt is left"},
        {{"r/usr/ r/version=a r/pkglist.txt=b", "usr/ version=a pkglist.txt=b", 0, NULL}, 0, ""},
        {{"version=a etc/", NULL, ERROR_UNSUPPORTED, "give --root-prefix . to keep"}, 1, "version"},
        {{"version=a", NULL, ERROR_UNSUPPORTED, "version was taken for a list"}, 1, "version"},
        {{"r/usr/ pkglist/x.txt=1", NULL, ERROR_DAMAGED, "pkglist/x.txt lies outside"}, 0, ""},
        {{"r/usr/ pkglist.txt/x=1", NULL, ERROR_DAMAGED, "pkglist.txt/x lies outside"}, 0, ""},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        const struct filter_case *c = &cases[i].c;
        struct error err = {0};
        struct listener listener = {.events.report = listen};
        AUTO_SOURCE struct source *source = NULL;
        assert_ok(filter_prefix_auto(&source, words_source(c->tree, NULL), &listener.events, &err));
        filter_case_check(source, c);
        assert_int_equal(listener.warnings, cases[i].warnings);
        assert_non_null(strstr(listener.text, cases[i].last));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(components_are_stripped),
        cmocka_unit_test(a_directory_becomes_the_root),
        cmocka_unit_test(the_whole_tree_needs_no_filter),
        cmocka_unit_test(a_prefix_that_is_no_path_is_refused),
        cmocka_unit_test(the_root_is_found),
        cmocka_unit_test(lists_beside_the_root_are_left_out_aloud),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
