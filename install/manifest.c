/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The schema is the tables of fields below; reading is walking a document along them. */
#include "install/manifest.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/paths.h"
#include "install/architecture.h"
#include "install/document.h"
#include "install/name.h"

/* One key of a mapping, and where its value goes. */
struct field {
    const char *key;
    bool required;
    size_t offset;
    int (*read)(const struct node *value, void *member, struct error *err);
};

static int expect_kind(const struct node *node, enum node_kind kind, const char *what,
                       struct error *err)
{
    if (node->kind != kind)
        return node_error(&node->place, err, "%s is expected here: %s, not %s", what,
                          node_kind_words(kind), node_kind_words(node->kind));
    if (kind != NODE_SCALAR && node->n == 0)
        return node_error(&node->place, err, "%s is expected here, and it is empty", what);
    return 0;
}

static const struct field *field_by_key(const struct field *fields, const char *key)
{
    for (; fields->key; fields++) {
        if (strcmp(fields->key, key) == 0)
            return fields;
    }
    return NULL;
}

static int unknown_key(const struct node *child, const struct field *fields, const char *what,
                       struct error *err)
{
    char known[ERROR_TEXT_BYTES] = "";
    for (const struct field *f = fields; f->key; f++) {
        size_t n = strlen(known);
        snprintf(known + n, sizeof(known) - n, "%s%s", n ? ", " : "", f->key);
    }
    return node_error(&child->key_place, err, "unknown key '%s'; %s has: %s", child->key, what,
                      known);
}

static int read_mapping(const struct node *node, const char *what, const struct field *fields,
                        void *object, struct error *err)
{
    if (expect_kind(node, NODE_MAPPING, what, err) < 0)
        return -1;
    for (size_t i = 0; i < node->n; i++) {
        const struct node *child = &node->children[i];
        const struct field *field = field_by_key(fields, child->key);
        if (!field)
            return unknown_key(child, fields, what, err);
        if (field->read(child, (char *)object + field->offset, err) < 0)
            return -1;
    }
    for (const struct field *field = fields; field->key; field++) {
        bool found = false;
        for (size_t i = 0; i < node->n && !found; i++)
            found = strcmp(node->children[i].key, field->key) == 0;
        if (field->required && !found)
            return node_error(&node->place, err, "%s needs the key '%s'", what, field->key);
    }
    return 0;
}

/* ---- scalars ---- */

static int read_text(const struct node *node, void *member, struct error *err)
{
    char **out = member;
    if (expect_kind(node, NODE_SCALAR, "a text", err) < 0)
        return -1;
    size_t n = strlen(node->text);
    if (n == 0 || n > MANIFEST_TEXT_MAX)
        return node_error(&node->place, err, "a text of 1 to %d bytes is expected here, not of %zu",
                          MANIFEST_TEXT_MAX, n);
    *out = strdup(node->text);
    return *out ? 0 : error_no_memory(err);
}

static int read_name(const struct node *node, void *member, struct error *err)
{
    struct error why;
    if (expect_kind(node, NODE_SCALAR, "a name", err) < 0)
        return -1;
    if (name_check(node->text, &why) < 0)
        return node_error(&node->place, err, "%s", why.text);
    return read_text(node, member, err);
}

static int read_version(const struct node *node, void *member, struct error *err)
{
    (void)member;
    if (expect_kind(node, NODE_SCALAR, "the manifest's version", err) < 0)
        return -1;
    if (strcmp(node->text, MANIFEST_VERSION) != 0)
        return node_error(&node->place, err,
                          "version '%s' of manifests is not known here; %s is expected", node->text,
                          MANIFEST_VERSION);
    return 0;
}

/* A relative path is meant from the manifest's directory. */
static int read_url(const struct node *node, void *member, struct error *err)
{
    static const char *const schemes[] = {"https://", "http://", "file://"};
    char **out = member;
    if (expect_kind(node, NODE_SCALAR, "a URL or path", err) < 0)
        return -1;
    const char *text = node->text;
    size_t n = strlen(text);
    if (n == 0 || n > MANIFEST_URL_MAX)
        return node_error(&node->place, err, "a URL of 1 to %d bytes is expected here, not of %zu",
                          MANIFEST_URL_MAX, n);

    if (strstr(text, "://")) {
        for (size_t i = 0; i < array_length(schemes); i++) {
            if (strncasecmp(text, schemes[i], strlen(schemes[i])) == 0) {
                *out = strdup(text);
                return *out ? 0 : error_no_memory(err);
            }
        }
        return node_error(
            &node->place, err,
            "'%s' cannot be fetched; https://, http://, file:// or a path is expected", text);
    }
    if (text[0] == '/')
        return paths_absolute(out, text, err);

    AUTO_FREE char *directory = NULL, *path = NULL;
    if (paths_parent(&directory, node->place.file, err) < 0 ||
        paths_join(&path, directory, text, err) < 0)
        return -1;
    return paths_absolute(out, path, err);
}

static int read_sha256(const struct node *node, void *member, struct error *err)
{
    if (expect_kind(node, NODE_SCALAR, "a SHA-256 digest", err) < 0)
        return -1;
    if (!sha256_parse(member, node->text))
        return node_error(&node->place, err,
                          "'%s' is no SHA-256 digest; 64 hexadecimal digits are expected",
                          node->text);
    return 0;
}

static int read_bytes(const struct node *node, void *member, struct error *err)
{
    uint64_t *out = member;
    if (expect_kind(node, NODE_SCALAR, "a number of bytes", err) < 0)
        return -1;
    char *end;
    errno = 0;
    *out = strtoull(node->text, &end, 10);
    if (errno || *end || node->text[0] < '1' || node->text[0] > '9')
        return node_error(&node->place, err,
                          "'%s' is no number of bytes; a decimal number of at least 1 is expected",
                          node->text);
    return 0;
}

/* ---- letting go ---- */

static void image_free(struct manifest_image *image)
{
    free(image->architecture);
    free(image->url);
}

static void release_free(struct manifest_release *release)
{
    for (size_t i = 0; i < release->images.n; i++)
        image_free(&release->images.items[i]);
    free(release->images.items);
    free(release->name);
    free(release->title);
}

static void distribution_free(struct manifest_distribution *distribution)
{
    for (size_t i = 0; i < distribution->releases.n; i++)
        release_free(&distribution->releases.items[i]);
    free(distribution->releases.items);
    free(distribution->name);
    free(distribution->title);
}

/* ---- from the inside out: images, releases, distributions, the manifest ---- */

static const struct field image_fields[] = {
    {"url", true, offsetof(struct manifest_image, url), read_url},
    {"sha256", true, offsetof(struct manifest_image, sha256), read_sha256},
    {"size", false, offsetof(struct manifest_image, size), read_bytes},
    {0},
};

static int read_image(const struct node *node, struct manifest_image *image, struct error *err)
{
    if (!architecture_is(node->key))
        return node_error(&node->key_place, err, "'%s' is no architecture here; these are: %s",
                          node->key, ARCHITECTURES);
    image->architecture = strdup(node->key);
    if (!image->architecture)
        return error_no_memory(err);
    return read_mapping(node, "an architecture", image_fields, image, err);
}

static int read_images(const struct node *node, void *member, struct error *err)
{
    struct manifest_images *list = member;
    if (expect_kind(node, NODE_MAPPING, "a list of architectures", err) < 0)
        return -1;
    list->items = calloc(node->n, sizeof(*list->items));
    if (!list->items)
        return error_no_memory(err);
    for (size_t i = 0; i < node->n; i++) {
        if (read_image(&node->children[i], &list->items[i], err) < 0) {
            image_free(&list->items[i]);
            return -1;
        }
        list->n++;
    }
    return 0;
}

static const struct field release_fields[] = {
    {"name", true, offsetof(struct manifest_release, name), read_name},
    {"title", false, offsetof(struct manifest_release, title), read_text},
    {"architectures", true, offsetof(struct manifest_release, images), read_images},
    {0},
};

static int read_release(const struct node *node, const struct manifest_releases *before,
                        struct manifest_release *release, struct error *err)
{
    if (read_mapping(node, "a release", release_fields, release, err) < 0)
        return -1;
    for (size_t i = 0; i < before->n; i++) {
        if (name_equal(before->items[i].name, release->name))
            return node_error(&node->place, err,
                              "the release '%s' is here twice; names must differ in more than case",
                              release->name);
    }
    return 0;
}

static int read_releases(const struct node *node, void *member, struct error *err)
{
    struct manifest_releases *list = member;
    if (expect_kind(node, NODE_SEQUENCE, "a list of releases", err) < 0)
        return -1;
    list->items = calloc(node->n, sizeof(*list->items));
    if (!list->items)
        return error_no_memory(err);
    for (size_t i = 0; i < node->n; i++) {
        if (read_release(&node->children[i], list, &list->items[i], err) < 0) {
            release_free(&list->items[i]);
            return -1;
        }
        list->n++;
    }
    return 0;
}

static const struct field distribution_fields[] = {
    {"title", true, offsetof(struct manifest_distribution, title), read_text},
    {"releases", true, offsetof(struct manifest_distribution, releases), read_releases},
    {0},
};

static int read_distribution(const struct node *node, const struct manifest_distributions *before,
                             struct manifest_distribution *distribution, struct error *err)
{
    struct error why;
    if (name_check(node->key, &why) < 0)
        return node_error(&node->key_place, err, "%s", why.text);
    for (size_t i = 0; i < before->n; i++) {
        if (name_equal(before->items[i].name, node->key))
            return node_error(&node->key_place, err,
                              "the distribution '%s' is here twice; names must differ in more than "
                              "case",
                              node->key);
    }
    distribution->name = strdup(node->key);
    if (!distribution->name)
        return error_no_memory(err);
    return read_mapping(node, "a distribution", distribution_fields, distribution, err);
}

static int read_distributions(const struct node *node, void *member, struct error *err)
{
    struct manifest_distributions *list = member;
    if (expect_kind(node, NODE_MAPPING, "a list of distributions", err) < 0)
        return -1;
    list->items = calloc(node->n, sizeof(*list->items));
    if (!list->items)
        return error_no_memory(err);
    for (size_t i = 0; i < node->n; i++) {
        if (read_distribution(&node->children[i], list, &list->items[i], err) < 0) {
            distribution_free(&list->items[i]);
            return -1;
        }
        list->n++;
    }
    return 0;
}

static const struct field manifest_fields[] = {
    {"version", true, 0, read_version},
    {"distributions", true, offsetof(struct manifest, distributions), read_distributions},
    {0},
};

static int from_document(struct manifest **out, const struct document *document, struct error *err)
{
    AUTO_MANIFEST struct manifest *manifest = calloc(1, sizeof(*manifest));
    if (!manifest || !(manifest->path = strdup(document->file)))
        return error_no_memory(err);
    if (read_mapping(&document->root, "a manifest", manifest_fields, manifest, err) < 0)
        return -1;
    *out = steal(&manifest);
    return 0;
}

int manifest_read(struct manifest **out, const char *path, struct error *err)
{
    AUTO_DOCUMENT struct document *document = NULL;
    if (document_read(&document, path, err) < 0)
        return -1;
    return from_document(out, document, err);
}

int manifest_parse(struct manifest **out, const char *path, const char *bytes, size_t n,
                   struct error *err)
{
    AUTO_DOCUMENT struct document *document = NULL;
    if (document_parse(&document, path, bytes, n, err) < 0)
        return -1;
    return from_document(out, document, err);
}

void manifest_free(struct manifest *manifest)
{
    if (!manifest)
        return;
    for (size_t i = 0; i < manifest->distributions.n; i++)
        distribution_free(&manifest->distributions.items[i]);
    free(manifest->distributions.items);
    free(manifest->path);
    free(manifest);
}
