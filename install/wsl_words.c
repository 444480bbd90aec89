/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/wsl_words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/attributes.h"

static const struct {
    const char *word, *verb;
} verbs[] = {
    {"--install", "install"},
    {"--import", "import"},
    {"--import-in-place", "import-in-place"},
    {"--export", "export"},
    {"--list", "list"},
    {"-l", "list"},
    {"--set-version", "convert"},
    {"--set-default", "set-default"},
    {"-s", "set-default"},
    {"--unregister", "remove"},
};

static bool is_number(const char *word)
{
    return *word && word[strspn(word, "0123456789")] == '\0';
}

static void replace(char **word, char **copy, const char *text)
{
    *copy = strdup(text);
    if (*copy)
        *word = *copy;
}

void wsl_words_translate(struct wsl_words *self, int argc, char **argv)
{
    *self = (struct wsl_words){0};
    if (argc < 2)
        return;
    for (size_t i = 0; i < array_length(verbs) && !self->verb; i++) {
        if (strcmp(argv[1], verbs[i].word) == 0)
            replace(&argv[1], &self->verb, verbs[i].verb);
    }
    if (strcmp(argv[1], "install") != 0 && strcmp(argv[1], "import") != 0)
        return;
    for (int i = 2; i + 1 < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--version") == 0 && is_number(argv[i + 1])) {
            replace(&argv[i], &self->version, "--wsl-version");
            return;
        }
    }
}

void wsl_words_free(struct wsl_words *self)
{
    free(self->verb);
    free(self->version);
    *self = (struct wsl_words){0};
}
