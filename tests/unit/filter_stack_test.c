/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All filters together, and what holds for each of them: content passes untouched, what is left
 * out is not read, the source below is owned. */
#include "image/filter.h"
#include "tests/unit/filter_source.h"

static const char *const gone[] = {"gone", NULL};
static const char *const none[] = {NULL};
static const char *const illegal[] = {"", NULL};
static const char *const rooted[] = {"/b", NULL};

static const struct image_filter each[] = {
    {.excludes = gone},       {.strip_components = 1}, {.root_prefix = "r"},
    {.root_prefix = "auto"},  {.id_map = "0:7:1"},     {.clamp = true, .clamp_mtime = 5},
    {.no_host_xattrs = true},
};

static void nothing_to_do_is_the_source_itself(void **state UNUSED)
{
    static const struct image_filter nothing[] = {
        {0},
        {.excludes = none},
        {.root_prefix = "."},
        {.clamp_mtime = 5},
    };
    for (size_t i = 0; i < array_length(nothing); i++) {
        struct error err = {0};
        struct source *inner = words_source("a=1", NULL);
        AUTO_SOURCE struct source *source = NULL;
        assert_ok(source_filtered(&source, inner, &nothing[i], NULL, &err));
        assert_ptr_equal(source, inner);
    }
}

static void each_filter_passes_content_untouched(void **state UNUSED)
{
    for (size_t i = 0; i < array_length(each); i++) {
        bool stripped = each[i].strip_components || each[i].root_prefix;
        const struct filter_case c = {
            "r/ r/etc/ r/etc/a=ab..c.d r/etc/b=...... r/etc/c= r/etc/d=x",
            stripped ? "./ etc/ etc/a=ab..c.d etc/b=...... etc/c= etc/d=x"
                     : "r/ r/etc/ r/etc/a=ab..c.d r/etc/b=...... r/etc/c= r/etc/d=x",
            0, NULL};
        struct error err = {0};
        AUTO_SOURCE struct source *source = NULL;
        assert_ok(source_filtered(&source, words_source(c.tree, NULL), &each[i], NULL, &err));
        filter_case_check(source, &c);
    }
}

static void each_filter_passes_errors_on(void **state UNUSED)
{
    static const struct filter_case c = {"r/etc/ r/x=1 !", NULL, ERROR_DAMAGED,
                                         "the list ends badly"};
    for (size_t i = 0; i < array_length(each); i++) {
        struct error err = {0};
        AUTO_SOURCE struct source *source = NULL;
        assert_ok(source_filtered(&source, words_source(c.tree, NULL), &each[i], NULL, &err));
        filter_case_check(source, &c);
    }
}

static void what_is_left_out_is_not_read(void **state UNUSED)
{
    unsigned asked = 0;
    struct error err = {0};
    struct source *inner = words_source("gone=1 a=2 gone=3 b=4 gone=5", NULL);
    AUTO_SOURCE struct source *source = NULL;
    const struct entry *entry;
    struct content piece;

    ((struct words *)inner)->asked = &asked;
    assert_ok(source_filtered(&source, inner, &each[0], NULL, &err));
    assert_int_equal(source_content(source, &piece, &err), 0); /* before the first entry */
    assert_int_equal(source_next(source, &entry, &err), 1);
    assert_string_equal(entry->path, "a");
    assert_int_equal(asked, 0);
    assert_int_equal(source_content(source, &piece, &err), 1);
    assert_memory_equal(piece.bytes, "2", 1);
    assert_int_equal(asked, 1);
    assert_int_equal(source_next(source, &entry, &err), 1); /* a was not read to its end */
    assert_string_equal(entry->path, "b");
    assert_int_equal(source_next(source, &entry, &err), 0);
    assert_int_equal(source_content(source, &piece, &err), 0); /* after the last */
    assert_int_equal(source_next(source, &entry, &err), 0);
    assert_int_equal(asked, 1);
}

/* The root is chosen first: patterns and stripped parts count from there. What is excluded needs no
 * mapped owner. */
static void filters_work_in_their_order(void **state UNUSED)
{
    static const struct xattr xattrs[] = {{"security.selinux", "x", 1}, {"user.a", "y", 1}};
    static const struct entry like = {
        .uid = 1000, .mtime = {9, 9}, .xattrs = xattrs, .n_xattrs = array_length(xattrs)};
    static const struct image_filter filter = {
        .excludes = rooted,
        .strip_components = 1,
        .root_prefix = "r",
        .id_map = "1000:0:1,0:1000:1",
        .clamp = true,
        .clamp_mtime = 5,
        .no_host_xattrs = true,
    };
    struct error err = {0};
    AUTO_SOURCE struct source *source = NULL;
    const struct entry *entry;
    assert_ok(source_filtered(&source, words_source("r/ r/s/b=1 b/s/c=2 r/s/c=3", &like), &filter,
                              NULL, &err));
    assert_int_equal(source_next(source, &entry, &err), 1);
    assert_string_equal(entry->path, "c");
    assert_int_equal(entry->uid, 0);
    assert_int_equal(entry->gid, 1000);
    assert_int_equal(entry->mtime.seconds, 5);
    assert_int_equal(entry->mtime.nanoseconds, 0);
    assert_int_equal(entry->n_xattrs, 1);
    assert_string_equal(entry->xattrs[0].name, "user.a");
    assert_int_equal(source_next(source, &entry, &err), 0);
}

static void a_filter_that_is_refused_closes_what_is_below(void **state UNUSED)
{
    static const struct image_filter wrong[] = {
        {.excludes = illegal, .strip_components = 1},
        {.root_prefix = ".."},
        {.id_map = "1", .no_host_xattrs = true, .root_prefix = "auto"},
    };
    for (size_t i = 0; i < array_length(wrong); i++) {
        struct error err = {0};
        struct source *source;
        assert_fails(source_filtered(&source, words_source("a=1", NULL), &wrong[i], NULL, &err),
                     ERROR_USAGE, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_do_is_the_source_itself),
        cmocka_unit_test(each_filter_passes_content_untouched),
        cmocka_unit_test(each_filter_passes_errors_on),
        cmocka_unit_test(what_is_left_out_is_not_read),
        cmocka_unit_test(filters_work_in_their_order),
        cmocka_unit_test(a_filter_that_is_refused_closes_what_is_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
