/* SPDX-License-Identifier: GPL-3.0-or-later */
/* image/entry.h: types of entries, and those of Linux. */
#include <sys/stat.h>

#include "image/entry.h"
#include "tests/unit/support.h"

static void test_types(void **state UNUSED)
{
    static const struct {
        enum entry_type type;
        mode_t bits;
    } rows[] = {
        {ENTRY_FILE, S_IFREG},      {ENTRY_DIRECTORY, S_IFDIR}, {ENTRY_SYMLINK, S_IFLNK},
        {ENTRY_CHARACTER, S_IFCHR}, {ENTRY_BLOCK, S_IFBLK},     {ENTRY_FIFO, S_IFIFO},
        {ENTRY_SOCKET, S_IFSOCK},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        enum entry_type type = ENTRY_LINK;
        assert_int_equal(entry_type_bits(rows[i].type), rows[i].bits);
        assert_true(entry_type_of(rows[i].bits | 07777, &type));
        assert_int_equal(type, rows[i].type);
    }
}

static void test_no_type(void **state UNUSED)
{
    enum entry_type type;
    assert_int_equal(entry_type_bits(ENTRY_LINK), 0);
    assert_false(entry_type_of(0644, &type));
    assert_false(entry_type_of(S_IFMT, &type));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_no_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
