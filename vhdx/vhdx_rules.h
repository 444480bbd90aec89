/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of the format, each once: opening a disk, describing it and checking it walk the same
 * tables with the same code and differ only in what a broken rule means to them. */
#ifndef LXKIT_VHDX_VHDX_RULES_H
#define LXKIT_VHDX_VHDX_RULES_H

#include "core/error.h"
#include "vhdx/vhdx.h"

/* Name, stable id, severity as a finding, and the error that opening such a file ends with (NONE:
 * it is opened all the same). The manual lists the ids. */
#define VHDX_RULES(X)                                            \
    X(FILE_SHORT, "file-short", ERROR, DAMAGED)                  \
    X(TRAILING_BYTES, "trailing-bytes", WARNING, NONE)           \
    X(HEADER_SIGNATURE, "header-signature", ERROR, NONE)         \
    X(HEADER_CHECKSUM, "header-checksum", WARNING, NONE)         \
    X(HEADER_NONE, "header-none", ERROR, DAMAGED)                \
    X(HEADER_SEQUENCE, "header-sequence", ERROR, DAMAGED)        \
    X(HEADER_COPIES, "header-copies", WARNING, NONE)             \
    X(HEADER_VERSION, "header-version", ERROR, UNSUPPORTED)      \
    X(HEADER_RESERVED, "header-reserved", WARNING, NONE)         \
    X(LOG_VERSION, "log-version", WARNING, NONE)                 \
    X(LOG_PLACE, "log-place", ERROR, NONE)                       \
    X(LOG_DIRTY, "log-dirty", WARNING, NONE)                     \
    X(LOG_UNKNOWN, "log-unknown", ERROR, UNSUPPORTED)            \
    X(LOG_LONG, "log-long", ERROR, LIMIT)                        \
    X(LOG_NOTHING, "log-nothing", ERROR, DAMAGED)                \
    X(LOG_CUT_OFF, "log-cut-off", ERROR, DAMAGED)                \
    X(LOG_TARGET, "log-target", ERROR, DAMAGED)                  \
    X(REGION_SIGNATURE, "region-signature", ERROR, NONE)         \
    X(REGION_CHECKSUM, "region-checksum", ERROR, NONE)           \
    X(REGION_NONE, "region-none", ERROR, DAMAGED)                \
    X(REGION_COPIES, "region-copies", ERROR, NONE)               \
    X(REGION_COUNT, "region-count", ERROR, DAMAGED)              \
    X(REGION_PLACE, "region-place", ERROR, DAMAGED)              \
    X(REGION_PAST_END, "region-past-end", ERROR, DAMAGED)        \
    X(REGION_OVERLAP, "region-overlap", ERROR, DAMAGED)          \
    X(REGION_TWICE, "region-twice", ERROR, DAMAGED)              \
    X(REGION_MISSING, "region-missing", ERROR, DAMAGED)          \
    X(REGION_UNKNOWN, "region-unknown", ERROR, UNSUPPORTED)      \
    X(REGION_OPTIONAL, "region-optional", WARNING, NONE)         \
    X(METADATA_SIGNATURE, "metadata-signature", ERROR, DAMAGED)  \
    X(METADATA_COUNT, "metadata-count", ERROR, DAMAGED)          \
    X(METADATA_PLACE, "metadata-place", ERROR, DAMAGED)          \
    X(METADATA_OVERLAP, "metadata-overlap", ERROR, DAMAGED)      \
    X(METADATA_TWICE, "metadata-twice", ERROR, DAMAGED)          \
    X(METADATA_MISSING, "metadata-missing", ERROR, DAMAGED)      \
    X(METADATA_UNKNOWN, "metadata-unknown", ERROR, UNSUPPORTED)  \
    X(METADATA_FLAGS, "metadata-flags", WARNING, NONE)           \
    X(BLOCK_SIZE, "block-size", ERROR, DAMAGED)                  \
    X(PARAMETERS_RESERVED, "parameters-reserved", WARNING, NONE) \
    X(DIFFERENCING, "differencing", WARNING, NONE)               \
    X(PARENT_LOCATOR, "parent-locator", ERROR, NONE)             \
    X(PARENT_UNKNOWN, "parent-unknown", ERROR, DAMAGED)          \
    X(PARENT_MISSING, "parent-missing", WARNING, NONE)           \
    X(PARENT_CHANGED, "parent-changed", ERROR, NONE)             \
    X(PARENT_DAMAGED, "parent-damaged", ERROR, NONE)             \
    X(SECTOR_SIZE, "sector-size", ERROR, DAMAGED)                \
    X(SECTOR_4096, "sector-4096", WARNING, NONE)                 \
    X(VIRTUAL_SIZE, "virtual-size", ERROR, DAMAGED)              \
    X(VIRTUAL_SIZE_ODD, "virtual-size-odd", WARNING, NONE)       \
    X(BAT_SMALL, "bat-small", ERROR, DAMAGED)                    \
    X(BAT_STATE, "bat-state", ERROR, DAMAGED)                    \
    X(BAT_RESERVED, "bat-reserved", ERROR, DAMAGED)              \
    X(BAT_OFFSET, "bat-offset", WARNING, NONE)                   \
    X(BAT_INSIDE, "bat-inside", ERROR, DAMAGED)                  \
    X(BAT_PAST_END, "bat-past-end", ERROR, DAMAGED)              \
    X(BAT_OVERLAP, "bat-overlap", ERROR, NONE)                   \
    X(BAT_BITMAP, "bat-bitmap", ERROR, NONE)                     \
    X(BAT_NO_BITMAP, "bat-no-bitmap", ERROR, DAMAGED)

enum vhdx_rule {
#define X(name, id, severity, refusal) VHDX_RULE_##name,
    VHDX_RULES(X)
#undef X
        VHDX_N_RULES
};

/* For whom the tables are walked. */
enum vhdx_purpose {
    VHDX_TO_OPEN,     /* a broken rule is an error, if the rule has one */
    VHDX_TO_DESCRIBE, /* the same, but damage to what is not told of passes */
    VHDX_TO_WRITE,    /* like opening, but space without content counts, too */
    VHDX_TO_CHECK,    /* a broken rule is a finding */
};

struct vhdx_judge {
    enum vhdx_purpose purpose;
    const char *path;
    struct findings *report; /* of VHDX_TO_CHECK */
    unsigned broken[VHDX_N_RULES];
};

/* The file breaks a rule: 0 when the walk may go on (VHDX_TO_CHECK: always, as far as what is
 * broken allows), else -1 with err set. */
int vhdx_judge(struct vhdx_judge *judge, enum vhdx_rule rule, struct error *err, const char *format,
               ...) MUST_CHECK PRINTF_LIKE(4, 5);

#endif
