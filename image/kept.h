/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree as a sink gives it back: every loss that the sink reports is applied to it, and nothing
 * else. What is read back is held against this. */
#ifndef LXKIT_IMAGE_KEPT_H
#define LXKIT_IMAGE_KEPT_H

#include <stdbool.h>

#include "core/error.h"
#include "image/arena.h"
#include "image/sink.h"
#include "image/source.h"

/* Owns inner, also on failure; sink is borrowed, and may be one that can only be asked. */
int source_kept(struct source **out, struct source *inner, struct sink *sink,
                struct error *err) MUST_CHECK;

/* For sinks: leaves those attributes of entry that keep() says, in an order that stays; it may
 * change what it is shown. */
int kept_xattrs(struct entry *entry, struct arena *arena,
                bool (*keep)(void *context, struct xattr *xattr), void *context,
                struct error *err) MUST_CHECK;

#endif
