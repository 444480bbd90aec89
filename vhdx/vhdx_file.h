/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finished VHDX file: its tables but for the BAT, as they are when the log has been replayed. */
#ifndef LXKIT_VHDX_VHDX_FILE_H
#define LXKIT_VHDX_VHDX_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "vhdx/vhdx.h"
#include "vhdx/vhdx_format.h"
#include "vhdx/vhdx_layout.h"
#include "vhdx/vhdx_medium.h"
#include "vhdx/vhdx_rules.h"

struct vhdx_file {
    struct vhdx_medium *medium; /* with its log replayed: in memory where it is not writable */
    char creator[VHDX_CREATOR_BYTES];
    bool has_header;             /* false: neither could be told to be current */
    struct vhdx_header header;   /* the current one */
    int current;                 /* which of the two that is, 0 or 1 */
    bool log_placed;             /* the log lies where a log may */
    size_t log_entries;          /* that waited for replay */
    struct vhdx_region *regions; /* all of the table that is in force */
    size_t n_regions;
    int stale_table;             /* 1 or 2: the region table that is damaged or differs; 0: none */
    struct vhdx_region bat;      /* length 0: not found */
    struct vhdx_region metadata; /* length 0: not found */
    struct vhdx_layout layout;
    uint32_t logical_sector;
    uint32_t physical_sector;
    struct vhdx_locator locator; /* of a differencing disk */
    struct guid disk_id;
    uint64_t disk_id_at; /* in the file */
    bool fixed;
    bool differencing;
    bool sized;    /* what the metadata says is known */
    bool complete; /* all of the above is known; always so when opened to read or write */
};

/* Opens path for reading and walks identifier, headers, log, region tables and metadata, in that
 * order, each as far as the one before allows. */
int vhdx_file_open(struct vhdx_file **out, const char *path, struct vhdx_judge *judge,
                   struct error *err) MUST_CHECK;
/* The same on a medium, which it owns, also on failure. What waits in the log of a writable one is
 * written into the file. */
int vhdx_file_open_medium(struct vhdx_file **out, struct vhdx_medium *medium,
                          struct vhdx_judge *judge, struct error *err) MUST_CHECK;
void vhdx_file_close(struct vhdx_file *file); /* NULL is fine */

/* The steps, each in its own file. */
int vhdx_file_headers(struct vhdx_file *file, struct vhdx_judge *judge,
                      struct error *err) MUST_CHECK;
int vhdx_file_log(struct vhdx_file *file, struct vhdx_judge *judge, struct error *err) MUST_CHECK;
int vhdx_file_regions(struct vhdx_file *file, struct vhdx_judge *judge,
                      struct error *err) MUST_CHECK;
int vhdx_file_metadata(struct vhdx_file *file, struct vhdx_judge *judge,
                       struct error *err) MUST_CHECK;

/* The log has updates for the tables, and they could not be read. */
static inline bool vhdx_file_out_of_date(const struct vhdx_file *file)
{
    return !guid_is_zero(&file->header.log) && file->log_entries == 0;
}

static inline void vhdx_file_closep(struct vhdx_file **file)
{
    vhdx_file_close(*file);
}

#define AUTO_VHDX_FILE CLEANUP(vhdx_file_closep)

#endif
