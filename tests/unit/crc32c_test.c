/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The published vectors, and libext2fs as a second opinion on every length and alignment. */
#include <ext2fs/ext2fs.h>

#include "core/crc32c.c" /* its static functions: both ways are tested on any machine */
#include "tests/unit/support.h"

/* RFC 3720, appendix B.4, and the check value of the CRC catalogue. */
static void test_vectors(void **state UNUSED)
{
    uint8_t bytes[32] = {0};
    assert_int_equal(~crc32c(~0u, "123456789", 9), 0xe3069283);
    assert_int_equal(~crc32c(~0u, bytes, 32), 0x8a9136aa);
    memset(bytes, 0xff, 32);
    assert_int_equal(~crc32c(~0u, bytes, 32), 0x62a8ab43);
    for (int i = 0; i < 32; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(~crc32c(~0u, bytes, 32), 0x46dd794e);
    assert_int_equal(crc32c(0x1234, bytes, 0), 0x1234);
}

static void test_lengths(void **state UNUSED)
{
    uint8_t bytes[80];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 37 + 11);
    for (size_t at = 0; at < 8; at++) {
        for (size_t n = 0; n + at <= sizeof(bytes); n++) {
            uint32_t expected = ext2fs_crc32c_le(0x89abcdef, bytes + at, n);
            assert_int_equal(crc32c(0x89abcdef, bytes + at, n), expected);
            assert_int_equal(crc32c_portable(0x89abcdef, bytes + at, n), expected);
        }
    }
}

static void test_continued(void **state UNUSED)
{
    uint32_t crc = crc32c(crc32c(~0u, "1234", 4), "56789", 5);
    assert_int_equal(~crc, 0xe3069283);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_continued),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
