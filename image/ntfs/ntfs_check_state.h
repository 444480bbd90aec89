/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a check knows of a volume, between its passes: first every record, then every index, then
 * what they say of each other. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_CHECK_STATE_H
#define LXKIT_IMAGE_NTFS_NTFS_CHECK_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"
#include "image/ntfs/ntfs_check.h"
#include "image/ntfs/ntfs_parse.h"
#include "image/ntfs/ntfs_parse_file.h"

enum {
    NTFS_FACTS_PART = 256, /* records whose facts lie together */
};

/* What is known of a record. */
enum {
    NTFS_IS_USED = 1 << 0,
    NTFS_IS_BROKEN = 1 << 1, /* used, but parts of it could not be read */
    NTFS_IS_EXTENSION = 1 << 2,
    NTFS_IS_CLAIMED = 1 << 3, /* an extension that its base record lists */
    NTFS_IS_DIRECTORY = 1 << 4,
    NTFS_HAS_INDEX = 1 << 5,
    NTFS_INDEX_IS_BROKEN = 1 << 6,
    NTFS_HAS_DESCRIPTOR = 1 << 7, /* a security descriptor of its own */
    NTFS_HAS_LX = 1 << 8,         /* an owner as WSL stores it */
    NTFS_HAS_CASE = 1 << 9,       /* names in it differ by case */
    NTFS_HAS_WIN32_NAME = 1 << 10,
    NTFS_IS_ROOTED = 1 << 11, /* its parents lead to the root */
    NTFS_IS_ON_PATH = 1 << 12,
    NTFS_IS_SYSTEM = 1 << 13, /* belongs to the file system itself */
};

struct ntfs_facts {
    uint32_t is; /* NTFS_IS_... */
    uint16_t sequence;
    uint32_t attributes; /* of STANDARD_INFORMATION; 0 in an extension */
    uint32_t security;   /* id; 0: none */
    uint32_t extra;      /* what FILE_NAME has there */
    uint64_t size, allocated;
    uint64_t times[4];
    uint64_t parent; /* reference: of the first name */
};

/* A FILE_NAME. */
struct ntfs_check_name {
    uint64_t hash; /* of the numbers of file and directory, and the name */
    uint64_t parent;
    uint64_t record;
    bool found; /* in the directory */
};

/* Clusters that a file has. */
struct ntfs_claim {
    uint64_t cluster, length;
    uint64_t record;
};

struct ntfs_reparse_key {
    uint64_t file; /* reference */
    uint32_t tag;
};

/* A descriptor in $SDS, or what an index says of it. */
struct ntfs_descriptor {
    uint32_t id, hash, length;
    uint64_t offset;
};

/* Items of one size. */
struct ntfs_list {
    void *items;
    size_t n, room;
};

struct ntfs_check {
    struct ntfs_parse parse;
    struct ntfs_judge judge;
    const struct ntfs_visitor *visitor; /* NULL: nobody */
    struct ntfs_facts **parts;
    size_t n_parts;
    bool is_broken;                  /* some record or index could not be read */
    struct ntfs_list names;          /* struct ntfs_check_name */
    struct ntfs_list claims;         /* struct ntfs_claim */
    struct ntfs_list points;         /* struct ntfs_reparse_key: of files */
    struct ntfs_list listed;         /* the same, of $Reparse */
    struct ntfs_list descriptors;    /* struct ntfs_descriptor: of $SDS */
    struct ntfs_list by_id, by_hash; /* the same, of $SII and $SDH */
};

int ntfs_list_add(struct ntfs_list *list, const void *item, size_t size,
                  struct error *err) MUST_CHECK;

/* NULL: the record is not in use, or there is none. */
struct ntfs_facts *ntfs_facts_of(const struct ntfs_check *check, uint64_t number);
/* Those of the record that a reference means; NULL also where it is another by now. */
struct ntfs_facts *ntfs_facts_by(const struct ntfs_check *check, uint64_t reference);
int ntfs_facts_add(struct ntfs_check *check, uint64_t number, struct ntfs_facts **out,
                   struct error *err) MUST_CHECK;

uint64_t ntfs_check_hash(const struct ntfs_file_name *name, uint64_t directory, uint64_t file);
/* Holds the copies of a file's details in a FILE_NAME, or in a directory's entry, against it. */
int ntfs_check_copies(struct ntfs_check *check, const struct ntfs_facts *facts,
                      const struct ntfs_file_name *name, uint64_t record, bool entry,
                      struct error *err) MUST_CHECK;

/* The passes, each in the file of its name. Negative: failure; what is found is judged. */
int ntfs_check_record(struct ntfs_check *check, uint64_t number, struct error *err) MUST_CHECK;
int ntfs_check_eas(struct ntfs_check *check, const struct ntfs_file *file, uint32_t tag,
                   struct ntfs_facts *facts, struct error *err) MUST_CHECK;
int ntfs_check_reparse_point(struct ntfs_check *check, const struct ntfs_file *file, uint32_t *tag,
                             struct error *err) MUST_CHECK;
int ntfs_check_indexes(struct ntfs_check *check, uint64_t number, struct error *err) MUST_CHECK;
int ntfs_check_names(struct ntfs_check *check, struct error *err) MUST_CHECK;
int ntfs_check_overlaps(struct ntfs_check *check, struct error *err) MUST_CHECK;
int ntfs_check_space(struct ntfs_check *check, struct error *err) MUST_CHECK;
int ntfs_check_records_used(struct ntfs_check *check, struct error *err) MUST_CHECK;
int ntfs_check_tables(struct ntfs_check *check, struct error *err) MUST_CHECK;
int ntfs_check_system(struct ntfs_check *check, struct error *err) MUST_CHECK;
int ntfs_check_descriptors(struct ntfs_check *check, struct error *err) MUST_CHECK;
int ntfs_check_security(struct ntfs_check *check, struct error *err) MUST_CHECK;
int ntfs_check_reparse(struct ntfs_check *check, struct error *err) MUST_CHECK;

#endif
