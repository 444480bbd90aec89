/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/sidecar.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/atomic_file.h"
#include "core/digest.h"
#include "core/stream.h"
#include "install/name.h"
#include "install/registration_json.h"
#include "install/text.h"

#define SUFFIX       ".lxkit.json"
#define KEY_VERSION  "version"
#define KEY_ARCHIVE  "archive"
#define KEY_BYTES    "bytes"
#define KEY_SHA256   "sha256"
#define KEY_SETTINGS "settings"
#define NAME_VALUE   "DistributionName"

enum {
    FILE_VERSION = 1,
    PIECE_BYTES = 1 << 20, /* read at once */
};

/* Values of the registry that are somebody's choice, and belong to no machine. */
static const char *const settings[] = {
    NAME_VALUE, "Flags", "DefaultUid", "RunOOBE", "DefaultEnvironment",
};

static bool is_setting(const struct registration_value *value)
{
    for (size_t i = 0; i < array_length(settings); i++)
        if (strcmp(settings[i], value->name) == 0)
            return true;
    return false;
}

static int path_make(char **out, const char *file, struct error *err)
{
    if (asprintf(out, "%s%s", file, SUFFIX) >= 0)
        return 0;
    *out = NULL;
    return error_no_memory(err);
}

static int file_measure(const char *file, uint64_t *size, char hex[SHA256_HEX_BYTES],
                        struct error *err)
{
    AUTO_STREAM struct stream *stream = NULL;
    AUTO_DIGEST struct digest *digest = NULL;
    AUTO_FREE void *piece = malloc(PIECE_BYTES);
    struct sha256 sum;
    ssize_t n;
    if (!piece)
        return error_no_memory(err);
    if (stream_open(&stream, file, NULL, err) < 0 || digest_new(&digest, err) < 0)
        return -1;
    for (*size = 0; (n = stream_read(stream, piece, PIECE_BYTES, err)) > 0; *size += (uint64_t)n) {
        if (digest_update(digest, piece, (size_t)n, err) < 0)
            return -1;
    }
    if (n < 0 || digest_finish(digest, &sum, err) < 0)
        return -1;
    sha256_format(&sum, hex);
    return 0;
}

/* ---- writing ---- */

static int settings_json(json_t **out, const struct registration *entry, struct error *err)
{
    struct registration copy = *entry;
    json_auto_t *object = json_object();
    for (size_t i = 0; i < REGISTRATION_VALUES; i++) {
        const struct registration_value *value = &registration_values[i];
        if (!is_setting(value))
            continue;
        json_t *member;
        if (registration_value_to_json(&member, &copy, value, err) < 0)
            return -1;
        if (member && json_object_set_new(object, value->name, member) < 0)
            return error_no_memory(err);
    }
    *out = steal(&object);
    return *out ? 0 : error_no_memory(err);
}

int sidecar_write(const char *file, const struct registration *entry, bool no_sync,
                  struct error *err)
{
    AUTO_FREE char *path = NULL, *text = NULL;
    char hex[SHA256_HEX_BYTES];
    json_t *values;
    uint64_t size;
    if (path_make(&path, file, err) < 0 || file_measure(file, &size, hex, err) < 0 ||
        settings_json(&values, entry, err) < 0)
        return -1;
    json_auto_t *root =
        json_pack("{s:i, s:{s:I, s:s}, s:o}", KEY_VERSION, FILE_VERSION, KEY_ARCHIVE, KEY_BYTES,
                  (json_int_t)size, KEY_SHA256, hex, KEY_SETTINGS, values);
    char *dumped = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    if (!dumped || asprintf(&text, "%s\n", dumped) < 0) {
        text = NULL;
        free(dumped);
        return error_no_memory(err);
    }
    free(dumped);
    return atomic_write(path, text, strlen(text), ATOMIC_REPLACE | (no_sync ? ATOMIC_NO_SYNC : 0),
                        err);
}

/* ---- reading ---- */

static int refused(const struct sidecar *sidecar, struct error *err, int code, const char *what)
{
    return error_set(err, code, "%s: %s; correct or remove it, or leave it alone with --no-sidecar",
                     sidecar->path, what);
}

static int damaged(const struct sidecar *sidecar, struct error *err, const char *what)
{
    return refused(sidecar, err, ERROR_DAMAGED, what);
}

static int settings_read(struct sidecar *out, const json_t *root, struct error *err)
{
    const json_t *values = json_object_get(root, KEY_SETTINGS);
    struct error why;
    if (!json_is_object(values))
        return damaged(out, err, "it has no \"" KEY_SETTINGS "\"");
    for (size_t i = 0; i < REGISTRATION_VALUES; i++) {
        const struct registration_value *value = &registration_values[i];
        const json_t *member = is_setting(value) ? json_object_get(values, value->name) : NULL;
        if (member && registration_value_from_json(&out->settings, value, member, &why) < 0)
            return refused(out, err, why.code, why.text);
    }
    if (out->settings.distribution_name && name_check(out->settings.distribution_name, &why) < 0)
        return damaged(out, err, "the name of the distribution is none that the runtime takes");
    return 0;
}

/* Whether it was written for this file. */
static int archive_matches(struct sidecar *out, const json_t *root, const char *file, bool *matches,
                           struct error *err)
{
    const json_t *archive = json_object_get(root, KEY_ARCHIVE);
    const json_t *bytes = json_object_get(archive, KEY_BYTES);
    const char *expected = json_string_value(json_object_get(archive, KEY_SHA256));
    char hex[SHA256_HEX_BYTES];
    uint64_t size;
    *matches = false;
    if (!json_is_integer(bytes) || !expected)
        return damaged(out, err, "it does not say which file it belongs to");
    AUTO_STREAM struct stream *stream = NULL;
    if (stream_open(&stream, file, &size, err) < 0)
        return -1;
    if ((json_int_t)size != json_integer_value(bytes))
        return 0;
    if (file_measure(file, &size, hex, err) < 0)
        return -1;
    *matches = strcasecmp(hex, expected) == 0;
    return 0;
}

int sidecar_read(struct sidecar *out, const char *file, struct events *events, struct error *err)
{
    AUTO_FREE char *text = NULL;
    struct error why = {0};
    size_t n;
    bool matches;
    *out = (struct sidecar){0};
    if (path_make(&out->path, file, err) < 0)
        return -1;
    if (text_read_file(&text, &n, out->path, SIDECAR_BYTES_MAX, &why) < 0)
        return why.code == ERROR_NOT_FOUND ? 0 : error_set(err, why.code, "%s", why.text);

    json_error_t where;
    json_auto_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(root))
        return damaged(out, err, "this is no JSON object");
    const json_t *version = json_object_get(root, KEY_VERSION);
    if (!json_is_integer(version) || json_integer_value(version) != FILE_VERSION)
        return damaged(out, err, "its version is not 1, the only one that is known");
    if (archive_matches(out, root, file, &matches, err) < 0)
        return -1;
    if (!matches) {
        event_warning(events, "%s was written for another file than %s; its settings are not used",
                      out->path, file);
        return 0;
    }
    if (registration_init(&out->settings, err) < 0 || settings_read(out, root, err) < 0)
        return -1;
    out->found = true;
    return 0;
}

int sidecar_apply(const struct sidecar *sidecar, struct registration *entry, struct error *err)
{
    struct registration from = sidecar->settings;
    if (!sidecar->found)
        return 0;
    /* What kind of distribution it becomes is decided elsewhere. */
    from.flags = (from.flags & REGISTRATION_FLAGS_DEFAULT) |
                 (entry->flags & ~(uint32_t)REGISTRATION_FLAGS_DEFAULT);
    for (size_t i = 0; i < REGISTRATION_VALUES; i++) {
        const struct registration_value *value = &registration_values[i];
        if (!is_setting(value) || strcmp(value->name, NAME_VALUE) == 0)
            continue;
        if (registration_copy_value(entry, &from, value, err) < 0)
            return -1;
    }
    return 0;
}

void sidecar_free(struct sidecar *sidecar)
{
    free(sidecar->path);
    registration_free(&sidecar->settings);
    *sidecar = (struct sidecar){0};
}
