/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One record of each kind of file, byte for byte.
 *
 * What is expected was put together by hand: heads of records and attributes as Windows 10 and
 * mkntfs write them; extended attributes, reparse points and case-sensitive directories as WSL,
 * ntfs-3g (special_files=wsl) and records that Windows wrote have them. */
#include "core/blockdev.h"
#include "image/ntfs/ntfs_sink.h"
#include "tests/unit/list_source.h"
#include "tests/unit/support.h"

enum {
    DISK_BYTES = 8 << 20,
    RECORD_BYTES = 1024,
    FIRST = 64, /* the root of the tree; entries follow in their order */
};

/* clang-format off */
#define EPOCH "00803ed5deb19d01" /* 1970, in 100 ns since 1601 */
#define TIMES EPOCH EPOCH EPOCH EPOCH
#define EIGHT "0000000000000000"

/* Number of names and flags, bytes in use, next number of an attribute, own number. */
#define HEAD(flags, used, next, number) \
    "46494c45 3000 0300" EIGHT "0100 0100 3800" flags used "00040000" EIGHT next "0000" number \
    "0100 0000 0000 0000"

/* STANDARD_INFORMATION: attributes of the file, 1 for a directory that tells names by case, the
 * security descriptor in $Secure. */
#define INFORMATION(attributes, version, security) \
    "10000000 60000000 00 00 0000 0000 0000  48000000 1800 00 00" TIMES \
    attributes "00000000" version "00000000 00000000" security EIGHT EIGHT

/* FILE_NAME: in record 64, with a name of one unit. */
#define NAME(allocated, size, attributes, extra, unit) \
    "30000000 60000000 00 00 0000 0000 0100  44000000 1800 01 00" \
    "4000000000000100" TIMES allocated size attributes extra "01 00" unit "00000000"

#define DATA_NONE "80000000 18000000 00 00 0000 0000 0200  00000000 1800 00 00"

/* REPARSE_POINT: tag, and for symbolic links what is behind it. */
#define REPARSE(tag) "c0000000 20000000 00 00 0000 0000 0300  08000000 1800 00 00" tag "0000 0000"

/* EA_INFORMATION and EA, under numbers. */
#define EAS(number, next, mode) \
    "d0000000 20000000 00 00 0000 0000" number "08000000 1800 00 00 2d00 0000 3c000000" \
    "e0000000 58000000 00 00 0000 0000" next "3c000000 1800 00 00" \
    OWNERS MODE(mode) "00000000"
#define EAS_OF_DEVICE(number, next, mode, device) \
    "d0000000 20000000 00 00 0000 0000" number "08000000 1800 00 00 4000 0000 54000000" \
    "e0000000 70000000 00 00 0000 0000" next "54000000 1800 00 00" \
    OWNERS MODE(mode) "18000000 00 06 0800 244c5844455600" device "00" "00000000"
#define OWNERS \
    "14000000 00 06 0400 244c5855494400 e8030000 00" \
    "14000000 00 06 0400 244c5847494400 05000000 00"
#define MODE(mode) "14000000 00 06 0400 244c584d4f4400" mode "00"

#define END "ffffffff 00000000"
/* clang-format on */

static const struct list_member tree[] = {
    LIST_ENTRY(.path = "d", .type = ENTRY_DIRECTORY, .mode = 0755, .uid = 1000, .gid = 5),
    LIST_FILE("hello\n", .path = "f", .type = ENTRY_FILE, .mode = 0644, .uid = 1000, .gid = 5),
    LIST_ENTRY(.path = "l", .type = ENTRY_SYMLINK, .mode = 0777, .uid = 1000, .gid = 5,
               .target = "target/of link"),
    LIST_ENTRY(.path = "s", .type = ENTRY_SOCKET, .mode = 0755, .uid = 1000, .gid = 5),
    LIST_ENTRY(.path = "p", .type = ENTRY_FIFO, .mode = 0644, .uid = 1000, .gid = 5),
    LIST_ENTRY(.path = "c", .type = ENTRY_CHARACTER, .mode = 0666, .uid = 1000, .gid = 5,
               .major = 5, .minor = 1),
    LIST_ENTRY(.path = "b", .type = ENTRY_BLOCK, .mode = 0660, .uid = 1000, .gid = 5, .major = 259,
               .minor = 70000),
};

/* clang-format off */
static const struct {
    const char *name;
    const char *bytes;
} records[] = {
    {"a directory",
     HEAD("0300", "c8010000", "0500", "41000000")
     INFORMATION("00000400", "01000000", "01010000")
     NAME(EIGHT, EIGHT, "00000410", "2d000f00", "6400")
     "90000000 50000000 00 04 1800 0000 0200  30000000 2000 00 00 2400490033003000"
     "30000000 01000000 00100000 01 000000  10000000 20000000 20000000 00 000000"
     EIGHT "1000 0000 0200 0000"
     EAS("0300", "0400", "ed410000")
     END},
    {"a file, whose content lies in the record",
     HEAD("0100", "98010000", "0500", "42000000")
     INFORMATION("20000400", "00000000", "02010000")
     NAME("0800000000000000", "0600000000000000", "20000400", "2d000f00", "6600")
     "80000000 20000000 00 00 0000 0000 0200  06000000 1800 00 00 68656c6c6f0a 0000"
     EAS("0300", "0400", "a4810000")
     END},
    {"a symbolic link",
     HEAD("0100", "c8010000", "0600", "43000000")
     INFORMATION("20040400", "00000000", "02010000")
     NAME(EIGHT, EIGHT, "20040400", "1d0000a0", "6c00")
     DATA_NONE
     "c0000000 38000000 00 00 0000 0000 0300  1a000000 1800 00 00"
     "1d0000a0 1200 0000 02000000 7461726765742f6f66206c696e6b 000000000000"
     EAS("0400", "0500", "ffa10000")
     END},
    {"a socket",
     HEAD("0100", "b0010000", "0600", "44000000")
     INFORMATION("20040400", "00000000", "02010000")
     NAME(EIGHT, EIGHT, "20040400", "23000080", "7300")
     DATA_NONE REPARSE("23000080")
     EAS("0400", "0500", "edc10000")
     END},
    {"a fifo",
     HEAD("0100", "b0010000", "0600", "45000000")
     INFORMATION("20040400", "00000000", "02010000")
     NAME(EIGHT, EIGHT, "20040400", "24000080", "7000")
     DATA_NONE REPARSE("24000080")
     EAS("0400", "0500", "a4110000")
     END},
    {"a character device",
     HEAD("0100", "c8010000", "0600", "46000000")
     INFORMATION("20040400", "00000000", "02010000")
     NAME(EIGHT, EIGHT, "20040400", "25000080", "6300")
     DATA_NONE REPARSE("25000080")
     EAS_OF_DEVICE("0400", "0500", "b6210000", "05000000 01000000")
     END},
    {"a block device",
     HEAD("0100", "c8010000", "0600", "47000000")
     INFORMATION("20040400", "00000000", "02010000")
     NAME(EIGHT, EIGHT, "20040400", "26000080", "6200")
     DATA_NONE REPARSE("26000080")
     EAS_OF_DEVICE("0400", "0500", "b0610000", "03010000 70110100")
     END},
};
/* clang-format on */

/* Up to RECORD_BYTES; the rest is zeros. */
static size_t bytes_of_hex(uint8_t out[RECORD_BYTES], const char *hex)
{
    size_t n = 0;
    memset(out, 0, RECORD_BYTES);
    while (*hex) {
        unsigned byte;
        if (*hex == ' ') {
            hex++;
            continue;
        }
        assert_int_equal(sscanf(hex, "%2x", &byte), 1);
        assert_true(n < RECORD_BYTES);
        out[n++] = (uint8_t)byte;
        hex += 2;
    }
    return n;
}

static uint64_t number(const uint8_t *at)
{
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--)
        value = value << 8 | at[i];
    return value;
}

static int volume_make(void **state)
{
    AUTO_SINK struct sink *sink = NULL;
    struct list_source source = list_source(tree, array_length(tree));
    struct blockdev *dev;
    struct error err = {0};
    assert_ok(blockdev_create_memory(&dev, DISK_BYTES, &err));
    assert_ok(ntfs_sink(&sink, dev, &(struct sink_options){0}, &err));
    assert_ok(image_copy(&source.source, sink, &err));
    *state = dev;
    return 0;
}

static int volume_free(void **state)
{
    blockdev_abandon(*state);
    return 0;
}

/* Record n as it was before its sectors were sealed. */
static void record_read(struct blockdev *dev, uint64_t n, uint8_t record[RECORD_BYTES])
{
    uint8_t boot[512];
    struct error err = {0};
    assert_ok(blockdev_pread(dev, boot, sizeof(boot), 0, &err));
    assert_ok(blockdev_pread(dev, record, RECORD_BYTES,
                             number(boot + 0x30) * 4096 + n * RECORD_BYTES, &err));
    for (size_t i = 0; i < 2; i++) {
        uint8_t *last = record + i * 512 + 510;
        assert_memory_equal(last, record + 0x30, 2);
        memcpy(last, record + 0x32 + i * 2, 2);
    }
}

static void each_kind(void **state)
{
    for (size_t i = 0; i < array_length(records); i++) {
        uint8_t expected[RECORD_BYTES], record[RECORD_BYTES];
        size_t n = bytes_of_hex(expected, records[i].bytes);
        record_read(*state, FIRST + 1 + i, record);
        for (size_t at = 0; at < RECORD_BYTES; at++) {
            if (record[at] != expected[at])
                fail_msg("%s: byte %#zx is %02x, expected %02x", records[i].name, at, record[at],
                         expected[at]);
        }
        assert_int_equal(n, expected[0x18] | expected[0x19] << 8);
    }
}

/* Source: boot sectors of Windows 10 and mkntfs. */
static void boot_sector(void **state)
{
    uint8_t boot[512], copy[512];
    struct error err = {0};
    assert_ok(blockdev_pread(*state, boot, sizeof(boot), 0, &err));
    assert_ok(blockdev_pread(*state, copy, sizeof(copy), DISK_BYTES - 512, &err));
    assert_memory_equal(boot, copy, sizeof(boot));
    assert_memory_equal(boot, "\xeb\x52\x90NTFS    \0\x02\x08\0\0\0\0\0\0\0\xf8\0\0\x3f\0\xff", 27);
    assert_memory_equal(boot + 0x24, "\x80\0\x80\0", 4);
    assert_int_equal(number(boot + 0x28), DISK_BYTES / 512 - 1);
    assert_memory_equal(boot + 0x40, "\xf6\0\0\0\x01\0\0\0", 8);
    assert_memory_equal(boot + 0x1fe, "\x55\xaa", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind),
        cmocka_unit_test(boot_sector),
    };
    setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
    return cmocka_run_group_tests(tests, volume_make, volume_free);
}
