/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/install_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/disk.h"
#include "core/paths.h"
#include "core/size.h"
#include "image/image.h"
#include "install/architecture.h"
#include "install/location.h"
#include "install/manifest_find.h"
#include "install/name.h"
#include "install/text.h"

#define DISK_CONTAINER "vhdx"

/* ---- what it is made from ---- */

/* An option that was given and that only a manifest can answer; NULL: none. */
static const char *manifest_option(const struct install_request *request)
{
    return request->release ? "--release" : request->manifest ? "--manifest" : NULL;
}

/* It is refused rather than ignored. */
static int refuse_manifest_options(const struct install_request *request, const char *what,
                                   struct error *err)
{
    const char *option = manifest_option(request);
    if (!option)
        return 0;
    return error_set(err, ERROR_USAGE, "%s goes with a NAME from a manifest, and '%s' is %s",
                     option, request->operand, what);
}

int install_plan_file(struct install_plan *plan, const char *path, struct error *err)
{
    plan->origin = ORIGIN_FILE;
    if (strcmp(path, "-") == 0)
        return text_set(&plan->source, path, err);

    struct stat st;
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0)
        return error_errno(err, errno, "open %s", path);
    if (S_ISREG(st.st_mode)) {
        plan->source_size = (uint64_t)st.st_size;
        plan->space_needed = (uint64_t)st.st_blocks * 512;
    }
    return paths_absolute(&plan->source, path, err);
}

/* What a plan that makes a root must be for: this machine, if nothing else is said. */
static int plan_architecture(struct install_plan *plan, const struct install_request *request,
                             struct error *err)
{
    const char *architecture = architecture_host();
    if (request->architecture) {
        architecture = architecture_by_alias(request->architecture);
        if (!architecture)
            return error_set(err, ERROR_USAGE, "--arch takes one of %s, not '%s'", ARCHITECTURES,
                             request->architecture);
    }
    return text_set(&plan->architecture, architecture, err);
}

static int plan_file(struct install_plan *plan, const struct install_request *request,
                     struct error *err)
{
    struct stat st;
    const char *path = request->operand;
    const char *option = proof_options_given(&request->proof);
    if (refuse_manifest_options(request, "a file", err) < 0 ||
        plan_architecture(plan, request, err) < 0 ||
        proof_plan_by_options(&plan->proof, &request->proof, err) < 0)
        return -1;
    if (option && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return error_set(err, ERROR_USAGE,
                         "%s is a directory, which has no SHA-256 and no signature; leave %s out",
                         path, option);
    return install_plan_file(plan, path, err);
}

static int plan_url(struct install_plan *plan, const struct install_request *request,
                    struct error *err)
{
    plan->origin = ORIGIN_URL;
    if (refuse_manifest_options(request, "a URL", err) < 0 ||
        plan_architecture(plan, request, err) < 0 ||
        proof_plan_by_options(&plan->proof, &request->proof, err) < 0)
        return -1;
    return text_set(&plan->source, request->operand, err);
}

static int plan_manifest(struct install_plan *plan, const struct install_request *request,
                         struct error *err)
{
    CLEANUP(manifest_choice_free) struct manifest_choice choice = {0};
    struct proof_options options = request->proof;
    options.skip = false; /* the one that a manifest does not say itself */
    const char *option = proof_options_given(&options);
    if (plan_architecture(plan, request, err) < 0)
        return -1;
    const struct manifest_query query = {
        .name = request->operand,
        .release = request->release,
        .architecture = plan->architecture,
        .manifest = request->manifest,
    };
    if (manifest_find(&choice, &query, err) < 0)
        return -1;
    if (choice.distribution->store_package)
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s is offered as a package of the Store only, which is no root file "
                         "system; choose another: lxinstall list --online",
                         choice.distribution->name);
    if (option)
        return error_set(err, ERROR_USAGE,
                         "%s goes with a file or URL; %s says itself what proves %s", option,
                         choice.manifest->path, request->operand);

    plan->origin = ORIGIN_MANIFEST;
    plan->source_size = choice.image->size;
    plan->space_needed = choice.image->size;
    if (proof_plan_by_image(&plan->proof, choice.image, request->proof.skip, err) < 0 ||
        text_set(&plan->source, choice.image->url, err) < 0 ||
        text_set(&plan->manifest, choice.manifest->path, err) < 0 ||
        text_set(&plan->distribution, choice.distribution->name, err) < 0 ||
        text_set(&plan->release, choice.release->name, err) < 0 ||
        (choice.image->root && text_set(&plan->root, choice.image->root, err) < 0))
        return -1;
    if (choice.release->whole)
        return text_set(&plan->name, choice.release->whole, err);
    if (!choice.release_named)
        return text_set(&plan->name, plan->distribution, err);
    if (asprintf(&plan->name, "%s-%s", plan->distribution, plan->release) < 0) {
        plan->name = NULL;
        return error_no_memory(err);
    }
    return 0;
}

static int plan_source(struct install_plan *plan, const struct install_request *request,
                       struct error *err)
{
    const char *operand = request->operand;
    if (strstr(operand, "://"))
        return plan_url(plan, request, err);
    if (strcmp(operand, "-") == 0 || strchr(operand, '/') || operand[name_stem(operand)] != '\0')
        return plan_file(plan, request, err);

    struct error why = {0};
    if (name_check(operand, &why) == 0 && plan_manifest(plan, request, &why) == 0)
        return 0;
    if ((why.code == ERROR_NOT_FOUND || why.code == ERROR_NAME_ILLEGAL) &&
        !manifest_option(request) && access(operand, F_OK) == 0)
        return plan_file(plan, request, err);
    return error_set(err, why.code, "%s", why.text);
}

/* ---- what it becomes ---- */

static int plan_name(struct install_plan *plan, const struct install_request *request,
                     struct error *err)
{
    if (request->name && text_set(&plan->name, request->name, err) < 0)
        return -1;
    if (plan->name)
        return name_check(plan->name, err);
    if (strcmp(plan->source, "-") == 0)
        return error_set(err, ERROR_USAGE,
                         "no name follows from standard input; give one with --name NAME");
    return name_from_path(&plan->name, plan->source_shown, err);
}

int install_plan_place(struct install_plan *plan, const char *location,
                       const struct registry *registry, struct error *err)
{
    plan->place = registry->place;
    if (location) {
        if (location_canonical(&plan->base_path, location, err) < 0)
            return -1;
    } else if (registry_home(registry, plan->name, &plan->base_path, err) < 0) {
        return -1;
    }
    if (!text_is_utf8(plan->base_path))
        return error_set(err, ERROR_UNSUPPORTED,
                         "the directory name %s is not UTF-8, which the registry needs; choose "
                         "another",
                         plan->base_path);
    if (paths_join(&plan->disk, plan->base_path, plan->backend->disk_file, err) < 0 ||
        registry_check_free(registry, plan->name, plan->base_path, err) < 0)
        return -1;

    struct stat st;
    if (stat(plan->base_path, &st) == 0 && !S_ISDIR(st.st_mode))
        return error_set(err, ERROR_EXISTS, "%s is not a directory; choose another place",
                         plan->base_path);
    if (lstat(plan->disk, &st) == 0)
        return error_set(err, ERROR_EXISTS,
                         "%s is there already, and no distribution is registered for it; move it "
                         "away, choose another place, or register it: lxinstall import-in-place %s "
                         "%s",
                         plan->disk, plan->name, plan->disk);
    plan->becomes_default = plan->set_default || !registry_default(registry);
    return 0;
}

int install_plan_size(struct install_plan *plan, uint64_t size, struct error *err)
{
    const struct disk_driver *container = disk_by_name(DISK_CONTAINER);
    if (!container)
        return error_set(err, ERROR_INTERNAL, "there is no container '%s'", DISK_CONTAINER);
    plan->size = size ? size : container->default_size;

    struct image_target target = {.path = plan->disk,
                                  .format = plan->backend->format,
                                  .container = DISK_CONTAINER,
                                  .size = plan->size};
    return image_target_check(&target, err);
}

int install_plan_space(struct install_plan *plan, struct error *err)
{
    unsigned long long free_space;
    if (paths_free_space(plan->base_path, &free_space, err) < 0)
        return -1;
    plan->free_space = free_space;
    if (plan->free_space >= plan->space_needed)
        return 0;
    char needed[SIZE_TEXT_BYTES], there[SIZE_TEXT_BYTES];
    return error_set(err, ERROR_NO_SPACE,
                     "%s: at least %s are needed and %s are free; make room, or choose another "
                     "place",
                     plan->base_path, size_format(plan->space_needed, needed),
                     size_format(plan->free_space, there));
}

int install_plan(struct install_plan **out, const struct install_request *request,
                 const struct registry *registry, struct error *err)
{
    AUTO_INSTALL_PLAN struct install_plan *plan = calloc(1, sizeof(*plan));
    if (!plan)
        return error_no_memory(err);
    plan->backend = request->backend ? request->backend : &backends[0];
    plan->offline = request->offline;
    plan->no_sync = request->no_sync;
    plan->set_default = request->set_default;
    plan->first_run = true;
    if (plan_source(plan, request, err) < 0 ||
        text_without_secrets(&plan->source_shown, plan->source, err) < 0 ||
        plan_name(plan, request, err) < 0 ||
        install_plan_place(plan, request->location, registry, err) < 0 ||
        install_plan_size(plan, request->size, err) < 0 || install_plan_space(plan, err) < 0)
        return -1;
    *out = steal(&plan);
    return 0;
}

void install_plan_free(struct install_plan *plan)
{
    if (!plan)
        return;
    free(plan->source);
    free(plan->source_shown);
    free(plan->manifest);
    free(plan->distribution);
    free(plan->release);
    free(plan->architecture);
    free(plan->root);
    proof_plan_free(&plan->proof);
    free(plan->name);
    free(plan->base_path);
    free(plan->disk);
    free(plan);
}
