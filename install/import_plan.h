/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans for what the user has already: a distribution from an archive, directory or disk, as
 * `wsl --import` and `wsl --import-in-place` take it. They are carried out by install_commit(). */
#ifndef LXKIT_INSTALL_IMPORT_PLAN_H
#define LXKIT_INSTALL_IMPORT_PLAN_H

#include "install/install_plan.h"

/* Strings are borrowed. */
struct import_request {
    const char *name;
    const char *location;          /* directory of the disk to be */
    const char *file;              /* archive, directory or disk; "-": standard input */
    uint64_t size;                 /* of a new disk; 0: the default */
    const struct backend *backend; /* NULL: the disk's, or the default */
    bool vhd;                      /* file must be a disk; standard input is a VHDX */
    bool set_default;
    bool no_sync;
};

/* A VHDX and a raw disk with ext4, recognised by content, are copied as they are for the backend
 * whose file system they hold, which is the default for them; anything else is a tree that a new
 * disk is made of. Fails as install_plan() and disk_examine() do. */
int import_plan(struct install_plan **out, const struct import_request *request,
                const struct registry *registry, struct error *err) MUST_CHECK;

struct import_in_place_request {
    const char *name;
    const char *file; /* a VHDX */
    bool set_default;
};

/* EXISTS where another distribution has the file or its directory. */
int import_plan_in_place(struct install_plan **out, const struct import_in_place_request *request,
                         const struct registry *registry, struct error *err) MUST_CHECK;

/* Whether the file at path is a VHDX that a runtime can start where it lies: its name, and nothing
 * in its log. */
int import_check_disk(const char *path, struct error *err) MUST_CHECK;

#endif
