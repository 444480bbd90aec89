/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How large a disk becomes: as asked, as its container is by default, or as its tree needs. */
#ifndef LXKIT_IMAGE_SIZING_H
#define LXKIT_IMAGE_SIZING_H

#include <stdbool.h>

#include "core/error.h"
#include "core/event.h"
#include "image/output.h"

/* The size of a disk that has at least bytes and that its container can have. */
uint64_t sizing_round(const struct output *output, uint64_t bytes);

/* Decides output->geometry.size of a disk, how far it counts on when it is full, and how many
 * inodes it gets; where both follow from the tree, input is read for that. */
int sizing_choose(struct output *output, const char *input, struct events *events,
                  struct error *err) MUST_CHECK;
/* After output's sink failed with NO_SPACE: whether another size or more inodes than it was made
 * with would do, within what was asked for; they are in output then. */
bool sizing_improve(struct output *output, const struct sink_need *need);

#endif
