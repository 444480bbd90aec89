/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/import_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/paths.h"
#include "install/disk_examine.h"
#include "install/name.h"
#include "install/text.h"
#include "install/unsaved.h"
#include "vhdx/vhdx.h"

/* Sets what a disk that can be read beforehand shows. */
static int plan_examined(struct install_plan *plan, struct error *err)
{
    struct disk_facts facts;
    if (disk_examine(&facts, plan->source, err) < 0)
        return -1;
    plan->size = facts.size;
    plan->found = facts.distribution;
    plan->backend = backend_of_disk(facts.kind);
    return plan->backend ? 0 : error_set(err, ERROR_INTERNAL, "no backend has %s", plan->source);
}

/* ---- import ---- */

static int refuse_url(const struct import_request *request, struct error *err)
{
    if (!strstr(request->file, "://"))
        return 0;
    return error_set(err, ERROR_USAGE,
                     "%s is a URL, and import takes files; this takes URLs: lxinstall install URL "
                     "--name %s --location %s",
                     request->file, request->name, request->location);
}

/* A disk is copied for the backend that it is one of; for another its files are. What is neither's
 * is told apart, and refused, when it is examined. */
static int plan_backend(struct install_plan *plan, const struct import_request *request,
                        enum kind kind, struct error *err)
{
    const struct backend *own = NULL;
    enum kind holds;
    if (kind == KIND_VHDX || kind == KIND_EXT4) {
        if (disk_holds(&holds, plan->source, err) < 0)
            return -1;
        own = backend_of_disk(holds);
        if (!request->backend)
            plan->backend = own ? own : &backends[0];
        if (request->vhd && own && own != plan->backend)
            return error_set(err, ERROR_USAGE,
                             "--vhd copies a disk as it is, and %s is one of a %s distribution; "
                             "leave --vhd out, and its files become a %s distribution",
                             plan->source, own->name, plan->backend->name);
        if (own ? own == plan->backend : plan->backend == &backends[0])
            plan->method = METHOD_COPY;
    }
    if (request->vhd)
        plan->method = METHOD_COPY;
    return 0;
}

static int plan_method(struct install_plan *plan, const struct import_request *request,
                       struct error *err)
{
    bool piped = strcmp(plan->source, "-") == 0;
    enum kind kind = KIND_UNKNOWN;
    if (!piped && disk_kind(&kind, plan->source, err) < 0)
        return -1;
    if (!piped && unsaved_refuse_disk(plan->source, err) < 0)
        return -1;
    if (plan_backend(plan, request, kind, err) < 0)
        return -1;
    if (plan->method == METHOD_BUILD)
        return 0; /* a tree */

    if (request->size)
        return error_set(err, ERROR_USAGE,
                         "%s: a disk is copied with the size it has; leave --size out, or make a "
                         "new disk of its files: lxinstall install FILE --name %s --size SIZE",
                         piped ? "standard input" : plan->source, request->name);
    if (piped)
        return 0;
    return disk_kind_check(kind, plan->source, err);
}

static int plan_disk(struct install_plan *plan, const struct import_request *request,
                     struct error *err)
{
    bool piped = strcmp(plan->source, "-") == 0;
    if (plan->method == METHOD_BUILD ? install_plan_size(plan, request->size, err) < 0
                                     : !piped && plan_examined(plan, err) < 0)
        return -1;
    return install_plan_space(plan, err);
}

int import_plan(struct install_plan **out, const struct import_request *request,
                const struct registry *registry, struct error *err)
{
    AUTO_INSTALL_PLAN struct install_plan *plan = calloc(1, sizeof(*plan));
    if (!plan)
        return error_no_memory(err);
    plan->backend = request->backend ? request->backend : &backends[0];
    plan->set_default = request->set_default;
    plan->no_sync = request->no_sync;
    if (name_check(request->name, err) < 0 || text_set(&plan->name, request->name, err) < 0 ||
        refuse_url(request, err) < 0 || install_plan_file(plan, request->file, err) < 0 ||
        text_set(&plan->source_shown, plan->source, err) < 0 ||
        plan_method(plan, request, err) < 0 ||
        install_plan_place(plan, request->location, registry, err) < 0 ||
        plan_disk(plan, request, err) < 0)
        return -1;
    *out = steal(&plan);
    return 0;
}

/* ---- import-in-place ---- */

static bool ends_in_vhdx(const char *path)
{
    static const char ending[] = ".vhdx";
    size_t n = strlen(path), m = sizeof(ending) - 1;
    return n > m && strcasecmp(path + n - m, ending) == 0;
}

/* Nothing is changed in place, and what is not replayed nobody has checked. */
static int check_log(const char *path, struct error *err)
{
    struct vhdx_info info;
    if (vhdx_info(&info, path, err) < 0)
        return -1;
    if (!info.dirty)
        return 0;
    return error_set(err, ERROR_UNSUPPORTED,
                     "%s: the log of the disk holds changes that are not in place, as the machine "
                     "that used it died; start and shut down that machine once, or put them in "
                     "place: lxvhdx check --repair %s",
                     path, path);
}

/* By content first: what is no VHDX must not be renamed into one. */
int import_check_disk(const char *path, struct error *err)
{
    enum kind kind;
    if (disk_kind(&kind, path, err) < 0)
        return -1;
    if (kind == KIND_EXT4)
        return error_set(err, ERROR_WRONG_KIND,
                         "%s: this is a raw disk with ext4, and the runtime starts a VHDX; make "
                         "one: lxvhdx convert FILE OUT.vhdx",
                         path);
    if (kind == KIND_UNKNOWN)
        return error_set(err, ERROR_WRONG_KIND, "%s: this is no VHDX, and only a VHDX is taken",
                         path);
    if (disk_kind_check(kind, path, err) < 0)
        return -1;
    if (!ends_in_vhdx(path))
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s: the runtime takes a disk whose name ends in .vhdx only; rename it",
                         path);
    return check_log(path, err);
}

/* The runtime keeps directory and name of what the path leads to. */
static int plan_where_it_lies(struct install_plan *plan, const char *file, struct error *err)
{
    plan->disk = realpath(file, NULL);
    if (!plan->disk)
        return error_errno(err, errno, "open %s", file);
    if (!text_is_utf8(plan->disk))
        return error_set(err, ERROR_UNSUPPORTED,
                         "the name %s is not UTF-8, which the registry needs; rename it",
                         plan->disk);
    if (text_set(&plan->source, plan->disk, err) < 0 ||
        text_set(&plan->source_shown, plan->disk, err) < 0)
        return -1;
    return paths_parent(&plan->base_path, plan->disk, err);
}

static int check_owner(const struct install_plan *plan, const struct registry *registry,
                       struct error *err)
{
    struct registration *owner;
    if (registry_check_name(registry, plan->name, err) < 0 ||
        registry_check_place(registry, plan->base_path, err) < 0 ||
        registry_find_disk(registry, plan->disk, &owner, err) < 0)
        return -1;
    if (owner)
        return error_set(err, ERROR_EXISTS,
                         "%s is registered already, as '%s'; to give it another name, unregister "
                         "that first, which keeps the disk: lxinstall unregister %s",
                         plan->disk, owner->distribution_name, owner->distribution_name);
    if (registry_find_place(registry, plan->base_path, &owner, err) < 0)
        return -1;
    if (!owner)
        return 0;
    return error_set(err, ERROR_EXISTS,
                     "the directory %s belongs to the distribution '%s' already, and each has one "
                     "of its own; move %s into another directory",
                     plan->base_path, owner->distribution_name, paths_base(plan->disk));
}

int import_plan_in_place(struct install_plan **out, const struct import_in_place_request *request,
                         const struct registry *registry, struct error *err)
{
    AUTO_INSTALL_PLAN struct install_plan *plan = calloc(1, sizeof(*plan));
    if (!plan)
        return error_no_memory(err);
    plan->place = registry->place;
    plan->method = METHOD_IN_PLACE;
    plan->backend = &backends[0];
    plan->set_default = request->set_default;
    plan->becomes_default = request->set_default || !registry_default(registry);
    if (name_check(request->name, err) < 0 || text_set(&plan->name, request->name, err) < 0 ||
        plan_where_it_lies(plan, request->file, err) < 0 ||
        import_check_disk(plan->disk, err) < 0 || check_owner(plan, registry, err) < 0 ||
        install_plan_space(plan, err) < 0 || plan_examined(plan, err) < 0)
        return -1;
    *out = steal(&plan);
    return 0;
}
