/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/install_commit.h"

#include "core/cancel.h"
#include "core/paths.h"
#include "fetch/fetch.h"
#include "image/image.h"
#include "install/location.h"
#include "install/text.h"

/* A file without a digest is used where it lies: a copy in the cache would prove nothing. */
static bool used_in_place(const struct install_plan *plan)
{
    return plan->origin == ORIGIN_FILE && !plan->verified;
}

static int fetch(const struct install_plan *plan, struct events *events, struct fetch_result *out,
                 struct error *err)
{
    struct fetch_request request = {
        .url = plan->source,
        .sha256 = plan->verified ? &plan->sha256 : NULL,
        .max_bytes = plan->source_size,
        .offline = plan->offline,
    };
    return fetch_get(&request, events, out, err);
}

static int build(const struct install_plan *plan, const char *input, struct events *events,
                 struct distribution *found, struct error *err)
{
    struct image_target target = {
        .path = plan->disk,
        .format = "ext4",
        .container = "vhdx",
        .size = plan->size,
        .no_sync = plan->no_sync,
        .distribution = found,
    };
    return image_build(input, &target, events, err);
}

/* As `wsl --install --from-file` registers: with the first-run experience still to come. */
static int describe(struct registration *out, const struct install_plan *plan,
                    const struct fetch_result *fetched, const struct distribution *found,
                    struct error *err)
{
    if (registration_init(out, err) < 0 || guid_random(&out->guid, err) < 0)
        return -1;
    out->state = STATE_INSTALLED;
    out->flags = REGISTRATION_FLAGS_DEFAULT | REGISTRATION_VM;
    out->run_oobe = 1;
    out->modern = 1;
    if (text_set(&out->distribution_name, plan->name, err) < 0 ||
        text_set(&out->base_path, plan->base_path, err) < 0 ||
        text_set(&out->vhd_file_name, paths_base(plan->disk), err) < 0)
        return -1;
    if ((*found->flavor && text_set(&out->flavor, found->flavor, err) < 0) ||
        (*found->os_version && text_set(&out->os_version, found->os_version, err) < 0))
        return -1;

    if (fetched->path) {
        char hex[SHA256_HEX_BYTES];
        sha256_format(&fetched->sha256, hex);
        if (text_set(&out->source_sha256, hex, err) < 0)
            return -1;
    }
    /* Where it came from is worth a note, and not worth failing over a file name's encoding. */
    return text_is_utf8(plan->source_shown) ? text_set(&out->source, plan->source_shown, err) : 0;
}

/* The commit point. */
static int enter(const struct install_plan *plan, struct registration *entry, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct guid guid = entry->guid;
    if (cancel_check(err) < 0 || registry_open(&registry, NULL, REGISTRY_WRITE, err) < 0 ||
        registry_add(registry, entry, err) < 0)
        return -1;
    if (plan->set_default)
        registry->default_guid = guid;
    return registry_commit(registry, err);
}

int install_commit(const struct install_plan *plan, struct events *events, struct error *err)
{
    CLEANUP(fetch_result_free) struct fetch_result fetched = {0};
    AUTO_LOCATION struct location location = {.fd = -1};
    AUTO_REGISTRATION struct registration entry = {0};
    struct distribution found = {0};

    if (location_claim(&location, plan->base_path, err) < 0)
        return -1;
    if (!used_in_place(plan) && fetch(plan, events, &fetched, err) < 0)
        return -1;
    const char *input = fetched.path ? fetched.path : plan->source;
    if (build(plan, input, events, &found, err) < 0)
        return -1;
    if (describe(&entry, plan, &fetched, &found, err) < 0 || enter(plan, &entry, err) < 0) {
        unlink(plan->disk);
        return -1;
    }
    location_keep(&location);
    return 0;
}
