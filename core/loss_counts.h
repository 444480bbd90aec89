/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Losses (EVENT_LOSS), counted by kind, and the words for the sum. */
#ifndef LXKIT_CORE_LOSS_COUNTS_H
#define LXKIT_CORE_LOSS_COUNTS_H

#include <stddef.h>
#include <stdint.h>

enum {
    LOSS_KINDS = 13,
    LOSS_WORDS_BYTES = 512, /* holds every sum */
};

/* A kind's id, as event_loss() takes it, and its name for people. */
struct loss_kind {
    const char *id;
    const char *one, *many;
};

/* In the order of the ids; what has none of them counts as the last, "other". */
extern const struct loss_kind loss_kinds[LOSS_KINDS];

/* A zeroed one has counted nothing. */
struct loss_counts {
    uint64_t all;
    uint64_t of[LOSS_KINDS];
};

void loss_counts_add(struct loss_counts *counts, const char *id);
/* "2 sockets, 1 attribute"; "" for none. */
void loss_counts_words(const struct loss_counts *counts, char words[LOSS_WORDS_BYTES]);

#endif
