/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the user sees on standard error: a bar, lines, or JSON lines. For core/cli*.c only.
 *
 * Safe to report to from any thread. */
#ifndef LXKIT_CORE_CLI_EVENTS_H
#define LXKIT_CORE_CLI_EVENTS_H

#include <stdbool.h>

#include "core/error.h"
#include "core/event.h"

enum cli_events_flags {
    CLI_EVENTS_JSON = 1,
    CLI_EVENTS_QUIET = 2,
    CLI_EVENTS_VERBOSE = 4,
};

/* lister: what lists all losses, for the sum at the end ("--report FILE"). Strings are borrowed. */
int cli_events_new(struct events **out, const char *program, unsigned flags, const char *lister,
                   struct error *err) MUST_CHECK;
/* One line of talk; nothing when quiet. */
void cli_events_say(struct events *events, const char *text);
void cli_events_error(struct events *events, const struct error *error);
/* Clears the bar, for somebody else's line. */
void cli_events_clear(struct events *events);
/* Sums the losses up, unless they were the error, and frees. NULL is fine. */
void cli_events_free(struct events *events);

#endif
