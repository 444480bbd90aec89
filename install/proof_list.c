/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/proof_list.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int missing_key(const struct proof_plan *plan, struct error *err)
{
    if (plan->keys.n == 0)
        return error_set(err, ERROR_VERIFY,
                         "there is no key that could vouch for it; give one with --keyring, or add "
                         "one with `lxfetch keys add FILE`");
    return error_set(err, ERROR_VERIFY,
                     "it is signed by the key %s, which is not part of lxkit; get that key from "
                     "the distribution and add it: lxfetch keys add FILE --key %s",
                     plan->keys.items[0], plan->keys.items[0]);
}

int proof_list_open(struct proof_list *out, const struct proof_plan *plan, bool offline,
                    struct events *events, struct error *err)
{
    *out =
        (struct proof_list){.plan = plan, .events = events, .offline = offline, .now = time(NULL)};
    if ((plan->list && text_without_secrets(&out->list_shown, plan->list, err) < 0) ||
        (plan->signature && text_without_secrets(&out->signature_shown, plan->signature, err) < 0))
        return -1;
    if (plan->skip || plan->tier != TRUST_SIGNED)
        return 0;
    if (plan->key_missing)
        return missing_key(plan, err);
    if (proof_plan_keys(plan, &out->ring, err) < 0)
        return -1;
    out->keys =
        (struct key_choice){&out->ring, (const char *const *)plan->keys.items, plan->keys.n};
    return 0;
}

static void forget(struct proof_list *list)
{
    small_file_free(&list->list);
    small_file_free(&list->signature);
    fetch_result_free(&list->list_at);
    fetch_result_free(&list->signature_at);
    trust_list_free(&list->verified);
}

void proof_list_close(struct proof_list *list)
{
    forget(list);
    keyring_close(&list->ring);
    free(list->list_shown);
    free(list->signature_shown);
}

void proof_list_discard(struct proof_list *list)
{
    fetch_discard(&list->list_at);
    fetch_discard(&list->signature_at);
}

/* ---- reading ---- */

/* What the network says about such a document, in terms of trust. */
static int fetch_failed(const struct proof_list *list, const char *what, const struct error *why,
                        struct error *err)
{
    if (why->code == ERROR_LIMIT)
        return error_set(err, ERROR_VERIFY, "%s; that is no %s", why->text, what);
    if (why->code == ERROR_NOT_FOUND && !list->offline)
        return error_set(err, ERROR_VERIFY, "%s; without its %s it is not trusted", why->text,
                         what);
    return error_set(err, why->code, "%s", why->text);
}

static int read_one(struct proof_list *list, const char *location, size_t max, const char *what,
                    struct small_file *out, struct fetch_result *at, struct error *err)
{
    char path[32];
    struct error why = {0};
    if (!location)
        return 0;
    if (!strstr(location, "://"))
        return small_file_read(out, location, max, what, err);
    const struct fetch_request request = {
        .url = location, .max_bytes = max, .offline = list->offline, .unproven = true};
    if (fetch_get(&request, list->events, at, &why) < 0)
        return fetch_failed(list, what, &why, err);
    snprintf(path, sizeof(path), "/dev/fd/%d", at->fd);
    return small_file_read(out, path, max, what, err);
}

int proof_list_read(struct proof_list *list, struct error *err)
{
    const struct proof_plan *plan = list->plan;
    forget(list);
    if (read_one(list, plan->list, TRUST_LIST_BYTES_MAX, "list", &list->list, &list->list_at, err) <
        0)
        return -1;
    return plan->skip ? 0
                      : read_one(list, plan->signature, TRUST_SIGNATURE_BYTES_MAX, "signature",
                                 &list->signature, &list->signature_at, err);
}

/* ---- verifying ---- */

static int take_as_it_is(struct proof_list *list, struct error *err)
{
    list->verified.text = strndup(list->list.bytes, list->list.n);
    if (!list->verified.text)
        return error_no_memory(err);
    list->verified.n = strlen(list->verified.text);
    return 0;
}

static int verify(struct proof_list *list, struct error *err)
{
    const struct proof_plan *plan = list->plan;
    const struct trust_text text = {list->list.bytes, list->list.n, list->list_shown};
    const struct trust_text signature = {list->signature.bytes, list->signature.n,
                                         list->signature_shown};
    if (plan->skip || plan->tier != TRUST_SIGNED)
        return take_as_it_is(list, err);
    if (trust_list_verify(&text, &signature, &list->keys, list->now, &list->verified, err) < 0)
        return -1;
    if (!list->verified.is_signed)
        return error_set(err, ERROR_VERIFY,
                         "%s is not trusted: it is not signed; give its signature too",
                         list->list_shown);
    return proof_list_check_date(list, &list->verified.signer, err);
}

int proof_list_get(struct proof_list *list, struct error *err)
{
    if (proof_list_read(list, err) < 0)
        return -1;
    if (verify(list, err) == 0)
        return 0;
    proof_list_discard(list);
    return -1;
}

int proof_list_again(struct proof_list *list, bool *changed, struct error *err)
{
    AUTO_FREE char *before = steal(&list->verified.text);
    if (list->offline) {
        *changed = false;
        return 0;
    }
    if (proof_list_get(list, err) < 0)
        return -1;
    *changed = strcmp(before, list->verified.text) != 0;
    return 0;
}

/* ---- dates ---- */

static int sighting(const struct proof_list *list, const struct trust_signer *signer,
                    char **subject, struct sighting *out, struct error *err)
{
    const struct proof_plan *plan = list->plan;
    if (text_without_secrets(subject, plan->list ? plan->list : plan->signature, err) < 0)
        return -1;
    *out = (struct sighting){
        .subject = *subject,
        .date = signer->has_time ? signer->signed_at : 0,
        .min_date = plan->min_date,
        .expires = plan->expires,
        .max_age = plan->max_age,
        .now = list->now,
    };
    return 0;
}

int proof_list_check_date(const struct proof_list *list, const struct trust_signer *signer,
                          struct error *err)
{
    AUTO_FREE char *subject = NULL;
    struct sighting seen;
    if (!list->plan->dated)
        return 0;
    return sighting(list, signer, &subject, &seen, err) < 0 ? -1 : seen_check(&seen, err);
}

int proof_list_remember(const struct proof_list *list, const struct trust_signer *signer,
                        struct error *err)
{
    AUTO_FREE char *subject = NULL;
    struct sighting seen;
    if (!list->plan->dated)
        return 0;
    return sighting(list, signer, &subject, &seen, err) < 0 ? -1 : seen_remember(&seen, err);
}
