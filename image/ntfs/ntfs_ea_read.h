/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What extended attributes of NTFS say about a file in Linux: wslfs ($LXUID, $LXGID, $LXMOD,
 * $LXDEV, LX.*) and its forerunner lxfs (LXATTRB, LXXATTR). Sources: lxutil in microsoft/openvmm,
 * ntfs2btrfs, files that WSL1 wrote. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_EA_READ_H
#define LXKIT_IMAGE_NTFS_NTFS_EA_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/arena.h"
#include "image/entry.h"
#include "image/ntfs/ntfs_carrier.h"
#include "image/tree.h"

enum {
    NTFS_EA_BYTES_MAX = 65536, /* all of one file, as $AttrDef limits them */
};

/* One of a list. */
struct ntfs_ea {
    const char *name; /* name_n bytes, without a NUL */
    size_t name_n;
    const uint8_t *value;
    size_t value_n;
};

enum ntfs_generation {
    NTFS_NO_LINUX, /* nothing that Linux wants to know */
    NTFS_WSLFS,
    NTFS_LXFS,
};

struct ntfs_metadata {
    enum ntfs_generation generation;
    bool has_uid, has_gid, has_mode, has_device;
    bool has_times; /* lxfs */
    uint32_t uid, gid, major, minor;
    uint32_t mode; /* with the type */
    struct entry_time mtime, atime, ctime;
    struct tree_xattr *xattrs; /* in the arena */
    size_t n_xattrs;
    size_t n_ignored;            /* values that make no sense */
    struct ntfs_visible visible; /* as far as the list says it */
    struct ntfs_carrier carrier; /* in the arena */
};

/* The list in n bytes, from *at = 0 on: 1 with *out, 0 at its end, DAMAGED. */
int ntfs_ea_next(struct ntfs_ea *out, const uint8_t *eas, size_t n, size_t *at,
                 struct error *err) MUST_CHECK;
/* Which of the two a list was written by. What does not follow its form ends it. */
enum ntfs_generation ntfs_ea_generation(const uint8_t *eas, size_t n);
/* All that a list says; attributes are copied into the arena. */
int ntfs_ea_read(struct ntfs_metadata *out, const uint8_t *eas, size_t n, struct arena *arena,
                 struct error *err) MUST_CHECK;

/* A carrier, wherever it lies; one that is damaged counts as ignored. */
int ntfs_metadata_carrier(struct ntfs_metadata *out, const uint8_t *bytes, size_t n,
                          struct arena *arena, struct error *err) MUST_CHECK;
/* For ntfs_lxfs.c: one more attribute, with room made for at most TREE_XATTRS_MAX. */
int ntfs_metadata_xattr(struct ntfs_metadata *to, struct arena *arena, const char *name,
                        size_t name_n, const void *value, size_t n, struct error *err) MUST_CHECK;

#endif
