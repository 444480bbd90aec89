/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/le.h"
#include "install/runtime/hive.h"
#include "install/runtime/utf16.h"
#include "install/runtime/windows_path.h"

enum {
    KEYS_MAX = 1024,            /* below Lxss */
    TEXT_BYTES_MAX = 2 * 32768, /* of a value: the longest path that Windows has */
};

int hive_failed(const struct registry *self, int errnum, struct error *err)
{
    if (errnum == ENOMEM)
        return error_no_memory(err);
    return error_set(err, ERROR_DAMAGED,
                     "%s is damaged (%s); nothing was changed: take a backup of it, or sign in to "
                     "that Windows with another user",
                     self->path, strerror(errnum));
}

/* Opens the copy in memory. */
int hive_begin(hive_h **out, const struct registry *self, int fd, int flags, struct error *err)
{
    char path[HIVE_PATH_BYTES];
    *out = hivex_open(hive_fd_path(fd, path), flags);
    return *out ? 0 : hive_failed(self, errno, err);
}

/* ---- finding ---- */

static const char *const lxss_path[] = {"Software", "Microsoft", "Windows", "CurrentVersion",
                                        "Lxss"};

/* The key Lxss; *out is 0 where there is none and make is false. A hive in which what stands above
 * it is missing is no user's. */
int hive_find_lxss(hive_node_h *out, const struct registry *self, hive_h *h, bool make,
                   struct error *err)
{
    hive_node_h node = hivex_root(h);
    if (!node)
        return hive_failed(self, errno, err);
    for (size_t i = 0; i < array_length(lxss_path); i++) {
        bool last = i + 1 == array_length(lxss_path);
        errno = 0;
        hive_node_h child = hivex_node_get_child(h, node, lxss_path[i]);
        if (!child && errno)
            return hive_failed(self, errno, err);
        if (!child && !last)
            return error_set(err, ERROR_WRONG_KIND,
                             "%s is a registry hive, but no user's: it has no key "
                             "Software\\Microsoft\\Windows\\CurrentVersion; give the NTUSER.DAT in "
                             "the user's directory",
                             self->path);
        if (!child && make && !(child = hivex_node_add_child(h, node, lxss_path[i])))
            return hive_failed(self, errno, err);
        node = child;
    }
    *out = node;
    return 0;
}

/* ---- reading ---- */

PRINTF_LIKE(4, 5)
static int key_damaged(const struct registry *self, const char *key, struct error *err,
                       const char *format, ...)
{
    char what[ERROR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    return error_set(err, ERROR_DAMAGED,
                     "%s: Lxss\\%s: %s; nothing was changed: correct the key with regedit in that "
                     "Windows, which cannot use any distribution as it is",
                     self->path, key, what);
}

/* A key whose values make no sense, or break a limit, which is no damage. */
static int key_refused(const struct registry *self, const char *key, const struct error *why,
                       struct error *err)
{
    if (why->code == ERROR_DAMAGED)
        return key_damaged(self, key, err, "%s", why->text);
    return error_set(err, why->code,
                     "%s: Lxss\\%s: %s; nothing was changed: shorten it with "
                     "regedit in that Windows",
                     self->path, key, why->text);
}

/* A value's bytes, malloc'd; *out is NULL where there is no such value. */
static int read_value(char **out, hive_type *type, size_t *n, const struct registry *self,
                      hive_h *h, hive_node_h node, const char *name, struct error *err)
{
    *out = NULL;
    errno = 0;
    hive_value_h value = hivex_node_get_value(h, node, name);
    if (!value)
        return errno ? hive_failed(self, errno, err) : 0;
    if (hivex_value_type(h, value, type, n) < 0)
        return hive_failed(self, errno, err);
    if (*n > TEXT_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "%s: %s has %zu bytes, and at most %d are read",
                         self->path, name, *n, TEXT_BYTES_MAX);
    *out = hivex_value_value(h, value, type, n);
    return *out ? 0 : hive_failed(self, errno, err);
}

/* Whether bytes of this type and number can be such a value. */
static bool type_fits(enum registration_type wanted, hive_type type, size_t n)
{
    switch (wanted) {
    case VALUE_DWORD:
        return type == hive_t_REG_DWORD && n == sizeof(struct le32);
    case VALUE_LIST:
        return type == hive_t_REG_MULTI_SZ;
    case VALUE_TEXT:
        break;
    }
    return type == hive_t_REG_SZ || type == hive_t_REG_EXPAND_SZ;
}

/* Sets a value of entry from bytes of its type. */
static int take_bytes(struct registration *entry, const struct registration_value *value,
                      const char *bytes, size_t n, struct error *err)
{
    const uint8_t *units = (const uint8_t *)bytes;
    struct registration_list *list;
    struct le32 number;
    char *text;
    switch (value->type) {
    case VALUE_DWORD:
        memcpy(&number, bytes, sizeof(number));
        *registration_number(entry, value) = le32_get(number);
        return 0;
    case VALUE_LIST:
        list = registration_list(entry, value);
        list->given = n > 0; /* nothing at all is what an absent one is, to the runtime too */
        return utf16_decode_list(&list->texts, units, n, err);
    case VALUE_TEXT:
        break;
    }
    if (utf16_decode(&text, units, n, err) < 0)
        return -1;
    free(*registration_text(entry, value));
    *registration_text(entry, value) = text;
    return 0;
}

static int get_value(struct registration *entry, const struct registration_value *value,
                     const struct registry *self, hive_h *h, hive_node_h node, const char *key,
                     struct error *err)
{
    AUTO_FREE char *bytes = NULL;
    struct error why;
    hive_type type;
    size_t n;
    char name[REGISTRATION_NAME_BYTES];
    if (read_value(&bytes, &type, &n, self, h, node, registration_windows_name(value, name), err) <
        0)
        return -1;
    if (!bytes)
        return 0;
    if (!type_fits(value->type, type, n))
        return key_damaged(self, key, err, "%s is no %s", name,
                           registration_type_name(value->type));
    if (take_bytes(entry, value, bytes, n, &why) < 0)
        return key_damaged(self, key, err, "%s: %s", name, why.text);
    return 0;
}

/* From Windows' BasePath to ours. One that cannot be reached stays as it is spelled, which is no
 * path here and leads to nothing. */
static int place_here(struct registration *entry, const struct registry *self, const char *key,
                      struct error *err)
{
    const struct hive *hive = self->state;
    AUTO_FREE char *here = NULL;
    struct error why;
    if (registration_check_elsewhere(entry, &why) < 0)
        return key_refused(self, key, &why, err);
    if (windows_path_here(&here, hive->windows_root, entry->base_path, err) < 0)
        return -1;
    if (here) {
        free(entry->base_path);
        entry->base_path = steal(&here);
    }
    return 0;
}

static int read_entry(struct registration *entry, const struct registry *self, hive_h *h,
                      hive_node_h node, const char *key, struct error *err)
{
    if (registration_init(entry, err) < 0)
        return -1;
    for (size_t i = 0; i < REGISTRATION_VALUES; i++) {
        if (get_value(entry, &registration_values[i], self, h, node, key, err) < 0)
            return -1;
    }
    return place_here(entry, self, key, err);
}

/* What is no GUID in braces is skipped, as the runtime does. */
static int read_key(struct registry *to, const struct registry *self, hive_h *h, hive_node_h node,
                    struct error *err)
{
    AUTO_REGISTRATION struct registration entry = {0};
    AUTO_FREE char *key = hivex_node_name(h, node);
    struct guid guid;
    if (!key)
        return hive_failed(self, errno, err);
    if (strlen(key) != GUID_BRACED_BYTES - 1 || !guid_parse(&guid, key))
        return 0;
    if (read_entry(&entry, self, h, node, key, err) < 0)
        return -1;
    entry.guid = guid;
    return registry_append(to, &entry, err);
}

static int read_default(struct registry *to, const struct registry *self, hive_h *h,
                        hive_node_h lxss, struct error *err)
{
    AUTO_FREE char *bytes = NULL, *text = NULL;
    hive_type type;
    size_t n;
    to->default_guid = (struct guid){0};
    if (read_value(&bytes, &type, &n, self, h, lxss, HIVE_DEFAULT, err) < 0)
        return -1;
    /* What is no GUID means "no default" to the runtime, and is no error. */
    if (bytes && type == hive_t_REG_SZ &&
        utf16_decode(&text, (const uint8_t *)bytes, n, NULL) == 0 &&
        !guid_parse(&to->default_guid, text))
        to->default_guid = (struct guid){0};
    return 0;
}

/* All that is in the hive in fd, into entries and default of to. */
int hive_read(struct registry *to, const struct registry *self, int fd, struct error *err)
{
    AUTO_HIVEX hive_h *h = NULL;
    hive_node_h lxss;
    if (hive_begin(&h, self, fd, 0, err) < 0 || hive_find_lxss(&lxss, self, h, false, err) < 0)
        return -1;
    if (!lxss)
        return 0;
    AUTO_FREE hive_node_h *keys = hivex_node_children(h, lxss);
    if (!keys)
        return hive_failed(self, errno, err);
    for (size_t i = 0; keys[i]; i++) {
        if (i == KEYS_MAX)
            return error_set(err, ERROR_LIMIT, "%s: Lxss has more than %d keys", self->path,
                             KEYS_MAX);
        if (read_key(to, self, h, keys[i], err) < 0)
            return -1;
    }
    return read_default(to, self, h, lxss, err);
}
