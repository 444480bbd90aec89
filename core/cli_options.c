/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/cli_options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum {
    LONG_BASE = 256, /* getopt's value of the first long option; short ones are their letter */
    NEAREST_MAX = 2, /* edits that a mistyped verb may be away */
    NAME_BYTES = 32, /* of a verb, for the search of the nearest one */
};

static const struct cli_option json_option = {"json", 0, NULL, "write JSON to standard output"};

static const struct cli_option common_options[] = {
    {"events", 0, NULL,
     "write progress, warnings and errors to standard error, one JSON object a line"},
    {"quiet", 'q', NULL, "no progress and no talk, only warnings and errors"},
    {"verbose", 'v', NULL, "say what is done"},
    {"help", 'h', NULL, "show help and exit"},
    {"version", 'V', NULL, "show the version and exit"},
};

size_t cli_options_list(const struct cli_verb *verb, const struct cli_option *list[CLI_OPTIONS_MAX])
{
    size_t n = 0;
    for (const struct cli_option *o = verb ? verb->options : NULL; o && o->name; o++) {
        if (n + array_length(common_options) + 1 >= CLI_OPTIONS_MAX)
            abort();
        list[n++] = o;
    }
    if (verb && verb->json)
        list[n++] = &json_option;
    for (size_t i = 0; i < array_length(common_options); i++)
        list[n++] = &common_options[i];
    return n;
}

bool cli_options_given(const struct cli *cli, const char *name)
{
    for (const struct cli_setting *s = cli->settings; s && s->name; s++)
        if (strcmp(s->name, name) == 0)
            return true;
    return false;
}

/* ---- the verb ---- */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many insertions, removals, replacements and swaps of neighbours lead from a to b. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t d[NAME_BYTES + 1][NAME_BYTES + 1];
    size_t n = strlen(a), m = strlen(b);
    if (n > NAME_BYTES || m > NAME_BYTES)
        return SIZE_MAX;
    for (size_t i = 0; i <= n; i++) {
        for (size_t j = 0; j <= m; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = smaller(d[i - 1][j], d[i][j - 1]) + 1;
            d[i][j] = smaller(d[i][j], d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = smaller(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[n][m];
}

/* Of every program that has no verb of this name. Which shell it takes, cli_completion() says. */
static const struct cli_verb completion_verb = {
    .name = "completion",
    .operands = "SHELL",
    .summary = "write the completion of a shell: bash, zsh or fish",
    .max = -1,
};

static const struct cli_verb *verb_find(const struct cli_program *program, const char *word)
{
    for (size_t i = 0; i < program->n_verbs; i++)
        if (strcmp(program->verbs[i].name, word) == 0)
            return &program->verbs[i];
    return strcmp(completion_verb.name, word) == 0 ? &completion_verb : NULL;
}

const char *cli_verb_near(const struct cli_program *program, const char *word)
{
    const char *nearest = NULL;
    size_t least = NEAREST_MAX + 1;
    for (size_t i = 0; i < program->n_verbs; i++) {
        size_t distance = edit_distance(word, program->verbs[i].name);
        if (distance < least && distance < strlen(word)) {
            least = distance;
            nearest = program->verbs[i].name;
        }
    }
    return nearest;
}

static int verb_unknown(const struct cli_program *program, const char *word, struct error *err)
{
    const char *nearest = cli_verb_near(program, word);
    if (nearest)
        return error_set(err, ERROR_USAGE,
                         "there is no verb '%s', did you mean '%s'? try: %s --help", word, nearest,
                         program->name);
    return error_set(err, ERROR_USAGE, "there is no verb '%s'; try: %s --help", word,
                     program->name);
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1];
}

static bool is_common_option(const char *word)
{
    for (size_t i = 0; i < array_length(common_options); i++) {
        const struct cli_option *o = &common_options[i];
        if ((word[1] == '-' && strcmp(word + 2, o->name) == 0) ||
            (o->letter && word[1] == o->letter && !word[2]))
            return true;
    }
    return strcmp(word, "--json") == 0;
}

/* Finds the verb and takes its word out of words. */
static int verb_take(struct cli *cli, enum cli_wish *wish, int *n, char **words, struct error *err)
{
    const struct cli_program *program = cli->program;
    int at = 1;
    while (at < *n && is_option(words[at]) && is_common_option(words[at]))
        at++;
    bool is_word = at < *n && !is_option(words[at]);
    if (is_word)
        cli->verb = verb_find(program, words[at]);
    if (is_word && !cli->verb && strcmp(words[at], "help") == 0) {
        *wish = CLI_HELP;
        if (at + 1 >= *n || is_option(words[at + 1]))
            return 0;
        cli->verb = verb_find(program, words[at + 1]);
        return cli->verb ? 0 : verb_unknown(program, words[at + 1], err);
    }
    if (cli->verb) {
        memmove(words + at, words + at + 1, (size_t)(*n - at) * sizeof(*words));
        --*n;
        return 0;
    }
    if (at < *n && program->fallback) {
        cli->verb = verb_find(program, program->fallback);
        cli->implied = is_word;
        return 0;
    }
    if (is_word)
        return verb_unknown(program, words[at], err);
    if (at < *n)
        return error_set(err, ERROR_USAGE, "a verb must stand before %s; try: %s --help", words[at],
                         program->name);
    return 0;
}

/* ---- options and operands ---- */

struct parser {
    struct cli *cli;
    const struct cli_option *list[CLI_OPTIONS_MAX];
    size_t n;
    struct option longs[CLI_OPTIONS_MAX + 1];
    char letters[2 * CLI_OPTIONS_MAX + 3];
    size_t n_settings;
};

static void parser_fill(struct parser *p, struct cli *cli)
{
    p->cli = cli;
    p->n = cli_options_list(cli->verb, p->list);
    char *letter = p->letters;
    *letter++ = '-'; /* operands are handed out in their order */
    *letter++ = ':'; /* a missing value is told apart */
    for (size_t i = 0; i < p->n; i++) {
        const struct cli_option *o = p->list[i];
        p->longs[i] = (struct option){
            .name = o->name,
            .has_arg = o->value ? required_argument : no_argument,
            .val = LONG_BASE + (int)i,
        };
        if (!o->letter)
            continue;
        *letter++ = o->letter;
        if (o->value)
            *letter++ = ':';
    }
}

static const struct cli_option *option_of(const struct parser *p, int code)
{
    if (code >= LONG_BASE)
        return p->list[code - LONG_BASE];
    for (size_t i = 0; i < p->n; i++)
        if (code && p->list[i]->letter == code)
            return p->list[i];
    return NULL;
}

static int usage(const struct cli *cli, struct error *err, const char *what)
{
    const char *program = cli->program->name;
    if (!cli->verb)
        return error_set(err, ERROR_USAGE, "%s; try: %s --help", what, program);
    return error_set(err, ERROR_USAGE, "%s: %s; try: %s %s --help", cli->verb->name, what, program,
                     cli->verb->name);
}

/* Options may stand anywhere, so those of a command that is run are taken for the verb's. */
static bool is_in_command(const struct cli *cli)
{
    return cli->verb && cli->n_operands > 1 && strstr(cli->verb->operands, "COMMAND");
}

/* getopt said ':' or '?' and left the code in optopt and the word before optind. */
static int option_wrong(const struct parser *p, int code, char **words, struct error *err)
{
    char what[ERROR_TEXT_BYTES];
    const struct cli_option *o = option_of(p, optopt);
    if (code == ':' && o)
        snprintf(what, sizeof(what), "--%s needs a value, %s", o->name, o->value);
    else if (o)
        snprintf(what, sizeof(what), "--%s takes no value", o->name);
    else if (optopt)
        snprintf(what, sizeof(what), "unknown option '-%c'", optopt);
    else
        snprintf(what, sizeof(what), "unknown option '%s'", words[optind - 1]);
    const struct cli *cli = p->cli;
    if (!is_in_command(cli))
        return usage(cli, err, what);
    return error_set(err, ERROR_USAGE,
                     "%s: %s; options of the command go behind --: %s %s %s -- %s ...",
                     cli->verb->name, what, cli->program->name, cli->verb->name, cli->operands[0],
                     cli->operands[1]);
}

static int words_parse(struct parser *p, int n, char **words, struct error *err)
{
    struct cli *cli = p->cli;
    opterr = 0;
    optind = 0; /* glibc: begin anew */
    for (;;) {
        int code = getopt_long(n, words, p->letters, p->longs, NULL);
        if (code < 0)
            break;
        if (code == 1) {
            cli->operands[cli->n_operands++] = optarg;
            continue;
        }
        if (code == ':' || code == '?')
            return option_wrong(p, code, words, err);
        const struct cli_option *o = option_of(p, code);
        cli->settings[p->n_settings++] = (struct cli_setting){o->name, o->value ? optarg : ""};
    }
    while (optind < n)
        cli->operands[cli->n_operands++] = words[optind++];
    return 0;
}

static int operands_check(const struct cli *cli, struct error *err)
{
    const struct cli_verb *verb = cli->verb;
    char what[ERROR_TEXT_BYTES];
    const char *takes = verb->operands[0] ? verb->operands : "no operands";
    if (cli->n_operands < (size_t)verb->min)
        snprintf(what, sizeof(what), "too few operands, it takes %s", takes);
    else if (verb->max >= 0 && cli->n_operands > (size_t)verb->max)
        snprintf(what, sizeof(what), "'%s' is one operand too many, it takes %s",
                 cli->operands[verb->max], takes);
    else
        return 0;
    return usage(cli, err, what);
}

int cli_options_parse(struct cli *cli, enum cli_wish *wish, int argc, char **argv,
                      struct error *err)
{
    size_t n_settings = 1;
    for (int i = 1; i < argc; i++)
        n_settings += strlen(argv[i]); /* each letter of "-qv" may be one */
    char **words AUTO_FREE = calloc((size_t)argc + 1, sizeof(*words));
    cli->operands = calloc((size_t)argc + 1, sizeof(*cli->operands));
    cli->settings = calloc(n_settings, sizeof(*cli->settings));
    if (!words || !cli->operands || !cli->settings)
        return error_no_memory(err);
    memcpy(words, argv, (size_t)argc * sizeof(*words));

    *wish = CLI_RUN;
    if (verb_take(cli, wish, &argc, words, err) < 0)
        return -1;
    if (*wish != CLI_RUN)
        return 0;
    struct parser parser = {0};
    parser_fill(&parser, cli);
    int rc = words_parse(&parser, argc, words, err);
    if (cli_options_given(cli, "help"))
        *wish = CLI_HELP;
    else if (cli_options_given(cli, "version"))
        *wish = CLI_VERSION;
    if (*wish != CLI_RUN)
        return 0;
    if (rc == 0 && !cli->verb)
        return usage(cli, err, "no verb is given");
    if (rc == 0)
        rc = operands_check(cli, err);
    /* What the fallback cannot take was not meant for it. */
    if (rc < 0 && cli->implied && cli->n_operands > 0 &&
        cli_verb_near(cli->program, cli->operands[0]))
        return verb_unknown(cli->program, cli->operands[0], err);
    if (rc < 0)
        return -1;
    if (cli->verb == &completion_verb)
        *wish = CLI_COMPLETION;
    cli->json = cli_options_given(cli, "json");
    cli->quiet = cli_options_given(cli, "quiet");
    cli->verbose = cli_options_given(cli, "verbose");
    return 0;
}

void cli_options_free(struct cli *cli)
{
    free(cli->operands);
    free(cli->settings);
}
