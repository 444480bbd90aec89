/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/kind.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/attributes.h"

enum {
    TAR_BLOCK = 512,
    TAR_CHECKSUM = 148, /* offset of eight octal digits */
    TAR_CHECKSUM_BYTES = 8,
    EXT4_SUPERBLOCK = 1024,
    EXT4_LOG_BLOCK_MAX = 6, /* 64 KiB blocks */
    LZMA_HEADER = 13,       /* properties, LE32 dictionary size, LE64 length */
};

#define MAGIC(kind, offset, text)            \
    {                                        \
        kind, offset, sizeof(text) - 1, text \
    }

/* Marks at fixed places that are long enough to be believed alone. */
static const struct {
    enum kind kind;
    size_t offset;
    size_t length;
    const char *bytes;
} magics[] = {
    MAGIC(KIND_TAR, 257, "ustar"),
    MAGIC(KIND_GZIP, 0, "\x1f\x8b"),
    MAGIC(KIND_XZ, 0,
          "\xfd"
          "7zXZ\0"),
    MAGIC(KIND_ZSTD, 0, "\x28\xb5\x2f\xfd"),
    MAGIC(KIND_LZ4, 0, "\x04\x22\x4d\x18"),
    MAGIC(KIND_LZ4, 0, "\x02\x21\x4c\x18"),
    MAGIC(KIND_VHDX, 0, "vhdxfile"),
    MAGIC(KIND_VHD, 0, "conectix"),
    MAGIC(KIND_QCOW2, 0, "QFI\xfb"),
    MAGIC(KIND_VMDK, 0, "KDMV"),
    MAGIC(KIND_VMDK, 0, "# Disk DescriptorFile"),
    MAGIC(KIND_VDI, 64, "\x7f\x10\xda\xbe"),
    MAGIC(KIND_NTFS, 3, "NTFS    "),
    MAGIC(KIND_SQUASHFS, 0, "hsqs"),
    MAGIC(KIND_ISO9660, 32769, "CD001"),
    MAGIC(KIND_ZIP, 0, "PK\3\4"),
    MAGIC(KIND_ZIP, 0, "PK\5\6"),
    MAGIC(KIND_7Z, 0, "7z\xbc\xaf\x27\x1c"),
    MAGIC(KIND_CPIO, 0, "070701"),
    MAGIC(KIND_CPIO, 0, "070702"),
    MAGIC(KIND_CPIO, 0, "070707"),
    MAGIC(KIND_ELF, 0,
          "\x7f"
          "ELF"),
};

/* An archive from before ustar, or any other: the checksum of its first header fits. */
static bool is_tar(const uint8_t *head, size_t n)
{
    if (n < TAR_BLOCK)
        return false;
    char digits[TAR_CHECKSUM_BYTES + 1] = {0};
    memcpy(digits, head + TAR_CHECKSUM, TAR_CHECKSUM_BYTES);
    char *end;
    unsigned long stored = strtoul(digits, &end, 8);
    if (end == digits)
        return false;

    unsigned long sum = TAR_CHECKSUM_BYTES * ' ';
    for (size_t i = 0; i < TAR_BLOCK; i++)
        if (i < TAR_CHECKSUM || i >= TAR_CHECKSUM + TAR_CHECKSUM_BYTES)
            sum += head[i];
    return sum == stored;
}

/* The superblock lies 1024 bytes in, behind what may be anything. Its mark is short: the block size
 * and the revision must make sense too. */
static bool is_ext4(const uint8_t *head, size_t n)
{
    const uint8_t *superblock = head + EXT4_SUPERBLOCK;
    return n >= EXT4_SUPERBLOCK + 256 && superblock[56] == 0x53 && superblock[57] == 0xef &&
           superblock[24] <= EXT4_LOG_BLOCK_MAX && superblock[76] <= 1;
}

/* Two zero blocks: a tar with nothing in it. All that is known must be zero, for a disk may begin
 * with zeros too. */
static bool is_tar_end(const uint8_t *head, size_t n)
{
    return n >= 2 * TAR_BLOCK && head[0] == 0 && memcmp(head, head + 1, n - 1) == 0;
}

static bool is_bzip2(const uint8_t *head, size_t n)
{
    return n >= 4 && memcmp(head, "BZh", 3) == 0 && head[3] >= '1' && head[3] <= '9';
}

/* zstd may begin with a frame to be skipped: 0x184d2a50 to 0x184d2a5f. */
static bool is_zstd_skippable(const uint8_t *head, size_t n)
{
    return n >= 4 && (head[0] & 0xf0) == 0x50 && memcmp(head + 1, "\x2a\x4d\x18", 3) == 0;
}

/* There is no mark: the usual properties, a dictionary of 2^n or 2^n + 2^(n-1) bytes, and a length
 * that is unknown or below 256 GiB, as xz judges too. */
static bool is_lzma(const uint8_t *head, size_t n)
{
    if (n < LZMA_HEADER || head[0] != 0x5d)
        return false;
    uint32_t dictionary = (uint32_t)head[1] | (uint32_t)head[2] << 8 | (uint32_t)head[3] << 16 |
                          (uint32_t)head[4] << 24;
    uint32_t top = dictionary & (dictionary - 1); /* without its lowest bit */
    if (dictionary < 4096 || (top != 0 && top != (dictionary ^ top) << 1))
        return false;
    bool unknown = memcmp(head + 5, "\xff\xff\xff\xff\xff\xff\xff\xff", 8) == 0;
    bool small = head[10] < 0x40 && head[11] == 0 && head[12] == 0;
    return unknown || small;
}

static size_t skip_blanks(const uint8_t *head, size_t n, size_t at)
{
    while (at < n && memchr(" \t\r\n", head[at], 4))
        at++;
    return at;
}

static bool is_html(const uint8_t *head, size_t n)
{
    size_t at = n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    at = skip_blanks(head, n, at);
    const char *text = (const char *)head + at;
    return (n - at >= 9 && strncasecmp(text, "<!doctype", 9) == 0) ||
           (n - at >= 5 && strncasecmp(text, "<html", 5) == 0);
}

/* An object or an array, and something that can follow its bracket. */
static bool is_json(const uint8_t *head, size_t n)
{
    size_t at = skip_blanks(head, n, 0);
    if (at == n || (head[at] != '{' && head[at] != '['))
        return false;
    const char *follow = head[at] == '{' ? "\"}" : "{[\"]-0123456789";
    at = skip_blanks(head, n, at + 1);
    return at < n && head[at] != 0 && strchr(follow, head[at]);
}

static const struct {
    enum kind kind;
    bool (*probe)(const uint8_t *head, size_t n);
} probes[] = {
    {KIND_BZIP2, is_bzip2}, {KIND_ZSTD, is_zstd_skippable}, {KIND_TAR, is_tar},
    {KIND_EXT4, is_ext4},   {KIND_TAR, is_tar_end},         {KIND_LZMA, is_lzma},
    {KIND_HTML, is_html},   {KIND_JSON, is_json},
};

enum kind kind_of(const void *head, size_t n)
{
    const uint8_t *bytes = head;
    if (n == 0)
        return KIND_EMPTY;
    for (size_t i = 0; i < array_length(magics); i++)
        if (magics[i].offset + magics[i].length <= n &&
            memcmp(bytes + magics[i].offset, magics[i].bytes, magics[i].length) == 0)
            return magics[i].kind;
    for (size_t i = 0; i < array_length(probes); i++)
        if (probes[i].probe(bytes, n))
            return probes[i].kind;
    return KIND_UNKNOWN;
}

bool kind_is_blank(const void *head, size_t n)
{
    const unsigned char *bytes = head;
    return n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0);
}

const char *kind_words(enum kind kind)
{
    static const char *const words[] = {
        [KIND_UNKNOWN] = "a file of unknown kind",
        [KIND_EMPTY] = "an empty file",
        [KIND_TAR] = "a tar archive",
        [KIND_GZIP] = "a gzip file",
        [KIND_BZIP2] = "a bzip2 file",
        [KIND_XZ] = "an xz file",
        [KIND_ZSTD] = "a zstd file",
        [KIND_LZ4] = "an lz4 file",
        [KIND_LZMA] = "an lzma file",
        [KIND_VHDX] = "a VHDX disk",
        [KIND_VHD] = "a VHD disk",
        [KIND_QCOW2] = "a qcow2 disk",
        [KIND_VMDK] = "a VMDK disk",
        [KIND_VDI] = "a VDI disk",
        [KIND_EXT4] = "an ext4 file system",
        [KIND_NTFS] = "an NTFS file system",
        [KIND_SQUASHFS] = "a squashfs file system",
        [KIND_ISO9660] = "an ISO 9660 image",
        [KIND_ZIP] = "a zip archive",
        [KIND_7Z] = "a 7z archive",
        [KIND_CPIO] = "a cpio archive",
        [KIND_ELF] = "an ELF program",
        [KIND_HTML] = "a web page",
        [KIND_JSON] = "a JSON document",
    };
    return (size_t)kind < array_length(words) ? words[kind] : words[KIND_UNKNOWN];
}

bool kind_is_compressed(enum kind kind)
{
    switch (kind) {
    case KIND_GZIP:
    case KIND_BZIP2:
    case KIND_XZ:
    case KIND_ZSTD:
    case KIND_LZ4:
    case KIND_LZMA:
        return true;
    default:
        return false;
    }
}

bool kind_is_foreign_disk(enum kind kind)
{
    switch (kind) {
    case KIND_VHD:
    case KIND_QCOW2:
    case KIND_VMDK:
    case KIND_VDI:
        return true;
    default:
        return false;
    }
}
