/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words of a command line, read by the verb table. For core/cli*.c only. */
#ifndef LXKIT_CORE_CLI_OPTIONS_H
#define LXKIT_CORE_CLI_OPTIONS_H

#include "core/cli.h"

enum {
    CLI_OPTIONS_MAX = 64, /* of one verb, with the common ones */
};

struct cli_setting {
    const char *name; /* NULL: past the last */
    const char *value;
};

enum cli_wish {
    CLI_RUN,
    CLI_HELP,       /* for cli->verb, NULL: for the program */
    CLI_COMPLETION, /* for the shell that is the only operand, if it is well */
    CLI_VERSION,
};

/* Every option that verb takes, its own first; NULL: those common to all verbs. Returns how many.
 */
size_t cli_options_list(const struct cli_verb *verb,
                        const struct cli_option *list[CLI_OPTIONS_MAX]);

/* Fills cli from the words, USAGE where they are wrong. cli_options_free() what it made, always. */
int cli_options_parse(struct cli *cli, enum cli_wish *wish, int argc, char **argv,
                      struct error *err) MUST_CHECK;
void cli_options_free(struct cli *cli);

/* True when the option, common or the verb's own, was given. */
bool cli_options_given(const struct cli *cli, const char *name);

#endif
