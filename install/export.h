/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A registered distribution as a file that can be carried away. */
#ifndef LXKIT_INSTALL_EXPORT_H
#define LXKIT_INSTALL_EXPORT_H

#include <stdbool.h>

#include "core/error.h"
#include "core/event.h"
#include "install/registration.h"

struct export_request {
    const char *out;    /* must not exist; "-": an archive on standard output */
    bool vhd;           /* out must be a VHDX */
    bool no_sync;       /* leave out flushing */
    bool no_sidecar;    /* the file alone, and in a .wsl every file as it is */
    bool strict;        /* refuse an archive that cannot hold everything */
    const char *report; /* a new file, for what an archive does not hold; NULL: none */
};

/* What out's ending says: an archive of the tree, or for a disk (.vhdx, .img, .raw) a copy of the
 * whole disk, block by block, with its identifiers and free space as they are. BUSY where something
 * uses the disk; while it is read, it is locked against removal. USAGE for another ending. Settings
 * go beside it (install/sidecar.h); a .wsl gets name and default user also inside, where wsl.exe
 * looks for them. */
int export_distribution(const struct registration *entry, const struct export_request *request,
                        struct events *events, struct error *err) MUST_CHECK;

#endif
