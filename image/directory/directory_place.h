/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A new directory that appears whole or not at all: two hidden ones beside its place. */
#ifndef LXKIT_IMAGE_DIRECTORY_PLACE_H
#define LXKIT_IMAGE_DIRECTORY_PLACE_H

#include <stdbool.h>

#include "core/error.h"
#include "core/event.h"

struct directory_place {
    char *path; /* the name to be, without "/" at its end */
    bool sync;
    int parent;         /* the directory it lies in */
    char *partial;      /* hidden name there of the directory to be; NULL while it is not there */
    char *files;        /* hidden name there of the other directory, for content */
    int root, files_fd; /* the two, open */
};

/* EXISTS where path is taken. Nothing is made yet. */
int directory_place_init(struct directory_place *place, const char *path, bool sync,
                         struct error *err) MUST_CHECK;
/* Makes the two directories. */
int directory_place_make(struct directory_place *place, struct error *err) MUST_CHECK;
/* Removes the directory for content, flushes, and gives the other its name. */
int directory_place_publish(struct directory_place *place, struct error *err) MUST_CHECK;
/* Removes what was not published; what stays behind is a warning. */
void directory_place_free(struct directory_place *place, struct events *events);

#endif
