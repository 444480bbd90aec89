/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A new directory, or new names in a directory that is there, which appear whole or not at all: two
 * hidden directories beside the place. */
#ifndef LXKIT_IMAGE_DIRECTORY_PLACE_H
#define LXKIT_IMAGE_DIRECTORY_PLACE_H

#include <stdbool.h>

#include "core/error.h"
#include "core/event.h"

struct directory_place {
    char *path; /* the name to be, without "/" at its end; or the directory to go into */
    bool into;  /* the latter */
    bool sync;
    int parent;         /* the directory it lies in, or that to go into */
    char *partial;      /* hidden name there of what is to be; NULL while it is not there */
    char *files;        /* hidden name there of the other directory, for content */
    int root, files_fd; /* the two, open */
};

/* EXISTS where path is taken. Nothing is made yet. */
int directory_place_init(struct directory_place *place, const char *path, bool sync,
                         struct error *err) MUST_CHECK;
/* For new names in the directory at path; symbolic links to one are followed. */
int directory_place_init_into(struct directory_place *place, const char *path, bool sync,
                              struct error *err) MUST_CHECK;
/* Makes the two directories. */
int directory_place_make(struct directory_place *place, struct error *err) MUST_CHECK;
/* Removes the directory for content. It takes from its files the flags that forbid that: before any
 * of theirs is set for good. */
int directory_place_clear(struct directory_place *place, struct error *err) MUST_CHECK;
/* After that: flushes, and gives the other directory its name, or moves all that lies in it into
 * place; EXISTS where a name is taken, and then none is there. */
int directory_place_publish(struct directory_place *place, struct error *err) MUST_CHECK;
/* Removes what was not published; what stays behind is a warning. */
void directory_place_free(struct directory_place *place, struct events *events);

#endif
