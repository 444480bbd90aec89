/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree made as a new directory, or what lies in its root put into one that is there, whole or not
 * at all.
 *
 * Beside PATH (or in it), hidden and closed to others, while it is made:
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

/* EXISTS where path is taken. What this user may not set (owners, devices, some attributes and
 * flags) is told by examine, without begin, what the file system refuses by put and finish. Close
 * without finish removes what was made. */
int directory_sink(struct sink **out, const char *path, const struct sink_options *options,
                   struct error *err) MUST_CHECK;
/* The same into the directory at path, which must be there and keeps its own metadata; finish says
 * EXISTS, and puts nothing there, where it has one of the names in the root. */
int directory_sink_into(struct sink **out, const char *path, const struct sink_options *options,
                        struct error *err) MUST_CHECK;

#endif
