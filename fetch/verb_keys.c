/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/verb_keys.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "fetch/trust/day.h"
#include "fetch/trust/keyring.h"
#include "fetch/trust/user_keys.h"

const struct cli_option keys_options[] = {
    {"key", 0, "FINGERPRINT", "add: the key must be this one; of several, take it alone"},
    {"name", 0, "NAME", "add: what to call it (default: the name of FILE)"},
    {0},
};

static const char *const origins[] = {
    [KEY_EMBEDDED] = "program",
    [KEY_KNOWN] = "missing",
    [KEY_USER] = "added",
    [KEY_FILE] = "file",
};

static const char *const types[] = {[KEY_OPENPGP] = "openpgp", [KEY_MINISIGN] = "minisign"};

/* A day, NULL where the window is open. */
static const char *window_day(int64_t seconds, char day[DAY_BYTES])
{
    return seconds == INT64_MIN || seconds == INT64_MAX ? NULL : day_format(seconds, day);
}

/* ---- list ---- */

static json_t *key_json(const struct trust_key *key)
{
    char from[DAY_BYTES], until[DAY_BYTES];
    return json_pack("{s:s, s:s?, s:s, s:s, s:s, s:s?, s:s?}", "name", key->name, "title",
                     key->title, "type", types[key->type], "fingerprint", key_fingerprint(key),
                     "origin", origins[key->origin], "from", window_day(key->use_from, from),
                     "until", window_day(key->use_until, until));
}

static int list_json(const struct keyring *ring, struct error *err)
{
    json_auto_t *keys = json_array();
    for (size_t i = 0; keys && i < ring->n; i++) {
        if (json_array_append_new(keys, key_json(&ring->keys[i])) < 0)
            return error_no_memory(err);
    }
    json_auto_t *json = json_pack("{s:i, s:O}", "version", 1, "keys", keys);
    if (!json)
        return error_no_memory(err);
    json_dumpf(json, stdout, JSON_INDENT(2));
    putchar('\n');
    return 0;
}

static int list(struct cli *cli, struct error *err)
{
    AUTO_KEYRING struct keyring ring = {0};
    if (keyring_open(&ring, err) < 0)
        return -1;
    if (cli->json)
        return list_json(&ring, err);
    for (size_t i = 0; i < ring.n; i++) {
        const struct trust_key *key = &ring.keys[i];
        char until[DAY_BYTES];
        const char *last = window_day(key->use_until, until);
        printf("%-22s %-8s %-10s %s\n", key->name, origins[key->origin], last ? last : "-",
               key_fingerprint(key));
    }
    return 0;
}

/* ---- add and remove ---- */

static int add(struct cli *cli, struct error *err)
{
    AUTO_KEY struct trust_key key = {0};
    char fingerprint[KEY_FINGERPRINT_BYTES];
    const char *wanted = cli_value(cli, "key");
    if (wanted && fingerprint_parse(fingerprint, wanted, err) < 0)
        return error_wrap(err, "--key");
    if (user_key_add(cli->operands[1], wanted ? fingerprint : NULL, cli_value(cli, "name"), &key,
                     err) < 0)
        return -1;
    printf("%s %s\n", key_fingerprint(&key), key.name);
    if (!wanted)
        cli_say(cli, "compare this fingerprint with the one that the distribution publishes");
    return 0;
}

static int remove_one(struct cli *cli, struct error *err)
{
    return user_key_remove(cli->operands[1], err);
}

static const struct {
    const char *name;
    size_t operands; /* with the action itself */
    bool adds;
    int (*run)(struct cli *cli, struct error *err);
} actions[] = {
    {"list", 1, false, list},
    {"add", 2, true, add},
    {"remove", 2, false, remove_one},
};

int keys_run(struct cli *cli, struct error *err)
{
    for (size_t i = 0; i < array_length(actions); i++) {
        if (strcmp(cli->operands[0], actions[i].name) != 0)
            continue;
        if (cli->n_operands != actions[i].operands)
            return error_set(err, ERROR_USAGE, "keys %s takes %s", actions[i].name,
                             actions[i].operands == 1 ? "nothing else"
                             : actions[i].adds        ? "one FILE"
                                                      : "one NAME or FINGERPRINT");
        if (!actions[i].adds && (cli_value(cli, "key") || cli_value(cli, "name")))
            return error_set(err, ERROR_USAGE, "--key and --name belong to `keys add`");
        return actions[i].run(cli, err);
    }
    return error_set(err, ERROR_USAGE,
                     "keys %.80s: there are `keys list`, `keys add` and `keys remove`",
                     cli->operands[0]);
}
