/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lxfetch: downloads into the cache. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "core/atomic_file.h"
#include "core/cli.h"
#include "core/size.h"
#include "fetch/fetch.h"
#include "fetch/fetch_cache.h"

/* ---- get ---- */

static const struct cli_option get_options[] = {
    {"sha256", 0, "HEX", "the SHA-256 that the file must have"},
    {"output", 'o', "FILE", "also write a copy to FILE (-: standard output)"},
    {"max-size", 0, "SIZE", "refuse a larger file (default: 64G)"},
    {"offline", 0, NULL, "use the cache and local files only"},
    {0},
};

static int get_request(const struct cli *cli, struct sha256 *sum, struct fetch_request *out,
                       struct error *err)
{
    const char *hex = cli_value(cli, "sha256");
    const char *output = cli_value(cli, "output");

    *out = (struct fetch_request){
        .url = cli->operands[0],
        .sha256 = hex ? sum : NULL,
        .max_bytes = FETCH_BYTES_MAX,
        .offline = cli_flag(cli, "offline"),
    };
    if (hex && !sha256_parse(sum, hex))
        return error_set(err, ERROR_USAGE,
                         "--sha256 %.80s: a SHA-256 has 64 hexadecimal digits; copy it again", hex);
    if (cli_size(cli, "max-size", &out->max_bytes, err) < 0)
        return -1;
    if (out->max_bytes == 0)
        return error_set(err, ERROR_USAGE, "--max-size 0 allows no file; give a larger size");
    if (cli->json && output && strcmp(output, "-") == 0)
        return error_set(err, ERROR_USAGE,
                         "--json and --output - both want standard output; leave one out");
    return 0;
}

static int get_print_json(const struct fetch_result *file, struct error *err)
{
    char hex[SHA256_HEX_BYTES];
    sha256_format(&file->sha256, hex);
    json_auto_t *json =
        json_pack("{s:i, s:s, s:s, s:I, s:b}", "version", 1, "path", file->path, "sha256", hex,
                  "size", (json_int_t)file->size, "cached", (int)file->cached);
    if (!json)
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s is not UTF-8 and cannot stand in JSON; leave out --json", file->path);
    json_dumpf(json, stdout, JSON_INDENT(2));
    putchar('\n');
    return 0;
}

/* Standard output is data: the copy asked for with "-", or the path in the cache. */
static int get_finish(const struct cli *cli, const struct fetch_result *file,
                      struct atomic_file **copy, struct error *err)
{
    const char *output = cli_value(cli, "output");
    if (output && !*copy)
        return fetch_cache_copy(file, STDOUT_FILENO, "standard output", err);
    if (*copy && (fetch_cache_copy(file, (*copy)->fd, output, err) < 0 ||
                  atomic_commit(steal(copy), err) < 0))
        return -1;
    if (cli->json)
        return get_print_json(file, err);
    puts(file->path);
    return 0;
}

static int get(struct cli *cli, struct error *err)
{
    struct sha256 sum;
    struct fetch_request request;
    CLEANUP(fetch_result_free) struct fetch_result file = {0};
    AUTO_ATOMIC struct atomic_file *copy = NULL;
    const char *output = cli_value(cli, "output");

    if (get_request(cli, &sum, &request, err) < 0)
        return -1;
    if (output && strcmp(output, "-") != 0 && atomic_create(&copy, output, 0, err) < 0)
        return -1;
    if (fetch_get(&request, cli->events, &file, err) < 0)
        return -1;
    return get_finish(cli, &file, &copy, err);
}

/* ---- the program ---- */

static const struct cli_verb verbs[] = {
    {
        .name = "get",
        .operands = "URL",
        .summary = "download a file into the cache and print its path",
        .min = 1,
        .max = 1,
        .json = true,
        .options = get_options,
        .run = get,
    },
};

static const struct cli_program program = {
    .name = "lxfetch",
    .summary = "download files into a cache that knows them by their digest",
    .epilogue = "Example:\n"
                "  lxfetch get https://example.org/root.tar.xz --sha256 HEX\n",
    .verbs = verbs,
    .n_verbs = array_length(verbs),
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
