/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/catalogue_export.h"

#include <string.h>

#include "install/name.h"
#include "install/pattern.h"

/* Members of wsl.exe's entries, by architecture. */
static const struct {
    const char *architecture, *member;
} members[] = {{"amd64", "Amd64Url"}, {"arm64", "Arm64Url"}};

static bool is_of(const struct offer *offer, const char *own)
{
    const char *path = offer->manifest->path;
    size_t n = strlen(own);
    while (n > 1 && own[n - 1] == '/')
        n--;
    return strncmp(path, own, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static const char *member_of(const struct manifest_image *image)
{
    for (size_t i = 0; i < array_length(members); i++) {
        if (strcmp(members[i].architecture, image->architecture) == 0)
            return members[i].member;
    }
    return NULL;
}

/* Why wsl.exe cannot use it; NULL: it can. */
static const char *unusable(const struct manifest_image *image)
{
    return !member_of(image)                              ? "wsl.exe knows no such architecture"
           : !image->has_sha256 || pattern_of(image->url) ? "its SHA-256 is not known beforehand"
           : !strstr(image->url, "://")                   ? "it has no URL"
           : image->root                                  ? "its root is not the archive's top"
                                                          : NULL;
}

static json_t *image_json(const struct manifest_image *image)
{
    char hex[SHA256_HEX_BYTES];
    sha256_format(&image->sha256, hex);
    return json_pack("{s:s, s:s}", "Url", image->url, "Sha256", hex);
}

/* An entry of a flavor; *out is NULL where no image is left. */
static int entry_json(json_t **out, const struct offer *offer, bool first, struct events *events,
                      struct error *err)
{
    bool any = false;
    json_auto_t *entry =
        json_pack("{s:s, s:s}", "Name", offer->name, "FriendlyName", offer_title(offer));
    *out = NULL;
    if (!entry)
        return error_no_memory(err);
    if (first && json_object_set_new(entry, "Default", json_true()) < 0)
        return error_no_memory(err);
    for (size_t i = 0; i < offer->release->images.n; i++) {
        const struct manifest_image *image = &offer->release->images.items[i];
        const char *why = unusable(image);
        if (why) {
            event_warning(events, "%s for %s is left out: %s", offer->name, image->architecture,
                          why);
            continue;
        }
        if (json_object_set_new(entry, member_of(image), image_json(image)) < 0)
            return error_no_memory(err);
        any = true;
    }
    if (any)
        *out = json_incref(entry);
    return 0;
}

static int add_entry(json_t *flavors, const struct offer *offer, struct events *events,
                     struct error *err)
{
    const char *flavor = offer->distribution->name;
    json_t *entries = json_object_get(flavors, flavor), *entry;
    if (entry_json(&entry, offer, !entries, events, err) < 0)
        return -1;
    if (!entry)
        return 0;
    if (!entries) {
        entries = json_array();
        if (json_object_set_new(flavors, flavor, entries) < 0) {
            json_decref(entry);
            return error_no_memory(err);
        }
    }
    return json_array_append_new(entries, entry) < 0 ? error_no_memory(err) : 0;
}

/* The flavor of that name, or the first. */
static const char *choose(json_t *flavors, const char *preferred)
{
    const char *flavor;
    json_t *entries;
    json_object_foreach(flavors, flavor, entries)
    {
        if (!preferred || name_equal(flavor, preferred))
            return flavor;
    }
    return NULL;
}

int catalogue_export(json_t **out, const struct offers *offers, const char *own,
                     const char *preferred, struct events *events, struct error *err)
{
    json_auto_t *flavors = json_object();
    if (!flavors)
        return error_no_memory(err);
    for (size_t i = 0; i < offers->n; i++) {
        const struct offer *offer = &offers->items[i];
        if (!offer->distribution->store_package && (!own || is_of(offer, own)) &&
            add_entry(flavors, offer, events, err) < 0)
            return -1;
    }
    const char *chosen = choose(flavors, preferred);
    if (!chosen)
        return error_set(err, ERROR_NOT_FOUND, "%s%s is in what can be exported",
                         preferred ? "no distribution " : "nothing", preferred ? preferred : "");
    *out = json_pack("{s:s, s:O}", "Default", chosen, "ModernDistributions", flavors);
    return *out ? 0 : error_no_memory(err);
}
