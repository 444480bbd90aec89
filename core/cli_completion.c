/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/cli_completion.h"

#include <string.h>

#include "core/cli_options.h"

/* Words that every program takes in the place of a verb. */
#define HELP       "help"
#define COMPLETION "completion"
#define SHELLS     "bash zsh fish"

static bool has_verb(const struct cli_program *program, const char *name)
{
    for (size_t i = 0; i < program->n_verbs; i++)
        if (strcmp(program->verbs[i].name, name) == 0)
            return true;
    return false;
}

/* Whether the first operand is the name of something that "PROGRAM list" lists. */
static bool takes_name(const struct cli_program *program, const struct cli_verb *verb)
{
    size_t n = strcspn(verb->operands, " ");
    return n == 4 && strncmp(verb->operands, "NAME", n) == 0 && has_verb(program, "list");
}

static bool is_fallback(const struct cli_program *program, const struct cli_verb *verb)
{
    return program->fallback && strcmp(program->fallback, verb->name) == 0;
}

/* All verbs; the one that is meant where there is none comes last, as "*" of a case. */
static void put_cases(FILE *out, const struct cli_program *program,
                      void (*put)(FILE *out, const struct cli_program *program,
                                  const struct cli_verb *verb))
{
    for (size_t i = 0; i < program->n_verbs; i++) {
        if (!is_fallback(program, &program->verbs[i]))
            put(out, program, &program->verbs[i]);
    }
    for (size_t i = 0; i < program->n_verbs; i++) {
        if (is_fallback(program, &program->verbs[i]))
            put(out, program, &program->verbs[i]);
    }
}

/* text within single quotes: quote stands for one of its own, and a backslash comes before each
 * character in marked. */
static void put_quoted(FILE *out, const char *text, const char *marked, const char *quote)
{
    for (; *text; text++) {
        if (*text == '\'') {
            fputs(quote, out);
            continue;
        }
        if (strchr(marked, *text))
            fputc('\\', out);
        fputc(*text, out);
    }
}

/* ---- bash ---- */

static void bash_verbs(FILE *out, const struct cli_program *program)
{
    for (size_t i = 0; i < program->n_verbs; i++)
        fprintf(out, "%s ", program->verbs[i].name);
}

static void bash_options(FILE *out, const struct cli_verb *verb, bool with_value)
{
    const struct cli_option *list[CLI_OPTIONS_MAX];
    size_t n = cli_options_list(verb, list);
    const char *blank = "";
    for (size_t i = 0; i < n; i++) {
        if (with_value && !list[i]->value)
            continue;
        fprintf(out, "%s--%s", blank, list[i]->name);
        blank = " ";
        if (list[i]->letter)
            fprintf(out, " -%c", list[i]->letter);
    }
}

static void bash_verb(FILE *out, const struct cli_program *program, const struct cli_verb *verb)
{
    fprintf(out, "    %s)\n        options='", is_fallback(program, verb) ? "*" : verb->name);
    bash_options(out, verb, false);
    fputs("'\n        values='", out);
    bash_options(out, verb, true);
    fputs("'\n", out);
    if (takes_name(program, verb))
        fprintf(out, "        names='%s list --quiet'\n", program->name);
    fputs("        ;;\n", out);
}

static void bash_script(FILE *out, const struct cli_program *program)
{
    const char *name = program->name;
    fprintf(out,
            "# bash completion for %s, made by: %s completion bash\n"
            "\n"
            "_%s() {\n"
            "    local word=${COMP_WORDS[COMP_CWORD]} verb='' options='' values='' names='' i "
            "operands=0\n"
            "    COMPREPLY=()\n"
            "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
            "        [[ ${COMP_WORDS[i]} == -* ]] && continue\n"
            "        verb=${COMP_WORDS[i]}\n"
            "        break\n"
            "    done\n"
            "    case $verb in\n"
            "    '') options='",
            name, name, name);
    bash_verbs(out, program);
    fputs(HELP " " COMPLETION " ", out);
    bash_options(out, NULL, false);
    fputs("' ;;\n    " HELP ") options='", out);
    bash_verbs(out, program);
    fputs("' ;;\n    " COMPLETION ") options='" SHELLS "' ;;\n", out);
    put_cases(out, program, bash_verb);
    fprintf(out,
            "    esac\n"
            "    if [[ -z $verb || $verb == " HELP " || $verb == " COMPLETION " ]]; then\n"
            "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
            "        return\n"
            "    fi\n"
            "    for ((i++; i < COMP_CWORD; i++)); do\n"
            "        if [[ \" $values \" == *\" ${COMP_WORDS[i]} \"* ]]; then\n"
            "            ((++i < COMP_CWORD)) || return # a value: a file, by -o default\n"
            "        elif [[ ${COMP_WORDS[i]} != -* ]]; then\n"
            "            ((operands++))\n"
            "        fi\n"
            "    done\n"
            "    if [[ $word == -* ]]; then\n"
            "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
            "    elif [[ $names && $operands -eq 0 ]]; then\n"
            "        mapfile -t COMPREPLY < <(compgen -W \"$($names 2>/dev/null)\" -- \"$word\")\n"
            "    fi\n"
            "}\n"
            "complete -o default -F _%s %s\n",
            name, name);
}

/* ---- zsh ---- */

static void zsh_option(FILE *out, const struct cli_option *o)
{
    fputs(" \\\n            '*'", out);
    if (o->letter)
        fprintf(out, "{--%s,-%c}", o->name, o->letter);
    else
        fprintf(out, "--%s", o->name);
    fputs("'[", out);
    put_quoted(out, o->help, "[]\\", "'\\''");
    fputs("]", out);
    if (o->value) {
        fputs(":", out);
        put_quoted(out, o->value, "[]:\\", "'\\''");
        fputs(":_files", out);
    }
    fputs("'", out);
}

static void zsh_verb(FILE *out, const struct cli_program *program, const struct cli_verb *verb)
{
    const struct cli_option *list[CLI_OPTIONS_MAX];
    size_t n = cli_options_list(verb, list);
    fprintf(out, "    %s)\n        _arguments -s", is_fallback(program, verb) ? "*" : verb->name);
    for (size_t i = 0; i < n; i++)
        zsh_option(out, list[i]);
    if (takes_name(program, verb))
        fprintf(out, " \\\n            '1:NAME:_%s_names'", program->name);
    fputs(" \\\n            '*:operand:_files'\n        ;;\n", out);
}

static void zsh_script(FILE *out, const struct cli_program *program)
{
    const char *name = program->name;
    fprintf(out,
            "#compdef %s\n"
            "# zsh completion for %s, made by: %s completion zsh\n"
            "\n"
            "_%s_names() {\n"
            "    compadd -- ${(f)\"$(%s list --quiet 2>/dev/null)\"}\n"
            "}\n"
            "\n"
            "_%s() {\n"
            "    local -a verbs\n"
            "    verbs=(\n",
            name, name, name, name, name, name);
    for (size_t i = 0; i < program->n_verbs; i++) {
        fprintf(out, "        '%s:", program->verbs[i].name);
        put_quoted(out, program->verbs[i].summary, ":\\", "'\\''");
        fputs("'\n", out);
    }
    fputs("        '" HELP ":show help'\n"
          "        '" COMPLETION ":write the completion of a shell'\n"
          "    )\n"
          "    if ((CURRENT == 2)); then\n"
          "        _describe verb verbs\n",
          out);
    fputs(program->fallback ? "        _files\n" : "", out);
    fputs("        return\n"
          "    fi\n"
          "    local verb=$words[2]\n"
          "    shift words\n"
          "    ((CURRENT--))\n"
          "    case $verb in\n"
          "    " HELP ") _describe verb verbs ;;\n"
          "    " COMPLETION ") compadd " SHELLS " ;;\n",
          out);
    put_cases(out, program, zsh_verb);
    fprintf(out,
            "    esac\n"
            "}\n"
            "\n"
            "_%s \"$@\"\n",
            name);
}

/* ---- fish ---- */

static void fish_text(FILE *out, const char *text)
{
    put_quoted(out, text, "\\", "\\'");
}

static void fish_verb(FILE *out, const struct cli_program *program, const struct cli_verb *verb)
{
    const struct cli_option *list[CLI_OPTIONS_MAX];
    size_t n = cli_options_list(verb, list);
    fprintf(out, "complete -c %s -n __fish_use_subcommand -a %s -d '", program->name, verb->name);
    fish_text(out, verb->summary);
    fputs("'\n", out);
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "complete -c %s -n '__fish_seen_subcommand_from %s' -l %s", program->name,
                verb->name, list[i]->name);
        if (list[i]->letter)
            fprintf(out, " -s %c", list[i]->letter);
        fprintf(out, "%s -d '", list[i]->value ? " -r" : "");
        fish_text(out, list[i]->help);
        fputs("'\n", out);
    }
    if (takes_name(program, verb))
        fprintf(out,
                "complete -c %s -n '__fish_seen_subcommand_from %s' -a '(%s list --quiet "
                "2>/dev/null)'\n",
                program->name, verb->name, program->name);
}

static void fish_script(FILE *out, const struct cli_program *program)
{
    const char *name = program->name;
    fprintf(out, "# fish completion for %s, made by: %s completion fish\n\n", name, name);
    for (size_t i = 0; i < program->n_verbs; i++)
        fish_verb(out, program, &program->verbs[i]);
    fprintf(out,
            "complete -c %s -n __fish_use_subcommand -a " HELP " -d 'show help'\n"
            "complete -c %s -n __fish_use_subcommand -a " COMPLETION
            " -d 'write the completion of a shell'\n"
            "complete -c %s -f -n '__fish_seen_subcommand_from " COMPLETION "' -a '" SHELLS "'\n",
            name, name, name);
}

int cli_completion(FILE *out, const struct cli_program *program, const char *shell,
                   struct error *err)
{
    static const struct {
        const char *shell;
        void (*script)(FILE *out, const struct cli_program *program);
    } scripts[] = {
        {"bash", bash_script},
        {"zsh", zsh_script},
        {"fish", fish_script},
    };
    for (size_t i = 0; shell && i < array_length(scripts); i++) {
        if (strcmp(shell, scripts[i].shell) == 0) {
            scripts[i].script(out, program);
            return 0;
        }
    }
    return error_set(err, ERROR_USAGE,
                     COMPLETION " takes the name of a shell, " CLI_SHELLS "; "
                                "try: %s " COMPLETION " bash",
                     program->name);
}
