/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two ways in which a runtime has a distribution, and what follows from each for its disk. */
#ifndef LXKIT_INSTALL_BACKEND_H
#define LXKIT_INSTALL_BACKEND_H

#include "core/kind.h"
#include "install/registration.h"

enum {
    BACKENDS = 2,
};

struct backend {
    const char *name;      /* "vm", as --backend takes it */
    const char *version;   /* "2", as WSL counts */
    const char *format;    /* of the disk, as image_build() takes it */
    const char *words;     /* the same for people, with the container */
    const char *disk_file; /* what a new disk is called */
    enum kind file_system; /* the same */
    uint32_t flags;        /* enum registration_flags */
};

extern const struct backend backends[BACKENDS]; /* the first is the default */

/* By name or version; NULL where there is none. */
const struct backend *backend_find(const char *word);
/* Whose disks hold that file system; NULL where there is none. */
const struct backend *backend_of_disk(enum kind file_system);
const struct backend *registration_backend(const struct registration *entry);
/* Makes entry one of that kind. */
void backend_set(struct registration *entry, const struct backend *backend);

#endif
