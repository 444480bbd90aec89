/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/report.h"

#include <string.h>
#include <sys/stat.h>

#include "core/disk.h"
#include "core/escape.h"
#include "install/registration_json.h"

int report_disk_usage(const struct registration *entry, struct disk_usage *out, struct error *err)
{
    AUTO_FREE char *disk = NULL;
    struct stat st;
    *out = (struct disk_usage){0};
    if (registration_disk(entry, &disk, err) < 0)
        return -1;
    if (stat(disk, &st) == 0) {
        out->found = true;
        out->length = (uint64_t)st.st_size;
        out->allocated = (uint64_t)st.st_blocks * 512;
    }
    return 0;
}

int report_disk_size(uint64_t *out, const char *disk, struct error *err)
{
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    if (disk_open(&dev, disk, err) < 0)
        return -1;
    *out = dev->size;
    return 0;
}

static json_t *bytes_or_null(bool known, uint64_t bytes)
{
    return known ? json_integer((json_int_t)bytes) : json_null();
}

static json_t *list_or_null(const struct registration_list *list)
{
    return list && list->given ? registration_list_to_json(list) : json_null();
}

int report_registration(json_t **out, const struct registry *registry,
                        const struct registration *entry, struct error *err)
{
    char guid[GUID_BRACED_BYTES];
    struct disk_usage usage;
    AUTO_FREE char *disk = NULL;
    if (registration_disk(entry, &disk, err) < 0 || report_disk_usage(entry, &usage, err) < 0)
        return -1;
    guid_format_braced(&entry->guid, guid);
    *out = json_pack(
        "{s:s, s:s, s:b, s:s, s:s, s:i, s:s, s:s, s:o, s:o, s:I, s:s?, s:s?, s:s?, s:s?, s:s?, "
        "s:s?, "
        "s:s?, s:s?, s:b, s:I, s:b, s:o}",
        "name", entry->distribution_name, "guid", guid, "default",
        registry_default(registry) == entry, "state", registration_state_words(entry->state),
        "backend", registration_backend(entry)->name, "wsl_version",
        registration_wsl_version(entry), "location", entry->base_path, "disk", disk, "disk_length",
        bytes_or_null(usage.found, usage.length), "disk_allocated",
        bytes_or_null(usage.found, usage.allocated), "default_uid", (json_int_t)entry->default_uid,
        "flavor", entry->flavor, "os_version", entry->os_version, "source", entry->source,
        "source_sha256", entry->source_sha256, "tier", entry->tier, "signer", entry->signer,
        "signer_name", entry->signer_name, "signed_at", entry->signed_at, "verification_skipped",
        entry->verification && strcmp(entry->verification, "skipped") == 0, "flags",
        (json_int_t)entry->flags, "first_run", entry->run_oobe != 0, "default_environment",
        list_or_null(&entry->default_environment));
    return *out ? 0 : error_no_memory(err);
}

int report_registry(json_t **out, const struct registry *registry, struct error *err)
{
    const struct registration *chosen = registry_default(registry);
    json_auto_t *list = json_array();
    for (size_t i = 0; i < registry->n; i++) {
        json_t *entry;
        if (report_registration(&entry, registry, &registry->entries[i], err) < 0)
            return -1;
        if (json_array_append_new(list, entry) < 0)
            return error_no_memory(err);
    }
    *out = json_pack("{s:i, s:s, s:s?, s:O}", "version", REPORT_VERSION, "registry", registry->path,
                     "default", chosen ? chosen->distribution_name : NULL, "distributions", list);
    return *out ? 0 : error_no_memory(err);
}

/* A path; what is no UTF-8 in it has no form in JSON and is escaped. */
static json_t *path_json(const char *path)
{
    size_t size = strlen(path) * ESCAPE_MAX + 1;
    AUTO_FREE char *text = malloc(size);
    if (!text)
        return NULL;
    json_t *exact = json_string(path);
    return exact ? exact : json_stringn(text, escape(text, size, path));
}

/* Where a document comes from, without secrets; null where there is none. */
static json_t *address_json(const char *address)
{
    AUTO_FREE char *shown = NULL;
    if (!address)
        return json_null();
    return text_without_secrets(&shown, address, NULL) < 0 ? NULL : path_json(shown);
}

static json_t *texts_json(const struct texts *texts)
{
    json_t *list = json_array();
    for (size_t i = 0; i < texts->n; i++)
        json_array_append_new(list, path_json(texts->items[i]));
    return list;
}

/* How the source is to be proved. */
static int put_proof(json_t *source, const struct proof_plan *proof)
{
    char hex[SHA256_HEX_BYTES];
    sha256_format(&proof->sha256, hex);
    json_auto_t *members = json_pack(
        "{s:s, s:s?, s:o, s:o, s:o, s:o, s:b, s:o, s:b}", "tier", trust_tier_name(proof->tier),
        "sha256", proof->has_sha256 ? hex : NULL, "index", address_json(proof->index), "list",
        address_json(proof->list), "signature", address_json(proof->signature), "keys",
        texts_json(&proof->keys), "key_missing", proof->key_missing, "mirrors",
        texts_json(&proof->mirrors), "verification_skipped", proof->skip);
    return members ? json_object_update(source, members) : -1;
}

int report_plan(json_t **out, const struct install_plan *plan, struct error *err)
{
    static const char *const origins[] = {
        [ORIGIN_FILE] = "file",
        [ORIGIN_URL] = "url",
        [ORIGIN_MANIFEST] = "manifest",
    };
    static const char *const methods[] = {
        [METHOD_BUILD] = "build",
        [METHOD_COPY] = "copy",
        [METHOD_IN_PLACE] = "in-place",
    };
    json_t *source =
        json_pack("{s:s, s:o, s:o, s:o, s:s?, s:s?, s:s?}", "origin", origins[plan->origin],
                  "location", path_json(plan->source_shown), "size",
                  bytes_or_null(plan->source_size > 0, plan->source_size), "manifest",
                  plan->manifest ? path_json(plan->manifest) : json_null(), "distribution",
                  plan->distribution, "release", plan->release, "architecture", plan->architecture);
    if (source && put_proof(source, &plan->proof) < 0) {
        json_decref(source);
        return error_no_memory(err);
    }
    *out = json_pack(
        "{s:i, s:s, s:s, s:o, s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:b, s:b, s:b}", "version",
        REPORT_VERSION, "name", plan->name, "method", methods[plan->method], "source", source,
        "location", plan->base_path, "disk", plan->disk, "format", plan->backend->format,
        "container", "vhdx", "disk_size", bytes_or_null(plan->size > 0, plan->size), "space_needed",
        (json_int_t)plan->space_needed, "space_free", (json_int_t)plan->free_space,
        "becomes_default", plan->becomes_default, "offline", plan->offline, "sync", !plan->no_sync);
    if (*out &&
        (json_object_set_new(*out, "user",
                             plan->provision.user ? json_string(plan->provision.user)
                                                  : json_null()) < 0 ||
         json_object_set_new(*out, "settings",
                             plan->sidecar ? path_json(plan->sidecar->path) : json_null()) < 0 ||
         json_object_set_new(*out, "default_environment", list_or_null(plan->default_environment)) <
             0 ||
         json_object_set_new(*out, "first_run", json_boolean(plan->first_run)) < 0))
        return error_no_memory(err);
    return *out ? 0 : error_no_memory(err);
}
