/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --backend, and --wsl-version, which says the same in WSL's words. */
#include "install/backend.h"
#include "install/verbs.h"

static int find(const struct backend **out, const char *option, const char *word, struct error *err)
{
    if (!word)
        return 0;
    const struct backend *found = backend_find(word);
    if (!found)
        return error_set(err, ERROR_USAGE,
                         "%s takes vm or translation, or WSL's 2 or 1 for the same, not '%s'",
                         option, word);
    if (*out && *out != found)
        return error_set(err, ERROR_USAGE, "--backend %s and --wsl-version %s contradict",
                         (*out)->name, found->version);
    *out = found;
    return 0;
}

int verb_backend(const struct cli *cli, const struct backend **out, struct error *err)
{
    *out = NULL;
    return find(out, "--backend", cli_value(cli, "backend"), err) < 0
               ? -1
               : find(out, "--wsl-version", cli_value(cli, "wsl-version"), err);
}
