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

/* Where the registry is. NULL: what the environment says, and what follows from that. */
struct registry_place {
    const char *runtime;      /* a driver's name or "auto"; NULL: $LXKIT_RUNTIME, else "auto" */
    const char *hive;         /* a user's NTUSER.DAT; NULL: $LXKIT_HIVE */
    const char *windows_root; /* where that Windows' drive C: is mounted; NULL:
                               * $LXKIT_WINDOWS_ROOT */
};

struct registry_driver {
    const char *name; /* "local" */
    /* Fills path, entries and default_guid; locks where self->writable. */
    int (*open)(struct registry *self, struct error *err);
    /* Replaces what is stored. What the driver found there and does not know stays. */
    int (*commit)(struct registry *self, struct error *err);
    /* Unlocks and frees self->state. */
    void (*close)(struct registry *self);
    /* The directory that a new distribution gets where the user names none, malloc'd; NULL: below
     * the user's data directory. */
    int (*home)(const struct registry *self, const char *name, char **out, struct error *err);
    /* UNSUPPORTED for a directory that the runtime could not find a distribution in; NULL: it
     * finds every one. */
    int (*check_place)(const struct registry *self, const char *base_path, struct error *err);
};

extern const struct registry_driver registry_local; /* a JSON file in the user's data directory */
extern const struct registry_driver registry_hive;  /* a Windows that does not run */
extern const struct registry_driver registry_wsl;   /* the Windows around us, through wsl.exe */

struct registry {
    const struct registry_driver *driver;
    bool writable;
    struct registry_place place; /* with what followed, to open the same again; borrowed */
    const char *why;             /* it is this driver */
    char *path;                  /* for messages */
    struct registration *entries;
    size_t n;
    struct guid default_guid; /* may lead nowhere, as the runtime allows */
    void *state;              /* the driver's */
};

enum registry_access {
    REGISTRY_READ,
    REGISTRY_WRITE, /* locked until it is closed */
};

/* driver by name; NULL: as struct registry_place has it. DAMAGED, and nothing is ever written,
 * where what lies there makes no sense; BUSY where it stays locked. */
int registry_open(struct registry **out, const char *driver, enum registry_access access,
                  struct error *err) MUST_CHECK;
/* The same where more than a name is known; strings are borrowed while it is open. */
int registry_open_at(struct registry **out, const struct registry_place *place,
                     enum registry_access access, struct error *err) MUST_CHECK;
int registry_commit(struct registry *registry, struct error *err) MUST_CHECK;
void registry_close(struct registry *registry); /* drops what was not committed; NULL is fine */

void registry_clear(struct registry *registry); /* forgets all entries and the default */
/* Makes entries and default of to, which has none, those of from; for drivers. */
int registry_copy(struct registry *to, const struct registry *from, struct error *err) MUST_CHECK;

/* The directory of a new distribution where the user names none; malloc'd. */
int registry_home(const struct registry *registry, const char *name, char **out,
                  struct error *err) MUST_CHECK;

/* By name; NULL where there is none. The pointer is good until entries are added or removed. */
struct registration *registry_find(const struct registry *registry, const char *name);
/* Likewise, but NOT_FOUND with the names that are close. */
int registry_get(const struct registry *registry, const char *name, struct registration **out,
                 struct error *err) MUST_CHECK;
/* Likewise by GUID. */
struct registration *registry_by_guid(const struct registry *registry, const struct guid *guid);
/* The default distribution, NULL where there is none. */
struct registration *registry_default(const struct registry *registry);

/* The distribution whose directory that is, by whatever path; *out is NULL where there is none. */
int registry_find_place(const struct registry *registry, const char *base_path,
                        struct registration **out, struct error *err) MUST_CHECK;

/* The distribution whose disk that is, by whatever link; *out is NULL where there is none. */
int registry_find_disk(const struct registry *registry, const char *disk, struct registration **out,
                       struct error *err) MUST_CHECK;

/* The installed distribution that before is a copy of; EXISTS where it is no longer that, or has
 * another disk. */
int registry_find_unchanged(struct registration **out, const struct registry *registry,
                            const struct registration *before, struct error *err) MUST_CHECK;

/* UNSUPPORTED where the runtime could not find a distribution in that directory. */
int registry_check_place(const struct registry *registry, const char *base_path,
                         struct error *err) MUST_CHECK;
/* EXISTS where the name is taken. */
int registry_check_name(const struct registry *registry, const char *name,
                        struct error *err) MUST_CHECK;
/* EXISTS where the name or the directory is; what registry_check_place() says. */
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
