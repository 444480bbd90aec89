/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree made as a new directory, whole or not at all.
 *
 * Beside PATH, hidden and closed to others, while it is made:
 *
 *     .NAME.123456.partial   the directory to be; finish gives it its name
 *     .NAME.654321.files     content as it arrives, each file with all its metadata
 *
 * finish makes the directories and moves every file to its names. Places are worked out in memory
 * (image/tree.h), and each step on the medium is one name below a descriptor of a directory that
 * was just made, so that no symbolic link is ever followed there. */
#ifndef LXKIT_IMAGE_DIRECTORY_SINK_H
#define LXKIT_IMAGE_DIRECTORY_SINK_H

#include <stdbool.h>

#include "core/error.h"
#include "core/event.h"
#include "image/sink.h"

/* EXISTS where path is taken. What this user may not set (owners, devices, some attributes) is an
 * event of loss for each path; features say so beforehand. no_sync leaves out flushing. Close
 * without finish removes what was made. */
int directory_sink(struct sink **out, const char *path, bool no_sync, struct events *events,
                   struct error *err) MUST_CHECK;

#endif
