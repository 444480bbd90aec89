/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line: one table row per verb drives dispatch, --help, completion and the checks that
 * hold the manual to it.
 *
 * A program is a `struct cli_program` and a main that returns cli_main(&program, argc, argv).
 * cli_main blocks the signals, parses, runs the verb, prints the one error message, checks that
 * standard output was written, and returns the exit status; after a signal it does not return.
 *
 * Options may stand among the operands, "--" ends them. Every verb takes
 * --help, --version, --quiet, --verbose and --events. "PROGRAM help VERB" is "PROGRAM VERB --help",
 * and "PROGRAM completion SHELL" writes what a shell needs to complete all that.
 */
#ifndef LXKIT_CORE_CLI_H
#define LXKIT_CORE_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"

struct cli;

struct cli_option {
    const char *name;  /* without "--" */
    char letter;       /* short form, 0: none */
    const char *value; /* placeholder of its argument, "SIZE"; NULL: a flag */
    const char *help;  /* one line, no full stop */
};

struct cli_verb {
    const char *name;
    const char *operands;             /* "IN OUT", as --help shows them; "" for none. After the
                                       * first, COMMAND stands for one that has its own options */
    const char *summary;              /* one line, no full stop */
    int min, max;                     /* how many operands; max -1: any number */
    bool json;                        /* takes --json */
    const struct cli_option *options; /* ends with a zero row; NULL: only the common ones */
    /* The exit status (0 or 1), or negative with err set. */
    int (*run)(struct cli *cli, struct error *err);
};

struct cli_program {
    const char *name;
    const char *summary;  /* one line */
    const char *epilogue; /* printed at the end of --help: examples; may be NULL */
    const struct cli_verb *verbs;
    size_t n_verbs;
    const char *fallback; /* the verb that is meant when the first word is no verb; NULL: usage */
};

/* One invocation. */
struct cli {
    const struct cli_program *program;
    const struct cli_verb *verb;
    bool implied;    /* the first word was no verb, and verb is the program's fallback */
    char **operands; /* NULL-terminated */
    size_t n_operands;
    bool json, quiet, verbose;
    /* Draws on stderr, or writes NDJSON under --events; never NULL, fine from any thread. A verb
     * that prints to stdout as it goes passes NULL on instead: a bar would stand in between. */
    struct events *events;
    int failure_status;           /* the exit status of a failure; 0: what belongs to its code */
    struct cli_setting *settings; /* options given; opaque */
};

int cli_main(const struct cli_program *program, int argc, char **argv);

/* The verb that a mistyped word probably means; NULL: none. For a fallback that found nothing. */
const char *cli_verb_near(const struct cli_program *program, const char *word);

/* Options of the verb, by their long name. A name that the verb's table lacks is a bug (abort). */
bool cli_flag(const struct cli *cli, const char *name);
const char *cli_value(const struct cli *cli, const char *name); /* NULL: not given; last wins */
/* All values of an option that may be repeated: the i-th, NULL past the last. */
const char *cli_value_at(const struct cli *cli, const char *name, size_t i);
/* The same as a list that ends with NULL and is malloc'd; the values are the command line's. */
int cli_values(const struct cli *cli, const char *name, const char ***out,
               struct error *err) MUST_CHECK;
/* A size in bytes (see core/size.h); *out stays as it is when the option is not given. */
int cli_size(const struct cli *cli, const char *name, uint64_t *out, struct error *err) MUST_CHECK;

/* Writes text for people to stdout with control bytes and invalid UTF-8 escaped (file names). */
void cli_print_escaped(const char *text);
/* One line of talk on stderr, below any progress bar; nothing under --quiet. */
void cli_say(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);
/* Asks on the terminal; true for "y" or "yes". False when stdin or stderr is no terminal. */
bool cli_confirm(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
