/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/keyring.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/paths.h"
#include "fetch/trust/known_keys.h"
#include "fetch/trust/small_file.h"
#include "fetch/trust/user_keys.h"

static int read_key_file(struct trust_key *out, const char *path, struct error *err)
{
    AUTO_SMALL_FILE struct small_file file = {0};
    if (small_file_read(&file, path, KEY_FILE_BYTES_MAX, "key", err) < 0 ||
        key_parse_single(out, file.bytes, file.n, path, err) < 0)
        return error_wrap(err, "a key that was added cannot be used; remove it with "
                               "`lxfetch keys remove`");
    out->origin = KEY_USER;
    return 0;
}

/* Takes key over. */
static int put(struct keyring *ring, struct trust_key *key, const char *name, size_t name_n,
               struct error *err)
{
    for (size_t i = 0; i < ring->n; i++) {
        struct trust_key *old = &ring->keys[i];
        if (strcmp(key_fingerprint(old), key_fingerprint(key)) != 0)
            continue;
        key->name = steal(&old->name);
        key->title = steal(&old->title);
        key->use_from = old->use_from;
        key->use_until = old->use_until;
        key->allow_v3 = old->allow_v3;
        key_free(old);
        *old = *key;
        *key = (struct trust_key){0};
        return 0;
    }
    struct trust_key *more = reallocarray(ring->keys, ring->n + 1, sizeof(*more));
    if (!more)
        return error_no_memory(err);
    ring->keys = more;
    key->name = strndup(name, name_n);
    if (!key->name)
        return error_no_memory(err);
    ring->keys[ring->n++] = *key;
    *key = (struct trust_key){0};
    return 0;
}

static int load_user_file(struct keyring *ring, const char *directory, const char *name,
                          struct error *err)
{
    AUTO_FREE char *path = NULL;
    AUTO_KEY struct trust_key key = {0};
    if (paths_join(&path, directory, name, err) < 0 || read_key_file(&key, path, err) < 0)
        return -1;
    return put(ring, &key, name, user_key_stem(name), err);
}

static int load_user(struct keyring *ring, struct error *err)
{
    AUTO_FREE char *directory = NULL;
    struct dirent **entries = NULL;
    if (user_keys_directory(&directory, err) < 0)
        return -1;
    int n = scandir(directory, &entries, user_key_is_file, alphasort);
    if (n < 0)
        return errno == ENOENT ? 0 : error_errno(err, errno, "list %s", directory);
    int rc = 0;
    for (int i = 0; i < n; i++) {
        if (rc == 0)
            rc = load_user_file(ring, directory, entries[i]->d_name, err);
        free(entries[i]);
    }
    free(entries);
    return rc;
}

int keyring_open(struct keyring *out, struct error *err)
{
    *out = (struct keyring){0};
    if (known_load(out, err) == 0 && load_user(out, err) == 0)
        return 0;
    keyring_close(out);
    return -1;
}

int keyring_open_file(struct keyring *out, const char *path, struct error *err)
{
    AUTO_SMALL_FILE struct small_file file = {0};
    *out = (struct keyring){0};
    if (small_file_read(&file, path, KEY_FILE_BYTES_MAX, "key", err) < 0 ||
        keys_parse(&out->keys, &out->n, file.bytes, file.n, path, err) < 0)
        return -1;
    for (size_t i = 0; i < out->n; i++) {
        struct trust_key *key = &out->keys[i];
        const struct embedded_key *row = known_find(key_fingerprint(key));
        key->name = strdup(paths_base(path));
        if (!key->name)
            error_no_memory(err);
        if (!key->name || (row && known_apply(key, row, err) < 0)) {
            keyring_close(out);
            return -1;
        }
    }
    return 0;
}

void keyring_close(struct keyring *ring)
{
    keys_free(ring->keys, ring->n);
    *ring = (struct keyring){0};
}

const struct trust_key *keyring_find(const struct keyring *ring, const char *fingerprint)
{
    for (size_t i = 0; i < ring->n; i++) {
        if (key_has_fingerprint(&ring->keys[i], fingerprint))
            return &ring->keys[i];
    }
    return NULL;
}

const struct trust_key *keyring_find_issuer(const struct keyring *ring, const char *issuer)
{
    for (size_t i = 0; i < ring->n; i++) {
        if (key_may_be(&ring->keys[i], issuer))
            return &ring->keys[i];
    }
    return NULL;
}

/* ---- choosing among them ---- */

const struct trust_key *key_choice_find(const struct key_choice *choice, const char *fingerprint,
                                        const char *primary)
{
    const struct trust_key *key = keyring_find(choice->ring, primary);
    bool chosen = choice->n_pins == 0;
    for (size_t i = 0; i < choice->n_pins && !chosen; i++)
        chosen = strcmp(choice->pins[i], primary) == 0 || strcmp(choice->pins[i], fingerprint) == 0;
    return key && chosen && strcmp(key_fingerprint(key), primary) == 0 &&
                   key_has_fingerprint(key, fingerprint)
               ? key
               : NULL;
}

bool key_choice_has(const struct key_choice *choice, const struct trust_key *key)
{
    for (size_t i = 0; i < choice->n_pins; i++) {
        if (key_has_fingerprint(key, choice->pins[i]))
            return true;
    }
    return choice->n_pins == 0;
}
