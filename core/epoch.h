/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time that goes into outputs: SOURCE_DATE_EPOCH where it is set, the clock otherwise. */
#ifndef LXKIT_CORE_EPOCH_H
#define LXKIT_CORE_EPOCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

struct epoch {
    int64_t seconds; /* since 1970-01-01 UTC */
    bool fixed;      /* from SOURCE_DATE_EPOCH: identifiers are then derived, not random */
};

/* Fails with USAGE where SOURCE_DATE_EPOCH is set and is not a decimal number of seconds. */
int epoch_get(struct epoch *out, struct error *err) MUST_CHECK;

#endif
