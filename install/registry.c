/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/registry.h"

#include <stdio.h>
#include <string.h>

#include "install/location.h"
#include "install/name.h"

static const struct registry_driver *const drivers[] = {
    &registry_local,
};

static const struct registry_driver *driver_by_name(const char *name)
{
    if (!name)
        return drivers[0];
    for (size_t i = 0; i < array_length(drivers); i++) {
        if (strcmp(drivers[i]->name, name) == 0)
            return drivers[i];
    }
    return NULL;
}

int registry_open(struct registry **out, const char *driver, enum registry_access access,
                  struct error *err)
{
    const struct registry_driver *found = driver_by_name(driver);
    if (!found)
        return error_set(err, ERROR_USAGE, "'%s' is no kind of registry; there is: %s", driver,
                         drivers[0]->name);

    AUTO_REGISTRY struct registry *registry = calloc(1, sizeof(*registry));
    if (!registry)
        return error_no_memory(err);
    registry->driver = found;
    registry->writable = access == REGISTRY_WRITE;
    if (found->open(registry, err) < 0)
        return -1;
    *out = steal(&registry);
    return 0;
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
    registry->driver->close(registry);
    for (size_t i = 0; i < registry->n; i++)
        registration_free(&registry->entries[i]);
    free(registry->entries);
    free(registry->path);
    free(registry);
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

struct registration *registry_default(const struct registry *registry)
{
    for (size_t i = 0; i < registry->n; i++) {
        if (guid_equal(&registry->entries[i].guid, &registry->default_guid))
            return &registry->entries[i];
    }
    return NULL;
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

int registry_check_free(const struct registry *registry, const char *name, const char *base_path,
                        struct error *err)
{
    struct registration *owner;
    if (registry_check_name(registry, name, err) < 0 ||
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
        if (heir != leaving && heir->state == STATE_INSTALLED) {
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
