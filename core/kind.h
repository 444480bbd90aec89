/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a file is, by its first bytes; never by its name. */
#ifndef LXKIT_CORE_KIND_H
#define LXKIT_CORE_KIND_H

#include <stdbool.h>
#include <stddef.h>

enum kind {
    KIND_UNKNOWN,
    KIND_EMPTY,
    KIND_TAR,
    KIND_GZIP,
    KIND_BZIP2,
    KIND_XZ,
    KIND_ZSTD,
    KIND_LZ4,
    KIND_LZMA,
    KIND_VHDX,
    KIND_VHD,
    KIND_QCOW2,
    KIND_VMDK,
    KIND_VDI,
    KIND_EXT4,
    KIND_NTFS,
    KIND_SQUASHFS,
    KIND_ISO9660,
    KIND_ZIP,
    KIND_7Z,
    KIND_CPIO,
    KIND_ELF,
    KIND_HTML,
    KIND_JSON,
};

enum {
    KIND_HEAD_BYTES = 36 * 1024, /* enough for every probe (ISO 9660 needs 32 KiB and 6 bytes) */
};

/* Fewer than KIND_HEAD_BYTES are fine: what needs more is then not recognised. */
enum kind kind_of(const void *head, size_t n);
/* Zeros alone: kind_of() takes them for the end of an archive; on a disk they are nothing. */
bool kind_is_blank(const void *head, size_t n);
/* In words, with article: "a qcow2 disk". */
const char *kind_words(enum kind kind);
/* One file, compressed: what it holds is not known. */
bool kind_is_compressed(enum kind kind);
/* A disk of other hypervisors, which qemu-img reads. */
bool kind_is_foreign_disk(enum kind kind);

#endif
