/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/signature.h"

#include <stdio.h>
#include <string.h>

#include "fetch/trust/day.h"
#include "fetch/trust/minisign.h"
#include "fetch/trust/pgp_child.h"
#include "fetch/trust/pgp_policy.h"

static void signer_set(struct trust_signer *out, const struct trust_key *key, const char *signing)
{
    *out = (struct trust_signer){0};
    snprintf(out->name, sizeof(out->name), "%s", key->name);
    strcpy(out->fingerprint, key_fingerprint(key));
    snprintf(out->signing, sizeof(out->signing), "%s", signing);
}

/* ---- OpenPGP ---- */

struct certificates {
    struct pgp_certificate *of;
    size_t n;
};

static void certificates_free(struct certificates *list)
{
    free(list->of);
}

/* Adds those that may have made a signature with that claim, each once. */
static void add_certificates(struct certificates *list, const struct signature_claims *claims,
                             const struct key_choice *keys)
{
    for (size_t i = 0; i < keys->ring->n; i++) {
        const struct trust_key *key = &keys->ring->keys[i];
        bool wanted = key->type == KEY_OPENPGP && key->bytes && key_may_be(key, claims->issuer) &&
                      key_choice_has(keys, key);
        for (size_t k = 0; k < list->n && wanted; k++)
            wanted = list->of[k].bytes != key->bytes;
        if (wanted)
            list->of[list->n++] = (struct pgp_certificate){key->bytes, key->n};
    }
}

/* The certificates that the signatures may be by, in their order. */
static int choose_certificates(const struct pgp_signatures *signatures,
                               const struct key_choice *keys, struct certificates *out,
                               struct error *err)
{
    *out = (struct certificates){calloc(keys->ring->n + 1, sizeof(*out->of)), 0};
    if (!out->of)
        return error_no_memory(err);
    for (size_t i = 0; i < signatures->n; i++)
        add_certificates(out, &signatures->claims[i], keys);
    return 0;
}

/* librnp refuses what is of the next second: where a signature is ahead of this clock by no more
 * than is allowed, librnp's clock is set to it. */
static int64_t engine_clock(const struct pgp_signatures *signatures, int64_t now)
{
    int64_t clock = now;
    for (size_t i = 0; i < signatures->n; i++) {
        int64_t created = signatures->claims[i].created;
        if (created > clock && created <= now + TRUST_CLOCK_SECONDS)
            clock = created;
    }
    return clock;
}

static int feed(void *context, const void *bytes, size_t n, struct error *err)
{
    return pgp_child_feed(context, bytes, n, err);
}

/* Everything that the two forms have in common. */
struct pgp_check {
    const struct pgp_signatures *signatures;
    const struct content *content;
    const struct key_choice *keys;
    int64_t now;
    bool detached;
};

/* What librnp finds with the first n certificates. */
static int ask(const struct pgp_check *check, const struct certificates *certificates, size_t n,
               struct pgp_findings *findings, struct signature_cover *cover, uint8_t **text,
               size_t *text_n, struct error *err)
{
    AUTO_PGP_CHILD struct pgp_child child = {.socket = -1};
    const struct pgp_job job = {
        .certificates = certificates->of,
        .n_certificates = n,
        .detached = check->detached ? check->signatures : NULL,
        .now = engine_clock(check->signatures, check->now),
        .text_max = TRUST_LIST_BYTES_MAX,
    };
    uint64_t size;
    if (content_size(check->content, &size, err) < 0 ||
        pgp_child_start(&child, &job, size, err) < 0 ||
        content_walk(check->content, false, feed, &child, &cover->sum, &cover->size, err) < 0)
        return -1;
    if (pgp_child_finish(&child, findings, text, text_n, err) < 0)
        return error_wrap(err, "%s", check->content->label);
    return 0;
}

/* One good signature is enough, and a certificate takes longer to load than to use: the first is
 * tried alone, and all of them only where its signature is not accepted. */
static int pgp_check(const struct pgp_check *check, struct trust_signer *signer,
                     struct signature_cover *cover, uint8_t **text, size_t *text_n,
                     struct error *err)
{
    CLEANUP(certificates_free) struct certificates certificates = {0};
    struct pgp_findings findings;
    const struct pgp_question question = {
        .findings = &findings,
        .claims = check->signatures,
        .keys = check->keys,
        .detached = check->detached,
        .now = check->now,
        .label = check->content->label,
    };
    const struct pgp_finding *found;
    const struct trust_key *key;
    if (choose_certificates(check->signatures, check->keys, &certificates, err) < 0 ||
        ask(check, &certificates, certificates.n > 0, &findings, cover, text, text_n, err) < 0)
        return -1;
    int rc = pgp_policy_judge(&question, &found, &key, err);
    if (rc < 0 && certificates.n > 1) {
        free(steal(text));
        if (ask(check, &certificates, certificates.n, &findings, cover, text, text_n, err) < 0)
            return -1;
        rc = pgp_policy_judge(&question, &found, &key, err);
    }
    if (rc < 0)
        return -1;
    signer_set(signer, key, found->fingerprint);
    signer->has_time = true;
    signer->signed_at = found->created;
    return 0;
}

static int pgp_verify(const struct trust_text *signature, const struct content *content,
                      const struct key_choice *keys, int64_t now, struct trust_signer *signer,
                      struct signature_cover *cover, struct error *err)
{
    AUTO_PGP_SIGNATURES struct pgp_signatures signatures = {0};
    AUTO_FREE uint8_t *text = NULL;
    size_t text_n;
    if (pgp_detached_check(&signatures, signature->bytes, signature->n, signature->label, err) < 0)
        return -1;
    const struct pgp_check check = {&signatures, content, keys, now, true};
    return pgp_check(&check, signer, cover, &text, &text_n, err);
}

int signature_verify_clearsigned(const struct trust_text *text, const struct key_choice *keys,
                                 int64_t now, struct trust_signer *signer, char **out, size_t *n,
                                 struct error *err)
{
    AUTO_PGP_SIGNATURES struct pgp_signatures signatures = {0};
    AUTO_FREE uint8_t *plain = NULL;
    struct signature_cover cover;
    if (pgp_clearsigned_check(&signatures, text->bytes, text->n, text->label, err) < 0)
        return -1;
    const struct content content = {.label = text->label, .bytes = text->bytes, .n = text->n};
    const struct pgp_check check = {&signatures, &content, keys, now, false};
    if (pgp_check(&check, signer, &cover, &plain, n, err) < 0)
        return -1;
    *out = (char *)steal(&plain);
    return 0;
}

/* ---- minisign and signify ---- */

static int feed_message(void *context, const void *bytes, size_t n, struct error *err)
{
    return minisign_message_update(context, bytes, n, err);
}

static const struct trust_key *minisign_find(const struct minisign_signature *signature,
                                             const struct key_choice *keys, const char *label,
                                             struct error *err)
{
    char id[MINISIGN_ID_DIGITS + 1];
    minisign_id_format(signature->id, id);
    const struct trust_key *known = keyring_find(keys->ring, id);
    if (!known || known->type != KEY_MINISIGN)
        error_set(err, ERROR_VERIFY,
                  "%s is not trusted: it is signed by key %s, which is not among the accepted keys",
                  label, id);
    else if (!key_choice_has(keys, known))
        error_set(err, ERROR_VERIFY,
                  "%s is not trusted: it says it is signed by %s (%s), which is not accepted for "
                  "this",
                  label, known->name, id);
    else
        return known;
    return NULL;
}

/* "timestamp:1700000000", as minisign writes it by itself. */
static bool comment_time(const char *comment, int64_t *out)
{
    static const char word[] = "timestamp:";
    const char *at = strstr(comment, word);
    char *end;
    if (!at || (at != comment && at[-1] != '\t' && at[-1] != ' '))
        return false;
    at += strlen(word);
    if (*at < '0' || *at > '9')
        return false;
    *out = strtoll(at, &end, 10);
    return *end == '\0' || *end == '\t' || *end == ' ';
}

static int minisign_check(const struct trust_text *signature, const struct content *content,
                          const struct key_choice *keys, int64_t now, struct trust_signer *signer,
                          struct signature_cover *cover, struct error *err)
{
    AUTO_MINISIGN_SIGNATURE struct minisign_signature parsed = {0};
    AUTO_MINISIGN_MESSAGE struct minisign_message *message = NULL;
    struct error reason;
    if (minisign_signature_parse(&parsed, signature->bytes, signature->n, &reason) < 0)
        return error_set(err, ERROR_VERIFY, "%s is not trusted: %s", signature->label, reason.text);
    const struct trust_key *key = minisign_find(&parsed, keys, content->label, err);
    if (!key || minisign_message_new(&message, parsed.prehashed, err) < 0 ||
        content_walk(content, false, feed_message, message, &cover->sum, &cover->size, err) < 0)
        return -1;

    struct minisign_key parts;
    memcpy(&parts, key->bytes, sizeof(parts));
    if (minisign_verify(&parsed, &parts, message, &reason) < 0)
        return error_set(err, reason.code, "%s is not trusted: %s (key %s)", content->label,
                         reason.text, key->name);
    signer_set(signer, key, key_fingerprint(key));
    if (parsed.comment)
        snprintf(signer->comment, sizeof(signer->comment), "%s", parsed.comment);
    signer->has_time = comment_time(signer->comment, &signer->signed_at);
    /* Without a time of its own it may be as new as today. */
    if (!day_window_check(key, signer->has_time ? signer->signed_at : now, now, reason.text,
                          sizeof(reason.text)))
        return error_set(err, ERROR_VERIFY, "%s is not trusted: %s%s", content->label, reason.text,
                         signer->has_time ? "" : " (it does not say when it was signed)");
    return 0;
}

int signature_verify(const struct trust_text *signature, const struct content *content,
                     const struct key_choice *keys, int64_t now, struct trust_signer *signer,
                     struct signature_cover *cover, struct error *err)
{
    if (minisign_is(signature->bytes, signature->n))
        return minisign_check(signature, content, keys, now, signer, cover, err);
    return pgp_verify(signature, content, keys, now, signer, cover, err);
}
