/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file: its base record, those that extend it, and its attributes put together from them. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_PARSE_FILE_H
#define LXKIT_IMAGE_NTFS_NTFS_PARSE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/ntfs/ntfs_parse_record.h"
#include "image/ntfs/ntfs_parse_stream.h"

struct ntfs_whole {
    const struct ntfs_piece *piece; /* the first */
    struct ntfs_stream stream;
};

struct ntfs_file {
    struct ntfs_parsed_record *records; /* the base record is the first */
    size_t n_records;
    struct ntfs_whole *attributes; /* in their order */
    size_t n_attributes;
};

/* Owns base, a sound record that extends no other. 1; 0: a part of it is broken, and it was judged.
 * *out is to be freed in every case. */
int ntfs_parse_file(struct ntfs_parse *parse, struct ntfs_parsed_record *base,
                    struct ntfs_file *out, struct error *err) MUST_CHECK;
/* The file at a number. 0 also where there is none. */
int ntfs_parse_file_at(struct ntfs_parse *parse, uint64_t number, struct ntfs_file *out,
                       struct error *err) MUST_CHECK;
void ntfs_file_free(struct ntfs_file *file);

/* name: ASCII, NULL: none. */
bool ntfs_piece_is(const struct ntfs_piece *piece, uint32_t type, const char *name);
struct ntfs_whole *ntfs_file_find(const struct ntfs_file *file, uint32_t type, const char *name);
/* The attribute of that type whose name is the same as that of beside. */
struct ntfs_whole *ntfs_file_beside(const struct ntfs_file *file, uint32_t type,
                                    const struct ntfs_piece *beside);

/* The value of an attribute; name as above. 1 with *out malloc'd; 0: there is none; DAMAGED: it has
 * more than max bytes. */
int ntfs_file_value(struct ntfs_parse *parse, const struct ntfs_file *file, uint32_t type,
                    const char *name, size_t max, uint8_t **out, size_t *n,
                    struct error *err) MUST_CHECK;

/* FILE_NAME, in host form; the name lies behind it. */
struct ntfs_file_name {
    uint64_t parent;
    uint64_t times[4];
    uint64_t allocated, size;
    uint32_t attributes, extra;
    uint8_t length, namespace;
    const uint8_t *units;
};

/* False where n bytes are none. */
bool ntfs_file_name_get(struct ntfs_file_name *out, const uint8_t *bytes, size_t n);

#endif
