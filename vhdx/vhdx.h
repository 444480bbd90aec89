/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VHDX virtual disks, by [MS-VHDX] (2024): looking at them, checking and converting them.
 *
 * Access to the bytes inside goes through core/disk.h: `disk_vhdx` opens a finished file read-only
 * and makes new ones. No input is ever written to. */
#ifndef LXKIT_VHDX_VHDX_H
#define LXKIT_VHDX_VHDX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/disk.h"
#include "core/error.h"
#include "core/event.h"
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
    VHDX_FINDING_TEXT = 240,
    VHDX_CREATOR_BYTES = 3 * 256 + 1, /* 256 UTF-16 units as UTF-8 */
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
    bool fixed;        /* every block stays allocated */
    bool differencing; /* holds only what differs from a parent disk */
    bool dirty;        /* the log waits for replay: the rest may be out of date */
    struct guid disk_id;
    struct guid file_write_id;
    struct guid data_write_id;
    char creator[VHDX_CREATOR_BYTES]; /* UTF-8, as the file has it: escape it before printing */
};

/* Fails like opening the disk does, except that a dirty or differencing disk is described. */
int vhdx_info(struct vhdx_info *out, const char *path, struct error *err) MUST_CHECK;

enum vhdx_severity {
    VHDX_WARNING, /* legal or tolerated, but some reader refuses it or loses data */
    VHDX_ERROR,   /* breaks a rule of MS-VHDX */
};

struct vhdx_finding {
    const char *id; /* stable, "bat-overlap" */
    enum vhdx_severity severity;
    char text[VHDX_FINDING_TEXT]; /* UTF-8 */
};

/* Of each id the first few findings are kept and all are counted. */
struct vhdx_report {
    struct vhdx_finding *findings; /* in the order found */
    size_t n_findings;
    size_t n_dropped; /* counted, but not kept */
    bool complete;    /* false: the damage left parts that could not be looked at */
};

/* Holds a file against every rule of the format. Fails only where the file cannot be read, is no
 * VHDX at all, or is longer than VHDX_FILE_MAX; everything else is a finding. The report is to be
 * freed also then. */
int vhdx_check(struct vhdx_report *out, const char *path, struct error *err) MUST_CHECK;
void vhdx_report_free(struct vhdx_report *report);

/* USAGE for what no VHDX can have as its block size. */
int vhdx_block_size_check(uint64_t bytes, struct error *err) MUST_CHECK;

struct vhdx_convert {
    const struct disk_driver *container; /* of the output */
    uint32_t block_size;                 /* of the output, 0: its default */
    bool no_sync;                        /* leave out flushing */
    bool dense;                          /* no holes in the output file */
    struct events *events;
};

/* Copies a disk, raw or VHDX, into a new file. Runs of zeros are not stored. Under
 * SOURCE_DATE_EPOCH the output follows from the content, the options and that value alone. */
int vhdx_convert(const char *in, const char *out, const struct vhdx_convert *how,
                 struct error *err) MUST_CHECK;

/* An empty disk in a new file, as vhdx_convert() names its identifiers. */
int vhdx_create(const char *path, const struct disk_geometry *geometry,
                struct error *err) MUST_CHECK;

#endif
