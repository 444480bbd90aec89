/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "PROGRAM completion SHELL": what a shell needs to complete verbs, options and names, from the
 * verb table. For core/cli*.c only. */
#ifndef LXKIT_CORE_CLI_COMPLETION_H
#define LXKIT_CORE_CLI_COMPLETION_H

#include <stdio.h>

#include "core/cli.h"

#define CLI_SHELLS "bash, zsh or fish"

/* Writes the script for shell. USAGE where that is none of CLI_SHELLS, or NULL. */
int cli_completion(FILE *out, const struct cli_program *program, const char *shell,
                   struct error *err) MUST_CHECK;

#endif
