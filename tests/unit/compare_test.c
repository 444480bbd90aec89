/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two trees: what counts as the same, and what each difference is called. */
#include "image/compare.h"
#include "tests/unit/list_source.h"
#include "tests/unit/support.h"

enum {
    FOUND_BYTES = 4096,
    ENDLESS_MAX = 1000000, /* entries; reached when nobody says stop */
};

/* ---- what a comparison says ---- */

/* Lines of "PATH FIELD A | B", "-PATH" and "+PATH" for what is in one alone. */
struct found {
    struct compare_report report;
    char text[FOUND_BYTES];
    int stops_after; /* differences; 0: never */
};

static int found_add(struct compare_report *report, const struct difference *difference,
                     struct error *err)
{
    struct found *self = (struct found *)report;
    size_t n = strlen(self->text);
    char *to = self->text + n;
    if (difference->kind != DIFFERENCE_CHANGED)
        snprintf(to, FOUND_BYTES - n, "%c%s\n", difference->kind == DIFFERENCE_ONLY_A ? '-' : '+',
                 difference->path);
    else
        snprintf(to, FOUND_BYTES - n, "%s %s %s | %s\n", difference->path, difference->field,
                 difference->a ? difference->a : "", difference->b ? difference->b : "");
    return --self->stops_after == 0 ? error_set(err, ERROR_IO, "enough") : 0;
}

static void compare(struct found *found, struct source *a, struct source *b, unsigned what)
{
    struct error err = {0};
    uint64_t n, lines = 0;
    *found = (struct found){.report.difference = found_add};
    assert_ok(image_compare(a, b, what, &found->report, &n, &err));
    for (const char *at = found->text; *at; at++)
        lines += *at == '\n';
    assert_int_equal(n, lines);
}

/* The lists are arrays; expected: the lines. */
#define assert_differences(a, b, expected) \
    differences_check(a, array_length(a), b, array_length(b), expected)

static void differences_check(const struct list_member *a, size_t n_a, const struct list_member *b,
                              size_t n_b, const char *expected)
{
    struct list_source in_a = list_source(a, n_a), in_b = list_source(b, n_b);
    struct found found;
    compare(&found, &in_a.source, &in_b.source, COMPARE_ALL);
    assert_string_equal(found.text, expected);
}

/* ---- the same ---- */

static void order_does_not_count(void **state)
{
    static const struct xattr one_way[] = {{"user.a", "1", 1}, {"user.b", "2", 1}};
    static const struct xattr other_way[] = {{"user.b", "2", 1}, {"user.a", "1", 1}};
    static const struct list_member a[] = {
        LIST_ENTRY(.path = "", .type = ENTRY_DIRECTORY, .mode = 0700),
        LIST_ENTRY(.path = "d", .type = ENTRY_DIRECTORY, .mode = 0750, .uid = 3),
        LIST_FILE("text", .path = "d/f", .mode = 0644, .xattrs = one_way, .n_xattrs = 2),
        LIST_ENTRY(.path = "s", .type = ENTRY_SYMLINK, .target = "d/f", .mode = 0777),
    };
    static const struct list_member b[] = {
        LIST_ENTRY(.path = "s", .type = ENTRY_SYMLINK, .target = "d/f"), /* without permissions */
        LIST_FILE("replaced", .path = "d/f"),
        LIST_FILE("text", .path = "d/f", .mode = 0644, .xattrs = other_way, .n_xattrs = 2),
        LIST_ENTRY(.path = "d", .type = ENTRY_DIRECTORY, .mode = 0750, .uid = 3),
        LIST_ENTRY(.path = "", .type = ENTRY_DIRECTORY, .mode = 0700),
    };
    (void)state;
    assert_differences(a, b, "");
    assert_differences(b, a, "");
}

static void a_directory_without_an_entry_is_there(void **state)
{
    static const struct list_member implied[] = {
        LIST_FILE("", .path = "d/f", .mtime = {.seconds = 7})};
    static const struct list_member plain[] = {
        LIST_ENTRY(.path = "d", .type = ENTRY_DIRECTORY, .mode = 0755, .mtime = {.seconds = 7}),
        LIST_FILE("", .path = "d/f", .mtime = {.seconds = 7}),
    };
    static const struct list_member odd[] = {
        LIST_ENTRY(.path = "", .type = ENTRY_DIRECTORY, .mode = 0755, .mtime = {.seconds = 9}),
        LIST_ENTRY(.path = "d", .type = ENTRY_DIRECTORY, .mode = 0700, .mtime = {.seconds = 7}),
        LIST_FILE("", .path = "d/f", .mtime = {.seconds = 7}),
    };
    (void)state;
    assert_differences(implied, plain, "");
    assert_differences(implied, odd, "d mode 0755 | 0700\n");
}

static void lost_found_counts_when_it_is_used(void **state)
{
    static const struct list_member without[] = {LIST_FILE("", .path = "f")};
    static const struct list_member unused[] = {
        LIST_FILE("", .path = "f"),
        LIST_ENTRY(.path = "lost+found", .type = ENTRY_DIRECTORY, .mode = 0700),
    };
    static const struct list_member used[] = {
        LIST_FILE("", .path = "f"),
        LIST_ENTRY(.path = "lost+found", .type = ENTRY_DIRECTORY, .mode = 0700),
        LIST_FILE("", .path = "lost+found/#12"),
    };
    static const struct list_member deeper[] = {
        LIST_FILE("", .path = "f"),
        LIST_ENTRY(.path = "mnt/lost+found", .type = ENTRY_DIRECTORY, .mode = 0700),
    };
    (void)state;
    assert_differences(without, unused, "");
    assert_differences(unused, without, "");
    assert_differences(without, used, "+lost+found\n");
    assert_differences(without, deeper, "+mnt\n");
}

/* ---- differences ---- */

static const struct xattr xattr_text[] = {{"user.x", "one", 3}};
static const struct xattr xattr_other[] = {{"user.x", "two", 3}};
static const struct xattr xattr_binary[] = {{"security.capability", "\1\0\0\2", 4}};
static const struct xattr xattr_empty[] = {{"user.x", "", 0}};
static const struct xattr xattr_long[] = {
    {"user.x", "0123456789012345678901234567890123456789tail", 44}};

static const struct {
    struct list_member a, b;
    unsigned what; /* it belongs to; 0: always looked at */
    const char *expected;
} changes[] = {
    {LIST_FILE("x", .mode = 0644), LIST_FILE("x", .mode = 04755), COMPARE_MODES,
     "f mode 0644 | 4755\n"},
    {LIST_FILE("x", .uid = 1), LIST_FILE("x", .uid = 0), COMPARE_OWNERS, "f owner 1:0 | 0:0\n"},
    {LIST_FILE("x", .gid = 1), LIST_FILE("x", .gid = 4294967294), COMPARE_OWNERS,
     "f owner 0:1 | 0:4294967294\n"},
    {LIST_FILE("x", .mtime = {-1, 5}), LIST_FILE("x", .mtime = {-1, 6}), COMPARE_MTIMES,
     "f mtime 1969-12-31 23:59:59.000000005 | 1969-12-31 23:59:59.000000006\n"},
    {LIST_FILE("x", .flags = ENTRY_IMMUTABLE | ENTRY_APPEND), LIST_FILE("x"), COMPARE_FLAGS,
     "f flags sappnd,schg | none\n"},
    {LIST_FILE("x"), LIST_FILE("xy"), COMPARE_CONTENT, "f size 1 | 2\n"},
    {LIST_FILE("x"), LIST_FILE("y"), COMPARE_CONTENT, "f content  | \n"},
    {LIST_FILE("x", .xattrs = xattr_text, .n_xattrs = 1), LIST_FILE("x"), COMPARE_XATTRS,
     "f xattr user.x \"one\" | \n"},
    {LIST_FILE("x"), LIST_FILE("x", .xattrs = xattr_binary, .n_xattrs = 1), COMPARE_XATTRS,
     "f xattr security.capability  | 0x01000002\n"},
    {LIST_FILE("x", .xattrs = xattr_text, .n_xattrs = 1),
     LIST_FILE("x", .xattrs = xattr_other, .n_xattrs = 1), COMPARE_XATTRS,
     "f xattr user.x \"one\" | \"two\"\n"},
    {LIST_FILE("x", .xattrs = xattr_binary, .n_xattrs = 1),
     LIST_FILE("x", .xattrs = xattr_empty, .n_xattrs = 1), COMPARE_XATTRS,
     "f xattr security.capability 0x01000002 | \nf xattr user.x  | \"\"\n"},
    {LIST_FILE("x", .xattrs = xattr_long, .n_xattrs = 1), LIST_FILE("x"), COMPARE_XATTRS,
     "f xattr user.x \"0123456789012345678901234567890123456789\"... (44 bytes) | \n"},
    {LIST_FILE("x"), LIST_ENTRY(.type = ENTRY_DIRECTORY, .mode = 0700), 0,
     "f type file | directory\n"},
    {LIST_ENTRY(.type = ENTRY_FIFO), LIST_ENTRY(.type = ENTRY_SOCKET), 0, "f type fifo | socket\n"},
    {LIST_ENTRY(.type = ENTRY_SYMLINK, .target = "x"),
     LIST_ENTRY(.type = ENTRY_SYMLINK, .target = "y"), 0, "f target x | y\n"},
    {LIST_ENTRY(.type = ENTRY_CHARACTER, .major = 1, .minor = 3),
     LIST_ENTRY(.type = ENTRY_CHARACTER, .major = 1, .minor = 5), 0, "f device 1,3 | 1,5\n"},
    {LIST_ENTRY(.type = ENTRY_BLOCK, .major = 8), LIST_ENTRY(.type = ENTRY_BLOCK, .major = 9), 0,
     "f device 8,0 | 9,0\n"},
    {LIST_FILE("x", .mode = 1, .uid = 2), LIST_FILE("y", .mode = 2, .uid = 1), 0,
     "f mode 0001 | 0002\nf owner 2:0 | 1:0\nf content  | \n"},
};

static void each_change_has_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_length(changes); i++) {
        struct list_member a[] = {changes[i].a}, b[] = {changes[i].b};
        a[0].entry.path = b[0].entry.path = "f";
        assert_differences(a, b, changes[i].expected);
        assert_differences(a, a, "");
        assert_differences(b, b, "");
    }
}

static void what_is_ignored_is_not_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_length(changes); i++) {
        struct list_member a = changes[i].a, b = changes[i].b;
        if (changes[i].what == 0)
            continue;
        a.entry.path = b.entry.path = "f";
        for (unsigned what = 1; what < COMPARE_ALL; what <<= 1) {
            struct list_source in_a = list_source(&a, 1), in_b = list_source(&b, 1);
            struct found found;
            compare(&found, &in_a.source, &in_b.source, COMPARE_ALL & ~what);
            assert_string_equal(found.text, what == changes[i].what ? "" : changes[i].expected);
        }
    }
}

static void what_one_lacks_is_told_once_and_in_order(void **state)
{
    static const struct list_member a[] = {
        LIST_FILE("", .path = "z"),           LIST_FILE("", .path = "only/in/a"),
        LIST_FILE("", .path = "only/in/too"), LIST_FILE("", .path = "both/a"),
        LIST_FILE("", .path = "both/same"),
    };
    static const struct list_member b[] = {
        LIST_FILE("", .path = "both/same"),
        LIST_FILE("", .path = "both/b"),
        LIST_FILE("", .path = "both.b"),
        LIST_FILE("", .path = "z", .uid = 1),
    };
    (void)state;
    assert_differences(a, b, "-both/a\n+both/b\n+both.b\n-only\nz owner 0:0 | 1:0\n");
}

/* ---- content ---- */

static void holes_are_zeros_and_pieces_do_not_count(void **state)
{
    static char bytes[5 * 4096];
    static const struct content whole[] = {{bytes, sizeof(bytes), 0}, {0}};
    static const struct content holes[] = {
        {bytes + 4096, 100, 4096}, {bytes + 4196, 3996, 4196}, {bytes + 16000, 1000, 16000}, {0}};
    static const struct content moved[] = {
        {bytes + 4096, 4096, 8192}, {bytes + 16000, 1000, 16000}, {0}};
    static const struct content cut[] = {{bytes + 4096, 4096, 4096}, {0}};
    static const struct {
        const struct content *pieces;
        const char *expected;
    } cases[] = {{whole, ""}, {holes, ""}, {moved, "f content  | \n"}, {cut, "f content  | \n"}};
    (void)state;
    memset(bytes + 4096, 'x', 4096);
    memset(bytes + 16380, 'y', 10); /* across a border of blocks */
    for (size_t i = 0; i < array_length(cases); i++) {
        struct list_member a[] = {{.entry = {.path = "f", .size = sizeof(bytes)}, .pieces = whole}};
        struct list_member b[] = {
            {.entry = {.path = "f", .size = sizeof(bytes)}, .pieces = cases[i].pieces}};
        assert_differences(a, b, cases[i].expected);
    }
}

static void every_byte_counts(void **state)
{
    static char a[3 * 4096 + 5], b[sizeof(a)];
    static const struct content in_a[] = {{a, sizeof(a), 0}, {0}},
                                in_b[] = {{b, sizeof(b), 0}, {0}};
    static const size_t places[] = {0, 1, 4095, 4096, 8191, 12287, 12288, sizeof(a) - 1};
    (void)state;
    memset(a, 'a', 4096); /* one block of text, two of zeros, and an odd end */
    for (size_t i = 0; i < array_length(places); i++) {
        struct list_member list_a[] = {{.entry = {.path = "f", .size = sizeof(a)}, .pieces = in_a}};
        struct list_member list_b[] = {{.entry = {.path = "f", .size = sizeof(b)}, .pieces = in_b}};
        memcpy(b, a, sizeof(a));
        b[places[i]] ^= 1;
        assert_differences(list_a, list_b, "f content  | \n");
    }
}

/* ---- hard links ---- */

#define FILE_NAMED(name)     LIST_FILE("x", .path = name)
#define LINK_NAMED(name, to) LIST_ENTRY(.path = name, .type = ENTRY_LINK, .target = to)

static void hard_links_are_sets_of_names(void **state)
{
    static const struct list_member forward[] = {FILE_NAMED("a"), LINK_NAMED("b", "a"),
                                                 LINK_NAMED("c", "b"), FILE_NAMED("d")};
    static const struct list_member backward[] = {LINK_NAMED("b", "c"), FILE_NAMED("c"),
                                                  FILE_NAMED("d"), LINK_NAMED("a", "c")};
    static const struct list_member copies[] = {FILE_NAMED("a"), FILE_NAMED("b"), FILE_NAMED("c"),
                                                FILE_NAMED("d")};
    static const struct list_member other[] = {FILE_NAMED("a"), LINK_NAMED("d", "a"),
                                               FILE_NAMED("b"), LINK_NAMED("c", "b")};
    static const struct list_member fewer[] = {FILE_NAMED("b"), LINK_NAMED("c", "b"),
                                               FILE_NAMED("d")};
    (void)state;
    assert_differences(forward, backward, "");
    assert_differences(forward, copies, "b links a | \nc links a | \n");
    assert_differences(copies, forward, "b links  | a\nc links  | a\n");
    assert_differences(forward, other, "b links a | \nc links a | b\nd links  | a\n");
    assert_differences(forward, fewer, "-a\n");
}

static void a_file_with_many_names_is_told_once(void **state)
{
    static const struct list_member a[] = {FILE_NAMED("a"), LINK_NAMED("b", "a")};
    static const struct list_member b[] = {LIST_FILE("x", .path = "a", .uid = 1),
                                           LINK_NAMED("b", "a")};
    (void)state;
    assert_differences(a, b, "a owner 0:0 | 1:0\n");
}

/* ---- failures ---- */

static int endless_next(struct source *source, const struct entry **out, struct error *err)
{
    struct list_source *self = (struct list_source *)source;
    (void)err;
    self->entry = (struct entry){.path = "f"};
    *out = &self->entry;
    return self->at++ < ENDLESS_MAX;
}

static int endless_content(struct source *source, struct content *out, struct error *err)
{
    (void)source, (void)out, (void)err;
    return 0;
}

static void a_failure_of_one_side_ends_both(void **state)
{
    static const struct source_ops endless_ops = {
        .next = endless_next, .content = endless_content, .close = list_close};
    static const struct list_member members[] = {FILE_NAMED("f")};
    (void)state;
    for (int side = 0; side < 2; side++) {
        struct found found = {.report = {found_add, .a = "a.tar", .b = "b.tar"}};
        struct list_source endless = {.source.ops = &endless_ops};
        struct list_source broken = list_source(members, 1);
        struct error err = {0};
        uint64_t n;
        broken.fails = ERROR_DAMAGED;
        assert_fails(image_compare(side ? &endless.source : &broken.source,
                                   side ? &broken.source : &endless.source, COMPARE_ALL,
                                   &found.report, &n, &err),
                     ERROR_DAMAGED, side ? "b.tar: the list ends badly" : "a.tar: the list");
        assert_int_equal(n, 0);
        assert_true(endless.at < ENDLESS_MAX);
    }
}

static void who_listens_may_stop(void **state)
{
    static const struct list_member a[] = {FILE_NAMED("1"), FILE_NAMED("2"), FILE_NAMED("3")};
    struct list_source in_a = list_source(a, 3), in_b = list_source(a, 0);
    struct found found = {.report.difference = found_add, .stops_after = 2};
    struct error err = {0};
    uint64_t n;
    (void)state;
    assert_fails(image_compare(&in_a.source, &in_b.source, COMPARE_ALL, &found.report, &n, &err),
                 ERROR_IO, "enough");
    assert_string_equal(found.text, "-1\n-2\n");
    assert_int_equal(n, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_does_not_count),
        cmocka_unit_test(a_directory_without_an_entry_is_there),
        cmocka_unit_test(lost_found_counts_when_it_is_used),
        cmocka_unit_test(each_change_has_its_name),
        cmocka_unit_test(what_is_ignored_is_not_told),
        cmocka_unit_test(what_one_lacks_is_told_once_and_in_order),
        cmocka_unit_test(holes_are_zeros_and_pieces_do_not_count),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(hard_links_are_sets_of_names),
        cmocka_unit_test(a_file_with_many_names_is_told_once),
        cmocka_unit_test(a_failure_of_one_side_ends_both),
        cmocka_unit_test(who_listens_may_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
