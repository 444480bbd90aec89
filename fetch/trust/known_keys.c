/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/known_keys.h"

#include <string.h>

#include "fetch/trust/day.h"

const struct embedded_key *known_find(const char *fingerprint)
{
    for (size_t i = 0; i < n_embedded_keys; i++) {
        if (strcmp(embedded_keys[i].fingerprint, fingerprint) == 0)
            return &embedded_keys[i];
    }
    return NULL;
}

/* The table was checked when it was made. */
int known_apply(struct trust_key *key, const struct embedded_key *row, struct error *err)
{
    int64_t unused;
    if (!day_parse(row->from, &key->use_from, &unused))
        key->use_from = INT64_MIN;
    if (!day_parse(row->until, &unused, &key->use_until))
        key->use_until = INT64_MAX;
    key->allow_v3 = strcmp(row->options, "v3") == 0;
    free(key->name);
    free(key->title);
    key->name = strdup(row->name);
    key->title = strdup(row->title);
    return key->name && key->title ? 0 : error_no_memory(err);
}

static int known_key(struct trust_key *key, const struct embedded_key *row, struct error *err)
{
    *key = (struct trust_key){
        .type = strcmp(row->type, "minisign") == 0 ? KEY_MINISIGN : KEY_OPENPGP,
        .origin = KEY_KNOWN,
        .n_fingerprints = 1,
        .fingerprints = calloc(1, sizeof(*key->fingerprints)),
    };
    if (!key->fingerprints)
        return error_no_memory(err);
    strcpy(key->fingerprints[0], row->fingerprint);
    return 0;
}

static int embedded_key(struct trust_key *key, const struct embedded_key *row, struct error *err)
{
    if (!row->text)
        return known_key(key, row, err);
    if (key_parse_single(key, row->text, strlen(row->text), row->name, err) < 0)
        return -1;
    key->origin = KEY_EMBEDDED;
    if (strcmp(key_fingerprint(key), row->fingerprint) == 0)
        return 0;
    return error_set(err, ERROR_INTERNAL, "the key %s has another fingerprint than %s", row->name,
                     row->fingerprint);
}

int known_load(struct keyring *ring, struct error *err)
{
    ring->keys = calloc(n_embedded_keys, sizeof(*ring->keys));
    if (!ring->keys)
        return error_no_memory(err);
    for (size_t i = 0; i < n_embedded_keys; i++) {
        ring->n = i + 1;
        if (embedded_key(&ring->keys[i], &embedded_keys[i], err) < 0 ||
            known_apply(&ring->keys[i], &embedded_keys[i], err) < 0)
            return -1;
    }
    return 0;
}
