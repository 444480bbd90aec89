/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names as NTFS has them, in UTF-8 and as Linux had them. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_NAME_READ_H
#define LXKIT_IMAGE_NTFS_NTFS_NAME_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/entry.h"
#include "image/ntfs/ntfs_ea_read.h"
#include "image/ntfs/ntfs_format.h"

enum {
    NTFS_NAME_TEXT_BYTES = 3 * NTFS_NAME_UNITS_MAX + 1, /* of any name in UTF-8, with a NUL */
};

/* text gets length units of UTF-16 (little endian), with what wslfs (or lxfs, by generation) put in
 * the place of characters that Windows does not allow undone; NTFS_NO_LINUX: as wslfs. Returns its
 * bytes. *whole: false where it had unpaired surrogates, '/' or NUL, which become U+FFFD. */
size_t ntfs_name_text(const uint8_t *units, size_t length, enum ntfs_generation generation,
                      char text[NTFS_NAME_TEXT_BYTES], bool *whole);
/* The same without undoing anything: as Windows shows the name. */
size_t ntfs_name_text_raw(const uint8_t *units, size_t length, char text[NTFS_NAME_TEXT_BYTES]);

/* What Windows calls by length units, a target of a link of its own, as a path of Linux: "\" is
 * "/". malloc'd; NULL: out of memory. */
char *ntfs_name_path(const uint8_t *units, size_t length);

/* The units of a name of n bytes that a mount shows, as they are on the volume: with unpaired
 * surrogates where ntfs-3g shows such. Returns how many. */
size_t ntfs_name_units(uint8_t units[2 * NTFS_NAME_UNITS_MAX], const char *text, size_t n);

/* Puts another name in the place of one that Linux cannot have, because it is not whole (see
 * above), too long, "." or "..": shortened, and told from its like by the number of its file,
 * "name~1a2b". *n bytes. Why, in words that follow "its name"; NULL: it fits and is left alone. */
const char *ntfs_name_fit(char text[NTFS_NAME_TEXT_BYTES + NAME_BYTES_MAX], size_t *n, bool whole,
                          uint32_t number);

#endif
