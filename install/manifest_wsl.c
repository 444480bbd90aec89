/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/manifest_wsl.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "install/name.h"

static int wrong(const struct manifest *manifest, const char *where, const char *what,
                 struct error *err)
{
    return error_set(err, ERROR_DAMAGED, "%s: %s: %s", manifest->path, where, what);
}

/* A member that must be text where it is there; a missing one is "". NULL: it is something else. */
static const char *text_member(const json_t *object, const char *key)
{
    const json_t *member = json_object_get(object, key);
    return member ? json_string_value(member) : "";
}

/* Another item at the end of a list of items; NULL when out of memory. */
static void *append(void *items, size_t *n, size_t size)
{
    void **list = items;
    char *longer = reallocarray(*list, *n + 1, size);
    if (!longer)
        return NULL;
    *list = longer;
    char *item = longer + *n * size;
    memset(item, 0, size);
    ++*n;
    return item;
}

/* ---- images ---- */

static int read_image(const struct manifest *manifest, struct manifest_release *release,
                      const json_t *from, const char *architecture, struct error *err)
{
    const char *name = release->whole;
    const char *url = text_member(from, "Url"), *hex = text_member(from, "Sha256");
    struct checksum sum;
    if (!json_is_object(from) || !url || !hex)
        return wrong(manifest, name, "Url and Sha256 must be text in an object", err);
    if (strncasecmp(url, "https://", 8) != 0 && strncasecmp(url, "http://", 7) != 0 &&
        strncasecmp(url, "file://", 7) != 0)
        return wrong(manifest, name, "Url must begin with https://, http:// or file://", err);
    if (strlen(url) > MANIFEST_URL_MAX || strchr(url, '*'))
        return wrong(manifest, name, "Url is too long, or has a '*'", err);
    if (!checksum_parse(&sum, hex, strlen(hex)) || !sum.has_sha256)
        return wrong(manifest, name, "Sha256 must have 64 hexadecimal digits", err);

    struct manifest_image *image =
        append(&release->images.items, &release->images.n, sizeof(*image));
    if (!image)
        return error_no_memory(err);
    image->tier = TRUST_PINNED;
    image->has_sha256 = true;
    image->sha256 = sum.sha256;
    return text_set(&image->architecture, architecture, err) < 0 ? -1
                                                                 : text_set(&image->url, url, err);
}

static int read_images(const struct manifest *manifest, struct manifest_release *release,
                       const json_t *entry, struct error *err)
{
    const json_t *amd64 = json_object_get(entry, "Amd64Url");
    const json_t *arm64 = json_object_get(entry, "Arm64Url");
    if (amd64 && read_image(manifest, release, amd64, "amd64", err) < 0)
        return -1;
    return arm64 ? read_image(manifest, release, arm64, "arm64", err) : 0;
}

/* ---- entries ---- */

static int read_names(const struct manifest *manifest, const char *flavor, const json_t *entry,
                      struct manifest_release *release, struct error *err)
{
    const char *name = text_member(entry, "Name"), *title = text_member(entry, "FriendlyName");
    struct error why;
    if (!json_is_object(entry) || !name || !title)
        return wrong(manifest, flavor, "an entry must be an object, its names text", err);
    if (name_check(name, &why) < 0 || strlen(title) > MANIFEST_TEXT_MAX)
        return wrong(manifest, flavor, *title ? "Name or FriendlyName cannot be one" : why.text,
                     err);
    size_t n = strlen(flavor);
    bool prefixed = strncasecmp(name, flavor, n) == 0 && name[n] == '-' && name[n + 1];
    if (text_set(&release->whole, name, err) < 0 ||
        text_set(&release->name, prefixed ? name + n + 1 : name, err) < 0)
        return -1;
    return *title ? text_set(&release->title, title, err) : 0;
}

/* The entry that the flavor's name means comes first. */
static void make_first(struct manifest_releases *releases)
{
    struct manifest_release *items = releases->items;
    struct manifest_release chosen = items[releases->n - 1];
    memmove(items + 1, items, (releases->n - 1) * sizeof(*items));
    items[0] = chosen;
}

static int read_entry(const struct manifest *manifest, struct manifest_distribution *flavor,
                      const json_t *entry, bool *chosen, struct error *err)
{
    struct manifest_releases *releases = &flavor->releases;
    struct manifest_release *release = append(&releases->items, &releases->n, sizeof(*release));
    if (!release)
        return error_no_memory(err);
    if (read_names(manifest, flavor->name, entry, release, err) < 0 ||
        read_images(manifest, release, entry, err) < 0)
        return -1;
    if (release->images.n == 0) {
        manifest_release_free(release);
        releases->n--;
    } else if (!*chosen && json_is_true(json_object_get(entry, "Default"))) {
        make_first(releases);
        *chosen = true;
    }
    return 0;
}

static int add_distribution(struct manifest *manifest, const char *name, const char *title,
                            struct manifest_distribution **out, struct error *err)
{
    struct error why;
    *out = append(&manifest->distributions.items, &manifest->distributions.n, sizeof(**out));
    if (!*out)
        return error_no_memory(err);
    if (name_check(name, &why) < 0)
        return wrong(manifest, "a flavor", why.text, err);
    return text_set(&(*out)->name, name, err) < 0 ? -1 : text_set(&(*out)->title, title, err);
}

static int read_modern(struct manifest *manifest, json_t *flavors, struct error *err)
{
    const char *name;
    json_t *entries;
    json_object_foreach(flavors, name, entries)
    {
        struct manifest_distribution *flavor;
        bool chosen = false;
        size_t i;
        const json_t *entry;
        if (!json_is_array(entries))
            return wrong(manifest, name, "a list of entries is expected", err);
        if (add_distribution(manifest, name, name, &flavor, err) < 0)
            return -1;
        json_array_foreach(entries, i, entry)
        {
            if (read_entry(manifest, flavor, entry, &chosen, err) < 0)
                return -1;
        }
        if (flavor->releases.n == 0) {
            manifest_distribution_free(flavor);
            manifest->distributions.n--;
        }
    }
    return 0;
}

static int read_legacy(struct manifest *manifest, const json_t *entries, struct error *err)
{
    static const struct {
        const char *flag, *url, *architecture;
    } rows[] = {{"Amd64", "Amd64PackageUrl", "amd64"}, {"Arm64", "Arm64PackageUrl", "arm64"}};
    size_t i;
    const json_t *entry;
    json_array_foreach(entries, i, entry)
    {
        struct manifest_distribution *one;
        const char *name = text_member(entry, "Name");
        const char *title = text_member(entry, "FriendlyName");
        if (!json_is_object(entry) || !name || !title)
            return wrong(manifest, "Distributions", "an entry must be an object, its names text",
                         err);
        if (add_distribution(manifest, name, *title ? title : name, &one, err) < 0)
            return -1;
        one->store_package = true;
        struct manifest_release *release =
            append(&one->releases.items, &one->releases.n, sizeof(*release));
        if (!release)
            return error_no_memory(err);
        if (text_set(&release->name, "store", err) < 0 || text_set(&release->whole, name, err) < 0)
            return -1;
        for (size_t j = 0; j < array_length(rows); j++) {
            const char *url = text_member(entry, rows[j].url);
            if (!json_is_true(json_object_get(entry, rows[j].flag)))
                continue;
            struct manifest_image *image =
                append(&release->images.items, &release->images.n, sizeof(*image));
            if (!image)
                return error_no_memory(err);
            image->tier = TRUST_TLS;
            if (text_set(&image->architecture, rows[j].architecture, err) < 0 ||
                text_set(&image->url, url ? url : "", err) < 0)
                return -1;
        }
    }
    return 0;
}

/* ---- the whole ---- */

bool manifest_wsl_is(const char *bytes, size_t n)
{
    size_t blank = 0;
    while (blank < n && strchr(" \t\r\n", bytes[blank]) && bytes[blank])
        blank++;
    return blank < n && bytes[blank] == '{' &&
           (memmem(bytes, n, "\"ModernDistributions\"", 21) ||
            memmem(bytes, n, "\"Distributions\"", 15));
}

int manifest_wsl_parse(struct manifest **out, const char *path, const char *bytes, size_t n,
                       struct error *err)
{
    AUTO_MANIFEST struct manifest *manifest = calloc(1, sizeof(*manifest));
    if (!manifest)
        return error_no_memory(err);
    if (text_set(&manifest->path, path, err) < 0)
        return -1;
    json_error_t why;
    json_auto_t *root = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, &why);
    if (!root)
        return error_set(err, ERROR_DAMAGED, "%s:%d:%d: %s", path, why.line, why.column, why.text);
    json_t *modern = json_object_get(root, "ModernDistributions");
    json_t *legacy = json_object_get(root, "Distributions");
    if (modern && !json_is_object(modern))
        return wrong(manifest, "ModernDistributions", "an object is expected", err);
    if (legacy && !json_is_array(legacy))
        return wrong(manifest, "Distributions", "a list is expected", err);
    if (read_modern(manifest, modern, err) < 0 || read_legacy(manifest, legacy, err) < 0)
        return -1;
    *out = steal(&manifest);
    return 0;
}
