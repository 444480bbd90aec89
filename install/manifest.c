/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the inside out: images (manifest_image.c), releases, distributions, the manifest. */
#include "install/manifest.h"

#include <string.h>

#include "install/architecture.h"
#include "install/manifest_field.h"
#include "install/manifest_image.h"
#include "install/manifest_wsl.h"
#include "install/name.h"

static int read_version(const struct node *node, void *member, struct error *err)
{
    (void)member;
    if (field_expect(node, NODE_SCALAR, "the manifest's version", err) < 0)
        return -1;
    if (strcmp(node->text, MANIFEST_VERSION) != 0)
        return node_error(&node->place, err,
                          "version '%s' of manifests is not known here; %s is expected", node->text,
                          MANIFEST_VERSION);
    return 0;
}

/* ---- letting go ---- */

void manifest_release_free(struct manifest_release *release)
{
    for (size_t i = 0; i < release->images.n; i++)
        manifest_image_free(&release->images.items[i]);
    free(release->images.items);
    free(release->name);
    free(release->title);
    free(release->whole);
    texts_free(&release->aliases);
}

void manifest_distribution_free(struct manifest_distribution *distribution)
{
    for (size_t i = 0; i < distribution->releases.n; i++)
        manifest_release_free(&distribution->releases.items[i]);
    free(distribution->releases.items);
    free(distribution->name);
    free(distribution->title);
    texts_free(&distribution->aliases);
}

/* ---- reading ---- */

bool manifest_is_called(const char *name, const struct texts *aliases, const char *wanted)
{
    bool found = name_equal(name, wanted);
    for (size_t i = 0; i < aliases->n && !found; i++)
        found = name_equal(aliases->items[i], wanted);
    return found;
}

/* A name that the two share; NULL: none. */
static const char *shared_name(const char *name, const struct texts *aliases, const char *other,
                               const struct texts *other_aliases)
{
    if (manifest_is_called(other, other_aliases, name))
        return name;
    for (size_t i = 0; i < aliases->n; i++) {
        if (manifest_is_called(other, other_aliases, aliases->items[i]))
            return aliases->items[i];
    }
    return NULL;
}

static int read_images(const struct node *node, void *member, struct error *err)
{
    struct manifest_images *list = member;
    if (field_expect(node, NODE_MAPPING, "a list of architectures", err) < 0)
        return -1;
    list->items = calloc(node->n, sizeof(*list->items));
    if (!list->items)
        return error_no_memory(err);
    for (size_t i = 0; i < node->n; i++) {
        if (manifest_image_read(&node->children[i], &list->items[i], err) < 0) {
            manifest_image_free(&list->items[i]);
            return -1;
        }
        list->n++;
    }
    return 0;
}

static const struct field release_fields[] = {
    {"name", true, offsetof(struct manifest_release, name), field_name},
    {"title", false, offsetof(struct manifest_release, title), field_text},
    {"aliases", false, offsetof(struct manifest_release, aliases), field_names},
    {"architectures", true, offsetof(struct manifest_release, images), read_images},
    {0},
};

static int read_release(const struct node *node, const struct manifest_releases *before,
                        struct manifest_release *release, struct error *err)
{
    if (field_read_mapping(node, "a release", release_fields, release, err) < 0)
        return -1;
    for (size_t i = 0; i < before->n; i++) {
        const struct manifest_release *other = &before->items[i];
        const char *same =
            shared_name(release->name, &release->aliases, other->name, &other->aliases);
        if (same)
            return node_error(&node->place, err,
                              "the release '%s' is here twice; names must differ in more than case",
                              same);
    }
    return 0;
}

static int read_releases(const struct node *node, void *member, struct error *err)
{
    struct manifest_releases *list = member;
    if (field_expect(node, NODE_SEQUENCE, "a list of releases", err) < 0)
        return -1;
    list->items = calloc(node->n, sizeof(*list->items));
    if (!list->items)
        return error_no_memory(err);
    for (size_t i = 0; i < node->n; i++) {
        if (read_release(&node->children[i], list, &list->items[i], err) < 0) {
            manifest_release_free(&list->items[i]);
            return -1;
        }
        list->n++;
    }
    return 0;
}

static const struct field distribution_fields[] = {
    {"title", true, offsetof(struct manifest_distribution, title), field_text},
    {"aliases", false, offsetof(struct manifest_distribution, aliases), field_names},
    {"releases", true, offsetof(struct manifest_distribution, releases), read_releases},
    {0},
};

static int read_distribution(const struct node *node, const struct manifest_distributions *before,
                             struct manifest_distribution *distribution, struct error *err)
{
    struct error why;
    if (name_check(node->key, &why) < 0)
        return node_error(&node->key_place, err, "%s", why.text);
    distribution->name = strdup(node->key);
    if (!distribution->name)
        return error_no_memory(err);
    if (field_read_mapping(node, "a distribution", distribution_fields, distribution, err) < 0)
        return -1;
    for (size_t i = 0; i < before->n; i++) {
        const struct manifest_distribution *other = &before->items[i];
        const char *same =
            shared_name(node->key, &distribution->aliases, other->name, &other->aliases);
        if (same)
            return node_error(&node->key_place, err,
                              "the distribution '%s' is here twice; names must differ in more than "
                              "case",
                              same);
    }
    return 0;
}

static int read_distributions(const struct node *node, void *member, struct error *err)
{
    struct manifest_distributions *list = member;
    if (field_expect(node, NODE_MAPPING, "a list of distributions", err) < 0)
        return -1;
    list->items = calloc(node->n, sizeof(*list->items));
    if (!list->items)
        return error_no_memory(err);
    for (size_t i = 0; i < node->n; i++) {
        if (read_distribution(&node->children[i], list, &list->items[i], err) < 0) {
            manifest_distribution_free(&list->items[i]);
            return -1;
        }
        list->n++;
    }
    return 0;
}

static const struct field manifest_fields[] = {
    {"version", true, 0, read_version},
    {"serial", false, offsetof(struct manifest, serial), field_serial},
    {"expires", false, offsetof(struct manifest, expires), field_last_second},
    {"distributions", true, offsetof(struct manifest, distributions), read_distributions},
    {0},
};

static int from_document(struct manifest **out, const struct document *document, struct error *err)
{
    AUTO_MANIFEST struct manifest *manifest = calloc(1, sizeof(*manifest));
    if (!manifest || !(manifest->path = strdup(document->file)))
        return error_no_memory(err);
    if (field_read_mapping(&document->root, "a manifest", manifest_fields, manifest, err) < 0)
        return -1;
    *out = steal(&manifest);
    return 0;
}

int manifest_read(struct manifest **out, const char *path, struct error *err)
{
    AUTO_FREE char *bytes = NULL;
    size_t n;
    if (text_read_file(&bytes, &n, path, DOCUMENT_BYTES_MAX, err) < 0)
        return -1;
    return manifest_parse(out, path, bytes, n, err);
}

int manifest_parse(struct manifest **out, const char *path, const char *bytes, size_t n,
                   struct error *err)
{
    AUTO_DOCUMENT struct document *document = NULL;
    if (manifest_wsl_is(bytes, n))
        return manifest_wsl_parse(out, path, bytes, n, err);
    if (document_parse(&document, path, bytes, n, err) < 0)
        return -1;
    return from_document(out, document, err);
}

void manifest_free(struct manifest *manifest)
{
    if (!manifest)
        return;
    for (size_t i = 0; i < manifest->distributions.n; i++)
        manifest_distribution_free(&manifest->distributions.items[i]);
    free(manifest->distributions.items);
    free(manifest->path);
    free(manifest);
}
