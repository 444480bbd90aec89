/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/registration.h"

#include <stdio.h>
#include <string.h>

#include "core/paths.h"
#include "install/name.h"
#include "install/text.h"

#define TEXT(member)  VALUE_TEXT, .offset = offsetof(struct registration, member)
#define DWORD(member) VALUE_DWORD, .offset = offsetof(struct registration, member)

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

const char *registration_windows_name(const struct registration_value *value,
                                      char name[REGISTRATION_NAME_BYTES])
{
    snprintf(name, REGISTRATION_NAME_BYTES, "%s%s", value->own ? "Lxkit" : "", value->name);
    return name;
}

bool registration_same(struct registration *a, struct registration *b,
                       const struct registration_value *value)
{
    if (value->type == VALUE_DWORD)
        return *registration_number(a, value) == *registration_number(b, value);
    const char *x = *registration_text(a, value), *y = *registration_text(b, value);
    return x && y ? strcmp(x, y) == 0 : x == y;
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

int registration_copy(struct registration *out, const struct registration *from, struct error *err)
{
    struct registration source = *from;
    out->guid = from->guid;
    for (size_t i = 0; i < REGISTRATION_VALUES; i++) {
        const struct registration_value *value = &registration_values[i];
        if (value->type == VALUE_DWORD) {
            *registration_number(out, value) = *registration_number(&source, value);
            continue;
        }
        const char *text = *registration_text(&source, value);
        if (text && text_set(registration_text(out, value), text, err) < 0)
            return -1;
    }
    return 0;
}

void registration_free(struct registration *r)
{
    for (size_t i = 0; i < REGISTRATION_VALUES; i++) {
        if (registration_values[i].type == VALUE_TEXT)
            free(*registration_text(r, &registration_values[i]));
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
