/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hard links of a directory are told by device and inode number in full. */
#include "image/directory/directory_links.h"
#include "tests/unit/support.h"

enum {
    MANY = 3000,
};

static const char *meet(struct directory_links *links, uint64_t device, uint64_t inode,
                        const char *path)
{
    const char *first;
    assert_int_equal(directory_links_meet(links, device, inode, path, &first), 0);
    return first;
}

static void numbers_count_in_full(void **state UNUSED)
{
    static const struct {
        uint64_t device, inode;
    } files[] = {
        {1, 5},
        {1, UINT64_C(5) + (UINT64_C(1) << 32)},
        {1, UINT64_C(5) + (UINT64_C(1) << 63)},
        {UINT64_C(1) + (UINT64_C(1) << 32), 5},
        {UINT64_C(1) << 40, 5},
        {UINT64_MAX, UINT64_MAX},
        {0, 0},
    };
    struct directory_links links = {0};
    char path[8];

    for (size_t i = 0; i < array_length(files); i++) {
        snprintf(path, sizeof(path), "%zu", i);
        assert_null(meet(&links, files[i].device, files[i].inode, path));
    }
    for (size_t i = 0; i < array_length(files); i++) {
        snprintf(path, sizeof(path), "%zu", i);
        assert_string_equal(meet(&links, files[i].device, files[i].inode, "again"), path);
    }
    directory_links_free(&links);
}

static void many_are_told_apart(void **state UNUSED)
{
    struct directory_links links = {0};
    char path[8];
    for (uint64_t i = 0; i < MANY; i++) {
        snprintf(path, sizeof(path), "%d", (int)i);
        assert_null(meet(&links, i << 32, i << 40, path));
    }
    for (uint64_t i = 0; i < MANY; i++) {
        snprintf(path, sizeof(path), "%d", (int)i);
        assert_string_equal(meet(&links, i << 32, i << 40, "again"), path);
    }
    directory_links_free(&links);
}

#define NEED(name, function)             \
    {                                    \
        name, function, NULL, NULL, NULL \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        NEED("B11: hard links are told by all 64 bits of device and inode", numbers_count_in_full),
        NEED("B11: also among many", many_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
