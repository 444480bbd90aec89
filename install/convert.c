/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/convert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/paths.h"
#include "core/size.h"
#include "image/image.h"
#include "install/disk_lock.h"
#include "install/distribution_lock.h"
#include "install/entered.h"
#include "install/location.h"
#include "install/move.h"
#include "install/registry_wait.h"
#include "install/report.h"
#include "install/text.h"

enum {
    NAME_TRIES = 100, /* names for a disk whose usual name is taken */
};

/* ---- plan ---- */

static int installed(const struct registration *entry, struct error *err)
{
    if (entry->state == STATE_INSTALLED)
        return 0;
    return error_set(err, ERROR_BUSY, "%s is %s, and only what is installed can be converted",
                     entry->distribution_name, registration_state_words(entry->state));
}

static int find(struct registration *out, const struct registry_place *place, const char *name,
                struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    if (registry_open_at(&registry, place, REGISTRY_READ, err) < 0 ||
        registry_get(registry, name, &entry, err) < 0 || installed(entry, err) < 0 ||
        registration_init(out, err) < 0)
        return -1;
    return registration_copy(out, entry, err);
}

/* "wslfs.vhdx", or "wslfs-2.vhdx" where an earlier conversion left its old disk. */
static int choose_name(struct convert_plan *plan, struct error *err)
{
    const char *file = plan->to->disk_file;
    const char *ending = strrchr(file, '.');
    for (int i = 1; i < NAME_TRIES; i++) {
        AUTO_FREE char *name = NULL;
        struct stat st;
        int n = i == 1 ? asprintf(&name, "%s", file)
                       : asprintf(&name, "%.*s-%d%s", (int)(ending - file), file, i, ending);
        if (n < 0) {
            name = NULL;
            return error_no_memory(err);
        }
        free(steal(&plan->new_disk));
        if (paths_join(&plan->new_disk, plan->before.base_path, name, err) < 0)
            return -1;
        /* One that is still to be deleted makes room. */
        const char *leftover = plan->before.leftover;
        if (lstat(plan->new_disk, &st) < 0 || (leftover && strcmp(leftover, plan->new_disk) == 0))
            return 0;
    }
    return error_set(err, ERROR_EXISTS,
                     "%s holds too many disks; move those away that nobody needs",
                     plan->before.base_path);
}

static int look_at_disk(struct convert_plan *plan, struct error *err)
{
    unsigned long long free_space;
    struct disk_usage usage;
    if (access(plan->old_disk, F_OK) < 0)
        return error_errno(err, errno, "the disk of %s, %s", plan->before.distribution_name,
                           plan->old_disk);
    if (report_disk_size(&plan->size, plan->old_disk, err) < 0 ||
        report_disk_usage(&plan->before, &usage, err) < 0 ||
        paths_free_space(plan->before.base_path, &free_space, err) < 0)
        return -1;
    plan->old_bytes = usage.allocated;
    plan->free_space = free_space;
    return 0;
}

int convert_plan(struct convert_plan *out, const struct registry_place *place, const char *name,
                 const struct backend *to, struct error *err)
{
    *out = (struct convert_plan){.to = to};
    if (find(&out->before, place, name, err) < 0 ||
        registration_disk(&out->before, &out->old_disk, err) < 0)
        return -1;
    out->from = registration_backend(&out->before);
    out->nothing = out->from == to;
    if (out->nothing)
        return 0;
    return choose_name(out, err) < 0 ? -1 : look_at_disk(out, err);
}

void convert_plan_free(struct convert_plan *plan)
{
    registration_free(&plan->before);
    free(plan->old_disk);
    free(plan->new_disk);
}

static struct image_target target_of(const struct convert_plan *plan)
{
    return (struct image_target){
        .path = plan->new_disk,
        .format = plan->to->format,
        .container = "vhdx",
        .size = plan->size,
        .strict = plan->strict,
        .report = plan->report,
    };
}

/* ---- losses ---- */

struct counter {
    struct events events;
    struct loss_counts *counts;
};

static void count(struct events *events, const struct event *event)
{
    if (event->kind == EVENT_LOSS)
        loss_counts_add(((struct counter *)events)->counts, event->id);
}

/* The old disk is locked. */
static int losses_count(const struct convert_plan *plan, struct loss_counts *out, struct error *err)
{
    struct counter counter = {.events = {.report = count}, .counts = out};
    const struct image_target target = target_of(plan);
    *out = (struct loss_counts){0};
    return image_examine(plan->old_disk, &target, &counter.events, err);
}

int convert_losses(const struct convert_plan *plan, struct loss_counts *out, struct error *err)
{
    AUTO_FD int in_use = -1;
    AUTO_FD int lock = -1;
    if (distribution_lock(&in_use, &plan->before, DISTRIBUTION_READ, err) < 0 ||
        disk_lock(&lock, plan->old_disk, err) < 0)
        return -1;
    return losses_count(plan, out, err);
}

/* ---- the registry ---- */

/* The commit point. */
static int enter(const struct convert_plan *plan, const struct registry_place *place,
                 struct events *events, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    if (registry_wait(&registry, place, events, err) < 0 ||
        registry_find_unchanged(&entry, registry, &plan->before, err) < 0 ||
        text_set(&entry->vhd_file_name, paths_base(plan->new_disk), err) < 0)
        return -1;
    backend_set(entry, plan->to);
    free(steal(&entry->leftover));
    if (!plan->keep_old && text_set(&entry->leftover, plan->old_disk, err) < 0)
        return -1;
    return registry_commit(registry, err);
}

/* ---- all of it ---- */

/* A disk that is not made has not got its name; what has that name then is not ours. */
static int make_disk(const struct convert_plan *plan, const struct registry_place *place,
                     struct events *events, struct error *err)
{
    const struct image_target target = target_of(plan);
    struct loss_counts losses;
    if (plan->strict && losses_count(plan, &losses, err) < 0)
        return -1;
    /* This ends before anything is written: there is nothing to remember. */
    if (plan->strict && losses.all > 0)
        return image_build_verified(plan->old_disk, &target, events, err);
    if (leftover_note(&plan->before, place, plan->new_disk, err) < 0)
        return -1;
    if (image_build_verified(plan->old_disk, &target, events, err) == 0)
        return 0;
    if (leftover_note(&plan->before, place, NULL, NULL) < 0)
        event_warning(events, "the registry still has a note of %s; lxinstall doctor removes it",
                      plan->new_disk);
    return -1;
}

/* The rest of an attempt, or of one before it that was cut off. */
static void clear(const struct convert_plan *plan, const struct registry_place *place,
                  struct events *events)
{
    struct error why = {0};
    if (leftover_remove(place, &plan->before.guid, &why) < 0)
        event_warning(events, "%s; lxinstall doctor --fix tries again", why.text);
}

/* Nobody else works in the directory or with the disk meanwhile. */
static int make_and_enter(const struct convert_plan *plan, const struct registry_place *place,
                          bool *made, struct events *events, struct error *err)
{
    AUTO_LOCATION struct location location = {.fd = -1};
    AUTO_FD int lock = -1;
    if (location_claim(&location, plan->before.base_path, err) < 0 ||
        disk_lock_alone(&lock, plan->old_disk, err) < 0 || make_disk(plan, place, events, err) < 0)
        return -1;
    *made = true;
    return enter(plan, place, events, err);
}

int convert_commit(const struct convert_plan *plan, const struct registry_place *place,
                   struct events *events, struct error *err)
{
    AUTO_FD int in_use = -1;
    bool made = false;
    if (distribution_lock(&in_use, &plan->before, DISTRIBUTION_CHANGE, err) < 0)
        return -1;
    if (plan->before.leftover && leftover_remove(place, &plan->before.guid, err) < 0)
        return -1;
    if (plan->nothing)
        return 0;
    int rc = make_and_enter(plan, place, &made, events, err);
    bool entered = rc < 0 && made && is_entered(place, &plan->before.guid, plan->new_disk);
    if (entered)
        event_warning(events, "%s is kept%s", plan->old_disk,
                      plan->keep_old ? "" : ", until lxinstall doctor --fix");
    else if (made)
        clear(plan, place, events);
    return rc;
}
