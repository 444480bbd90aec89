/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The small documents that prove a source: its checksum list and the signature. */
#ifndef LXKIT_INSTALL_PROOF_LIST_H
#define LXKIT_INSTALL_PROOF_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"
#include "fetch/fetch.h"
#include "install/proof_plan.h"

struct proof_list {
    const struct proof_plan *plan;
    struct events *events;
    bool offline;
    int64_t now;
    struct keyring ring;
    struct key_choice keys;
    struct small_file list, signature;         /* as they came; bytes NULL: there is none */
    struct fetch_result list_at, signature_at; /* in the cache, where they were fetched */
    struct trust_list verified;
    char *list_shown, *signature_shown; /* where they come from, without secrets; may be NULL */
};

/* Fetches nothing. VERIFY where the key that must have signed is not at hand. */
int proof_list_open(struct proof_list *out, const struct proof_plan *plan, bool offline,
                    struct events *events, struct error *err) MUST_CHECK;
void proof_list_close(struct proof_list *list);

/* Fetches what the plan names. A signature that is not there is as wrong as a bad one: VERIFY. */
int proof_list_read(struct proof_list *list, struct error *err) MUST_CHECK;
/* Likewise, and verifies the list, its tier and its date: then list->verified may be parsed. What
 * fails does not stay in the cache. Where nothing is to be verified it is taken as it is. */
int proof_list_get(struct proof_list *list, struct error *err) MUST_CHECK;
/* Does it once more; *changed tells whether another list came. */
int proof_list_again(struct proof_list *list, bool *changed, struct error *err) MUST_CHECK;
/* Takes what was fetched out of the cache. */
void proof_list_discard(struct proof_list *list);

/* Against the dates of the plan, and against what was seen before (fetch/trust/seen.h). */
int proof_list_check_date(const struct proof_list *list, const struct trust_signer *signer,
                          struct error *err) MUST_CHECK;
int proof_list_remember(const struct proof_list *list, const struct trust_signer *signer,
                        struct error *err) MUST_CHECK;

#endif
