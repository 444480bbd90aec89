/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/registration.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/paths.h"
#include "install/name.h"
#include "install/text.h"

#define TEXT(member)  VALUE_TEXT, .offset = offsetof(struct registration, member)
#define DWORD(member) VALUE_DWORD, .offset = offsetof(struct registration, member)
#define LIST(member)  VALUE_LIST, .offset = offsetof(struct registration, member)

const struct registration_value registration_values[REGISTRATION_VALUES] = {
    {"DistributionName", TEXT(distribution_name), .required = true},
    {"BasePath", TEXT(base_path), .required = true},
    {"VhdFileName", TEXT(vhd_file_name), .text = "ext4.vhdx"},
    {"State", DWORD(state), .number = STATE_INVALID},
    {"Version", DWORD(version), .number = REGISTRATION_FILE_SYSTEM_VERSION},
    {"Flags", DWORD(flags), .number = REGISTRATION_FLAGS_DEFAULT},
    {"DefaultUid", DWORD(default_uid), .number = 0},
    {"RunOOBE", DWORD(run_oobe), .number = 0},
    {"Modern", DWORD(modern), .number = 0},
    {"DefaultEnvironment", LIST(default_environment)},
    {"Flavor", TEXT(flavor)},
    {"OsVersion", TEXT(os_version)},
    {"Source", TEXT(source), .own = true},
    {"SourceSha256", TEXT(source_sha256), .own = true},
    {"SourceTier", TEXT(tier), .own = true},
    {"SourceSigner", TEXT(signer), .own = true},
    {"SourceSignerName", TEXT(signer_name), .own = true},
    {"SourceSignedAt", TEXT(signed_at), .own = true},
    {"SourceVerification", TEXT(verification), .own = true},
    {"Leftover", TEXT(leftover), .own = true},
};

char **registration_text(struct registration *r, const struct registration_value *value)
{
    return (char **)((char *)r + value->offset);
}

uint32_t *registration_number(struct registration *r, const struct registration_value *value)
{
    return (uint32_t *)((char *)r + value->offset);
}

struct registration_list *registration_list(struct registration *r,
                                            const struct registration_value *value)
{
    return (struct registration_list *)((char *)r + value->offset);
}

bool registration_has(struct registration *r, const struct registration_value *value)
{
    switch (value->type) {
    case VALUE_TEXT:
        return *registration_text(r, value) != NULL;
    case VALUE_LIST:
        return registration_list(r, value)->given;
    case VALUE_DWORD:
        break;
    }
    return true;
}

const char *registration_type_name(enum registration_type type)
{
    static const char *const names[] = {
        [VALUE_TEXT] = "REG_SZ",
        [VALUE_DWORD] = "REG_DWORD",
        [VALUE_LIST] = "REG_MULTI_SZ",
    };
    return names[type];
}

const char *registration_windows_name(const struct registration_value *value,
                                      char name[REGISTRATION_NAME_BYTES])
{
    snprintf(name, REGISTRATION_NAME_BYTES, "%s%s", value->own ? "Lxkit" : "", value->name);
    return name;
}

static bool texts_same(const struct texts *a, const struct texts *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++)
        same = strcmp(a->items[i], b->items[i]) == 0;
    return same;
}

bool registration_same(struct registration *a, struct registration *b,
                       const struct registration_value *value)
{
    if (registration_has(a, value) != registration_has(b, value))
        return false;
    if (!registration_has(a, value))
        return true;
    switch (value->type) {
    case VALUE_TEXT:
        return strcmp(*registration_text(a, value), *registration_text(b, value)) == 0;
    case VALUE_LIST:
        return texts_same(&registration_list(a, value)->texts, &registration_list(b, value)->texts);
    case VALUE_DWORD:
        break;
    }
    return *registration_number(a, value) == *registration_number(b, value);
}

int registration_init(struct registration *r, struct error *err)
{
    *r = (struct registration){0};
    for (size_t i = 0; i < REGISTRATION_VALUES; i++) {
        const struct registration_value *value = &registration_values[i];
        if (value->type == VALUE_DWORD) {
            *registration_number(r, value) = value->number;
        } else if (value->text) {
            char *text = strdup(value->text);
            if (!text)
                return error_no_memory(err);
            *registration_text(r, value) = text;
        }
    }
    return 0;
}

/* How many bytes Windows keeps for a text of UTF-8, with its NUL. */
static size_t windows_bytes(const char *text)
{
    size_t units = 1;
    for (const char *c = text; *c; c++) {
        unsigned char byte = (unsigned char)*c;
        units += (byte & 0xc0) != 0x80; /* a character, of */
        units += byte >= 0xf0;          /* two units */
    }
    return 2 * units;
}

int registration_check_list(const struct registration_list *list, const char *name,
                            struct error *err)
{
    size_t bytes = 2; /* the NUL of the list */
    if (list->texts.n > REGISTRATION_LIST_ITEMS)
        return error_set(err, ERROR_LIMIT, "%s has %zu texts, and at most %d are kept", name,
                         list->texts.n, REGISTRATION_LIST_ITEMS);
    for (size_t i = 0; i < list->texts.n; i++) {
        const char *text = list->texts.items[i];
        if (!*text)
            return error_set(err, ERROR_DAMAGED,
                             "%s has an empty text in it, which would end the list", name);
        if (!text_is_utf8(text))
            return error_set(err, ERROR_DAMAGED, "%s has a text in it that is not UTF-8", name);
        bytes += windows_bytes(text);
    }
    if (bytes > REGISTRATION_LIST_BYTES)
        return error_set(err, ERROR_LIMIT,
                         "%s takes %zu bytes in Windows' registry, and at most %d are kept", name,
                         bytes, REGISTRATION_LIST_BYTES);
    return 0;
}

static int check_values(const struct registration *r, struct error *err)
{
    if (!r->distribution_name)
        return error_set(err, ERROR_DAMAGED, "DistributionName is missing");
    if (!r->base_path || !*r->base_path)
        return error_set(err, ERROR_DAMAGED, "BasePath is missing");
    struct error why;
    if (name_check(r->distribution_name, &why) < 0)
        return error_set(err, ERROR_DAMAGED, "DistributionName: %s", why.text);

    const char *file = r->vhd_file_name;
    if (*file == '\0' || strchr(file, '/') || strcmp(file, ".") == 0 || strcmp(file, "..") == 0)
        return error_set(err, ERROR_DAMAGED,
                         "VhdFileName '%s' is not the name of a file in BasePath", file);
    struct registration values = *r;
    for (size_t i = 0; i < REGISTRATION_VALUES; i++) {
        const struct registration_value *value = &registration_values[i];
        if (value->type == VALUE_LIST &&
            registration_check_list(registration_list(&values, value), value->name, err) < 0)
            return -1;
    }
    return 0;
}

int registration_check(const struct registration *r, struct error *err)
{
    if (check_values(r, err) < 0)
        return -1;
    if (r->base_path[0] != '/')
        return error_set(err, ERROR_DAMAGED, "BasePath '%s' is not absolute", r->base_path);
    return 0;
}

int registration_check_elsewhere(const struct registration *r, struct error *err)
{
    if (check_values(r, err) < 0)
        return -1;
    if (strchr(r->vhd_file_name, '\\'))
        return error_set(err, ERROR_DAMAGED,
                         "VhdFileName '%s' is not the name of a file in BasePath",
                         r->vhd_file_name);
    return 0;
}

int registration_list_copy(struct registration_list *out, const struct registration_list *from,
                           struct error *err)
{
    texts_free(&out->texts);
    out->given = from->given;
    return texts_copy(&out->texts, &from->texts, err);
}

int registration_copy_value(struct registration *out, struct registration *from,
                            const struct registration_value *value, struct error *err)
{
    if (!registration_has(from, value))
        return 0;
    switch (value->type) {
    case VALUE_TEXT:
        return text_set(registration_text(out, value), *registration_text(from, value), err);
    case VALUE_LIST:
        return registration_list_copy(registration_list(out, value), registration_list(from, value),
                                      err);
    case VALUE_DWORD:
        break;
    }
    *registration_number(out, value) = *registration_number(from, value);
    return 0;
}

int registration_copy(struct registration *out, const struct registration *from, struct error *err)
{
    struct registration source = *from;
    out->guid = from->guid;
    for (size_t i = 0; i < REGISTRATION_VALUES; i++) {
        if (registration_copy_value(out, &source, &registration_values[i], err) < 0)
            return -1;
    }
    return 0;
}

void registration_free(struct registration *r)
{
    for (size_t i = 0; i < REGISTRATION_VALUES; i++) {
        const struct registration_value *value = &registration_values[i];
        if (value->type == VALUE_TEXT)
            free(*registration_text(r, value));
        else if (value->type == VALUE_LIST)
            texts_free(&registration_list(r, value)->texts);
    }
    *r = (struct registration){0};
}

const char *registration_state_words(uint32_t state)
{
    static const char *const words[] = {
        [STATE_INVALID] = "Invalid",           [STATE_INSTALLED] = "Installed",
        [STATE_RUNNING] = "Running",           [STATE_INSTALLING] = "Installing",
        [STATE_UNINSTALLING] = "Uninstalling", [STATE_CONVERTING] = "Converting",
        [STATE_EXPORTING] = "Exporting",
    };
    return state < array_length(words) ? words[state] : "Unknown";
}

int registration_wsl_version(const struct registration *r)
{
    return r->flags & REGISTRATION_VM ? 2 : 1;
}

int registration_disk(const struct registration *r, char **out, struct error *err)
{
    return paths_join(out, r->base_path, r->vhd_file_name, err);
}

int registration_disk_there(const struct registration *r, char **out, struct error *err)
{
    AUTO_FREE char *disk = NULL;
    if (registration_disk(r, &disk, err) < 0)
        return -1;
    if (access(disk, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR))
        return error_set(err, ERROR_NOT_FOUND,
                         "the disk of %s is gone: %s; put it back, or forget it: lxinstall "
                         "unregister %s",
                         r->distribution_name, disk, r->distribution_name);
    if (access(disk, F_OK) < 0)
        return error_errno(err, errno, "the disk of %s, %s", r->distribution_name, disk);
    *out = steal(&disk);
    return 0;
}
