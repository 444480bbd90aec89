/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owner, extended attributes, mode and times of one file on a file system, in the order that keeps
 * them: a change of owner clears set-id bits and capabilities, and a mode may forbid attributes. */
#ifndef LXKIT_IMAGE_DIRECTORY_METADATA_H
#define LXKIT_IMAGE_DIRECTORY_METADATA_H

#include "core/error.h"
#include "core/event.h"
#include "image/tree.h"

/* Gives the file that fd holds (O_PATH will do) what file says. What this user or this file system
 * may not have is an event of loss; set-id bits are only set where the owner is. root is the new
 * tree's place, for messages. */
int directory_metadata_set(int fd, const struct tree_file *file, const char *root,
                           struct events *events, struct error *err) MUST_CHECK;

/* A failed system call: "VERB ROOT/PATH: reason". Returns -1. */
int directory_failed(const char *root, const struct tree_file *file, int errnum, const char *verb,
                     struct error *err);

#endif
