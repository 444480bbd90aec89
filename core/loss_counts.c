/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/loss_counts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const struct loss_kind loss_kinds[LOSS_KINDS] = {
    {"acl", "access control list", "access control lists"},
    {"device", "device", "devices"},
    {"file", "file", "files"},
    {"flags", "set of flags", "sets of flags"},
    {"links", "set of hard links", "sets of hard links"},
    {"mode", "mode", "modes"},
    {"name", "name", "names"},
    {"owner", "owner", "owners"},
    {"socket", "socket", "sockets"},
    {"target", "target of a link", "targets of links"},
    {"time", "timestamp", "timestamps"},
    {"xattr", "attribute", "attributes"},
    {"other", "other thing", "other things"},
};

void loss_counts_add(struct loss_counts *counts, const char *id)
{
    size_t kind = 0;
    while (kind < LOSS_KINDS - 1 && strcmp(loss_kinds[kind].id, id) != 0)
        kind++;
    counts->of[kind]++;
    counts->all++;
}

void loss_counts_words(const struct loss_counts *counts, char words[LOSS_WORDS_BYTES])
{
    size_t used = 0;
    words[0] = '\0';
    for (size_t i = 0; i < LOSS_KINDS; i++) {
        uint64_t n = counts->of[i];
        if (n > 0 && used < LOSS_WORDS_BYTES)
            used += (size_t)snprintf(words + used, LOSS_WORDS_BYTES - used, "%s%" PRIu64 " %s",
                                     used ? ", " : "", n,
                                     n == 1 ? loss_kinds[i].one : loss_kinds[i].many);
    }
}
