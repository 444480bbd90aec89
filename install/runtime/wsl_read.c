/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/runtime/wsl_read.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/paths.h"
#include "install/name.h"
#include "install/runtime/reg_file.h"
#include "install/runtime/utf16.h"
#include "install/runtime/windows_path.h"
#include "install/runtime/wsl_exe.h"
#include "install/text.h"

#define ENVIRONMENT "HKEY_CURRENT_USER\\Volatile Environment"

/* ---- paths and files between the two ---- */

int wsl_windows_path(char **out, const char *path, struct error *err)
{
    AUTO_FREE char *windows = NULL;
    struct error why = {0};
    int rc = wsl_path(&windows, "-w", path, &why);
    if (rc < 0 && why.code != ERROR_UNSUPPORTED)
        return error_set(err, why.code, "%s", why.text);
    if (rc == 0 && isalpha((unsigned char)windows[0]) && windows[1] == ':') {
        *out = steal(&windows);
        return 0;
    }
    return error_set(err, ERROR_UNSUPPORTED,
                     "%s lies inside Linux, and Windows starts disks only from its own drives; "
                     "choose a place on one of them, as /mnt/c/Users/NAME/wsl (--location)",
                     path);
}

int wsl_exchange_make(struct wsl_exchange *out, struct error *err)
{
    const char *directory = getenv("TMPDIR");
    AUTO_FREE char *path = NULL;
    if (asprintf(&path, "%s/lxkit-XXXXXX.reg",
                 directory && *directory == '/' ? directory : "/tmp") < 0) {
        path = NULL;
        return error_no_memory(err);
    }
    AUTO_FD int fd = mkostemps(path, (int)strlen(".reg"), O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "create %s", path);
    out->path = steal(&path);
    return wsl_path(&out->windows, "-w", out->path, err);
}

void wsl_exchange_free(struct wsl_exchange *exchange)
{
    if (exchange->path)
        unlink(exchange->path);
    free(exchange->path);
    free(exchange->windows);
    *exchange = (struct wsl_exchange){0};
}

/* A key with all below it as the text of a .reg file, malloc'd. */
static int export_key(char **out, const char *key, struct error *err)
{
    AUTO_WSL_EXCHANGE struct wsl_exchange file = {0};
    AUTO_FREE char *bytes = NULL;
    size_t n;
    if (wsl_exchange_make(&file, err) < 0)
        return -1;
    const struct wsl_call call = {.arguments = {"export", key, file.windows, "/y"}};
    if (wsl_run_reg(&call, err) < 0 ||
        text_read_file(&bytes, &n, file.path, REG_BYTES_MAX, err) < 0)
        return -1;
    return windows_text(out, bytes, n, err) < 0 ? error_wrap(err, "what reg.exe exports of %s", key)
                                                : 0;
}

/* ---- the registry ---- */

/* A distribution while its values come in. */
struct reading {
    struct registry *to;
    struct registration entry;
    bool in_entry, in_lxss;
};

static int damaged(const struct reading *reading, const char *what, struct error *err)
{
    char guid[GUID_BRACED_BYTES];
    guid_format_braced(&reading->entry.guid, guid);
    return error_set(err, ERROR_DAMAGED,
                     "the registry of Windows: Lxss\\%s: %s; nothing was changed: correct the key "
                     "with regedit, as no distribution can be used as it is",
                     guid, what);
}

/* What makes no sense, or breaks a limit, which is no damage. */
static int refused(const struct reading *reading, const struct error *why, struct error *err)
{
    char guid[GUID_BRACED_BYTES];
    if (why->code == ERROR_DAMAGED)
        return damaged(reading, why->text, err);
    guid_format_braced(&reading->entry.guid, guid);
    return error_set(err, why->code,
                     "the registry of Windows: Lxss\\%s: %s; nothing was changed: shorten it with "
                     "regedit",
                     guid, why->text);
}

/* From Windows' BasePath to ours; one that cannot be reached stays as it is spelled. */
static int place_here(struct registration *entry, struct error *err)
{
    const char *windows = windows_path_plain(entry->base_path);
    AUTO_FREE char *here = NULL;
    struct error why = {0};
    if (wsl_path(&here, "-u", windows, &why) < 0)
        return why.code == ERROR_UNSUPPORTED ? 0 : error_set(err, why.code, "%s", why.text);
    return text_set(&entry->base_path, here, err);
}

static int finish(struct reading *reading, struct error *err)
{
    struct registration *entry = &reading->entry;
    struct error why;
    if (!reading->in_entry)
        return 0;
    reading->in_entry = false;
    if (registration_check_elsewhere(entry, &why) < 0)
        return refused(reading, &why, err);
    if (place_here(entry, err) < 0)
        return -1;
    return registry_append(reading->to, entry, err);
}

/* What is no GUID in braces right below Lxss is skipped, as the runtime does. */
static int begin_key(struct reading *reading, const char *key, struct error *err)
{
    size_t n = strlen(REG_LXSS);
    struct guid guid;
    if (finish(reading, err) < 0)
        return -1;
    bool below = strncasecmp(key, REG_LXSS, n) == 0;
    reading->in_lxss = below && key[n] == '\0';
    if (!below || key[n] != '\\' || strlen(key + n + 1) != GUID_BRACED_BYTES - 1 ||
        !guid_parse(&guid, key + n + 1))
        return 0;
    if (registration_init(&reading->entry, err) < 0)
        return -1;
    reading->entry.guid = guid;
    reading->in_entry = true;
    return 0;
}

static int take_list(struct registration_list *out, const struct reg_item *item, struct error *err)
{
    texts_free(&out->texts);
    out->given = item->n > 0; /* nothing at all is what an absent one is, to the runtime too */
    return utf16_decode_list(&out->texts, item->bytes, item->n, err);
}

/* Sets a value of entry to that of an item. */
static int move_value(struct registration *entry, const struct registration_value *value,
                      struct reg_item *item, struct error *err)
{
    static const enum reg_kind kinds[] = {
        [VALUE_TEXT] = REG_TEXT,
        [VALUE_DWORD] = REG_DWORD,
        [VALUE_LIST] = REG_LIST,
    };
    if (item->kind != kinds[value->type])
        return error_set(err, ERROR_DAMAGED, "%s is no %s", item->name,
                         registration_type_name(value->type));
    if (value->type == VALUE_LIST)
        return take_list(registration_list(entry, value), item, err) < 0
                   ? error_wrap(err, "%s", item->name)
                   : 0;
    if (value->type == VALUE_DWORD) {
        *registration_number(entry, value) = item->number;
        return 0;
    }
    char **text = registration_text(entry, value);
    free(*text);
    *text = steal(&item->text);
    return 0;
}

static int take_value(struct reading *reading, struct reg_item *item, struct error *err)
{
    for (size_t i = 0; item->name && i < REGISTRATION_VALUES; i++) {
        const struct registration_value *value = &registration_values[i];
        char name[REGISTRATION_NAME_BYTES];
        struct error why;
        if (strcasecmp(item->name, registration_windows_name(value, name)) == 0)
            return move_value(&reading->entry, value, item, &why) < 0 ? refused(reading, &why, err)
                                                                      : 0;
    }
    return 0;
}

static int take_item(struct reading *reading, struct reg_item *item, struct error *err)
{
    if (item->kind == REG_KEY)
        return begin_key(reading, item->text, err);
    if (reading->in_entry)
        return take_value(reading, item, err);
    /* What is no GUID means "no default" to the runtime, and is no error. */
    if (reading->in_lxss && item->name && strcasecmp(item->name, "DefaultDistribution") == 0 &&
        item->kind == REG_TEXT && !guid_parse(&reading->to->default_guid, item->text))
        reading->to->default_guid = (struct guid){0};
    return 0;
}

static int read_lxss(struct registry *to, const char *text, struct error *err)
{
    struct reading reading = {.to = to};
    int rc = 0;
    for (enum reg_kind kind = REG_KEY; rc == 0 && kind != REG_END;) {
        AUTO_REG_ITEM struct reg_item item = {0};
        rc = reg_next(&item, &text, err);
        kind = item.kind;
        if (rc == 0 && kind != REG_END)
            rc = take_item(&reading, &item, err);
    }
    if (rc == 0)
        rc = finish(&reading, err);
    registration_free(&reading.entry);
    return rc;
}

/* ---- what runs ---- */

/* A row of "wsl --list --verbose": "* debian    Running         2". */
static void take_row(struct registry *to, const char *line)
{
    char name[DISTRIBUTION_NAME_MAX + 1], state[32];
    line += strspn(line, " *");
    if (sscanf(line, "%256s %31s", name, state) != 2)
        return;
    struct registration *entry = registry_find(to, name);
    if (entry && entry->state == STATE_INSTALLED && strcasecmp(state, "Running") == 0)
        entry->state = STATE_RUNNING;
}

static int read_states(struct registry *to, struct error *err)
{
    static const struct wsl_call call = {.arguments = {"--list", "--verbose"}};
    AUTO_FREE char *text = NULL;
    if (wsl_run(&text, &call, err) < 0)
        return -1;
    for (const char *line = text; *line; line += *line == '\n') {
        take_row(to, line);
        line += strcspn(line, "\n");
    }
    return 0;
}

/* reg.exe says the same of a key that is not there and of one that it may not read. wsl.exe knows,
 * and fails without a code where there is no distribution. */
static int read_nothing(const struct error *why, struct error *err)
{
    static const struct wsl_call call = {.arguments = {"--list", "--verbose"}};
    struct error listing = {0};
    if (wsl_run(NULL, &call, &listing) == 0)
        return error_set(err, why->code, "%s", why->text);
    return listing.code == ERROR_UNSUPPORTED ? 0 : error_set(err, listing.code, "%s", listing.text);
}

int wsl_read(struct registry *to, struct error *err)
{
    AUTO_FREE char *text = NULL;
    struct error why = {0};
    if (export_key(&text, REG_LXSS, &why) < 0)
        return why.code == ERROR_IO ? read_nothing(&why, err)
                                    : error_set(err, why.code, "%s", why.text);
    if (read_lxss(to, text, err) < 0)
        return -1;
    return to->n > 0 ? read_states(to, err) : 0;
}

/* ---- where new ones go ---- */

int wsl_home(const struct registry *registry UNUSED, const char *name, char **out,
             struct error *err)
{
    AUTO_FREE char *text = NULL, *windows = NULL, *here = NULL, *parent = NULL;
    if (export_key(&text, ENVIRONMENT, err) < 0)
        return error_wrap(err, "no place follows (give one with --location)");
    for (const char *at = text; !windows;) {
        AUTO_REG_ITEM struct reg_item item = {0};
        if (reg_next(&item, &at, err) < 0)
            return -1;
        if (item.kind == REG_END)
            return error_set(err, ERROR_NOT_FOUND,
                             "Windows does not say where LOCALAPPDATA is; give a place with "
                             "--location");
        if (item.kind == REG_TEXT && item.name && strcasecmp(item.name, "LOCALAPPDATA") == 0)
            windows = steal(&item.text);
    }
    if (wsl_path(&here, "-u", windows, err) < 0 || paths_join(&parent, here, "wsl", err) < 0)
        return -1;
    return paths_join(out, parent, name, err);
}
