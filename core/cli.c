/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/cancel.h"
#include "core/cli_completion.h"
#include "core/cli_events.h"
#include "core/cli_help.h"
#include "core/cli_options.h"
#include "core/escape.h"
#include "core/size.h"

enum {
    SAY_BYTES = 4096, /* longer talk is cut */
    ANSWER_BYTES = 16,
};

/* ---- one run ---- */

/* A file that is opened must not become descriptor 0, 1 or 2. The wrong direction lets a use of a
 * closed one fail. */
static void standard_files_open(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static int output_close(struct error *err)
{
    bool failed = ferror(stdout);
    if (fclose(stdout) != 0)
        return error_errno(err, errno, "write standard output");
    if (failed)
        return error_set(err, ERROR_IO,
                         "write standard output: a part of it was not taken; check where it goes");
    return 0;
}

/* What lists losses that are not shown, in words. */
static const char *losses_lister(const struct cli *cli)
{
    for (const struct cli_option *o = cli->verb->options; o && o->name; o++)
        if (strcmp(o->name, "report") == 0)
            return cli_options_given(cli, "report") ? cli_value(cli, "report") : "--report FILE";
    return "--verbose";
}

static int verb_run(struct cli *cli, struct error *err)
{
    unsigned flags = (cli_options_given(cli, "events") ? CLI_EVENTS_JSON : 0u) |
                     (cli->quiet ? CLI_EVENTS_QUIET : 0u) |
                     (cli->verbose ? CLI_EVENTS_VERBOSE : 0u);
    if (cli_events_new(&cli->events, cli->program->name, flags, losses_lister(cli), err) < 0)
        return -1;
    int rc = cli->verb->run(cli, err);
    if (rc < 0 && err->code == ERROR_NONE)
        return error_set(err, ERROR_INTERNAL,
                         "%s failed without a reason; this is a bug, please report it",
                         cli->verb->name);
    return rc;
}

static int wish_grant(struct cli *cli, enum cli_wish wish, struct error *err)
{
    const struct cli_program *program = cli->program;
    switch (wish) {
    case CLI_HELP:
        if (cli->verb)
            cli_help_verb(stdout, program, cli->verb);
        else
            cli_help_program(stdout, program);
        return 0;
    case CLI_COMPLETION:
        return cli_completion(stdout, program, cli->n_operands == 1 ? cli->operands[0] : NULL, err);
    case CLI_VERSION:
        printf("%s (lxkit) %s\n", program->name, LXKIT_VERSION);
        return 0;
    case CLI_RUN:
        break;
    }
    return verb_run(cli, err);
}

int cli_main(const struct cli_program *program, int argc, char **argv)
{
    struct cli cli = {.program = program};
    struct error err = {.code = ERROR_NONE};
    enum cli_wish wish;
    standard_files_open();
    cancel_block();

    int rc = cli_options_parse(&cli, &wish, argc, argv, &err);
    if (rc == 0)
        rc = wish_grant(&cli, wish, &err);
    if (rc >= 0 && output_close(&err) < 0)
        rc = -1;
    if (rc < 0 && cli.events)
        cli_events_error(cli.events, &err);
    else if (rc < 0)
        fprintf(stderr, "%s: %s [%s]\n", program->name, err.text, error_id(err.code));
    cli_events_free(cli.events);
    cli_options_free(&cli);
    cancel_deliver();
    if (rc < 0)
        return cli.failure_status ? cli.failure_status : error_exit_status(err.code);
    return rc;
}

/* ---- options ---- */

static void option_must_exist(const struct cli *cli, const char *name)
{
    for (const struct cli_option *o = cli->verb->options; o && o->name; o++)
        if (strcmp(o->name, name) == 0)
            return;
    abort();
}

bool cli_flag(const struct cli *cli, const char *name)
{
    option_must_exist(cli, name);
    return cli_options_given(cli, name);
}

const char *cli_value(const struct cli *cli, const char *name)
{
    const char *value = NULL;
    option_must_exist(cli, name);
    for (const struct cli_setting *s = cli->settings; s->name; s++)
        if (strcmp(s->name, name) == 0)
            value = s->value;
    return value;
}

const char *cli_value_at(const struct cli *cli, const char *name, size_t i)
{
    option_must_exist(cli, name);
    for (const struct cli_setting *s = cli->settings; s->name; s++)
        if (strcmp(s->name, name) == 0 && i-- == 0)
            return s->value;
    return NULL;
}

int cli_values(const struct cli *cli, const char *name, const char ***out, struct error *err)
{
    size_t n = 0;
    while (cli_value_at(cli, name, n))
        n++;
    *out = calloc(n + 1, sizeof(**out));
    if (!*out)
        return error_no_memory(err);
    for (size_t i = 0; i < n; i++)
        (*out)[i] = cli_value_at(cli, name, i);
    return 0;
}

int cli_size(const struct cli *cli, const char *name, uint64_t *out, struct error *err)
{
    const char *value = cli_value(cli, name);
    char what[64];
    snprintf(what, sizeof(what), "--%s", name);
    return value ? size_parse(out, value, what, err) : 0;
}

/* ---- talk ---- */

void cli_print_escaped(const char *text)
{
    char piece[ESCAPE_MAX];
    size_t n;
    while ((n = escape_next(piece, &text)) > 0)
        fwrite(piece, 1, n, stdout);
}

void cli_say(const struct cli *cli, const char *format, ...)
{
    char text[SAY_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    cli_events_say(cli->events, text);
}

bool cli_confirm(const struct cli *cli, const char *format, ...)
{
    char text[SAY_BYTES], escaped[SAY_BYTES], answer[ANSWER_BYTES];
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return false;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    escape(escaped, sizeof(escaped), text);
    cli_events_clear(cli->events);
    fprintf(stderr, "%s: %s [y/N] ", cli->program->name, escaped);
    fflush(stderr);

    struct error ignored;
    if (cancel_wait_readable(STDIN_FILENO, &ignored) < 0 || !fgets(answer, sizeof(answer), stdin))
        return false;
    answer[strcspn(answer, "\n")] = '\0';
    return strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
}
