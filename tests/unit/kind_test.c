/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What libarchive writes is recognised, and so are the heads of what it cannot write. */
#include "core/kind.h"

#include <archive.h>
#include <archive_entry.h>

#include "tests/unit/support.h"

enum {
    BIG = 1024 * 1024,
};

/* An archive of one file, made by libarchive. */
static size_t archive_make(int format, int filter, uint8_t out[BIG])
{
    size_t used = 0;
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, "etc/hostname");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, 5);
    assert_int_equal(archive_write_set_format(archive, format), ARCHIVE_OK);
    assert_int_equal(archive_write_add_filter(archive, filter), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(archive, out, BIG, &used), ARCHIVE_OK);
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(archive, "hello", 5), 5);
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
    archive_entry_free(entry);
    return used;
}

static void test_archives(void **state UNUSED)
{
    static const struct {
        int format, filter;
        enum kind kind;
    } rows[] = {
        {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, KIND_TAR},
        {ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_NONE, KIND_TAR},
        {ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_NONE, KIND_TAR},
        {ARCHIVE_FORMAT_TAR, ARCHIVE_FILTER_GZIP, KIND_GZIP},
        {ARCHIVE_FORMAT_TAR, ARCHIVE_FILTER_BZIP2, KIND_BZIP2},
        {ARCHIVE_FORMAT_TAR, ARCHIVE_FILTER_XZ, KIND_XZ},
        {ARCHIVE_FORMAT_TAR, ARCHIVE_FILTER_LZMA, KIND_LZMA},
        {ARCHIVE_FORMAT_TAR, ARCHIVE_FILTER_LZ4, KIND_LZ4},
        {ARCHIVE_FORMAT_TAR, ARCHIVE_FILTER_ZSTD, KIND_ZSTD},
        {ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, ARCHIVE_FILTER_NONE, KIND_CPIO},
        {ARCHIVE_FORMAT_CPIO_POSIX, ARCHIVE_FILTER_NONE, KIND_CPIO},
        {ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, KIND_ZIP},
        {ARCHIVE_FORMAT_7ZIP, ARCHIVE_FILTER_NONE, KIND_7Z},
        {ARCHIVE_FORMAT_ISO9660, ARCHIVE_FILTER_NONE, KIND_ISO9660},
    };
    static uint8_t bytes[BIG];
    for (size_t i = 0; i < array_length(rows); i++) {
        size_t n = archive_make(rows[i].format, rows[i].filter, bytes);
        assert_int_equal(kind_of(bytes, n < KIND_HEAD_BYTES ? n : KIND_HEAD_BYTES), rows[i].kind);
    }
}

/* A header without "ustar", as tar wrote it before 1988: only the checksum shows what it is. */
static void test_tar_v7(void **state UNUSED)
{
    static uint8_t bytes[BIG];
    size_t n = archive_make(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, bytes);
    unsigned sum = 0;
    memset(bytes + 257, 0, 255);
    memset(bytes + 148, ' ', 8);
    for (int i = 0; i < 512; i++)
        sum += bytes[i];
    snprintf((char *)bytes + 148, 8, "%06o", sum);
    assert_int_equal(kind_of(bytes, n), KIND_TAR);
    bytes[0] ^= 1;
    assert_int_equal(kind_of(bytes, n), KIND_UNKNOWN);
}

static void test_marks(void **state UNUSED)
{
    static const struct {
        size_t offset;
        const char *bytes;
        size_t n;
        enum kind kind;
    } rows[] = {
#define ROW(offset, text, kind) {offset, text, sizeof(text) - 1, kind}
        ROW(0, "vhdxfile", KIND_VHDX),
        ROW(0, "conectix", KIND_VHD),
        ROW(0, "QFI\xfb\0\0\0\3", KIND_QCOW2),
        ROW(0, "KDMV", KIND_VMDK),
        ROW(0, "# Disk DescriptorFile\nversion=1", KIND_VMDK),
        ROW(64, "\x7f\x10\xda\xbe", KIND_VDI),
        ROW(1080, "\x53\xef", KIND_EXT4),
        ROW(3, "NTFS    ", KIND_NTFS),
        ROW(0, "hsqs", KIND_SQUASHFS),
        ROW(32769, "CD001", KIND_ISO9660),
        ROW(0, "PK\5\6", KIND_ZIP),
        ROW(0, "\x50\x2a\x4d\x18", KIND_ZSTD),
        ROW(0, "\177ELF\2\1\1", KIND_ELF),
        ROW(0, "<!DOCTYPE html>", KIND_HTML),
        ROW(0, "\xef\xbb\xbf\r\n <HTML lang=en>", KIND_HTML),
        ROW(0, "{\"schemaVersion\": 2}", KIND_JSON),
        ROW(0, " [\n  {", KIND_JSON),
        ROW(0, "[ 1", KIND_JSON),
        ROW(0, "[network]\ngenerateHosts=false", KIND_UNKNOWN),
        ROW(0, "BZh0", KIND_UNKNOWN),
        ROW(0, "#!/bin/sh", KIND_UNKNOWN),
        ROW(0, "\1", KIND_UNKNOWN),
#undef ROW
    };
    static uint8_t head[KIND_HEAD_BYTES];
    for (size_t i = 0; i < array_length(rows); i++) {
        memset(head, 0, sizeof(head));
        memcpy(head + rows[i].offset, rows[i].bytes, rows[i].n);
        assert_int_equal(kind_of(head, sizeof(head)), rows[i].kind);
    }
}

/* Nothing that lies beyond n is looked at, and what is cut is not recognised. */
static void test_short(void **state UNUSED)
{
    assert_int_equal(kind_of("", 0), KIND_EMPTY);
    for (size_t n = 1; n < 2048; n += 13) {
        uint8_t *zeros AUTO_FREE = calloc(1, n);
        assert_int_equal(kind_of(zeros, n), n < 1024 ? KIND_UNKNOWN : KIND_TAR);
    }
    for (size_t n = 1; n < 8; n++) {
        char *head AUTO_FREE = strndup("vhdxfile", n);
        assert_int_equal(kind_of(head, n), KIND_UNKNOWN);
    }
}

/* The weak mark of ext4 in the middle of something else does not count. */
static void test_precedence(void **state UNUSED)
{
    static uint8_t bytes[BIG];
    size_t n = archive_make(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, bytes);
    memcpy(bytes + 1080, "\x53\xef", 2);
    assert_int_equal(kind_of(bytes, n), KIND_TAR);
    memcpy(bytes, "\x1f\x8b", 2);
    memset(bytes + 257, 0, 6);
    assert_int_equal(kind_of(bytes, n), KIND_GZIP);
}

static void test_words(void **state UNUSED)
{
    assert_string_equal(kind_words(KIND_QCOW2), "a qcow2 disk");
    for (int kind = KIND_UNKNOWN; kind <= KIND_JSON; kind++)
        assert_int_equal(kind_words((enum kind)kind)[0], 'a');
}

static void test_classes(void **state UNUSED)
{
    int compressed = 0, foreign = 0;
    for (int kind = KIND_UNKNOWN; kind <= KIND_JSON; kind++) {
        compressed += kind_is_compressed((enum kind)kind);
        foreign += kind_is_foreign_disk((enum kind)kind);
        assert_false(kind_is_compressed((enum kind)kind) && kind_is_foreign_disk((enum kind)kind));
    }
    assert_true(kind_is_compressed(KIND_GZIP) && kind_is_foreign_disk(KIND_VHD));
    assert_int_equal(compressed, 6);
    assert_int_equal(foreign, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_archives),   cmocka_unit_test(test_tar_v7),
        cmocka_unit_test(test_marks),      cmocka_unit_test(test_short),
        cmocka_unit_test(test_precedence), cmocka_unit_test(test_words),
        cmocka_unit_test(test_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
