/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a random entry, but its content: what Linux allows, with a bent for the edges. */
#ifndef LXKIT_TESTS_UNIT_RANDOM_ENTRY_H
#define LXKIT_TESTS_UNIT_RANDOM_ENTRY_H

#include <stddef.h>

#include "core/error.h"
#include "image/arena.h"
#include "image/entry.h"
#include "tests/unit/prng.h"

/* A name, NUL-terminated; neither "." nor "..". */
void random_name(struct prng *prng, char name[NAME_BYTES_MAX + 1]);

/* Mode, owners, times, device number, the target of a symbolic link, attributes: as far as the type
 * (which is set) has them and features (enum sink_features) asks for them. All in arena. */
int random_describe(struct prng *prng, unsigned features, struct arena *arena, struct entry *entry,
                    struct error *err) MUST_CHECK;

#endif
