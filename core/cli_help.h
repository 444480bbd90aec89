/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --help, from the verb table. For core/cli*.c only. */
#ifndef LXKIT_CORE_CLI_HELP_H
#define LXKIT_CORE_CLI_HELP_H

#include <stdio.h>

#include "core/cli.h"

void cli_help_program(FILE *out, const struct cli_program *program);
void cli_help_verb(FILE *out, const struct cli_program *program, const struct cli_verb *verb);

#endif
