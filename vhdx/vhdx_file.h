/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finished VHDX file, opened for reading: its tables but for the BAT. */
#ifndef LXKIT_VHDX_VHDX_FILE_H
#define LXKIT_VHDX_VHDX_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "vhdx/vhdx.h"
#include "vhdx/vhdx_format.h"
#include "vhdx/vhdx_layout.h"
#include "vhdx/vhdx_rules.h"

struct vhdx_file {
    int fd;
    char *path;
    uint64_t length;
    uint64_t stored; /* bytes that the file takes on its own disk */
    char creator[VHDX_CREATOR_BYTES];
    struct vhdx_header header;   /* the current one */
    struct vhdx_region *regions; /* all of the table that is in force */
    size_t n_regions;
    struct vhdx_region bat;      /* length 0: not found */
    struct vhdx_region metadata; /* length 0: not found */
    struct vhdx_layout layout;
    uint32_t logical_sector;
    uint32_t physical_sector;
    struct guid disk_id;
    bool fixed;
    bool differencing;
    bool complete; /* all of the above is known; always so unless VHDX_TO_CHECK */
};

/* Opens path and walks identifier, headers, region tables and metadata, in that order, each as far
 * as the one before allows. */
int vhdx_file_open(struct vhdx_file **out, const char *path, struct vhdx_judge *judge,
                   struct error *err) MUST_CHECK;
void vhdx_file_close(struct vhdx_file *file); /* NULL is fine */

/* The steps, each in its own file. */
int vhdx_file_headers(struct vhdx_file *file, struct vhdx_judge *judge,
                      struct error *err) MUST_CHECK;
int vhdx_file_regions(struct vhdx_file *file, struct vhdx_judge *judge,
                      struct error *err) MUST_CHECK;
int vhdx_file_metadata(struct vhdx_file *file, struct vhdx_judge *judge,
                       struct error *err) MUST_CHECK;

static inline void vhdx_file_closep(struct vhdx_file **file)
{
    vhdx_file_close(*file);
}

#define AUTO_VHDX_FILE CLEANUP(vhdx_file_closep)

#endif
