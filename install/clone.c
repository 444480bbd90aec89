/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/clone.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/paths.h"
#include "image/image.h"
#include "install/disk_lock.h"
#include "install/distribution_lock.h"
#include "install/entered.h"
#include "install/location.h"
#include "install/name.h"
#include "install/registry_wait.h"
#include "install/report.h"
#include "install/text.h"

struct clone {
    struct registration entry; /* the new one */
    char *from, *to;           /* disks */
    int in_use;                /* the first one's lock */
};

static void clone_free(struct clone *clone)
{
    registration_free(&clone->entry);
    free(clone->from);
    free(clone->to);
    cleanup_fd(&clone->in_use);
}

/* The new registration: all that the first has, but for name, place and what is its alone. */
static int describe(struct registration *out, const struct registration *first, const char *name,
                    const char *directory, struct error *err)
{
    if (registration_init(out, err) < 0 || registration_copy(out, first, err) < 0 ||
        guid_random(&out->guid, err) < 0 || text_set(&out->distribution_name, name, err) < 0)
        return -1;
    free(steal(&out->leftover));
    free(steal(&out->base_path));
    return location_canonical(&out->base_path, directory, err);
}

static int decide(struct clone *out, const struct registry_place *place,
                  const struct clone_request *request, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    AUTO_FREE char *home = NULL;
    struct registration *first;
    if (name_check(request->new_name, err) < 0 ||
        registry_open_at(&registry, place, REGISTRY_READ, err) < 0 ||
        registry_get(registry, request->name, &first, err) < 0)
        return -1;
    if (first->state != STATE_INSTALLED)
        return error_set(err, ERROR_BUSY, "%s is %s, and only what is installed can be cloned",
                         first->distribution_name, registration_state_words(first->state));
    if (distribution_lock(&out->in_use, first, DISTRIBUTION_READ, err) < 0)
        return -1;
    const char *directory = request->directory;
    if (!directory && registry_home(registry, request->new_name, &home, err) < 0)
        return -1;
    if (describe(&out->entry, first, request->new_name, directory ? directory : home, err) < 0 ||
        registry_check_free(registry, request->new_name, out->entry.base_path, err) < 0 ||
        registration_disk(first, &out->from, err) < 0)
        return -1;
    return registration_disk(&out->entry, &out->to, err);
}

static int disk_build(const struct clone *clone, const struct clone_request *request,
                      struct events *events, struct error *err)
{
    struct distribution found;
    struct image_target target = {
        .path = clone->to,
        .format = clone->entry.flags & REGISTRATION_VM ? "ext4" : "ntfs",
        .container = "vhdx",
        .filter = {.reset_identity = request->reset_identity},
        .distribution = &found,
    };
    AUTO_FD int lock = -1;
    if (access(clone->from, F_OK) < 0)
        return error_errno(err, errno, "the disk of %s, %s", request->name, clone->from);
    if (disk_lock(&lock, clone->from, err) < 0 ||
        report_disk_size(&target.size, clone->from, err) < 0)
        return -1;
    return image_build_verified(clone->from, &target, events, err);
}

static int enter(struct clone *clone, const struct registry_place *place, struct events *events,
                 struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    if (registry_wait(&registry, place, events, err) < 0 ||
        registry_add(registry, &clone->entry, err) < 0)
        return -1;
    return registry_commit(registry, err);
}

int clone_distribution(const struct registry_place *place, const struct clone_request *request,
                       struct events *events, struct error *err)
{
    CLEANUP(clone_free) struct clone clone = {.in_use = -1};
    AUTO_LOCATION struct location location = {.fd = -1};
    if (decide(&clone, place, request, err) < 0)
        return -1;
    const struct guid guid = clone.entry.guid; /* the entry becomes the registry's */
    if (location_claim(&location, clone.entry.base_path, err) < 0 ||
        disk_build(&clone, request, events, err) < 0)
        return -1;
    int rc = enter(&clone, place, events, err);
    if (rc < 0 && !is_entered(place, &guid, clone.to)) {
        unlink(clone.to);
        return -1;
    }
    location_keep(&location);
    return rc;
}
