/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust.h"

#include <inttypes.h>
#include <string.h>

#include "fetch/trust/pgp_document.h"
#include "fetch/trust/signature.h"

/* ---- tiers ---- */

static const char *const tier_names[] = {
    [TRUST_LOCAL] = "local",
    [TRUST_TLS] = "tls",
    [TRUST_PINNED] = "pinned",
    [TRUST_SIGNED] = "signed",
};

const char *trust_tier_name(enum trust_tier tier)
{
    return tier_names[tier];
}

bool trust_tier_parse(enum trust_tier *out, const char *name)
{
    for (size_t i = 0; i < array_length(tier_names); i++) {
        if (strcmp(tier_names[i], name) == 0) {
            *out = (enum trust_tier)i;
            return true;
        }
    }
    return false;
}

/* ---- keys ---- */

/* A choice of keys none of which is at hand is told before anything is read. */
static int check_choice(const struct key_choice *keys, const char *label, struct error *err)
{
    const struct trust_key *missing = NULL;
    for (size_t i = 0; i < keys->ring->n; i++) {
        const struct trust_key *key = &keys->ring->keys[i];
        if (!key_choice_has(keys, key))
            continue;
        if (key->bytes)
            return 0;
        missing = key;
    }
    if (missing)
        return error_set(err, ERROR_VERIFY,
                         "%s is not trusted: the key %s that signs it is not part of lxkit; get it "
                         "from the distribution and add it with `lxfetch keys add FILE --key %s`",
                         label, missing->name, key_fingerprint(missing));
    return error_set(err, ERROR_VERIFY,
                     "%s is not trusted: there is no key %s; add it with `lxfetch keys add FILE`",
                     label, keys->n_pins ? keys->pins[0] : "at all");
}

/* ---- lists ---- */

static int list_copy(const struct trust_text *list, struct trust_list *out, struct error *err)
{
    out->text = malloc(list->n + 1);
    if (!out->text)
        return error_no_memory(err);
    memcpy(out->text, list->bytes, list->n);
    out->text[list->n] = '\0';
    out->n = list->n;
    return 0;
}

int trust_list_verify(const struct trust_text *list, const struct trust_text *signature,
                      const struct key_choice *keys, int64_t now, struct trust_list *out,
                      struct error *err)
{
    struct signature_cover cover;
    bool detached = signature && signature->bytes;
    *out = (struct trust_list){0};
    if (list->n > TRUST_LIST_BYTES_MAX)
        return error_set(err, ERROR_VERIFY, "%s is larger than %d MiB; that is no list",
                         list->label, TRUST_LIST_BYTES_MAX >> 20);
    out->is_signed = detached || pgp_is_clearsigned(list->bytes, list->n);
    if (!out->is_signed)
        return list_copy(list, out, err);
    if (check_choice(keys, list->label, err) < 0)
        return -1;
    if (!detached)
        return signature_verify_clearsigned(list, keys, now, &out->signer, &out->text, &out->n,
                                            err);
    const struct content content = {.label = list->label, .bytes = list->bytes, .n = list->n};
    if (signature_verify(signature, &content, keys, now, &out->signer, &cover, err) < 0)
        return -1;
    return list_copy(list, out, err);
}

/* Void signs the images of each date with a key of their own, and says so in the trusted comment:
 * "This key is only valid for images with date 20250202." */
int trust_list_check_name(const struct trust_list *list, const char *name, const char *label,
                          struct error *err)
{
    static const char words[] = "only valid for images with date ";
    const char *at = strstr(list->signer.comment, words);
    if (!at)
        return 0;
    at += strlen(words);
    size_t n = strspn(at, "0123456789");
    if (n > 0 && memmem(name, strlen(name), at, n))
        return 0;
    return error_set(err, ERROR_VERIFY,
                     "%s is not trusted: the key %s is only valid for images with date %.*s, and "
                     "this is %s",
                     label, list->signer.name, (int)n, at, name);
}

void trust_list_free(struct trust_list *list)
{
    free(list->text);
    *list = (struct trust_list){0};
}

/* ---- files ---- */

static int compare(const struct trust_request *request, const struct sums_entry *entry,
                   const struct checksum *found, uint64_t size, struct error *err)
{
    if (entry->has_size && entry->size != size)
        return error_set(err, ERROR_VERIFY,
                         "%s has %" PRIu64 " bytes, and %s says %" PRIu64 "; it is not what was "
                         "published: get it again",
                         request->label, size, request->list.label, entry->size);
    if (checksum_agrees(&entry->is, found))
        return 0;
    return error_set(err, ERROR_VERIFY,
                     "%s does not have the checksum that %s gives for %s; it is not what was "
                     "published: get it again",
                     request->label, request->list.label, entry->name);
}

static void result_by(struct trust_result *out, enum trust_cover cover,
                      const struct trust_signer *signer)
{
    out->tier = TRUST_SIGNED;
    out->cover = cover;
    out->signer = *signer;
}

static int verify_by_list(const struct trust_request *request, const struct content *content,
                          struct trust_result *out, struct error *err)
{
    AUTO_TRUST_LIST struct trust_list list = {0};
    AUTO_SUMS struct sums *sums = NULL;
    const struct sums_entry *entry;
    struct checksum found;
    if (trust_list_verify(&request->list, &request->signature, &request->keys, request->now, &list,
                          err) < 0)
        return -1;
    if (!list.is_signed && request->tier == TRUST_SIGNED)
        return error_set(err, ERROR_VERIFY,
                         "%s is not trusted: it is not signed; give its signature too",
                         request->list.label);
    if (sums_parse(&sums, list.text, list.n, request->list.label, err) < 0 ||
        (request->any_name ? sums_single(sums, &entry, err)
                           : sums_find(sums, request->name, &entry, err)) < 0 ||
        trust_list_check_name(&list, entry->name, request->label, err) < 0 ||
        content_walk(content, entry->is.has_sha512, NULL, NULL, &found, &out->size, err) < 0 ||
        compare(request, entry, &found, out->size, err) < 0)
        return -1;
    out->sha256 = found.sha256;
    if (list.is_signed)
        result_by(out, TRUST_COVERS_LIST, &list.signer);
    return 0;
}

static int verify_by_signature(const struct trust_request *request, const struct content *content,
                               struct trust_result *out, struct error *err)
{
    struct trust_signer signer;
    struct signature_cover cover;
    if (check_choice(&request->keys, request->label, err) < 0 ||
        signature_verify(&request->signature, content, &request->keys, request->now, &signer,
                         &cover, err) < 0)
        return -1;
    out->sha256 = cover.sum.sha256;
    out->size = cover.size;
    result_by(out, TRUST_COVERS_FILE, &signer);
    return 0;
}

static int verify_nothing(const struct content *content, struct trust_result *out,
                          struct error *err)
{
    struct checksum found;
    if (content_walk(content, false, NULL, NULL, &found, &out->size, err) < 0)
        return -1;
    out->sha256 = found.sha256;
    return 0;
}

/* Without list and signature: a file that must be signed may be a clearsigned text itself, which is
 * read once, into memory. Of any other the checksum alone is computed. */
static int verify_itself(const struct trust_request *request, const struct content *content,
                         struct trust_result *out, struct error *err)
{
    AUTO_FREE char *bytes = NULL;
    AUTO_FREE char *plain = NULL;
    struct trust_signer signer;
    struct checksum found;
    size_t n = 0, plain_n;
    uint64_t size;
    if (content_size(content, &size, err) < 0)
        return -1;
    if (request->tier == TRUST_SIGNED && size > 0 && size <= TRUST_LIST_BYTES_MAX) {
        bytes = malloc(size);
        if (!bytes)
            return error_no_memory(err);
        ssize_t got = pread(request->fd, bytes, size, 0);
        n = got < 0 ? 0 : (size_t)got;
    }
    if (!pgp_is_clearsigned(bytes, n))
        return verify_nothing(content, out, err);

    const struct trust_text text = {.bytes = bytes, .n = n, .label = request->label};
    const struct content seen = {.label = request->label, .bytes = bytes, .n = n};
    if (check_choice(&request->keys, request->label, err) < 0 ||
        signature_verify_clearsigned(&text, &request->keys, request->now, &signer, &plain, &plain_n,
                                     err) < 0 ||
        content_walk(&seen, false, NULL, NULL, &found, &out->size, err) < 0)
        return -1;
    out->sha256 = found.sha256;
    result_by(out, TRUST_COVERS_FILE, &signer);
    return 0;
}

static int check_tier(const struct trust_request *request, const struct trust_result *result,
                      struct error *err)
{
    if (result->tier >= request->tier)
        return 0;
    if (request->tier == TRUST_SIGNED)
        return error_set(
            err, ERROR_VERIFY,
            "%s is not trusted: it is not signed; give its signature, or a signed list "
            "that holds its checksum",
            request->label);
    return error_set(err, ERROR_VERIFY,
                     "%s is not trusted: it must be %s and is %s; give its SHA-256", request->label,
                     trust_tier_name(request->tier), trust_tier_name(result->tier));
}

static int check_pinned(const struct trust_request *request, struct trust_result *result,
                        struct error *err)
{
    char expected[SHA256_HEX_BYTES], found[SHA256_HEX_BYTES];
    if (!request->sha256)
        return 0;
    sha256_format(request->sha256, expected);
    sha256_format(&result->sha256, found);
    if (!sha256_equal(request->sha256, &result->sha256))
        return error_set(err, ERROR_VERIFY,
                         "%s is not trusted: its SHA-256 is %s, expected %s; get it again",
                         request->label, found, expected);
    if (result->tier < TRUST_PINNED)
        result->tier = TRUST_PINNED;
    return 0;
}

int trust_verify(const struct trust_request *request, struct trust_result *out, struct error *err)
{
    const struct content content = {
        .label = request->label, .fd = request->fd, .events = request->events};
    struct trust_result result = {.tier = request->plain};
    int rc = request->list.bytes        ? verify_by_list(request, &content, &result, err)
             : request->signature.bytes ? verify_by_signature(request, &content, &result, err)
                                        : verify_itself(request, &content, &result, err);
    if (rc < 0 || check_pinned(request, &result, err) < 0 || check_tier(request, &result, err) < 0)
        return -1;
    *out = result;
    return 0;
}
