/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VHDX virtual disks, by [MS-VHDX] (2024): looking at them, checking and converting them.
 *
 * Access to the bytes inside goes through core/disk.h: `disk_vhdx` opens finished files and makes
 * new ones. A log that waits for replay is replayed in memory; no input is ever written to. */
#ifndef LXKIT_VHDX_VHDX_H
#define LXKIT_VHDX_VHDX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/disk.h"
#include "core/error.h"
#include "core/event.h"
#include "core/findings.h"
#include "core/guid.h"

/* All sizes are in bytes. */
#define VHDX_SIZE_MIN     (UINT64_C(3) << 20)   /* virtual size of a disk that we make */
#define VHDX_SIZE_MAX     (UINT64_C(64) << 40)  /* MS-VHDX 2.6.2.2 */
#define VHDX_SIZE_DEFAULT (UINT64_C(1) << 40)   /* what WSL gives a distribution */
#define VHDX_SIZE_UNIT    (UINT64_C(1) << 20)   /* virtual sizes that we make are multiples of it */
#define VHDX_FILE_MAX     (UINT64_C(128) << 40) /* longest file that is checked */

enum {
    VHDX_BLOCK_MIN = 1 << 20,
    VHDX_BLOCK_MAX = 256 << 20,
    VHDX_BAT_FITTED = 64 << 20, /* the default block size grows until the table is no larger */
    VHDX_CREATOR_BYTES = 3 * 256 + 1, /* 256 UTF-16 units as UTF-8 */
    VHDX_PATH_UNITS = 4096,           /* of UTF-16, in a parent's path that is read */
    VHDX_PATH_BYTES = 3 * VHDX_PATH_UNITS + 1,
};

/* The files that a differencing disk names as its parent, as Windows writes paths. */
enum vhdx_parent_path {
    VHDX_PARENT_RELATIVE, /* from where the disk itself is */
    VHDX_PARENT_VOLUME,
    VHDX_PARENT_ABSOLUTE,
    VHDX_PARENT_PATHS,
};

/* "relative_path", as the format calls it. */
const char *vhdx_parent_path_key(enum vhdx_parent_path which);

struct vhdx_locator {
    struct guid linkage;                            /* the parent's data write id */
    struct guid linkage_2;                          /* another one that it may have; zero: none */
    char paths[VHDX_PARENT_PATHS][VHDX_PATH_BYTES]; /* UTF-8; empty: not named */
};

/* What the tables of a file say. */
struct vhdx_info {
    uint64_t virtual_size;
    uint64_t file_length;
    uint64_t file_stored; /* what the file takes on its own disk, less its holes */
    uint64_t n_blocks;
    uint64_t n_allocated;
    uint32_t block_size;
    uint32_t logical_sector;
    uint32_t physical_sector;
    bool fixed;           /* every block stays allocated */
    bool differencing;    /* holds only what differs from a parent disk */
    bool header_lost;     /* neither header is valid: whether a log waits is not known */
    bool table_lost;      /* there is no BAT: what is allocated is not known */
    bool dirty;           /* the log is in use: the writer died */
    uint64_t log_entries; /* of it that wait for replay; what is told is the disk with them. 0
                             in a dirty log: it cannot be read, the rest may be out of date */
    struct guid disk_id;
    struct guid file_write_id;
    struct guid data_write_id;
    /* Text is UTF-8, as the file has it: escape it before printing. */
    char creator[VHDX_CREATOR_BYTES];
    struct vhdx_locator locator; /* of a differencing disk, as far as it is legible */
};

/* Describes damaged disks, too, as long as their metadata can be found. */
int vhdx_info(struct vhdx_info *out, const char *path, struct error *err) MUST_CHECK;

/* Holds a file against every rule of the format. Fails only where the file cannot be read, is no
 * VHDX at all, or is longer than VHDX_FILE_MAX; everything else is a finding. The report is to be
 * freed also then. */
int vhdx_check(struct findings *out, const char *path, struct error *err) MUST_CHECK;

/* What a stretch of a disk is. */
enum vhdx_stretch_kind {
    VHDX_STRETCH_ZEROS,
    VHDX_STRETCH_DATA,
    VHDX_STRETCH_PARENT, /* it is to be looked for in the parent */
    VHDX_STRETCH_LOST,   /* the table says that there is data, but not where */
};

struct vhdx_stretch {
    uint64_t offset; /* of the disk */
    uint64_t length;
    enum vhdx_stretch_kind kind;
    uint64_t at; /* in the file, of data */
};

/* Walks over the whole disk, in order, as far as its tables are known. each() ends the walk by
 * returning -1 with err set. */
int vhdx_map(const char *path,
             int (*each)(void *context, const struct vhdx_stretch *stretch, struct error *err),
             void *context, struct error *err) MUST_CHECK;

/* A copy of a disk that is not used by anybody, with its log replayed, as another disk: its
 * identifiers are new and random. The file keeps its layout and its holes. */
int vhdx_clone(const char *in, const char *out, struct events *events,
               struct error *err) MUST_CHECK;

enum vhdx_repair_flags {
    VHDX_DROP_LOG = 1, /* a log that cannot be replayed is forgotten: its changes are lost */
};

/* What was mended. */
struct vhdx_repairs {
    uint64_t log_entries; /* replayed */
    bool log_dropped;
    bool headers;      /* one was damaged, or both had the same number */
    bool region_table; /* one copy was damaged or stale */
    bool length;       /* the file had no whole MiB */
};

/* Mends in place what needs no guess, in an order that survives a crash at any moment. The rest is
 * left for vhdx_check() to tell. BUSY while the disk is attached. */
int vhdx_repair(struct vhdx_repairs *out, const char *path, unsigned flags,
                struct error *err) MUST_CHECK;

/* USAGE for what no VHDX can have as its block size. */
int vhdx_block_size_check(uint64_t bytes, struct error *err) MUST_CHECK;

struct vhdx_convert {
    const struct disk_driver *container; /* of the output */
    uint32_t block_size;                 /* of the output, 0: its default */
    bool fixed;                          /* the output has space for all of its content */
    bool no_sync;                        /* leave out flushing */
    bool dense;                          /* no holes in the output file */
    struct events *events;
};

/* Copies a disk, raw or VHDX, into a new file: a differencing disk as what it is together with its
 * parents. Runs of zeros are not stored. Under
 * SOURCE_DATE_EPOCH the output follows from the content, the options and that value alone. */
int vhdx_convert(const char *in, const char *out, const struct vhdx_convert *how,
                 struct error *err) MUST_CHECK;

/* An empty disk in a new file, as vhdx_convert() names its identifiers. */
int vhdx_create(const char *path, const struct disk_geometry *geometry,
                struct error *err) MUST_CHECK;

#endif
