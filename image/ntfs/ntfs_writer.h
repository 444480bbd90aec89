/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the NTFS sink share: the tree, and what is decided about each file while it
 * finds its place. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_WRITER_H
#define LXKIT_IMAGE_NTFS_NTFS_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "image/ntfs/ntfs_above.h"
#include "image/ntfs/ntfs_carrier_make.h"
#include "image/ntfs/ntfs_eas.h"
#include "image/ntfs/ntfs_index.h"
#include "image/ntfs/ntfs_name.h"
#include "image/ntfs/ntfs_runs.h"
#include "image/ntfs/ntfs_volume.h"
#include "image/tree.h"

enum {
    NTFS_CONTENT_RESIDENT_MAX = 700, /* longer content never lies in a record */
    NTFS_USER_SEQUENCE = 1,          /* of every record from NTFS_QUOTA on */
};

/* Where a file's content is: in memory, to lie in its record, or on the disk. */
struct ntfs_stored {
    const struct ntfs_runs *runs; /* NULL: bytes */
    const uint8_t *bytes;
};

/* What becomes of one file of the tree; tree_file.number is its record. */
struct ntfs_inode {
    uint32_t attributes; /* NTFS_FILE_...; directories without NTFS_FILE_DIRECTORY */
    uint32_t extra;      /* as in FILE_NAME */
    /* NULL: resident. */
    const struct ntfs_runs *content, *eas, *reparse, *carrier;
    const struct ntfs_index_made *index; /* of a directory */
};

/* A record that was made before its turn, since its file takes several. */
struct ntfs_early_record {
    uint32_t number;
    uint8_t bytes[NTFS_RECORD_BYTES];
};

/* One of several files that are one in the tree, which has more names than NTFS allows. */
struct ntfs_part_file {
    const struct tree_file *file, *first;
};

struct ntfs_writer {
    struct ntfs_volume volume;
    struct tree tree;
    struct ntfs_above above; /* the tree's root, and what that lies in */
    uint16_t *upcase;
    struct ntfs_inode *inodes; /* by record number - NTFS_USER_FIRST */
    uint32_t n_records;        /* so far; the next number */

    /* All names of files that have several, by the file's number. */
    const struct tree_name **names;
    size_t n_names;

    struct ntfs_early_record **early; /* by number */
    size_t n_early, early_size;

    struct ntfs_runs_builder lost; /* clusters of nobody, rising */

    struct ntfs_part_file *part_files; /* by the file's number */
    size_t n_part_files, part_files_size;

    /* Of the file at hand. */
    struct ntfs_eas eas;
    struct ntfs_carrier_made carrier;
    bool carrier_apart; /* it has no room among eas, and is a stream of its own */
    bool no_carrier;    /* of any file */
};

static inline struct ntfs_inode *ntfs_inode_of(const struct ntfs_writer *writer,
                                               const struct tree_file *file)
{
    return &writer->inodes[file->number - NTFS_USER_FIRST];
}

/* The tree is finished: numbers its files. */
int ntfs_writer_number(struct ntfs_writer *writer, struct error *err) MUST_CHECK;
/* Writes everything that lies outside of records: values, directories, lists; and makes the records
 * of files that take several. */
int ntfs_writer_place(struct ntfs_writer *writer, struct error *err) MUST_CHECK;
/* Bytes of an attribute's value in clusters of their own. */
int ntfs_writer_outside(struct ntfs_writer *writer, const void *value, size_t n,
                        const struct ntfs_runs **out, struct error *err) MUST_CHECK;
/* Makes what writer has of the file at hand. */
int ntfs_writer_turn(struct ntfs_writer *writer, const struct tree_file *file,
                     struct error *err) MUST_CHECK;
/* file, and first too, is a part of what was one file; before all files are numbered. */
int ntfs_writer_part(struct ntfs_writer *writer, const struct tree_file *first,
                     const struct tree_file *file, struct error *err) MUST_CHECK;
void ntfs_writer_free(struct ntfs_writer *writer);

/* All names of file: *n of them, in *list; the root of the tree has none. */
void ntfs_writer_names(const struct ntfs_writer *writer, const struct tree_file *file,
                       const struct tree_name *const **list, size_t *n);

#endif
