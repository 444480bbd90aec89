/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree in memory follows tar's rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/attributes.h"
#include "image/tree.h"

static struct tree_file *put(struct tree *tree, const char *path, enum entry_type type,
                             const char *target)
{
    struct error err = {0};
    struct tree_file *file;
    struct entry entry = {
        .path = path, .type = type, .target = target, .mode = 0640, .mtime = {.seconds = 7}};
    if (tree_put(tree, &entry, &file, &err) < 0)
        fail_msg("%s: %s", path, err.text);
    return file;
}

static int refused(struct tree *tree, const char *path, enum entry_type type, const char *target)
{
    struct error err = {0};
    struct tree_file *file;
    struct entry entry = {.path = path, .type = type, .target = target};
    return tree_put(tree, &entry, &file, &err) < 0 ? (int)err.code : 0;
}

static int setup(void **state)
{
    static const struct tree empty;
    struct tree *tree = test_malloc(sizeof(*tree));
    *tree = empty;
    *state = tree;
    return tree_init(tree, NULL);
}

static int teardown(void **state)
{
    tree_free(*state);
    test_free(*state);
    return 0;
}

static void missing_parents_are_made_and_late_ones_count(void **state)
{
    struct tree *tree = *state;
    put(tree, "a/b/c", ENTRY_FILE, NULL);
    struct tree_file *made = tree_find(tree, "a/b");
    assert_non_null(made);
    assert_int_equal(made->mode, 0755);
    assert_int_equal(made->mtime.seconds, 7);
    assert_true(made->directory->implied);

    assert_ptr_equal(put(tree, "a/b", ENTRY_DIRECTORY, NULL), made);
    assert_int_equal(made->mode, 0640);
    assert_false(made->directory->implied);
    assert_non_null(tree_find(tree, "a/b/c"));
    assert_int_equal(tree->root->directory->subdirectories, 1);
}

static void the_later_of_two_counts(void **state)
{
    struct tree *tree = *state;
    struct tree_file *first = put(tree, "f", ENTRY_FILE, NULL);
    struct tree_file *second = put(tree, "f", ENTRY_FILE, NULL);
    assert_ptr_equal(tree_find(tree, "f"), second);
    assert_int_equal(first->links, 0);

    struct tree_file *child = put(tree, "d/child", ENTRY_FILE, NULL);
    put(tree, "d", ENTRY_FILE, NULL);
    assert_int_equal(child->links, 0);
    assert_null(tree_find(tree, "d/child"));
    assert_int_equal(tree->root->directory->subdirectories, 0);
}

static void symbolic_links_lead_inside_the_tree(void **state)
{
    static const struct {
        const char *link, *target, *through;
    } cases[] = {
        {"relative", "real", "relative/f1"},  {"absolute", "/real", "absolute/f2"},
        {"deep/up", "../real", "deep/up/f3"}, {"beyond", "../../../real", "beyond/f4"},
        {"dotted", "./real/.", "dotted/f5"},  {"chain", "relative", "chain/f6"},
    };
    struct tree *tree = *state;
    put(tree, "real", ENTRY_DIRECTORY, NULL);
    for (size_t i = 0; i < array_length(cases); i++) {
        char where[32];
        put(tree, cases[i].link, ENTRY_SYMLINK, cases[i].target);
        struct tree_file *file = put(tree, cases[i].through, ENTRY_FILE, NULL);
        snprintf(where, sizeof(where), "real/f%zu", i + 1);
        assert_ptr_equal(tree_find(tree, where), file);
    }
    put(tree, "loop", ENTRY_SYMLINK, "loop");
    assert_int_equal(refused(tree, "loop/f", ENTRY_FILE, NULL), ERROR_DAMAGED);
    put(tree, "file", ENTRY_FILE, NULL);
    assert_int_equal(refused(tree, "file/f", ENTRY_FILE, NULL), ERROR_DAMAGED);
}

static void hard_links_wait_for_their_target(void **state)
{
    struct tree *tree = *state;
    assert_null(put(tree, "second", ENTRY_LINK, "first"));
    assert_null(put(tree, "first", ENTRY_LINK, "file"));
    struct tree_file *file = put(tree, "file", ENTRY_FILE, NULL);
    put(tree, "again", ENTRY_LINK, "file");
    put(tree, "file", ENTRY_LINK, "file");
    assert_int_equal(tree_finish(tree, NULL), 0);
    assert_ptr_equal(tree_find(tree, "second"), file);
    assert_int_equal(file->links, 4);
}

static void hard_links_without_target_are_refused(void **state)
{
    struct error err = {0};
    struct tree *tree = *state;
    put(tree, "a", ENTRY_LINK, "b");
    put(tree, "b", ENTRY_LINK, "a");
    assert_int_equal(tree_finish(tree, &err), -1);
    assert_int_equal(err.code, ERROR_DAMAGED);
    put(tree, "directory", ENTRY_DIRECTORY, NULL);
    assert_int_equal(refused(tree, "l", ENTRY_LINK, "directory"), ERROR_DAMAGED);
}

static void a_link_that_was_replaced_is_forgotten(void **state)
{
    struct tree *tree = *state;
    put(tree, "l", ENTRY_LINK, "never");
    put(tree, "l", ENTRY_FILE, NULL);
    put(tree, "d/l", ENTRY_LINK, "never");
    put(tree, "d", ENTRY_FILE, NULL);
    assert_int_equal(tree_finish(tree, NULL), 0);
}

static void paths_are_told(void **state)
{
    struct tree *tree = *state;
    static const char *const paths[] = {"a", "a b/c", "x/y/z"};
    for (size_t i = 0; i < array_length(paths); i++) {
        AUTO_FREE char *path = NULL;
        struct tree_file *file = put(tree, paths[i], ENTRY_FILE, NULL);
        assert_int_equal(tree_path(file, &path, NULL), 0);
        assert_string_equal(path, paths[i]);
    }
    AUTO_FREE char *root = NULL;
    assert_int_equal(tree_path(tree->root, &root, NULL), 0);
    assert_string_equal(root, "");
}

static void many_names_are_found_again(void **state)
{
    struct tree *tree = *state;
    char path[32];
    for (int i = 0; i < 20000; i++) {
        snprintf(path, sizeof(path), "d%d/f%d", i % 100, i);
        put(tree, path, ENTRY_FILE, NULL)->number = (uint32_t)i;
    }
    for (int i = 0; i < 20000; i++) {
        snprintf(path, sizeof(path), "d%d/f%d", i % 100, i);
        assert_int_equal(tree_find(tree, path)->number, i);
    }
}

/* A tree so large cannot be made here: only its counters say that it is. */
static void trees_beyond_the_limits_are_refused(void **state)
{
    static char value[TREE_XATTR_BYTES_MAX];
    static struct xattr many[TREE_XATTRS_MAX + 1];
    struct tree *tree = *state;
    struct error err = {0};
    struct tree_file *file;
    struct entry entry = {.path = "f", .xattrs = many};

    for (size_t i = 0; i < array_length(many); i++)
        many[i] = (struct xattr){.name = "user.a", .value = value};
    entry.n_xattrs = TREE_XATTRS_MAX;
    assert_int_equal(tree_put(tree, &entry, &file, &err), 0);
    entry.n_xattrs++;
    assert_int_equal(tree_put(tree, &entry, &file, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
    entry.n_xattrs = 1;
    many[0].size = TREE_XATTR_BYTES_MAX - strlen(many[0].name) + 1;
    assert_int_equal(tree_put(tree, &entry, &file, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);

    size_t names = tree->n_names, total = tree->arena.total;
    tree->n_names = TREE_NAMES_MAX - 1;
    put(tree, "last", ENTRY_FILE, NULL);
    assert_int_equal(refused(tree, "more", ENTRY_FILE, NULL), ERROR_LIMIT);
    tree->n_names = names;
    tree->arena.total = tree_bytes_max - 1;
    put(tree, "fits", ENTRY_FILE, NULL);
    tree->arena.total = tree_bytes_max;
    assert_int_equal(refused(tree, "too much", ENTRY_FILE, NULL), ERROR_LIMIT);
    assert_int_equal(tree_file_new(tree, ENTRY_FILE, &file, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
    tree->arena.total = total;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(missing_parents_are_made_and_late_ones_count, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_later_of_two_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(symbolic_links_lead_inside_the_tree, setup, teardown),
        cmocka_unit_test_setup_teardown(hard_links_wait_for_their_target, setup, teardown),
        cmocka_unit_test_setup_teardown(hard_links_without_target_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_link_that_was_replaced_is_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(paths_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(many_names_are_found_again, setup, teardown),
        cmocka_unit_test_setup_teardown(trees_beyond_the_limits_are_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
