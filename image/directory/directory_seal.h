/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last step of a new tree: flags with which nothing can be changed any more. */
#ifndef LXKIT_IMAGE_DIRECTORY_SEAL_H
#define LXKIT_IMAGE_DIRECTORY_SEAL_H

#include "core/error.h"
#include "core/event.h"
#include "image/tree.h"

/* Gives all files below the directory that fd holds their DIRECTORY_FLAGS_HARD. Not that directory
 * itself, whose name is still to come. path is its place, for messages. */
int directory_seal(int fd, const struct tree *tree, const char *path, struct events *events,
                   struct error *err) MUST_CHECK;

#endif
