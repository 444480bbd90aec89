/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owner, extended attributes, mode, times and flags of one file on a file system, in the order that
 * keeps them: a change of owner clears set-id bits and capabilities, a mode may forbid attributes,
 * and with some flags nothing else may change any more. */
#ifndef LXKIT_IMAGE_DIRECTORY_METADATA_H
#define LXKIT_IMAGE_DIRECTORY_METADATA_H

#include "core/error.h"
#include "core/event.h"
#include "image/directory/directory_rights.h"
#include "image/tree.h"

/* Gives the file that fd holds (O_PATH will do) what file says. What this file system refuses is an
 * event of loss; what rights do not allow is not tried, and was one before. Set-id bits are only
 * set where the owner is. root is the new tree's place, for messages. */
int directory_metadata_set(int fd, const struct tree_file *file, const char *root,
                           const struct directory_rights *rights, struct events *events,
                           struct error *err) MUST_CHECK;

/* Gives it the flags that were left out, DIRECTORY_FLAGS_HARD: once everything about the file, and
 * in a directory, is done. fd is open, and no O_PATH; -1 where this user may not open it. */
int directory_metadata_seal(int fd, const struct tree_file *file, const char *root,
                            struct events *events, struct error *err) MUST_CHECK;

/* A failed system call: "VERB ROOT/PATH: reason". Returns -1. */
int directory_failed(const char *root, const struct tree_file *file, int errnum, const char *verb,
                     struct error *err);

#endif
