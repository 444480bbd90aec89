/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/move.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/paths.h"
#include "install/disk_copy.h"
#include "install/disk_lock.h"
#include "install/distribution_lock.h"
#include "install/entered.h"
#include "install/location.h"
#include "install/name.h"
#include "install/registry_wait.h"
#include "install/text.h"

/* ---- name ---- */

int rename_distribution(const struct registry_place *place, const char *name, const char *new_name,
                        struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    if (name_check(new_name, err) < 0 ||
        registry_open_at(&registry, place, REGISTRY_WRITE, err) < 0 ||
        registry_get(registry, name, &entry, err) < 0)
        return -1;
    /* The same name in other letters is not taken by another. */
    if (!name_equal(entry->distribution_name, new_name) &&
        registry_check_name(registry, new_name, err) < 0)
        return -1;
    if (text_set(&entry->distribution_name, new_name, err) < 0)
        return -1;
    return registry_commit(registry, err);
}

/* ---- the disk ---- */

static int sync_directory(const char *path, struct error *err)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0)
        return error_errno(err, errno, "flush directory %s", path);
    return 0;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* What stands at to is what a move left there that was cut off, or somebody else's. */
static int adopt(const char *from, const char *to, struct error *err)
{
    bool same = is_same_file(from, to);
    if (!same && disk_same(&same, from, to, err) < 0)
        return -1;
    return same ? 0
                : error_set(err, ERROR_EXISTS,
                            "%s is there already, and is another disk; choose another directory",
                            to);
}

static int sync_link(const char *to, const char *directory, struct error *err)
{
    if (sync_directory(directory, err) == 0)
        return 0;
    unlink(to);
    return -1;
}

/* Links cost nothing and cannot go wrong halfway; not every file system has them. */
static int disk_place(const char *from, const char *to, const char *directory,
                      struct events *events, struct error *err)
{
    if (link(from, to) == 0)
        return sync_link(to, directory, err);
    if (errno == EEXIST)
        return adopt(from, to, err);
    return disk_copy_verified(from, to, events, err);
}

/* ---- the registry ---- */

static int installed(const struct registration *entry, struct error *err)
{
    if (entry->state == STATE_INSTALLED)
        return 0;
    return error_set(err, ERROR_BUSY, "%s is %s; wait until that is over, or see: lxinstall doctor",
                     entry->distribution_name, registration_state_words(entry->state));
}

static int check_directory(const struct registry *registry, const struct registration *entry,
                           const char *directory, struct error *err)
{
    struct registration *other;
    if (registry_check_place(registry, directory, err) < 0 ||
        registry_find_place(registry, directory, &other, err) < 0)
        return -1;
    if (!other || other == entry)
        return 0;
    return error_set(err, ERROR_EXISTS,
                     "the directory %s belongs to the distribution '%s'; choose another", directory,
                     other->distribution_name);
}

/* Whether it can be moved there; out is what is known of it now. */
static int decide(struct registration *out, const struct registry_place *place, const char *name,
                  const char *directory, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    if (registry_open_at(&registry, place, REGISTRY_READ, err) < 0 ||
        registry_get(registry, name, &entry, err) < 0 || installed(entry, err) < 0 ||
        check_directory(registry, entry, directory, err) < 0 || registration_init(out, err) < 0)
        return -1;
    return registration_copy(out, entry, err);
}

/* Nothing was left at disk. */
static void forget(const struct registration *before, const struct registry_place *place,
                   const char *disk, struct events *events)
{
    if (leftover_note(before, place, NULL, NULL) < 0)
        event_warning(events, "the registry still has a note of %s; lxinstall doctor removes it",
                      disk);
}

/* The commit point. before is what the copy was made by. */
static int enter(const struct registration *before, const struct registry_place *place,
                 const char *directory, const char *from, struct events *events, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    if (registry_wait(&registry, place, events, err) < 0 ||
        registry_find_unchanged(&entry, registry, before, err) < 0 ||
        check_directory(registry, entry, directory, err) < 0)
        return -1;
    if (text_set(&entry->base_path, directory, err) < 0 ||
        text_set(&entry->leftover, from, err) < 0)
        return -1;
    return registry_commit(registry, err);
}

/* ---- the disk that is of no use ---- */

int leftover_note(const struct registration *before, const struct registry_place *place,
                  const char *disk, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    if (registry_open_at(&registry, place, REGISTRY_WRITE, err) < 0 ||
        registry_find_unchanged(&entry, registry, before, err) < 0)
        return -1;
    free(steal(&entry->leftover));
    if (disk && text_set(&entry->leftover, disk, err) < 0)
        return -1;
    return registry_commit(registry, err);
}

static bool is_named(const struct registry *registry, const char *disk)
{
    for (size_t i = 0; i < registry->n; i++) {
        AUTO_FREE char *named = NULL;
        if (registration_disk(&registry->entries[i], &named, NULL) < 0 || strcmp(named, disk) == 0)
            return true;
        struct stat there;
        /* Another link to the same file does not keep this name from going. */
        if (is_same_file(named, disk) && stat(disk, &there) == 0 && there.st_nlink < 2)
            return true;
    }
    return false;
}

int leftover_delete(const struct registry *registry, struct registration *entry, struct error *err)
{
    AUTO_LOCATION struct location location = {.fd = -1};
    AUTO_FREE char *directory = NULL;
    const char *disk = entry->leftover;
    if (disk && !is_named(registry, disk)) {
        if (paths_parent(&directory, disk, err) < 0 ||
            location_claim(&location, directory, err) < 0 || disk_check_unused(disk, err) < 0)
            return -1;
        if (unlink(disk) < 0 && errno != ENOENT && errno != ENOTDIR)
            return error_errno(err, errno, "delete %s, which is no longer needed", disk);
        /* Not empty, or not ours: then it stays. */
        (void)rmdir(directory);
    }
    free(steal(&entry->leftover));
    return 0;
}

int leftover_remove(const struct registry_place *place, const struct guid *guid, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    if (registry_open_at(&registry, place, REGISTRY_WRITE, err) < 0)
        return -1;
    struct registration *entry = registry_by_guid(registry, guid);
    if (!entry || !entry->leftover)
        return 0;
    if (leftover_delete(registry, entry, err) < 0)
        return -1;
    return registry_commit(registry, err);
}

/* ---- all of it ---- */

static int place_and_enter(const struct registration *before, const struct registry_place *place,
                           const char *from, const char *directory, struct events *events,
                           struct error *err)
{
    AUTO_LOCATION struct location location = {.fd = -1};
    AUTO_FREE char *to = NULL;
    AUTO_FD int lock = -1;
    if (disk_lock(&lock, from, err) < 0 || location_claim(&location, directory, err) < 0 ||
        paths_join(&to, directory, before->vhd_file_name, err) < 0)
        return -1;
    bool existed = access(to, F_OK) == 0;
    if (!existed && leftover_note(before, place, to, err) < 0)
        return -1;
    if (disk_place(from, to, directory, events, err) < 0) {
        if (!existed)
            forget(before, place, to, events);
        return -1;
    }
    int rc = enter(before, place, directory, from, events, err);
    bool entered = rc == 0 || is_entered(place, &before->guid, to);
    if (!entered && !existed) {
        unlink(to);
        forget(before, place, to, events);
    }
    if (entered)
        location_keep(&location);
    if (rc < 0 && entered)
        event_warning(events, "%s is kept, until lxinstall doctor --fix", from);
    return rc;
}

static void leftover_try(enum move_result *result, const struct registry_place *place,
                         const struct guid *guid, struct events *events)
{
    struct error why = {0};
    if (leftover_remove(place, guid, &why) == 0)
        return;
    *result = MOVE_REMAINS;
    event_warning(events, "%s; lxinstall doctor --fix tries again", why.text);
}

int move_distribution(enum move_result *result, const struct registry_place *place,
                      const char *name, const char *directory, struct events *events,
                      struct error *err)
{
    AUTO_REGISTRATION struct registration before = {0};
    AUTO_FREE char *from = NULL;
    AUTO_FREE char *target = NULL;
    AUTO_FREE char *here = NULL;
    AUTO_FD int in_use = -1;

    if (location_canonical(&target, directory, err) < 0 ||
        decide(&before, place, name, target, err) < 0 ||
        distribution_lock(&in_use, &before, DISTRIBUTION_CHANGE, err) < 0 ||
        registration_disk(&before, &from, err) < 0 ||
        location_canonical(&here, before.base_path, err) < 0)
        return -1;
    if (access(from, F_OK) < 0)
        return error_errno(err, errno, "the disk of %s, %s", before.distribution_name, from);
    bool there = strcmp(target, here) == 0;
    *result = there && !before.leftover ? MOVE_NOTHING : MOVE_DONE;
    if (!there && before.leftover && leftover_remove(place, &before.guid, err) < 0)
        return -1;
    if (!there && place_and_enter(&before, place, from, target, events, err) < 0)
        return -1;
    if (*result != MOVE_NOTHING)
        leftover_try(result, place, &before.guid, events);
    return 0;
}
