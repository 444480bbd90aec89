/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A distribution made one of the other kind: its tree on a new disk, in the other format. */
#ifndef LXKIT_INSTALL_CONVERT_H
#define LXKIT_INSTALL_CONVERT_H

#include <stdbool.h>

#include "core/event.h"
#include "core/loss_counts.h"
#include "install/backend.h"
#include "install/registry.h"

struct convert_plan {
    struct registration before; /* what is registered when it is planned */
    const struct backend *from, *to;
    bool nothing;              /* it is of that kind already; disks are not looked at then */
    char *old_disk, *new_disk; /* new_disk is NULL where nothing is to be done */
    uint64_t size;             /* of both disks inside, in bytes */
    uint64_t old_bytes;        /* what the old disk's file takes: the new one takes hardly less */
    uint64_t free_space;       /* beside it */
    bool keep_old;             /* to be set by the caller */
    bool strict;               /* likewise: a loss is an error, before anything is written */
    const char *report;        /* likewise, borrowed: a new file for the losses; NULL: none */
};

/* Decides everything and changes nothing. NOT_FOUND, BUSY where it is not just installed. */
int convert_plan(struct convert_plan *out, const struct registry_place *place, const char *name,
                 const struct backend *to, struct error *err) MUST_CHECK;
/* Reads the tree, and counts what the new disk could not hold. */
int convert_losses(const struct convert_plan *plan, struct loss_counts *out,
                   struct error *err) MUST_CHECK;
/* The new disk appears beside the old one, is flushed and read back from the medium; then one write
 * of the registry names it in place of the old one, which is deleted when that is stable. The
 * registration remembers (leftover) the new disk before, and the old one after that moment, so that
 * what a crash leaves is known: the same call, or lxinstall doctor, clears it. NO_SPACE, BUSY,
 * VERIFY, LOSSY, EXISTS where the distribution changed since it was planned. */
int convert_commit(const struct convert_plan *plan, const struct registry_place *place,
                   struct events *events, struct error *err) MUST_CHECK;
void convert_plan_free(struct convert_plan *plan);

#define AUTO_CONVERT_PLAN CLEANUP(convert_plan_free)

#endif
