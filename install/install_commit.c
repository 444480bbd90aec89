/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/install_commit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/paths.h"
#include "image/image.h"
#include "install/disk_copy.h"
#include "install/disk_examine.h"
#include "install/location.h"
#include "install/machine.h"
#include "install/proof.h"
#include "install/registry_wait.h"
#include "install/text.h"

/* Passes everything on, with the source called what the user called it: the path of a descriptor
 * means nothing to the reader. */
struct source_names {
    struct events events;
    struct events *inner;
    const char *input, *shown;
};

/* Where text names the source; NULL: nowhere, or as it should. */
static const char *find_source(const struct source_names *names, const char *text)
{
    return strcmp(names->input, names->shown) == 0 ? NULL : strstr(text, names->input);
}

static int name_source(const struct source_names *names, const struct error *why, struct error *err)
{
    const char *at = find_source(names, why->text);
    if (!at)
        return error_set(err, why->code, "%s", why->text);
    return error_set(err, why->code, "%.*s%s%s", (int)(at - why->text), why->text, names->shown,
                     at + strlen(names->input));
}

static void source_names_report(struct events *events, const struct event *event)
{
    const struct source_names *names = (const struct source_names *)events;
    const char *at = event->kind == EVENT_WARNING ? find_source(names, event->text) : NULL;
    if (at)
        event_warning(names->inner, "%.*s%s%s", (int)(at - event->text), event->text, names->shown,
                      at + strlen(names->input));
    else if (names->inner)
        names->inner->report(names->inner, event);
}

static int source_names_check(struct events *events, struct error *err)
{
    return event_check(((struct source_names *)events)->inner, err);
}

static int build(const struct install_plan *plan, const struct proof *proof, struct events *events,
                 struct distribution *found, struct error *err)
{
    struct image_target target = {
        .path = plan->disk,
        .format = plan->backend->format,
        .container = "vhdx",
        .size = plan->size,
        .no_sync = plan->no_sync,
        .filter = {.root_prefix = plan->root, .provision = plan->provision},
        .distribution = found,
    };
    char descriptor[32];
    struct error why = {0};
    snprintf(descriptor, sizeof(descriptor), "/dev/fd/%d", proof->fd);
    const char *input = proof->use_fd ? descriptor : plan->source;
    struct source_names names = {
        .events = {.report = source_names_report, .check = source_names_check},
        .inner = events,
        .input = input,
        .shown = proof->use_fd ? proof->from : input,
    };
    if (image_build(input, &target, &names.events, &why) < 0) {
        bool piped_disk = strcmp(input, "-") == 0 && why.code == ERROR_WRONG_KIND;
        name_source(&names, &why, err);
        return piped_disk ? error_set(err, why.code,
                                      "%s; a VHDX on standard input needs: lxinstall import --vhd",
                                      why.text)
                          : -1;
    }
    if (proof_check_unchanged(proof, plan->source, err) == 0 &&
        (!plan->architecture || machine_check(plan->disk, plan->architecture, err) == 0))
        return 0;
    if (err->code == ERROR_UNSUPPORTED)
        error_wrap(err, "%s", proof->from);
    unlink(plan->disk);
    return -1;
}

/* What came through a pipe can be judged only now. */
static int examine_piped(const struct install_plan *plan, struct distribution *found,
                         struct error *err)
{
    const char *disk = plan->disk;
    struct disk_facts facts;
    enum kind kind;
    if (disk_kind(&kind, disk, err) < 0)
        return -1;
    if (kind != KIND_VHDX)
        return error_set(err, ERROR_WRONG_KIND,
                         "this is %s, and with --vhd a VHDX is expected; give another disk as a "
                         "file, and an archive without --vhd",
                         kind_words(kind));
    if (disk_examine(&facts, disk, err) < 0)
        return -1;
    const struct backend *own = backend_of_disk(facts.kind);
    if (own && own != plan->backend)
        return error_set(err, ERROR_WRONG_KIND,
                         "this is a disk of a %s distribution, and one of a %s distribution is "
                         "expected; add --backend %s",
                         own->name, plan->backend->name, own->name);
    *found = facts.distribution;
    return 0;
}

static int copy(const struct install_plan *plan, struct events *events, struct distribution *found,
                struct error *err)
{
    if (disk_copy(plan->source, plan->disk, plan->no_sync, events, err) < 0)
        return -1;
    *found = plan->found;
    if (strcmp(plan->source, "-") != 0)
        return 0;
    if (examine_piped(plan, found, err) < 0) {
        unlink(plan->disk);
        return error_wrap(err, "standard input");
    }
    return 0;
}

static int make_disk(const struct install_plan *plan, const struct proof *proof,
                     struct events *events, struct distribution *found, struct error *err)
{
    switch (plan->method) {
    case METHOD_BUILD:
        return build(plan, proof, events, found, err);
    case METHOD_COPY:
        return copy(plan, events, found, err);
    case METHOD_IN_PLACE:
        *found = plan->found;
        return 0;
    }
    return error_set(err, ERROR_INTERNAL, "there is no method %d", plan->method);
}

static int describe_proof(struct registration *out, const struct install_plan *plan,
                          const struct proof *proof, struct error *err)
{
    char hex[SHA256_HEX_BYTES], when[INSTANT_BYTES];
    const struct trust_signer *signer = &proof->signer;
    sha256_format(&proof->sha256, hex);
    if (text_set(&out->tier, trust_tier_name(proof->tier), err) < 0 ||
        (proof->has_sha256 && text_set(&out->source_sha256, hex, err) < 0) ||
        (plan->proof.skip && text_set(&out->verification, "skipped", err) < 0))
        return -1;
    if (!proof->has_signer)
        return 0;
    if (text_set(&out->signer, signer->fingerprint, err) < 0 ||
        (text_is_utf8(signer->name) && text_set(&out->signer_name, signer->name, err) < 0))
        return -1;
    return signer->has_time
               ? text_set(&out->signed_at, instant_format(signer->signed_at, when), err)
               : 0;
}

static int describe(struct registration *out, const struct install_plan *plan,
                    const struct proof *proof, const struct distribution *found, struct error *err)
{
    if (registration_init(out, err) < 0 || guid_random(&out->guid, err) < 0)
        return -1;
    out->state = STATE_INSTALLED;
    out->flags = REGISTRATION_FLAGS_DEFAULT | REGISTRATION_VM;
    if (plan->sidecar && sidecar_apply(plan->sidecar, out, err) < 0)
        return -1;
    if (plan->default_environment &&
        registration_list_copy(&out->default_environment, plan->default_environment, err) < 0)
        return -1;
    backend_set(out, plan->backend);
    out->run_oobe = plan->first_run;
    if (plan->provision.user)
        out->default_uid = plan->default_uid;
    out->modern = 1;
    if (text_set(&out->distribution_name, plan->name, err) < 0 ||
        text_set(&out->base_path, plan->base_path, err) < 0 ||
        text_set(&out->vhd_file_name, paths_base(plan->disk), err) < 0)
        return -1;
    if ((*found->flavor && text_set(&out->flavor, found->flavor, err) < 0) ||
        (*found->os_version && text_set(&out->os_version, found->os_version, err) < 0) ||
        describe_proof(out, plan, proof, err) < 0)
        return -1;
    /* Where it came from is worth a note, and not worth failing over a file name's encoding. */
    return text_is_utf8(proof->from) ? text_set(&out->source, proof->from, err) : 0;
}

/* The commit point. */
static int enter(const struct install_plan *plan, struct registration *entry, struct events *events,
                 struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct guid guid = entry->guid;
    if (registry_wait(&registry, &plan->place, events, err) < 0 ||
        registry_add(registry, entry, err) < 0)
        return -1;
    if (plan->set_default)
        registry->default_guid = guid;
    return registry_commit(registry, err);
}

/* What becomes of a finished disk that could not be registered: where the name or the place is
 * gone, or the user gave up, it goes; where the registry is to blame, it was not made in vain. */
static int not_entered(const struct install_plan *plan, const struct error *why, struct error *err)
{
    bool made = plan->method != METHOD_IN_PLACE;
    if (made && why->code != ERROR_EXISTS && why->code != ERROR_INTERRUPTED)
        return error_set(err, why->code,
                         "%s; the finished disk is kept: lxinstall import-in-place %s %s",
                         why->text, plan->name, plan->disk);
    if (made)
        unlink(plan->disk);
    return error_set(err, why->code, "%s", why->text);
}

/* A disk is taken as it is; what a tree is made from is proved first. */
static int prove(struct proof *out, const struct install_plan *plan, struct events *events,
                 struct error *err)
{
    const struct proof_source source = {.location = plan->source,
                                        .manifest = plan->origin == ORIGIN_MANIFEST,
                                        .offline = plan->offline};
    if (plan->method == METHOD_BUILD)
        return proof_get(out, &source, &plan->proof, events, err);
    *out = (struct proof){.fd = -1, .tier = TRUST_LOCAL};
    return text_set(&out->from, plan->source_shown, err);
}

static int carry_out(const struct install_plan *plan, struct events *events, struct error *err)
{
    AUTO_PROOF struct proof proof = {.fd = -1};
    AUTO_REGISTRATION struct registration entry = {0};
    struct distribution found = {0};

    if (prove(&proof, plan, events, err) < 0 || make_disk(plan, &proof, events, &found, err) < 0)
        return -1;
    if (describe(&entry, plan, &proof, &found, err) < 0) {
        if (plan->method != METHOD_IN_PLACE)
            unlink(plan->disk);
        return -1;
    }
    struct error why = {0};
    return enter(plan, &entry, events, &why) < 0 ? not_entered(plan, &why, err) : 0;
}

int install_commit(const struct install_plan *plan, struct events *events, struct error *err)
{
    AUTO_LOCATION struct location location = {.fd = -1};
    /* Also for a disk in place: it may be one that another process has just made. */
    if (location_claim(&location, plan->base_path, err) < 0 || carry_out(plan, events, err) < 0)
        return -1;
    location_keep(&location);
    return 0;
}
