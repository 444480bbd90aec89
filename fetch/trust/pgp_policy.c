/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/pgp_policy.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fetch/trust/day.h"

enum {
    REASON_BYTES = 320,
};

/* Why a signature is not taken; the greater, the nearer it was. */
enum nearness {
    FOREIGN, /* by a key that does not count */
    RELATED, /* by one that does, but wrong */
    ACCEPTED,
};

struct verdict {
    enum nearness nearness;
    const struct trust_key *key;
    char reason[REASON_BYTES];
};

static void reject(struct verdict *v, enum nearness nearness, const char *format, ...)
    PRINTF_LIKE(3, 4);

static void reject(struct verdict *v, enum nearness nearness, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(v->reason, sizeof(v->reason), format, arguments);
    va_end(arguments);
    v->nearness = nearness;
}

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++) {
        if (strcmp(word, *words) == 0)
            return true;
    }
    return false;
}

/* By a key that was not among those given to librnp. */
static void judge_foreign(const struct pgp_question *q, size_t i, struct verdict *v)
{
    const char *issuer = i < q->claims->n ? q->claims->claims[i].issuer : "";
    const struct trust_key *key = keyring_find_issuer(q->keys->ring, issuer);
    if (!key)
        reject(v, FOREIGN, "it is signed by key %s, which is not among the accepted keys",
               issuer[0] ? issuer : "unknown");
    else if (key->origin == KEY_KNOWN)
        reject(v, FOREIGN,
               "it says it is signed by %s (%s), a key that is not part of lxkit: get it from the "
               "distribution and add it with `lxfetch keys add FILE --key %s`",
               key->name, key_fingerprint(key), key_fingerprint(key));
    else
        reject(v, FOREIGN, "it says it is signed by %s (%s), which is not accepted for this",
               key->name, key_fingerprint(key));
}

/* What the signature is made of. */
static bool judge_kind(const struct pgp_question *q, const struct pgp_finding *one,
                       struct verdict *v)
{
    static const char *const hashes[] = {"SHA256", "SHA384", "SHA512", NULL};
    static const char *const algorithms[] = {"RSA", "EDDSA", "ECDSA", NULL};
    bool rsa = strcmp(one->algorithm, "RSA") == 0;
    bool binary = strcmp(one->type, "binary") == 0;
    bool text = strcmp(one->type, "text") == 0;
    if (one->hash[0] == '\0')
        reject(v, RELATED, "its signature by %s cannot be read", v->key->name);
    else if (!is_one_of(one->hash, hashes))
        reject(v, RELATED, "its signature uses the weak hash %s", one->hash);
    else if (!is_one_of(one->algorithm, algorithms))
        reject(v, RELATED, "its signature uses %s, which is not accepted", one->algorithm);
    else if (rsa && one->bits < PGP_RSA_BITS_MIN)
        reject(v, RELATED, "its key has %u bits, and %d are the least", one->bits,
               PGP_RSA_BITS_MIN);
    else if (!binary && (q->detached || !text))
        reject(v, RELATED, "its signature is made for something else than a file (%s)", one->type);
    else if (one->version != 4 && !(one->version == 3 && v->key->allow_v3))
        reject(v, RELATED, "its signature has version %u, and %s makes those of version 4",
               one->version, v->key->name);
    else
        return true;
    return false;
}

static bool judge_key(const struct pgp_finding *one, struct verdict *v)
{
    if (one->revoked)
        reject(v, RELATED, "the key %s has been revoked by its owner", v->key->name);
    else if (!one->may_sign)
        reject(v, RELATED, "the key %s of %s is not for signing", one->fingerprint, v->key->name);
    else
        return true;
    return false;
}

static bool judge_status(const struct pgp_finding *one, struct verdict *v)
{
    if (one->status == PGP_BAD)
        reject(v, RELATED,
               "its signature by %s is wrong: what was signed has been changed, or the key was not "
               "valid then",
               v->key->name);
    else if (one->status == PGP_EXPIRED)
        reject(v, RELATED, "its signature by %s has expired; get a newer one", v->key->name);
    else if (one->status != PGP_GOOD)
        reject(v, RELATED, "its signature by %s cannot be read", v->key->name);
    else
        return true;
    return false;
}

static void judge(const struct pgp_question *q, size_t i, struct verdict *v)
{
    const struct pgp_finding *one = &q->findings->of[i];
    *v = (struct verdict){.key = key_choice_find(q->keys, one->fingerprint, one->primary)};
    if (!v->key)
        judge_foreign(q, i, v);
    else if (judge_kind(q, one, v) &&
             day_window_check(v->key, one->created, q->now, v->reason, sizeof(v->reason)) &&
             judge_status(one, v) && judge_key(one, v))
        v->nearness = ACCEPTED;
    else
        v->nearness = RELATED;
}

int pgp_policy_judge(const struct pgp_question *question, const struct pgp_finding **signature,
                     const struct trust_key **key, struct error *err)
{
    struct verdict best = {.reason = "nothing in it is signed"};
    for (size_t i = 0; i < question->findings->n; i++) {
        struct verdict one;
        judge(question, i, &one);
        if (one.nearness == ACCEPTED) {
            *signature = &question->findings->of[i];
            *key = one.key;
            return 0;
        }
        if (i == 0 || one.nearness > best.nearness)
            best = one;
    }
    return error_set(err, ERROR_VERIFY, "%s is not trusted: %s", question->label, best.reason);
}
