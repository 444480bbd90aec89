/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Catalogues that the user added, and all there is as a list for wsl.exe. */
#include <stdio.h>
#include <string.h>

#include "core/paths.h"
#include "install/catalogue.h"
#include "install/catalogue_export.h"
#include "install/name.h"
#include "install/report.h"
#include "install/verb_print.h"
#include "install/verbs.h"

const struct cli_option catalog_options[] = {
    {"key", 0, "FINGERPRINT", "add: it must be signed by this key (may be repeated)"},
    {"sig", 0, "SIGNATURE", "add: its signature (default: the same address and .asc or .minisig)"},
    {"name", 0, "NAME", "add: what to call it (default: the name of the file)"},
    {"override", 0, NULL, "add: use it in place of the installed manifests"},
    {"manifest", 'm', "FILE", "export: only what this manifest has"},
    {"default", 0, "NAME", "export: what `wsl --install` means"},
    {"offline", 0, NULL, "add, update: use the cache and local files only"},
    {0},
};

/* ---- add and update ---- */

/* A URL stays as it is. */
static int set_address(char **out, const char *text, struct error *err)
{
    return strstr(text, "://") ? text_set(out, text, err) : paths_absolute(out, text, err);
}

static int set_name(struct catalogue *catalogue, const char *given, struct error *err)
{
    AUTO_FREE char *shown = NULL;
    if (given)
        return name_check(given, err) < 0 ? -1 : text_set(&catalogue->name, given, err);
    if (text_without_secrets(&shown, catalogue->source, err) < 0)
        return -1;
    const char *base = paths_base(shown);
    const char *dot = strrchr(base, '.');
    catalogue->name = strndup(base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
    if (!catalogue->name)
        return error_no_memory(err);
    struct error why;
    if (name_check(catalogue->name, &why) < 0)
        return error_set(err, ERROR_NAME_ILLEGAL,
                         "no name follows from %s (%s); give one with --name NAME", shown,
                         why.text);
    return 0;
}

static int read_keys(const struct cli *cli, struct texts *keys, struct error *err)
{
    const char *text;
    for (size_t i = 0; (text = cli_value_at(cli, "key", i)); i++) {
        char fingerprint[KEY_FINGERPRINT_BYTES];
        if (fingerprint_parse(fingerprint, text, err) < 0)
            return error_wrap(err, "--key");
        if (texts_add(keys, fingerprint, err) < 0)
            return -1;
    }
    return 0;
}

static int get_and_store(const struct cli *cli, struct catalogue *catalogue, bool replace,
                         struct error *err)
{
    AUTO_MANIFEST struct manifest *manifest = NULL;
    if (catalogue_get(catalogue, cli_flag(cli, "offline"), &manifest, cli->events, err) < 0 ||
        catalogue_store(catalogue, replace, err) < 0)
        return -1;
    cli_say(cli, "%s has %zu distributions%s%s", catalogue->name, manifest->distributions.n,
            catalogue->signer ? ", signed by " : "; nobody signed it",
            catalogue->signer ? catalogue->signer : "");
    return 0;
}

static int add(struct cli *cli, struct error *err)
{
    AUTO_CATALOGUE struct catalogue catalogue = {.override = cli_flag(cli, "override")};
    const char *signature = cli_value(cli, "sig");
    if (signature && !cli_value(cli, "key"))
        return error_set(err, ERROR_USAGE,
                         "--sig proves nothing without the key that must have made it; give --key "
                         "FINGERPRINT");
    if (set_address(&catalogue.source, cli->operands[1], err) < 0 ||
        (signature && set_address(&catalogue.signature, signature, err) < 0) ||
        set_name(&catalogue, cli_value(cli, "name"), err) < 0 ||
        read_keys(cli, &catalogue.keys, err) < 0)
        return -1;
    return get_and_store(cli, &catalogue, false, err);
}

static int update_one(struct cli *cli, const char *name, struct error *err)
{
    AUTO_CATALOGUE struct catalogue catalogue = {0};
    if (catalogue_read(&catalogue, name, err) < 0)
        return -1;
    return get_and_store(cli, &catalogue, true, err);
}

static int update(struct cli *cli, struct error *err)
{
    CLEANUP(texts_free) struct texts names = {0};
    if (cli->n_operands == 2)
        return update_one(cli, cli->operands[1], err);
    if (catalogue_names(&names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.n; i++) {
        if (update_one(cli, names.items[i], err) < 0)
            return -1;
    }
    return 0;
}

static int remove_one(struct cli *cli, struct error *err)
{
    return catalogue_remove(cli->operands[1], err);
}

/* ---- list ---- */

static json_t *catalogue_json(const struct catalogue *catalogue)
{
    json_auto_t *keys = json_array();
    for (size_t i = 0; i < catalogue->keys.n; i++)
        json_array_append_new(keys, json_string(catalogue->keys.items[i]));
    return json_pack("{s:s, s:s, s:s?, s:O, s:b, s:s?, s:s?}", "name", catalogue->name, "source",
                     catalogue->source, "signature", catalogue->signature, "keys", keys, "override",
                     catalogue->override, "signer", catalogue->signer, "signed_at",
                     catalogue->signed_at);
}

static int list(struct cli *cli, struct error *err)
{
    CLEANUP(texts_free) struct texts names = {0};
    json_auto_t *all = json_array();
    if (catalogue_names(&names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.n; i++) {
        AUTO_CATALOGUE struct catalogue catalogue = {0};
        if (catalogue_read(&catalogue, names.items[i], err) < 0)
            return -1;
        if (cli->json) {
            json_array_append_new(all, catalogue_json(&catalogue));
            continue;
        }
        print_column(catalogue.name, 20);
        printf("  %-8s  ", catalogue.signer ? "signed" : "unsigned");
        cli_print_escaped(catalogue.source);
        putchar('\n');
    }
    if (!cli->json)
        return 0;
    json_auto_t *report = json_pack("{s:i, s:O}", "version", REPORT_VERSION, "catalogues", all);
    if (!report)
        return error_no_memory(err);
    print_json(report);
    return 0;
}

/* ---- export ---- */

static int export(struct cli *cli, struct error *err)
{
    CLEANUP(offers_free) struct offers offers = {0};
    json_t *exported;
    const char *own = cli_value(cli, "manifest");
    const char *out = cli->n_operands == 2 ? cli->operands[1] : "-";
    if (offers_read(&offers, own, err) < 0 ||
        catalogue_export(&exported, &offers, own, cli_value(cli, "default"), cli->events, err) < 0)
        return -1;
    json_auto_t *owned = exported;
    if (strcmp(out, "-") == 0) {
        print_json(owned);
        return 0;
    }
    AUTO_FREE char *text = json_dumps(owned, JSON_INDENT(4));
    if (!text)
        return error_no_memory(err);
    size_t n = strlen(text);
    text[n] = '\n'; /* in the place of the NUL */
    return text_write_new(out, text, n + 1, err);
}

/* ---- which one ---- */

static const struct {
    const char *name;
    size_t min, max; /* operands, with the action itself */
    const char *takes;
    int (*run)(struct cli *cli, struct error *err);
} actions[] = {
    {"add", 2, 2, "one URL or FILE", add},
    {"list", 1, 1, "nothing else", list},
    {"update", 1, 2, "one NAME, or nothing for all", update},
    {"remove", 2, 2, "one NAME", remove_one},
    {"export", 1, 2, "one OUT, or nothing for standard output", export},
};

/* Options that belong to one action. */
static int check_options(const struct cli *cli, const char *action, struct error *err)
{
    static const struct {
        const char *option, *action;
    } rows[] = {{"key", "add"},
                {"sig", "add"},
                {"name", "add"},
                {"manifest", "export"},
                {"default", "export"}};
    for (size_t i = 0; i < array_length(rows); i++) {
        if (cli_value(cli, rows[i].option) && strcmp(rows[i].action, action) != 0)
            return error_set(err, ERROR_USAGE, "--%s belongs to `catalog %s`", rows[i].option,
                             rows[i].action);
    }
    if (cli_flag(cli, "override") && strcmp(action, "add") != 0)
        return error_set(err, ERROR_USAGE, "--override belongs to `catalog add`");
    return 0;
}

int catalog_run(struct cli *cli, struct error *err)
{
    for (size_t i = 0; i < array_length(actions); i++) {
        if (strcmp(cli->operands[0], actions[i].name) != 0)
            continue;
        if (cli->n_operands < actions[i].min || cli->n_operands > actions[i].max)
            return error_set(err, ERROR_USAGE, "catalog %s takes %s", actions[i].name,
                             actions[i].takes);
        return check_options(cli, actions[i].name, err) < 0 ? -1 : actions[i].run(cli, err);
    }
    return error_set(err, ERROR_USAGE,
                     "catalog %.80s: there are add, list, update, remove and export",
                     cli->operands[0]);
}
