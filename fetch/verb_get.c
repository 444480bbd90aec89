/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/verb_get.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/atomic_file.h"
#include "fetch/fetch.h"
#include "fetch/fetch_cache.h"
#include "fetch/fetch_clock.h"

enum {
    RETRIES_MAX = 100,
};

const struct cli_option get_options[] = {
    {"sha256", 0, "HEX", "the SHA-256 that the file must have"},
    {"sha512", 0, "HEX", "the SHA-512 that the file must have"},
    {"size", 0, "SIZE", "the size that the file must have"},
    {"mirror", 'm', "URL", "another address of the file; may be given again"},
    {"output", 'o', "FILE", "also write a copy to FILE (-: standard output)"},
    {"max-size", 0, "SIZE", "refuse a larger file (default: 64G)"},
    {"retries", 0, "N", "more rounds after what may pass (default: 3)"},
    {"retry-delay", 0, "SECONDS", "pause before the first of them (default: 1)"},
    {"stall-time", 0, "SECONDS", "give up a try that stalls so long (default: 60)"},
    {"max-time", 0, "SECONDS", "give up altogether (default: a day)"},
    {"offline", 0, NULL, "use the cache and local files only"},
    {"no-sync", 0, NULL, "do not flush what was written"},
    {0},
};

/* ---- options ---- */

static int digests(const struct cli *cli, struct checksum *out, struct error *err)
{
    static const struct {
        const char *option, *title;
        size_t digits;
    } forms[] = {
        {"sha256", "SHA-256", 2 * SHA256_BYTES},
        {"sha512", "SHA-512", 2 * SHA512_BYTES},
    };
    for (size_t i = 0; i < array_length(forms); i++) {
        struct checksum one;
        const char *hex = cli_value(cli, forms[i].option);
        if (!hex)
            continue;
        if (strlen(hex) != forms[i].digits || !checksum_parse(&one, hex, forms[i].digits) ||
            !checksum_merge(out, &one))
            return error_set(err, ERROR_USAGE,
                             "--%s %.140s: a %s has %zu hexadecimal digits; copy it again",
                             forms[i].option, hex, forms[i].title, forms[i].digits);
    }
    return 0;
}

/* A whole number; *out stays as it is where the option is not given. */
static int number(const struct cli *cli, const char *name, unsigned min, unsigned max,
                  unsigned *out, struct error *err)
{
    const char *text = cli_value(cli, name);
    if (!text)
        return 0;
    size_t digits = strspn(text, "0123456789");
    unsigned long value = digits > 0 && digits < 10 ? strtoul(text, NULL, 10) : (unsigned long)-1;
    if (text[digits] || value < min || value > max)
        return error_set(err, ERROR_USAGE, "--%s %.80s: give a whole number from %u to %u", name,
                         text, min, max);
    *out = (unsigned)value;
    return 0;
}

static int patience_of(const struct cli *cli, struct fetch_patience *out, struct error *err)
{
    unsigned delay = fetch_patience_default.delay_ms / 1000;
    *out = fetch_patience_default;
    if (number(cli, "retries", 0, RETRIES_MAX, &out->retries, err) < 0 ||
        number(cli, "retry-delay", 0, FETCH_PAUSE_MS_MAX / 1000, &delay, err) < 0 ||
        number(cli, "stall-time", 1, FETCH_SECONDS_MAX, &out->stall_seconds, err) < 0 ||
        number(cli, "max-time", 1, FETCH_SECONDS_MAX, &out->total_seconds, err) < 0)
        return -1;
    out->delay_ms = delay * 1000;
    return 0;
}

/* A size that may not be 0, as 0 says that none is given. */
static int size(const struct cli *cli, const char *name, uint64_t *out, struct error *err)
{
    if (cli_size(cli, name, out, err) < 0)
        return -1;
    if (cli_value(cli, name) && *out == 0)
        return error_set(err, ERROR_USAGE, "--%s 0 allows no file; give a larger size", name);
    return 0;
}

/* ---- output ---- */

static int print_json(const struct fetch_result *file, struct error *err)
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
static int finish(const struct cli *cli, const struct fetch_result *file, struct atomic_file **copy,
                  struct error *err)
{
    const char *output = cli_value(cli, "output");
    if (output && !*copy)
        return fetch_cache_copy(file, STDOUT_FILENO, "standard output", err);
    if (*copy && (fetch_cache_copy(file, (*copy)->fd, output, err) < 0 ||
                  atomic_commit(steal(copy), err) < 0))
        return -1;
    if (cli->json)
        return print_json(file, err);
    puts(file->path);
    return 0;
}

int get_run(struct cli *cli, struct error *err)
{
    struct checksum checksum = {0};
    struct fetch_patience patience;
    AUTO_FREE const char **mirrors = NULL;
    CLEANUP(fetch_result_free) struct fetch_result file = {0};
    AUTO_ATOMIC struct atomic_file *copy = NULL;
    const char *output = cli_value(cli, "output");
    bool to_stdout = output && strcmp(output, "-") == 0;
    struct fetch_request request = {
        .url = cli->operands[0],
        .checksum = &checksum,
        .patience = &patience,
        .offline = cli_flag(cli, "offline"),
        .no_sync = cli_flag(cli, "no-sync"),
    };

    if (digests(cli, &checksum, err) < 0 || patience_of(cli, &patience, err) < 0 ||
        size(cli, "size", &request.size, err) < 0 ||
        size(cli, "max-size", &request.max_bytes, err) < 0 ||
        cli_values(cli, "mirror", &mirrors, err) < 0)
        return -1;
    request.mirrors = mirrors;
    if (cli->json && to_stdout)
        return error_set(err, ERROR_USAGE,
                         "--json and --output - both want standard output; leave one out");
    if (output && !to_stdout && atomic_create(&copy, output, 0, err) < 0)
        return -1;
    if (fetch_get(&request, cli->events, &file, err) < 0)
        return -1;
    return finish(cli, &file, &copy, err);
}
