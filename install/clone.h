/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A second distribution that is like a first one and has nothing in common with it. */
#ifndef LXKIT_INSTALL_CLONE_H
#define LXKIT_INSTALL_CLONE_H

#include "core/event.h"
#include "install/registry.h"

/* Strings are borrowed. */
struct clone_request {
    const char *name;
    const char *new_name;
    const char *directory; /* NULL: where disks lie by default */
    bool reset_identity;   /* machine-id and host keys stay behind */
};

/* The tree is written anew, so that disk and file system get identifiers of their own, and is read
 * back and compared; then the clone is registered, with the settings of the first. EXISTS, BUSY,
 * VERIFY, NAME_ILLEGAL, LOSSY; on failure nothing is left. */
int clone_distribution(const struct registry_place *place, const struct clone_request *request,
                       struct events *events, struct error *err) MUST_CHECK;

#endif
