/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of an NTFS volume, each once. Checking a volume and making sure that it may be opened
 * run the same code and differ only in what a broken rule means to them. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_CHECK_RULES_H
#define LXKIT_IMAGE_NTFS_NTFS_CHECK_RULES_H

#include <stdbool.h>

#include "core/error.h"
#include "core/findings.h"

/* Name, stable id, severity, and whether the volume must not be opened. The manual lists the ids.
 * A warning is what Windows itself leaves behind or tolerates. */
#define NTFS_RULES(X)                                               \
    X(BOOT_SECTOR, "boot-sector", ERROR, true)                      \
    X(BOOT_SIZE, "boot-size", ERROR, true)                          \
    X(BOOT_FIELDS, "boot-fields", ERROR, false)                     \
    X(BOOT_COPY, "boot-copy", ERROR, false)                         \
    X(MFT_PLACE, "mft-place", ERROR, true)                          \
    X(MFT_MIRROR, "mft-mirror", ERROR, false)                       \
    X(RECORD_SIGNATURE, "record-signature", ERROR, true)            \
    X(RECORD_FIXUPS, "record-fixups", ERROR, true)                  \
    X(RECORD_HEADER, "record-header", ERROR, true)                  \
    X(RECORD_NUMBER, "record-number", ERROR, false)                 \
    X(RECORD_SEQUENCE, "record-sequence", ERROR, false)             \
    X(RECORD_FREE, "record-free", ERROR, false)                     \
    X(RECORD_LOST, "record-lost", ERROR, false)                     \
    X(ATTRIBUTE_LENGTH, "attribute-length", ERROR, true)            \
    X(ATTRIBUTE_VALUE, "attribute-value", ERROR, true)              \
    X(ATTRIBUTE_TYPE, "attribute-type", ERROR, false)               \
    X(ATTRIBUTE_ORDER, "attribute-order", ERROR, false)             \
    X(ATTRIBUTE_NUMBER, "attribute-number", ERROR, false)           \
    X(ATTRIBUTE_SIZES, "attribute-sizes", ERROR, true)              \
    X(ATTRIBUTE_MISSING, "attribute-missing", ERROR, false)         \
    X(LIST_ENTRY, "list-entry", ERROR, true)                        \
    X(LIST_ORDER, "list-order", ERROR, false)                       \
    X(LIST_MISSING, "list-missing", ERROR, true)                    \
    X(EXTENSION_ORPHAN, "extension-orphan", ERROR, false)           \
    X(RUNS_INVALID, "runs-invalid", ERROR, true)                    \
    X(RUNS_OVERLAP, "runs-overlap", ERROR, true)                    \
    X(CLUSTER_FREE, "cluster-free", ERROR, false)                   \
    X(CLUSTER_LOST, "cluster-lost", ERROR, false)                   \
    X(CLUSTER_TAIL, "cluster-tail", WARNING, false)                 \
    X(NAME_INVALID, "name-invalid", ERROR, true)                    \
    X(NAME_ILLEGAL, "name-illegal", ERROR, false)                   \
    X(NAME_PARENT, "name-parent", ERROR, false)                     \
    X(NAME_UNLISTED, "name-unlisted", ERROR, false)                 \
    X(NAME_TYPE, "name-type", ERROR, false)                         \
    X(NAME_ATTRIBUTES, "name-attributes", WARNING, false)           \
    X(NAME_SIZES, "name-sizes", WARNING, false)                     \
    X(NAME_TIMES, "name-times", WARNING, false)                     \
    X(NAME_EXTRA, "name-extra", WARNING, false)                     \
    X(LINK_COUNT, "link-count", ERROR, false)                       \
    X(LINKS_MANY, "links-many", WARNING, false)                     \
    X(DIRECTORY_LOOP, "directory-loop", ERROR, true)                \
    X(INDEX_ROOT, "index-root", ERROR, true)                        \
    X(INDEX_ENTRY, "index-entry", ERROR, true)                      \
    X(INDEX_SIGNATURE, "index-signature", ERROR, true)              \
    X(INDEX_FIXUPS, "index-fixups", ERROR, true)                    \
    X(INDEX_BLOCK, "index-block", ERROR, true)                      \
    X(INDEX_CHILD, "index-child", ERROR, true)                      \
    X(INDEX_ORDER, "index-order", ERROR, false)                     \
    X(INDEX_BITMAP, "index-bitmap", ERROR, false)                   \
    X(ENTRY_NO_NAME, "entry-no-name", ERROR, false)                 \
    X(ENTRY_TYPE, "entry-type", ERROR, false)                       \
    X(ENTRY_ATTRIBUTES, "entry-attributes", WARNING, false)         \
    X(ENTRY_SIZES, "entry-sizes", WARNING, false)                   \
    X(ENTRY_TIMES, "entry-times", WARNING, false)                   \
    X(ENTRY_EXTRA, "entry-extra", WARNING, false)                   \
    X(REPARSE_INVALID, "reparse-invalid", ERROR, false)             \
    X(REPARSE_FLAG, "reparse-flag", ERROR, false)                   \
    X(REPARSE_UNLISTED, "reparse-unlisted", ERROR, false)           \
    X(REPARSE_STALE, "reparse-stale", ERROR, false)                 \
    X(EA_INVALID, "ea-invalid", ERROR, false)                       \
    X(EA_INFORMATION, "ea-information", ERROR, false)               \
    X(EA_FLAG, "ea-flag", WARNING, false)                           \
    X(SECURITY_MISSING, "security-missing", ERROR, false)           \
    X(SECURITY_ID, "security-id", ERROR, false)                     \
    X(SECURITY_ENTRY, "security-entry", ERROR, false)               \
    X(SECURITY_HASH, "security-hash", ERROR, false)                 \
    X(SECURITY_MIRROR, "security-mirror", ERROR, false)             \
    X(SECURITY_INDEX, "security-index", ERROR, false)               \
    X(UPCASE_SIZE, "upcase-size", ERROR, true)                      \
    X(UPCASE_CHECKSUM, "upcase-checksum", ERROR, false)             \
    X(UPCASE_TABLE, "upcase-table", ERROR, false)                   \
    X(ATTRIBUTE_DEFINITIONS, "attribute-definitions", ERROR, false) \
    X(DEFINITIONS_SIZE, "definitions-size", ERROR, true)            \
    X(VOLUME_VERSION, "volume-version", ERROR, false)               \
    X(VOLUME_DIRTY, "volume-dirty", WARNING, false)                 \
    X(LOG_DIRTY, "log-dirty", WARNING, false)                       \
    X(SYSTEM_FILE, "system-file", ERROR, false)                     \
    X(WSL_EA, "wsl-ea", ERROR, false)                               \
    X(WSL_MODE, "wsl-mode", ERROR, false)                           \
    X(WSL_DEVICE, "wsl-device", ERROR, false)                       \
    X(WSL_SYMLINK, "wsl-symlink", ERROR, false)                     \
    X(WSL_MISSING, "wsl-missing", WARNING, false)                   \
    X(WSL_CASE, "wsl-case", WARNING, false)                         \
    X(WSL_NAMESPACE, "wsl-namespace", WARNING, false)               \
    X(CARRIER_INVALID, "carrier-invalid", ERROR, false)

enum ntfs_rule {
#define X(name, id, severity, refused) NTFS_RULE_##name,
    NTFS_RULES(X)
#undef X
        NTFS_N_RULES
};

struct ntfs_judge {
    struct findings *report; /* NULL: a broken rule that forbids opening is an error */
    bool silent;             /* what is read a second time was judged the first time */
    unsigned broken[NTFS_N_RULES];
};

/* The volume breaks a rule: 0 when the check may go on, else -1 with err set. */
int ntfs_judge(struct ntfs_judge *judge, enum ntfs_rule rule, struct error *err, const char *format,
               ...) MUST_CHECK PRINTF_LIKE(4, 5);

#endif
