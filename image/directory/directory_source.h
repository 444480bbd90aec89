/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree from a directory.
 *
 * A directory comes before what lies in it, names in the order of their bytes; the second and later
 * names of a file are hard links to the first. Every file is reached through the descriptor of its
 * directory and never by name twice, so that nothing outside is read whatever is moved meanwhile.
 * What is mounted inside is taken as an empty directory or file, with a warning. Under
 * SOURCE_DATE_EPOCH the only time of a file is that of its last modification: the others are
 * different each time that the same directory is made. */
#ifndef LXKIT_IMAGE_DIRECTORY_SOURCE_H
#define LXKIT_IMAGE_DIRECTORY_SOURCE_H

#include "core/error.h"
#include "core/event.h"
#include "image/source.h"

int directory_source(struct source **out, const char *path, struct events *events,
                     struct error *err) MUST_CHECK;

/* For a source over such a one, that has its own way to learn the extended attributes of files:
 * entries come without. */
void directory_source_bare(struct source *source);
/* What the current entry is about, as directory_hold() has it; borrowed until its content is asked
 * for or the next entry. */
int directory_source_held(const struct source *source);

#endif
