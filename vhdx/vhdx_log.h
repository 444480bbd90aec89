/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What waits in the log: [MS-VHDX] 2.3.2 and 2.3.3. */
#ifndef LXKIT_VHDX_VHDX_LOG_H
#define LXKIT_VHDX_VHDX_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "vhdx/vhdx_format.h"
#include "vhdx/vhdx_medium.h"
#include "vhdx/vhdx_rules.h"

enum {
    VHDX_LOG_MAX = 64 << 20, /* bytes of a log that is replayed; everybody makes logs of 1 MiB */
};

/* Bytes of the file that become others. Both multiples of 4 KiB. */
struct vhdx_update {
    uint64_t offset;
    uint64_t length;
    const uint8_t *bytes; /* length of them, in the log's memory; NULL: zeros */
};

/* The active sequence: what is to be written, in this order. */
struct vhdx_log {
    uint8_t *bytes; /* the whole log */
    struct vhdx_update *updates;
    size_t n_updates;
    size_t n_entries;
    uint64_t file_length; /* what the file must have at least, when all is written */
};

/* Reads the log that the header names, whose LogGuid is not zero. *found becomes false where the
 * judge heard of a broken rule and let it pass; there is nothing to be replayed then. Free it in
 * any case. */
int vhdx_log_load(struct vhdx_log *out, struct vhdx_medium *medium,
                  const struct vhdx_header *header, struct vhdx_judge *judge, bool *found,
                  struct error *err) MUST_CHECK;
void vhdx_log_free(struct vhdx_log *log);

/* The medium as it will be when the log has been written to it. Owns inner and *log, which it
 * clears; also on failure. Read-only. */
int vhdx_log_overlay(struct vhdx_medium **out, struct vhdx_medium *inner, struct vhdx_log *log,
                     struct error *err) MUST_CHECK;

/* Writes the log's updates to the medium and flushes. May be cut short and be done again. */
int vhdx_log_replay(const struct vhdx_log *log, struct vhdx_medium *medium,
                    struct error *err) MUST_CHECK;

#endif
