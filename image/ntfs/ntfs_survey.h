/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first look at a volume: which records are files and directories, what they are called, which
 * directories look like the root of a Linux system.
 *
 * Names are taken from the files themselves (FILE_NAME), in the pass over the master file table
 * that makes sure that the volume may be read. The directories' indexes say the same once more, in
 * an order that serves nobody here; whether both agree is what a check finds out. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_SURVEY_H
#define LXKIT_IMAGE_NTFS_NTFS_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/arena.h"
#include "image/ntfs/ntfs_ea_read.h"
#include "image/ntfs/ntfs_parse.h"

struct ntfs_survey_name {
    uint32_t parent, file; /* numbers of records */
    uint16_t sequence;     /* that parent's record must have */
    uint8_t length;
    const uint8_t *units; /* in the arena */
};

enum {
    NTFS_SURVEY_FILE = 1,      /* in use, and no extension */
    NTFS_SURVEY_DIRECTORY = 2, /* holds names */
    NTFS_SURVEY_WSLFS = 4,     /* a directory with the metadata of either generation */
    NTFS_SURVEY_LXFS = 8,
    NTFS_SURVEY_REACHED = 16, /* by way of directories, from the volume's root */
};

struct ntfs_survey_record {
    uint32_t name; /* one of its names, from 1; 0: it has none */
    uint16_t sequence;
    uint8_t flags;
};

struct ntfs_survey {
    struct arena arena;
    struct ntfs_survey_record *records; /* of the whole table */
    uint64_t n_records;
    struct ntfs_survey_name *names; /* by parent, then by file */
    size_t n_names, names_size;
    size_t n_lost; /* names in directories that are gone, and files that none leads to */
};

/* Makes sure that the volume on dev may be read (ntfs_check_open(), which opens *parse with *judge)
 * and looks at its files on the way. Both are to be freed in every case. */
int ntfs_survey(struct ntfs_survey *survey, struct ntfs_parse *parse, struct ntfs_judge *judge,
                struct blockdev *dev, struct error *err) MUST_CHECK;
void ntfs_survey_free(struct ntfs_survey *survey);

/* The names in a directory: the first of them and how many. */
const struct ntfs_survey_name *ntfs_survey_names(const struct ntfs_survey *survey, uint32_t parent,
                                                 size_t *n);
/* Whether a path of Windows or of Linux leads from a directory to a file: case counts only where
 * there is a choice. */
bool ntfs_survey_find(const struct ntfs_survey *survey, uint32_t from, const char *path,
                      uint32_t *out);
/* The path of a file from directory `from` on, by one of its names each, as Windows shows it;
 * malloc'd, NULL: out of memory. From the volume's root where it does not lie in `from`. */
char *ntfs_survey_path(const struct ntfs_survey *survey, uint32_t from, uint32_t file);

#endif
