/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/cli_help.h"

#include <string.h>

#include "core/cli_options.h"

enum {
    PAGE_COLUMNS = 79,
    LEFT_MAX = 30, /* what is longer stands on a line of its own */
    LEFT_BYTES = 128,
};

/* A row of two columns; the text is wrapped below itself. */
static void put_row(FILE *out, const char *left, size_t column, const char *text)
{
    fputs(left, out);
    size_t at = strlen(left);
    if (at > 0 && at + 2 > column) {
        fputc('\n', out);
        at = 0;
    }
    fprintf(out, "%*s", (int)(column - at), "");
    at = column;
    while (*text) {
        size_t n = strcspn(text, " ");
        if (at > column && at + 1 + n > PAGE_COLUMNS) {
            fprintf(out, "\n%*s", (int)column, "");
            at = column;
        } else if (at > column) {
            fputc(' ', out);
            at++;
        }
        fwrite(text, 1, n, out);
        at += n;
        text += n;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

/* Two blanks past the longest that is not too long. */
static size_t column_after(size_t column, const char *left)
{
    size_t n = strlen(left) + 2;
    return n > column && n <= LEFT_MAX + 2 ? n : column;
}

static void verb_left(char left[LEFT_BYTES], const struct cli_verb *verb)
{
    snprintf(left, LEFT_BYTES, "  %s%s%s", verb->name, verb->operands[0] ? " " : "",
             verb->operands);
}

static void option_left(char left[LEFT_BYTES], const struct cli_option *o)
{
    char letter[] = "    ";
    if (o->letter)
        memcpy(letter, (char[]){'-', o->letter, ',', ' '}, 4);
    snprintf(left, LEFT_BYTES, "  %s--%s%s%s", letter, o->name, o->value ? " " : "",
             o->value ? o->value : "");
}

static void put_options(FILE *out, const struct cli_verb *verb)
{
    const struct cli_option *list[CLI_OPTIONS_MAX];
    size_t n = cli_options_list(verb, list);
    char left[LEFT_BYTES];
    size_t column = 0;
    for (size_t i = 0; i < n; i++) {
        option_left(left, list[i]);
        column = column_after(column, left);
    }
    for (size_t i = 0; i < n; i++) {
        option_left(left, list[i]);
        put_row(out, left, column, list[i]->help);
    }
}

void cli_help_program(FILE *out, const struct cli_program *program)
{
    fprintf(out, "usage: %s VERB [OPTION]... [OPERAND]...\n", program->name);
    if (program->fallback)
        fprintf(out, "       %s NAME [OPTION]..., short for %s %s NAME\n", program->name,
                program->name, program->fallback);
    fputc('\n', out);
    put_row(out, "", 0, program->summary);

    char left[LEFT_BYTES];
    size_t column = 0;
    for (size_t i = 0; i < program->n_verbs; i++) {
        verb_left(left, &program->verbs[i]);
        column = column_after(column, left);
    }
    fputs("\nverbs:\n", out);
    for (size_t i = 0; i < program->n_verbs; i++) {
        verb_left(left, &program->verbs[i]);
        put_row(out, left, column, program->verbs[i].summary);
    }
    fputs("\noptions of every verb:\n", out);
    put_options(out, NULL);
    fprintf(out,
            "\nOptions of one verb: %s VERB --help. All of it: man %s.\n"
            "Completion for bash, zsh or fish: %s completion SHELL.\n",
            program->name, program->name, program->name);
    if (program->epilogue)
        fprintf(out, "\n%s%s", program->epilogue,
                program->epilogue[strlen(program->epilogue) - 1] == '\n' ? "" : "\n");
}

void cli_help_verb(FILE *out, const struct cli_program *program, const struct cli_verb *verb)
{
    fprintf(out, "usage: %s %s [OPTION]...%s%s\n\n", program->name, verb->name,
            verb->operands[0] ? " " : "", verb->operands);
    put_row(out, "", 0, verb->summary);
    fputs("\noptions:\n", out);
    put_options(out, verb);
}
