/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What patterns leave out, and what they must not. */
#include "image/filter/filter_exclude.h"
#include "tests/unit/filter_source.h"

#define TREE "./ etc/ etc/.git/ etc/.git/x=1 var/ var/log/ var/log/a=2 var/log/b.log=3 log=4"

static struct source *exclude(const char *tree, const char *const *patterns)
{
    struct error err = {0};
    struct source *source = NULL;
    assert_ok(filter_exclude(&source, words_source(tree, NULL), patterns, &err));
    return source;
}

static void patterns_match_names_and_paths(void **state UNUSED)
{
    static const struct {
        const char *pattern, *tree, *expected;
    } cases[] = {
        {"nothing", TREE, TREE},
        /* A name, at any depth, and what is below it. */
        {"log", TREE, "./ etc/ etc/.git/ etc/.git/x=1 var/"},
        {".git", TREE, "./ etc/ var/ var/log/ var/log/a=2 var/log/b.log=3 log=4"},
        {"*.log", "a.log=1 b/a.log/ b/a.log/c=2 log=3 a.logs=4", "log=3 a.logs=4"},
        {"?", "a=1 bb=2 c/ c/dd=3 dd/ dd/e=4", "bb=2 dd/"},
        {"[ab]", "a=1 b=2 c=3", "c=3"},
        {"[!ab]", "a=1 b=2 c=3", "a=1 b=2"},
        {"*", TREE, "./"},
        {"*git", ".git=1", ""},
        {"a\\*b", "a*b=1 axb=2", "axb=2"},
        {"\\!x", "!x=1 x=2", "x=2"},
        {"ab", "abc=1 xab=2 ab.c=3", "abc=1 xab=2 ab.c=3"},
        /* A path, from the root alone. */
        {"/log", TREE, "./ etc/ etc/.git/ etc/.git/x=1 var/ var/log/ var/log/a=2 var/log/b.log=3"},
        {"./log", "log=1 a/log=2", "a/log=2"},
        {"//log", "log=1 a/log=2", "a/log=2"},
        {"var/log", TREE, "./ etc/ etc/.git/ etc/.git/x=1 var/ log=4"},
        {"var//./log/", TREE, "./ etc/ etc/.git/ etc/.git/x=1 var/ log=4"},
        {"log/a", TREE, TREE},
        {"var/log/?*", TREE, "./ etc/ etc/.git/ etc/.git/x=1 var/ var/log/ log=4"},
        {"*/*.log", "a.log=1 b/a.log=2 b/c/a.log=3", "a.log=1 b/c/a.log=3"},
        {"/*", TREE, "./"},
        {"etc/*", "etc/ etc/.a=1 etc/b/ etc/b/c=2", "etc/"},
        {"a/b", "a/b=1 a/bc=2 a/b/c=3 xa/b=4", "a/bc=2 xa/b=4"},
        /* A directory. */
        {"a/", "a=1 b/a/ b/a/x=2 c/a@b", "a=1 c/a@b"},
        {"/a/", "a/ a/x=1 b/a/", "b/a/"},
        {"a/", "a/x=1", ""},
        {"a/", "x=1 a>x", "x=1 a>x"},
        {"x/", "x=1 a>x", "x=1 a>x"},
        {"a/x/", "a/x=1 a/x/", "a/x=1"},
        /* Bytes, not characters. */
        {"\xff*", "\xff\xfe=1 a=2", "a=2"},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        const char *const patterns[] = {cases[i].pattern, NULL};
        const struct filter_case c = {cases[i].tree, cases[i].expected, 0, NULL};
        AUTO_SOURCE struct source *source = exclude(cases[i].tree, patterns);
        filter_case_check(source, &c);
    }
}

static void each_pattern_counts(void **state UNUSED)
{
    static const char *const patterns[] = {"log", "etc/.git", "*.o", NULL};
    static const struct filter_case c = {TREE " x.o=5", "./ etc/ var/", 0, NULL};
    AUTO_SOURCE struct source *source = exclude(c.tree, patterns);
    filter_case_check(source, &c);
}

static void links_go_with_their_target_or_fail(void **state UNUSED)
{
    static const char *const patterns[] = {"gone", "/a/x", NULL};
    static const struct filter_case cases[] = {
        {"kept=1 b>kept", "kept=1 b>kept", 0, NULL},
        {"kept=1 gone>kept", "kept=1", 0, NULL},
        {"gone=1 a/x>gone", "", 0, NULL},
        {"gone=1 b>gone", NULL, ERROR_UNSUPPORTED, "b is a hard link to gone"},
        {"b>gone/file gone/file=1", NULL, ERROR_UNSUPPORTED, "exclude both or neither"},
        {"a/x=1 b>a/x", NULL, ERROR_UNSUPPORTED, "b is a hard link to a/x"},
        {"b@gone gone=1", "b@gone", 0, NULL},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        AUTO_SOURCE struct source *source = exclude(cases[i].tree, patterns);
        filter_case_check(source, &cases[i]);
    }
}

static void patterns_that_cannot_match_are_refused(void **state UNUSED)
{
    static const struct {
        const char *pattern, *words;
    } cases[] = {
        {"", "names nothing below the root"},   {"/", "names nothing below the root"},
        {"./", "names nothing below the root"}, {"!a", "write \\! where"},
        {"a/**/b", "there is no **"},           {"**", "there is no **"},
        {"../a", "no path has a part \"..\""},  {"a/..", "no path has a part \"..\""},
    };
    struct error err = {0};
    for (size_t i = 0; i < array_length(cases); i++) {
        const char *const patterns[] = {"fine", cases[i].pattern, NULL};
        struct source *source;
        assert_fails(filter_exclude(&source, words_source("a=1", NULL), patterns, &err),
                     ERROR_USAGE, cases[i].words);
    }
}

static void too_many_patterns_are_refused(void **state UNUSED)
{
    const char *patterns[EXCLUDE_PATTERNS_MAX + 2] = {NULL};
    struct error err = {0};
    AUTO_SOURCE struct source *source = NULL;
    for (size_t i = 0; i < EXCLUDE_PATTERNS_MAX; i++)
        patterns[i] = "a";
    assert_ok(filter_exclude(&source, words_source("a=1", NULL), patterns, &err));
    patterns[EXCLUDE_PATTERNS_MAX] = "a";
    struct source *none;
    assert_fails(filter_exclude(&none, words_source("a=1", NULL), patterns, &err), ERROR_USAGE,
                 "at most 4096");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_names_and_paths),
        cmocka_unit_test(each_pattern_counts),
        cmocka_unit_test(links_go_with_their_target_or_fail),
        cmocka_unit_test(patterns_that_cannot_match_are_refused),
        cmocka_unit_test(too_many_patterns_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
