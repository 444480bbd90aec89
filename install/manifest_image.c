/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/manifest_image.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "install/architecture.h"
#include "install/manifest_field.h"
#include "install/pattern.h"

/* ---- values ---- */

static int read_tier(const struct node *node, void *member, struct error *err)
{
    enum trust_tier *tier = member;
    if (field_expect(node, NODE_SCALAR, "a tier", err) < 0)
        return -1;
    if (trust_tier_parse(tier, node->text) && *tier != TRUST_LOCAL)
        return 0;
    return node_error(&node->place, err, "'%s' is no tier; signed, pinned or tls is expected",
                      node->text);
}

static int read_digest(const struct node *node, void *member, struct error *err)
{
    struct manifest_image *image = member;
    image->has_sha256 = true;
    return field_sha256(node, &image->sha256, err);
}

static int read_key(const struct node *node, void *member, struct error *err)
{
    char fingerprint[KEY_FINGERPRINT_BYTES];
    struct error why;
    char **out = member;
    if (field_expect(node, NODE_SCALAR, "a fingerprint", err) < 0)
        return -1;
    if (fingerprint_parse(fingerprint, node->text, &why) < 0)
        return node_error(&node->place, err, "%s", why.text);
    return text_set(out, fingerprint, err);
}

static int read_keys(const struct node *node, void *member, struct error *err)
{
    return field_list(node, "a list of fingerprints", member, read_key, err);
}

static int read_days(const struct node *node, void *member, struct error *err)
{
    uint64_t days;
    int64_t *out = member;
    if (field_number(node, "a number of days", MANIFEST_DAYS_MAX, &days, err) < 0)
        return -1;
    *out = (int64_t)days * SECONDS_A_DAY;
    return 0;
}

#define AT(member) offsetof(struct manifest_image, member)

static const struct field image_fields[] = {
    {"url", true, AT(url), field_url},
    {"mirrors", false, AT(mirrors), field_urls},
    {"root", false, AT(root), field_text},
    {"tier", false, AT(tier), read_tier},
    {"sha256", false, 0, read_digest},
    {"size", false, AT(size), field_bytes},
    {"list", false, AT(list), field_url},
    {"signature", false, AT(signature), field_url},
    {"index", false, AT(index), field_url},
    {"suffix", false, AT(suffix), field_text},
    {"any_name", false, AT(any_name), field_flag},
    {"keys", false, AT(keys), read_keys},
    {"min_date", false, AT(min_date), field_first_second},
    {"expires", false, AT(expires), field_last_second},
    {"max_age_days", false, AT(max_age), read_days},
    {0},
};

/* ---- what must go together ---- */

static bool is_https(const char *url)
{
    return strncasecmp(url, "https://", strlen("https://")) == 0;
}

/* Of an image that an index names. */
static const char *index_contradiction(const struct manifest_image *image)
{
    size_t n = strlen(image->url);
    if (!image->index)
        return image->suffix ? "'suffix' goes with 'index'" : NULL;
    if (image->tier != TRUST_SIGNED || !image->suffix)
        return "'index' needs the tier 'signed' and the key 'suffix'";
    if (n == 0 || image->url[n - 1] != '/')
        return "with 'index', 'url' is what stands before the names in it, and ends with '/'";
    if (image->list || image->signature || image->has_sha256 || image->size || image->mirrors.n > 0)
        return "'index' stands alone: without 'list', 'signature', 'sha256', 'size' and 'mirrors'";
    return NULL;
}

/* What is wrong with it; NULL: nothing. */
static const char *contradiction(const struct manifest_image *image)
{
    bool is_signed = image->tier == TRUST_SIGNED;
    if (image->tier == TRUST_PINNED && !image->has_sha256)
        return "the tier 'pinned', which is meant where none is given, needs the key 'sha256'";
    if (is_signed && image->keys.n == 0)
        return "the tier 'signed' needs the key 'keys'";
    if (is_signed && !image->list && !image->signature && !image->index)
        return "the tier 'signed' needs the key 'list', 'signature' or both, or 'index'";
    if (!is_signed && image->keys.n > 0)
        return "'keys' go with the tier 'signed'";
    if (!is_signed && image->signature)
        return "'signature' goes with the tier 'signed'";
    if (image->tier == TRUST_TLS && image->has_sha256)
        return "with 'sha256' the tier is 'pinned'";
    if (image->tier == TRUST_TLS && !is_https(image->url))
        return "the tier 'tls' needs a URL that begins with https://";
    if (image->tier == TRUST_TLS && image->list && !is_https(image->list))
        return "the tier 'tls' needs a list whose URL begins with https://";
    if (image->any_name && !image->list)
        return "'any_name' goes with 'list'";
    if (!is_signed && (image->min_date || image->expires || image->max_age))
        return "'min_date', 'expires' and 'max_age_days' go with the tier 'signed'";
    return NULL;
}

static const char *pattern_contradiction(const struct manifest_image *image)
{
    const char *pattern = pattern_of(image->url);
    if (!pattern)
        return strchr(image->url, '*') ? "'*' may stand once, and only in the last part of 'url'"
                                       : NULL;
    if (!image->list)
        return "a 'url' with '*' needs the key 'list', which has the names";
    if (image->any_name)
        return "a 'url' with '*' and 'any_name' exclude each other";
    if (image->has_sha256 || image->size)
        return "a 'url' with '*' has no one 'sha256' and 'size'";
    for (size_t i = 0; i < image->mirrors.n; i++) {
        const char *other = pattern_of(image->mirrors.items[i]);
        if (!other || strcmp(other, pattern) != 0)
            return "'mirrors' must end as 'url' does, where that has '*'";
    }
    return NULL;
}

int manifest_image_read(const struct node *node, struct manifest_image *image, struct error *err)
{
    if (!architecture_is(node->key))
        return node_error(&node->key_place, err, "'%s' is no architecture here; these are: %s",
                          node->key, ARCHITECTURES);
    image->tier = TRUST_PINNED;
    if (text_set(&image->architecture, node->key, err) < 0 ||
        field_read_mapping(node, "an architecture", image_fields, image, err) < 0)
        return -1;
    const char *wrong = contradiction(image);
    if (!wrong)
        wrong = pattern_contradiction(image);
    if (!wrong)
        wrong = index_contradiction(image);
    return wrong ? node_error(&node->place, err, "%s", wrong) : 0;
}

void manifest_image_free(struct manifest_image *image)
{
    free(image->architecture);
    free(image->url);
    free(image->root);
    free(image->list);
    free(image->signature);
    free(image->index);
    free(image->suffix);
    texts_free(&image->mirrors);
    texts_free(&image->keys);
}
