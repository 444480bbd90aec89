/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "core/le.h"
#include "core/paths.h"
#include "install/runtime/hive.h"
#include "install/runtime/utf16.h"
#include "install/runtime/windows_path.h"

/* A value made ready for hivex, which wants char * and keeps nothing. */
static int make_value(hive_set_value *out, const char *name, hive_type type, const void *bytes,
                      size_t n, struct error *err)
{
    *out = (hive_set_value){.key = strdup(name), .t = type, .len = n, .value = malloc(n ? n : 1)};
    if (!out->key || !out->value)
        return error_no_memory(err);
    memcpy(out->value, bytes, n);
    return 0;
}

static int make_text(hive_set_value *out, const char *name, const char *text, struct error *err)
{
    AUTO_FREE uint8_t *bytes = NULL;
    size_t n;
    if (utf16_encode(&bytes, &n, text, err) < 0)
        return -1;
    return make_value(out, name, hive_t_REG_SZ, bytes, n + 2, err);
}

struct values {
    hive_set_value *items;
    size_t n;
};

static void values_free(struct values *values)
{
    for (size_t i = 0; i < values->n; i++) {
        free(values->items[i].key);
        free(values->items[i].value);
    }
    free(values->items);
}

#define AUTO_VALUES CLEANUP(values_free)

/* One more, zeroed; NULL when out of memory. */
static hive_set_value *values_next(struct values *values, struct error *err)
{
    hive_set_value *items = reallocarray(values->items, values->n + 1, sizeof(*items));
    if (!items) {
        error_no_memory(err);
        return NULL;
    }
    values->items = items;
    items[values->n] = (hive_set_value){0};
    return &items[values->n++];
}

/* A key of Lxss; found again each time, as hivex may move keys when others grow. */
static int find_key(hive_node_h *out, const struct registry *self, hive_h *h,
                    const struct guid *guid, struct error *err)
{
    hive_node_h lxss;
    char key[GUID_BRACED_BYTES];
    guid_format_braced(guid, key);
    if (hive_find_lxss(&lxss, self, h, false, err) < 0)
        return -1;
    *out = lxss ? hivex_node_get_child(h, lxss, key) : 0;
    return *out ? 0 : hive_failed(self, ENOENT, err);
}

static int make_list(hive_set_value *out, const char *name, const struct texts *texts,
                     struct error *err)
{
    AUTO_FREE uint8_t *bytes = NULL;
    size_t n;
    if (utf16_encode_list(&bytes, &n, texts, err) < 0)
        return -1;
    return make_value(out, name, hive_t_REG_MULTI_SZ, bytes, n, err);
}

/* A value of entry made ready; the place is spelled as Windows does. */
static int make_ready(hive_set_value *out, const struct hive *hive, struct registration *entry,
                      const struct registration_value *value, struct error *err)
{
    AUTO_FREE char *place = NULL;
    char name[REGISTRATION_NAME_BYTES];
    registration_windows_name(value, name);
    if (value->type == VALUE_DWORD) {
        struct le32 number = le32_put(*registration_number(entry, value));
        return make_value(out, name, hive_t_REG_DWORD, &number, sizeof(number), err);
    }
    if (value->type == VALUE_LIST)
        return make_list(out, name, &registration_list(entry, value)->texts, err);
    const char *text = *registration_text(entry, value);
    if (text == entry->base_path && windows_path_of(&place, hive->windows_root, text, err) < 0)
        return -1;
    return make_text(out, name, place ? place : text, err);
}

/* Every value of entry that is not the same in stored; stored NULL: every one that there is. */
static int collect(struct values *out, const struct registry *self, struct registration *entry,
                   struct registration *stored, struct error *err)
{
    for (size_t i = 0; i < REGISTRATION_VALUES; i++) {
        const struct registration_value *value = &registration_values[i];
        if ((stored && registration_same(entry, stored, value)) || !registration_has(entry, value))
            continue;
        hive_set_value *next = values_next(out, err);
        if (!next || make_ready(next, self->state, entry, value, err) < 0)
            return -1;
    }
    return 0;
}

/* The runtime reads a translation distribution from a tree, and mounts no disk for it. */
static int check_tree(const struct registration *entry, struct error *err)
{
    AUTO_FREE char *tree = NULL;
    struct stat st;
    if (entry->flags & REGISTRATION_VM)
        return 0;
    if (paths_join(&tree, entry->base_path, "rootfs", err) < 0)
        return -1;
    if (stat(tree, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    return error_set(err, ERROR_UNSUPPORTED,
                     "%s is of version 1 (translation), and Windows starts such a one only from a "
                     "tree on its drive, %s; register its disk with a script that attaches it: "
                     "lxinstall register %s DISK --write-ps1 FILE.ps1",
                     entry->distribution_name, tree, entry->distribution_name);
}

/* Whether Windows can name the disk. */
static int check_disk(const struct registry *self, const struct registration *entry,
                      struct error *err)
{
    const struct hive *hive = self->state;
    AUTO_FREE char *disk = NULL, *windows = NULL;
    return registration_disk(entry, &disk, err) < 0
               ? -1
               : windows_path_of(&windows, hive->windows_root, disk, err);
}

static int add_key(const struct registry *self, hive_h *h, struct registration *entry,
                   struct error *err)
{
    AUTO_VALUES struct values values = {0};
    hive_node_h lxss, node;
    char key[GUID_BRACED_BYTES];
    guid_format_braced(&entry->guid, key);
    if (check_disk(self, entry, err) < 0 || check_tree(entry, err) < 0 ||
        collect(&values, self, entry, NULL, err) < 0 ||
        hive_find_lxss(&lxss, self, h, true, err) < 0)
        return -1;
    if (!(node = hivex_node_add_child(h, lxss, key)) ||
        hivex_node_set_values(h, node, values.n, values.items, 0) < 0)
        return hive_failed(self, errno, err);
    return 0;
}

/* What is retired is deleted next, by others; what they cannot delete is not retired. */
static int check_deletable(const struct registration *entry, struct error *err)
{
    if (entry->base_path[0] != '/')
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s lies at %s, which is not on drive C: and so cannot be deleted from "
                         "here; this forgets it and keeps its disk: lxinstall unregister %s",
                         entry->distribution_name, entry->base_path, entry->distribution_name);
    if (!(entry->flags & REGISTRATION_VM))
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s is a tree, %s/rootfs, and not a disk that could be deleted from here; "
                         "this forgets it and keeps the tree: lxinstall unregister %s",
                         entry->distribution_name, entry->base_path, entry->distribution_name);
    return 0;
}

/* Takes a value away; hivex only sets all of them. */
static int remove_value(const struct registry *self, hive_h *h, hive_node_h node, const char *gone,
                        struct error *err)
{
    AUTO_VALUES struct values values = {0};
    AUTO_FREE hive_value_h *old = hivex_node_values(h, node);
    if (!old)
        return hive_failed(self, errno, err);
    for (size_t i = 0; old[i]; i++) {
        AUTO_FREE char *key = hivex_value_key(h, old[i]);
        hive_type type;
        size_t n;
        if (key && strcasecmp(key, gone) == 0)
            continue;
        AUTO_FREE char *bytes = key ? hivex_value_value(h, old[i], &type, &n) : NULL;
        if (!bytes)
            return hive_failed(self, errno, err);
        hive_set_value *next = values_next(&values, err);
        if (!next || make_value(next, key, type, bytes, n, err) < 0)
            return -1;
    }
    return hivex_node_set_values(h, node, values.n, values.items, 0) < 0
               ? hive_failed(self, errno, err)
               : 0;
}

/* Values that are no longer there. */
static int remove_values(const struct registry *self, hive_h *h, struct registration *entry,
                         struct registration *stored, struct error *err)
{
    for (size_t i = 0; i < REGISTRATION_VALUES; i++) {
        const struct registration_value *value = &registration_values[i];
        char name[REGISTRATION_NAME_BYTES];
        hive_node_h node;
        if (registration_has(entry, value) || !registration_has(stored, value))
            continue;
        if (find_key(&node, self, h, &entry->guid, err) < 0 ||
            remove_value(self, h, node, registration_windows_name(value, name), err) < 0)
            return -1;
    }
    return 0;
}

static int change_key(const struct registry *self, hive_h *h, struct registration *entry,
                      struct registration *stored, struct error *err)
{
    AUTO_VALUES struct values values = {0};
    hive_node_h node;
    bool moves = entry->flags != stored->flags || strcmp(entry->base_path, stored->base_path) != 0;
    if ((moves && check_tree(entry, err) < 0) || collect(&values, self, entry, stored, err) < 0)
        return -1;
    if (entry->state == STATE_UNINSTALLING && check_deletable(entry, err) < 0)
        return -1;
    for (size_t i = 0; i < values.n; i++) {
        if (find_key(&node, self, h, &entry->guid, err) < 0)
            return -1;
        if (hivex_node_set_value(h, node, &values.items[i], 0) < 0)
            return hive_failed(self, errno, err);
    }
    return remove_values(self, h, entry, stored, err);
}

static int remove_key(const struct registry *self, hive_h *h, const struct registration *stored,
                      struct error *err)
{
    hive_node_h node;
    if (find_key(&node, self, h, &stored->guid, err) < 0)
        return -1;
    return hivex_node_delete_child(h, node) < 0 ? hive_failed(self, errno, err) : 0;
}

static int put_default(const struct registry *self, hive_h *h, struct error *err)
{
    const struct hive *hive = self->state;
    AUTO_VALUES struct values values = {0};
    hive_node_h lxss;
    char text[GUID_BRACED_BYTES];
    if (guid_equal(&self->default_guid, &hive->stored.default_guid))
        return 0;
    if (hive_find_lxss(&lxss, self, h, true, err) < 0)
        return -1;
    if (guid_is_zero(&self->default_guid))
        return remove_value(self, h, lxss, HIVE_DEFAULT, err);
    guid_format_braced(&self->default_guid, text);
    hive_set_value *value = values_next(&values, err);
    if (!value || make_text(value, HIVE_DEFAULT, text, err) < 0)
        return -1;
    return hivex_node_set_value(h, lxss, value, 0) < 0 ? hive_failed(self, errno, err) : 0;
}

int hive_write(const struct registry *self, hive_h *h, struct error *err)
{
    const struct hive *hive = self->state;
    for (size_t i = 0; i < hive->stored.n; i++) {
        struct registration *stored = &hive->stored.entries[i];
        if (!registry_by_guid(self, &stored->guid) && remove_key(self, h, stored, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < self->n; i++) {
        struct registration *entry = &self->entries[i];
        struct registration *stored = registry_by_guid(&hive->stored, &entry->guid);
        int rc = stored ? change_key(self, h, entry, stored, err) : add_key(self, h, entry, err);
        if (rc < 0)
            return -1;
    }
    return put_default(self, h, err);
}
