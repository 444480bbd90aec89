/* SPDX-License-Identifier: GPL-3.0-or-later */
/* image/tree_numbers.h: files found by number, directories reached before what lies in them. */
#include <string.h>

#include "image/tree_numbers.h"
#include "tests/unit/support.h"

enum {
    FILES = 3000, /* more than one growth of the list */
};

/* A chain: each directory holds the next, by a name of one letter. */
struct chain {
    struct tree *tree;
    const struct tree_numbers *numbers;
    uint32_t reached;
    uint32_t refused; /* a directory whose names cannot be read; 0: none */
};

static int chain_names(void *context, struct tree_file *directory, struct error *err)
{
    struct chain *chain = context;
    if (directory->number == chain->refused)
        return error_set(err, ERROR_DAMAGED, "refused");
    assert_int_equal(directory->number, ++chain->reached);
    struct tree_file *next = tree_numbers_find(chain->numbers, directory->number + 1);
    return next ? tree_link(chain->tree, directory, "d", 1, next, err) : 0;
}

static void test_find(void **state UNUSED)
{
    struct tree_numbers numbers CLEANUP(tree_numbers_free) = {0};
    struct tree_file *files = calloc(FILES, sizeof(*files));
    assert_null(tree_numbers_find(&numbers, 1));
    for (uint32_t i = 0; i < FILES; i++) {
        files[i].number = 2 * i + 5;
        assert_int_equal(tree_numbers_add(&numbers, &files[i], NULL), 0);
    }
    for (uint32_t i = 0; i < FILES; i++) {
        assert_ptr_equal(tree_numbers_find(&numbers, 2 * i + 5), &files[i]);
        assert_null(tree_numbers_find(&numbers, 2 * i + 4));
    }
    assert_null(tree_numbers_find(&numbers, 2 * FILES + 5));
    free(files);
}

static void test_link(void **state UNUSED)
{
    static const struct {
        uint32_t refused, reached;
    } rows[] = {{0, 5}, {1, 0}, {3, 2}};
    for (size_t row = 0; row < array_length(rows); row++) {
        struct tree tree CLEANUP(tree_free);
        struct tree_numbers numbers CLEANUP(tree_numbers_free) = {0};
        struct chain chain = {&tree, &numbers, 0, rows[row].refused};
        assert_int_equal(tree_init(&tree, NULL), 0);
        for (uint32_t number = 1; number <= 5; number++) {
            struct tree_file *file = tree.root;
            if (number > 1)
                assert_int_equal(tree_file_new(&tree, ENTRY_DIRECTORY, &file, NULL), 0);
            file->number = number;
            assert_int_equal(tree_numbers_add(&numbers, file, NULL), 0);
        }
        assert_int_equal(tree_numbers_link(&numbers, &tree, chain_names, &chain, NULL),
                         rows[row].refused ? -1 : 0);
        assert_int_equal(chain.reached, rows[row].reached);
        assert_int_equal(tree_find(&tree, "d/d/d/d") != NULL, !rows[row].refused);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
