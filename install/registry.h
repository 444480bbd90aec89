/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registry: which distributions there are, and which one is the default.
 *
 * It is opened, which reads all of it, changed in memory, and committed, which writes all of it or
 * nothing. Drivers know where it lies; the rules (unique names and places, the default) are here,
 * once for all of them. */
#ifndef LXKIT_INSTALL_REGISTRY_H
#define LXKIT_INSTALL_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "install/registration.h"

struct registry;

struct registry_driver {
    const char *name; /* "local" */
    /* Fills path, entries and default_guid; locks where self->writable. */
    int (*open)(struct registry *self, struct error *err);
    /* Replaces what is stored. What the driver found there and does not know stays. */
    int (*commit)(struct registry *self, struct error *err);
    /* Unlocks and frees self->state. */
    void (*close)(struct registry *self);
};

extern const struct registry_driver registry_local; /* a JSON file in the user's data directory */

struct registry {
    const struct registry_driver *driver;
    bool writable;
    char *path; /* for messages */
    struct registration *entries;
    size_t n;
    struct guid default_guid; /* may lead nowhere, as the runtime allows */
    void *state;              /* the driver's */
};

enum registry_access {
    REGISTRY_READ,
    REGISTRY_WRITE, /* locked until it is closed */
};

/* driver by name; NULL is the first of the table. DAMAGED, and nothing is ever written, where what
 * lies there makes no sense; BUSY where it stays locked. */
int registry_open(struct registry **out, const char *driver, enum registry_access access,
                  struct error *err) MUST_CHECK;
int registry_commit(struct registry *registry, struct error *err) MUST_CHECK;
void registry_close(struct registry *registry); /* drops what was not committed; NULL is fine */

/* By name; NULL where there is none. The pointer is good until entries are added or removed. */
struct registration *registry_find(const struct registry *registry, const char *name);
/* Likewise, but NOT_FOUND with the names that are close. */
int registry_get(const struct registry *registry, const char *name, struct registration **out,
                 struct error *err) MUST_CHECK;
/* The default distribution, NULL where there is none. */
struct registration *registry_default(const struct registry *registry);

/* The distribution whose directory that is, by whatever path; *out is NULL where there is none. */
int registry_find_place(const struct registry *registry, const char *base_path,
                        struct registration **out, struct error *err) MUST_CHECK;

/* EXISTS where the name is taken. */
int registry_check_name(const struct registry *registry, const char *name,
                        struct error *err) MUST_CHECK;
/* EXISTS where the name or the directory is. */
int registry_check_free(const struct registry *registry, const char *name, const char *base_path,
                        struct error *err) MUST_CHECK;

/* Appends, without checks: for drivers. Takes over what entry holds, also on failure. */
int registry_append(struct registry *registry, struct registration *entry,
                    struct error *err) MUST_CHECK;
/* Registers a new distribution; the first one becomes the default. Likewise takes it over. */
int registry_add(struct registry *registry, struct registration *entry,
                 struct error *err) MUST_CHECK;
/* Marks an entry as being removed. If it was the default, the next installed one becomes it. */
void registry_retire(struct registry *registry, struct registration *entry);
/* Forgets an entry, with the same consequence. */
void registry_remove(struct registry *registry, struct registration *entry);

static inline void registry_closep(struct registry **registry)
{
    registry_close(*registry);
}

#define AUTO_REGISTRY CLEANUP(registry_closep)

#endif
