/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/user_keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/atomic_file.h"
#include "core/paths.h"
#include "fetch/trust/known_keys.h"
#include "fetch/trust/minisign.h"
#include "fetch/trust/small_file.h"

enum {
    DIRECTORY_MODE = 0700,
};

/* What a key is kept as: packets, or minisign's text. */
static const char *const suffixes[] = {[KEY_OPENPGP] = ".gpg", [KEY_MINISIGN] = ".pub"};

int user_keys_directory(char **out, struct error *err)
{
    AUTO_FREE char *data = NULL;
    return paths_data(&data, err) < 0 ? -1 : paths_join(out, data, "keys", err);
}

static size_t without_suffix(const char *file, const char *suffix)
{
    size_t n = strlen(file), m = strlen(suffix);
    return n > m && strcmp(file + n - m, suffix) == 0 ? n - m : 0;
}

size_t user_key_stem(const char *file)
{
    for (size_t i = 0; i < array_length(suffixes); i++) {
        size_t n = without_suffix(file, suffixes[i]);
        if (n > 0)
            return n;
    }
    return 0;
}

int user_key_is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && user_key_stem(entry->d_name) > 0;
}

/* ---- adding ---- */

/* Takes one key out of those of a file. */
static int choose(struct trust_key *out, struct trust_key *keys, size_t n, const char *path,
                  const char *fingerprint, struct error *err)
{
    if (!fingerprint && n > 1)
        return error_set(err, ERROR_USAGE,
                         "%s holds %zu keys; say which one with --key FINGERPRINT", path, n);
    for (size_t i = 0; i < n; i++) {
        if (fingerprint && strcmp(key_fingerprint(&keys[i]), fingerprint) != 0)
            continue;
        *out = keys[i];
        keys[i] = (struct trust_key){0};
        return 0;
    }
    return error_set(err, n > 1 ? ERROR_NOT_FOUND : ERROR_VERIFY,
                     "%s does not hold the key %s but %s%s; get the right one", path, fingerprint,
                     key_fingerprint(&keys[0]), n > 1 ? " and others" : "");
}

static int read_chosen(struct trust_key *out, const char *path, const char *fingerprint,
                       struct error *err)
{
    AUTO_SMALL_FILE struct small_file file = {0};
    struct trust_key *keys = NULL;
    size_t n;
    if (small_file_read(&file, path, KEY_FILE_BYTES_MAX, "key", err) < 0 ||
        keys_parse(&keys, &n, file.bytes, file.n, path, err) < 0)
        return -1;
    int rc = choose(out, keys, n, path, fingerprint, err);
    keys_free(keys, n);
    return rc;
}

static int check_name(const char *name, struct error *err)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t n = strlen(name);
    if (n > 0 && n <= KEY_NAME_BYTES_MAX && name[0] != '.' && strspn(name, allowed) == n)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "'%.80s' cannot be the name of a key; give one of letters, digits, '.', '_' "
                     "and '-' with --name",
                     name);
}

/* The name it gets: the program's, the one asked for, or the file's. */
static int name_key(struct trust_key *key, const char *path, const char *name, struct error *err)
{
    const struct embedded_key *row = known_find(key_fingerprint(key));
    if (row)
        return known_apply(key, row, err);
    const char *base = paths_base(path);
    size_t n = user_key_stem(base);
    if (n == 0)
        n = without_suffix(base, ".asc");
    key->name = name ? strdup(name) : strndup(base, n ? n : strlen(base));
    return key->name ? check_name(key->name, err) : error_no_memory(err);
}

static int check_free(const struct trust_key *key, struct error *err)
{
    AUTO_KEYRING struct keyring ring = {0};
    if (keyring_open(&ring, err) < 0)
        return -1;
    for (size_t i = 0; i < ring.n; i++) {
        const struct trust_key *other = &ring.keys[i];
        bool same_key = strcmp(key_fingerprint(other), key_fingerprint(key)) == 0;
        bool same_name = strcmp(other->name, key->name) == 0;
        if (same_name && !same_key)
            return error_set(err, ERROR_EXISTS, "%s is the name of another key, %s; choose --name",
                             key->name, key_fingerprint(other));
        if (same_key && !same_name)
            return error_set(err, ERROR_EXISTS, "this key is there already, as %s; remove it first",
                             other->name);
    }
    return 0;
}

static int write_key(const struct trust_key *key, const char *path, struct error *err)
{
    AUTO_FREE char *text = NULL;
    if (key->type == KEY_OPENPGP)
        return atomic_write(path, key->bytes, key->n, 0, err);
    struct minisign_key parts;
    memcpy(&parts, key->bytes, sizeof(parts));
    if (minisign_key_format(&parts, &text, err) < 0)
        return -1;
    return atomic_write(path, text, strlen(text), 0, err);
}

int user_key_add(const char *path, const char *fingerprint, const char *name, struct trust_key *out,
                 struct error *err)
{
    AUTO_KEY struct trust_key key = {0};
    AUTO_FREE char *directory = NULL;
    AUTO_FREE char *file = NULL;
    AUTO_FREE char *base = NULL;
    if (read_chosen(&key, path, fingerprint, err) < 0 || name_key(&key, path, name, err) < 0 ||
        check_free(&key, err) < 0 || user_keys_directory(&directory, err) < 0)
        return -1;
    if (asprintf(&base, "%s%s", key.name, suffixes[key.type]) < 0) {
        base = NULL;
        return error_no_memory(err);
    }
    if (paths_make(directory, DIRECTORY_MODE, err) < 0 ||
        paths_join(&file, directory, base, err) < 0 || write_key(&key, file, err) < 0)
        return -1;
    key.origin = KEY_USER;
    *out = key;
    key = (struct trust_key){0};
    return 0;
}

/* ---- removing ---- */

static int no_such_key(const struct keyring *ring, const char *name, struct error *err)
{
    for (size_t i = 0; i < ring->n; i++) {
        const struct trust_key *key = &ring->keys[i];
        if (strcmp(key->name, name) == 0 || strcasecmp(key_fingerprint(key), name) == 0)
            return error_set(err, ERROR_UNSUPPORTED,
                             "%s is part of the program and cannot be removed; only keys that were "
                             "added can",
                             key->name);
    }
    return error_set(err, ERROR_NOT_FOUND,
                     "no key %.80s was added; `lxfetch keys list` shows which there are", name);
}

/* Whether a file of that name was there. A key that cannot be read must be removable too, so names
 * of files are tried before keys are. */
static int remove_file(const char *directory, const char *name, bool *found, struct error *err)
{
    *found = false;
    if (check_name(name, NULL) < 0)
        return 0;
    for (size_t i = 0; i < array_length(suffixes); i++) {
        AUTO_FREE char *path = NULL;
        if (asprintf(&path, "%s/%s%s", directory, name, suffixes[i]) < 0) {
            path = NULL;
            return error_no_memory(err);
        }
        if (unlink(path) == 0)
            *found = true;
        else if (errno != ENOENT && errno != ENOTDIR)
            return error_errno(err, errno, "remove %s", path);
    }
    return 0;
}

int user_key_remove(const char *name, struct error *err)
{
    AUTO_FREE char *directory = NULL;
    AUTO_KEYRING struct keyring ring = {0};
    char fingerprint[KEY_FINGERPRINT_BYTES];
    bool found;
    if (user_keys_directory(&directory, err) < 0 || remove_file(directory, name, &found, err) < 0)
        return -1;
    if (found)
        return 0;
    if (keyring_open(&ring, err) < 0)
        return -1;
    if (fingerprint_parse(fingerprint, name, NULL) == 0) {
        const struct trust_key *key = keyring_find(&ring, fingerprint);
        if (key && key->origin == KEY_USER && remove_file(directory, key->name, &found, err) < 0)
            return -1;
    }
    return found ? 0 : no_such_key(&ring, name, err);
}
