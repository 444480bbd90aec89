/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/verb_cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/paths.h"
#include "core/size.h"
#include "fetch/fetch_cache.h"
#include "fetch/fetch_entries.h"

enum {
    JSON_VERSION = 1,
    UNUSED_DAYS = 30, /* the default of --unused */
    UNUSED_DAYS_MAX = 36500,
    DAY_SECONDS = 24 * 3600,
    DATE_BYTES = 32,
};

const struct cli_option cache_options[] = {
    {"unused", 0, "DAYS", "prune: what was not used for so long (default: 30)"},
    {"max-size", 0, "SIZE", "prune: until no more than SIZE is left"},
    {"all", 0, NULL, "prune: everything that is not in use"},
    {"dry-run", 0, NULL, "prune: only show what would go"},
    {0},
};

/* One run of the verb. */
struct cache_run {
    const struct cli *cli;
    struct fetch_cache cache;
    struct fetch_entries entries;
    json_t *files; /* under --json */
    uint64_t n, bytes;
};

static void cache_run_end(struct cache_run *run)
{
    fetch_entries_free(&run->entries);
    fetch_cache_close(&run->cache);
    json_decref(run->files);
}

/* ---- one line ---- */

static void format_date(time_t when, char text[DATE_BYTES])
{
    struct tm tm;
    if (!gmtime_r(&when, &tm) || strftime(text, DATE_BYTES, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        strcpy(text, "?");
}

static const char *state_of(const struct fetch_entry *entry)
{
    if (entry->part)
        return entry->busy ? "downloading" : "incomplete";
    return entry->busy ? "in use" : "";
}

/* verdict: a last word, or NULL. */
static int show(struct cache_run *run, const struct fetch_entry *entry, const char *verdict,
                struct error *err)
{
    char date[DATE_BYTES];
    char size[SIZE_TEXT_BYTES];
    run->n++;
    run->bytes += entry->size;
    format_date(entry->used, date);
    if (!run->cli->json) {
        const char *state = state_of(entry);
        printf("%10s  %.10s  ", size_format(entry->size, size), date);
        cli_print_escaped(paths_base(entry->path));
        printf("  %s%s%s%s%s\n", kind_words(entry->kind), *state ? ", " : "", state,
               verdict ? ": " : "", verdict ? verdict : "");
        return 0;
    }
    json_t *json = json_pack(
        "{s:s, s:s, s:I, s:s, s:s, s:b, s:b, s:s*}", "name", paths_base(entry->path), "path",
        entry->path, "size", (json_int_t)entry->size, "used", date, "kind", kind_words(entry->kind),
        "complete", (int)!entry->part, "busy", (int)entry->busy, "verdict", verdict);
    if (!json)
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s is not UTF-8 and cannot stand in JSON; leave out --json", entry->path);
    return json_array_append_new(run->files, json) < 0 ? error_no_memory(err) : 0;
}

static int show_end(struct cache_run *run, const char *words, struct error *err)
{
    char size[SIZE_TEXT_BYTES];
    if (!run->cli->json) {
        cli_say(run->cli, "%ju files, %s%s", (uintmax_t)run->n, size_format(run->bytes, size),
                words);
        return 0;
    }
    json_auto_t *json =
        json_pack("{s:i, s:O, s:I, s:I}", "version", JSON_VERSION, "files", run->files, "count",
                  (json_int_t)run->n, "size", (json_int_t)run->bytes);
    if (!json)
        return error_no_memory(err);
    json_dumpf(json, stdout, JSON_INDENT(2));
    putchar('\n');
    return 0;
}

/* ---- list, verify ---- */

static int list(struct cache_run *run, struct error *err)
{
    for (size_t i = 0; i < run->entries.n; i++)
        if (show(run, &run->entries.list[i], NULL, err) < 0)
            return -1;
    return show_end(run, "", err);
}

static int verify(struct cache_run *run, struct error *err)
{
    uint64_t damaged = 0;
    for (size_t i = 0; i < run->entries.n; i++) {
        const struct fetch_entry *entry = &run->entries.list[i];
        bool sound;
        if (entry->part)
            continue;
        if (fetch_entry_check(entry, &sound, run->cli->events, err) < 0)
            return -1;
        damaged += !sound;
        if (show(run, entry, sound ? "sound" : "damaged", err) < 0)
            return -1;
    }
    if (show_end(run, "", err) < 0)
        return -1;
    if (damaged == 0)
        return 0;
    return error_set(err, ERROR_VERIFY,
                     "%ju of %ju files are not what their names say; they are replaced when they "
                     "are needed, or remove them",
                     (uintmax_t)damaged, (uintmax_t)run->n);
}

/* ---- prune ---- */

static int prune_options(const struct cli *cli, struct fetch_prune *out, struct error *err)
{
    const char *days = cli_value(cli, "unused");
    uint64_t unused = UNUSED_DAYS;
    if (days) {
        size_t digits = strspn(days, "0123456789");
        unused = digits > 0 && digits < 10 && !days[digits] ? strtoul(days, NULL, 10) : UINT64_MAX;
        if (unused > UNUSED_DAYS_MAX)
            return error_set(err, ERROR_USAGE, "--unused %.80s: give a number of days up to %d",
                             days, UNUSED_DAYS_MAX);
    }
    *out = (struct fetch_prune){.max_bytes = UINT64_MAX};
    out->used_before = time(NULL) + 1 - (time_t)unused * DAY_SECONDS;
    if (!cli_flag(cli, "all"))
        return cli_size(cli, "max-size", &out->max_bytes, err);
    if (days || cli_value(cli, "max-size"))
        return error_set(err, ERROR_USAGE,
                         "--all leaves nothing for --unused and --max-size; leave one out");
    out->max_bytes = 0;
    return 0;
}

static int prune(struct cache_run *run, struct error *err)
{
    struct fetch_prune prune;
    bool dry = cli_flag(run->cli, "dry-run");
    if (prune_options(run->cli, &prune, err) < 0)
        return -1;
    fetch_entries_choose(&run->entries, &prune);
    for (size_t i = 0; i < run->entries.n; i++) {
        struct fetch_entry *entry = &run->entries.list[i];
        if (!entry->remove)
            continue;
        if (!dry && fetch_entry_remove(entry, err) < 0)
            return -1;
        if ((dry || !entry->busy) && show(run, entry, NULL, err) < 0)
            return -1;
    }
    if (!dry)
        fetch_cache_tidy_names(&run->cache);
    return show_end(run, dry ? " would be removed" : " removed", err);
}

/* ---- the verb ---- */

static const struct {
    const char *name;
    bool prunes;
    int (*run)(struct cache_run *run, struct error *err);
} actions[] = {
    {"list", false, list},
    {"verify", false, verify},
    {"prune", true, prune},
};

static int refuse_prune_options(const struct cli *cli, const char *action, struct error *err)
{
    for (const struct cli_option *option = cache_options; option->name; option++)
        if (option->value ? cli_value(cli, option->name) != NULL : cli_flag(cli, option->name))
            return error_set(err, ERROR_USAGE, "--%s belongs to `cache prune`, not to `cache %s`",
                             option->name, action);
    return 0;
}

int cache_run(struct cli *cli, struct error *err)
{
    CLEANUP(cache_run_end) struct cache_run run = {.cli = cli};
    for (size_t i = 0; i < array_length(actions); i++) {
        if (strcmp(cli->operands[0], actions[i].name) != 0)
            continue;
        if (!actions[i].prunes && refuse_prune_options(cli, actions[i].name, err) < 0)
            return -1;
        run.files = json_array();
        if (!run.files)
            return error_no_memory(err);
        if (fetch_cache_open(&run.cache, err) < 0 ||
            fetch_entries_read(&run.entries, &run.cache, err) < 0)
            return -1;
        return actions[i].run(&run, err);
    }
    return error_set(err, ERROR_USAGE,
                     "cache %.80s: there are `cache list`, `cache verify` and `cache prune`",
                     cli->operands[0]);
}
