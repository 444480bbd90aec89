/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lxfetch: downloads into the cache, and proof of where files come from. */
#include "core/cli.h"
#include "fetch/verb_cache.h"
#include "fetch/verb_get.h"
#include "fetch/verb_keys.h"
#include "fetch/verb_verify.h"

static const struct cli_verb verbs[] = {
    {
        .name = "get",
        .operands = "URL",
        .summary = "download a file into the cache and print its path",
        .min = 1,
        .max = 1,
        .json = true,
        .options = get_options,
        .run = get_run,
    },
    {
        .name = "cache",
        .operands = "list|verify|prune",
        .summary = "show, check or shrink what the cache holds",
        .min = 1,
        .max = 1,
        .json = true,
        .options = cache_options,
        .run = cache_run,
    },
    {
        .name = "verify",
        .operands = "FILE",
        .summary = "prove by signatures where a file comes from",
        .min = 1,
        .max = 1,
        .json = true,
        .options = verify_options,
        .run = verify_run,
    },
    {
        .name = "keys",
        .operands = "list|add FILE|remove NAME",
        .summary = "show, add and remove the keys that may vouch for files",
        .min = 1,
        .max = 2,
        .json = true,
        .options = keys_options,
        .run = keys_run,
    },
};

static const struct cli_program program = {
    .name = "lxfetch",
    .summary = "download files into a cache, and prove where they come from",
    .epilogue = "Examples:\n"
                "  lxfetch get https://example.org/root.tar.xz --sha256 HEX\n"
                "  lxfetch cache prune --max-size 10G\n",
    .verbs = verbs,
    .n_verbs = array_length(verbs),
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
