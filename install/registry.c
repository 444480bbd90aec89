/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/registry.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/paths.h"
#include "install/location.h"
#include "install/name.h"
#include "install/runtime/wsl_exe.h"

static const struct registry_driver *const drivers[] = {
    &registry_local,
    &registry_hive,
    &registry_wsl,
};

/* ---- which one ---- */

static const char *given(const char *value, const char *variable)
{
    if (!value)
        value = getenv(variable);
    return value && *value ? value : NULL;
}

static const struct registry_driver *driver_by_name(const char *name)
{
    for (size_t i = 0; i < array_length(drivers); i++) {
        if (strcmp(drivers[i]->name, name) == 0)
            return drivers[i];
    }
    return NULL;
}

/* What "auto" stands for. */
static const struct registry_driver *driver_by_surroundings(const struct registry_place *place,
                                                            const char **why)
{
    if (place->hive) {
        *why = "a hive is given";
        return &registry_hive;
    }
    if (!wsl_surrounds(why))
        return &registry_local;
    return &registry_wsl;
}

static int choose(struct registry *self, struct error *err)
{
    const char *name = self->place.runtime;
    self->why = "it was asked for";
    if (!name || strcmp(name, "auto") == 0)
        self->driver = driver_by_surroundings(&self->place, &self->why);
    else
        self->driver = driver_by_name(name);
    if (!self->driver)
        return error_set(err, ERROR_USAGE,
                         "'%s' is no runtime that is known here; there are: auto, local, hive, wsl",
                         name);
    self->place.runtime = self->driver->name;
    if (self->driver != &registry_hive)
        self->place.hive = NULL;
    return 0;
}

/* ---- the whole ---- */

int registry_open_at(struct registry **out, const struct registry_place *place,
                     enum registry_access access, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = calloc(1, sizeof(*registry));
    if (!registry)
        return error_no_memory(err);
    registry->place = (struct registry_place){
        .runtime = given(place->runtime, "LXKIT_RUNTIME"),
        .hive = given(place->hive, "LXKIT_HIVE"),
        .windows_root = given(place->windows_root, "LXKIT_WINDOWS_ROOT"),
    };
    registry->writable = access == REGISTRY_WRITE;
    if (choose(registry, err) < 0)
        return -1;
    if (place->hive && registry->driver != &registry_hive)
        return error_set(err, ERROR_USAGE,
                         "a hive (--hive) goes with the runtime 'hive', and not with '%s'",
                         registry->driver->name);
    if (registry->driver->open(registry, err) < 0)
        return -1;
    *out = steal(&registry);
    return 0;
}

int registry_open(struct registry **out, const char *driver, enum registry_access access,
                  struct error *err)
{
    const struct registry_place place = {.runtime = driver};
    return registry_open_at(out, &place, access, err);
}

int registry_commit(struct registry *registry, struct error *err)
{
    if (!registry->writable)
        return error_set(err, ERROR_INTERNAL, "%s was opened for reading", registry->path);
    return registry->driver->commit(registry, err);
}

void registry_close(struct registry *registry)
{
    if (!registry)
        return;
    if (registry->driver)
        registry->driver->close(registry);
    registry_clear(registry);
    free(registry->path);
    free(registry);
}

void registry_clear(struct registry *registry)
{
    for (size_t i = 0; i < registry->n; i++)
        registration_free(&registry->entries[i]);
    free(registry->entries);
    registry->entries = NULL;
    registry->n = 0;
    registry->default_guid = (struct guid){0};
}

int registry_copy(struct registry *to, const struct registry *from, struct error *err)
{
    to->default_guid = from->default_guid;
    for (size_t i = 0; i < from->n; i++) {
        AUTO_REGISTRATION struct registration entry = {0};
        if (registration_init(&entry, err) < 0 ||
            registration_copy(&entry, &from->entries[i], err) < 0 ||
            registry_append(to, &entry, err) < 0)
            return -1;
    }
    return 0;
}

int registry_home(const struct registry *registry, const char *name, char **out, struct error *err)
{
    AUTO_FREE char *data = NULL, *distributions = NULL;
    if (registry->driver->home)
        return registry->driver->home(registry, name, out, err);
    if (paths_data(&data, err) < 0 || paths_join(&distributions, data, "distributions", err) < 0)
        return -1;
    return paths_join(out, distributions, name, err);
}

struct registration *registry_find(const struct registry *registry, const char *name)
{
    for (size_t i = 0; i < registry->n; i++) {
        if (name_equal(registry->entries[i].distribution_name, name))
            return &registry->entries[i];
    }
    return NULL;
}

int registry_get(const struct registry *registry, const char *name, struct registration **out,
                 struct error *err)
{
    *out = registry_find(registry, name);
    if (*out)
        return 0;
    for (size_t i = 0; i < registry->n; i++) {
        const char *other = registry->entries[i].distribution_name;
        if (name_close(name, other))
            return error_set(err, ERROR_NOT_FOUND,
                             "no distribution is registered as '%s' in %s; did you mean '%s'?",
                             name, registry->path, other);
    }
    return error_set(err, ERROR_NOT_FOUND,
                     "no distribution is registered as '%s' in %s; see: lxinstall list", name,
                     registry->path);
}

struct registration *registry_by_guid(const struct registry *registry, const struct guid *guid)
{
    for (size_t i = 0; i < registry->n; i++) {
        if (guid_equal(&registry->entries[i].guid, guid))
            return &registry->entries[i];
    }
    return NULL;
}

struct registration *registry_default(const struct registry *registry)
{
    return registry_by_guid(registry, &registry->default_guid);
}

int registry_check_name(const struct registry *registry, const char *name, struct error *err)
{
    const struct registration *same = registry_find(registry, name);
    if (!same)
        return 0;
    return error_set(err, ERROR_EXISTS,
                     "a distribution is already registered as '%s', at %s; choose another name, or "
                     "remove that one: lxinstall remove %s",
                     same->distribution_name, same->base_path, same->distribution_name);
}

int registry_find_place(const struct registry *registry, const char *base_path,
                        struct registration **out, struct error *err)
{
    AUTO_FREE char *place = NULL;
    *out = NULL;
    if (location_canonical(&place, base_path, err) < 0)
        return -1;
    for (size_t i = 0; i < registry->n && !*out; i++) {
        struct registration *other = &registry->entries[i];
        AUTO_FREE char *taken = NULL;
        /* One that cannot be resolved (any more) is compared as it is written. */
        int rc = location_canonical(&taken, other->base_path, NULL);
        if (strcmp(place, rc < 0 ? other->base_path : taken) == 0)
            *out = other;
    }
    return 0;
}

int registry_find_disk(const struct registry *registry, const char *disk, struct registration **out,
                       struct error *err)
{
    struct stat mine, other;
    *out = NULL;
    if (stat(disk, &mine) < 0)
        return error_errno(err, errno, "open %s", disk);
    for (size_t i = 0; i < registry->n && !*out; i++) {
        AUTO_FREE char *path = NULL;
        if (registration_disk(&registry->entries[i], &path, err) < 0)
            return -1;
        if (stat(path, &other) == 0 && other.st_dev == mine.st_dev && other.st_ino == mine.st_ino)
            *out = &registry->entries[i];
    }
    return 0;
}

int registry_find_unchanged(struct registration **out, const struct registry *registry,
                            const struct registration *before, struct error *err)
{
    struct registration *entry = registry_by_guid(registry, &before->guid);
    *out = entry;
    if (entry && strcmp(entry->base_path, before->base_path) == 0 &&
        strcmp(entry->vhd_file_name, before->vhd_file_name) == 0 && entry->state == STATE_INSTALLED)
        return 0;
    return error_set(err, ERROR_EXISTS,
                     "%s was changed by another process meanwhile; look at it and try again",
                     before->distribution_name);
}

int registry_check_place(const struct registry *registry, const char *base_path, struct error *err)
{
    return registry->driver->check_place ? registry->driver->check_place(registry, base_path, err)
                                         : 0;
}

int registry_check_free(const struct registry *registry, const char *name, const char *base_path,
                        struct error *err)
{
    struct registration *owner;
    if (registry_check_name(registry, name, err) < 0 ||
        registry_check_place(registry, base_path, err) < 0 ||
        registry_find_place(registry, base_path, &owner, err) < 0)
        return -1;
    if (!owner)
        return 0;
    return error_set(err, ERROR_EXISTS,
                     "the directory %s belongs to the distribution '%s' already; choose another "
                     "directory",
                     base_path, owner->distribution_name);
}

int registry_append(struct registry *registry, struct registration *entry, struct error *err)
{
    struct registration *entries =
        reallocarray(registry->entries, registry->n + 1, sizeof(*entries));
    if (!entries) {
        registration_free(entry);
        return error_no_memory(err);
    }
    registry->entries = entries;
    entries[registry->n++] = *entry;
    *entry = (struct registration){0};
    return 0;
}

int registry_add(struct registry *registry, struct registration *entry, struct error *err)
{
    struct guid guid = entry->guid;
    AUTO_REGISTRATION struct registration mine = *entry;
    *entry = (struct registration){0};

    if (registration_check(&mine, err) < 0 ||
        registry_check_free(registry, mine.distribution_name, mine.base_path, err) < 0 ||
        registry_append(registry, &mine, err) < 0)
        return -1;
    if (!registry_default(registry))
        registry->default_guid = guid;
    return 0;
}

/* The default goes from an entry that is on its way out to the first installed one. */
static void pass_on_default(struct registry *registry, const struct registration *leaving)
{
    if (!guid_equal(&registry->default_guid, &leaving->guid))
        return;
    registry->default_guid = (struct guid){0};
    for (size_t i = 0; i < registry->n; i++) {
        const struct registration *heir = &registry->entries[i];
        if (heir != leaving && (heir->state == STATE_INSTALLED || heir->state == STATE_RUNNING)) {
            registry->default_guid = heir->guid;
            return;
        }
    }
}

void registry_retire(struct registry *registry, struct registration *entry)
{
    entry->state = STATE_UNINSTALLING;
    pass_on_default(registry, entry);
}

void registry_remove(struct registry *registry, struct registration *entry)
{
    pass_on_default(registry, entry);
    size_t i = (size_t)(entry - registry->entries);
    registration_free(entry);
    registry->n--;
    memmove(entry, entry + 1, (registry->n - i) * sizeof(*entry));
}
