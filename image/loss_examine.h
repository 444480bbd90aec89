/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a tree would lose in a sink, found without writing. */
#ifndef LXKIT_IMAGE_LOSS_EXAMINE_H
#define LXKIT_IMAGE_LOSS_EXAMINE_H

#include "core/error.h"
#include "image/sink.h"
#include "image/source.h"

/* Reports what the features of sink leave out of an entry. For sink_examine() only. */
void loss_examine(struct sink *sink, const struct entry *entry);

/* Asks sink_examine() about every entry of source. The sink need not have begun. */
int loss_examine_tree(struct sink *sink, struct source *source, struct error *err) MUST_CHECK;

#endif
