/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sink: a tree being made on some medium.
 *
 *     begin, then put once per entry in any order, then finish; close at any time.
 *
 * An entry may come before its parents, twice (the last one counts, as in tar) and, for a link,
 * before its target. */
#ifndef LXKIT_IMAGE_SINK_H
#define LXKIT_IMAGE_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"
#include "image/source.h"

/* What a sink can hold. What it cannot is reported as lost (image/loss_examine.h), but for OWNERS
 * and MODES: what becomes of them its own examine knows. */
enum sink_features {
    SINK_OWNERS = 1 << 0,
    SINK_MODES = 1 << 1,
    SINK_NANOSECONDS = 1 << 2,
    SINK_XATTRS = 1 << 3,
    SINK_ACLS = 1 << 4,
    SINK_DEVICES = 1 << 5,
    SINK_SOCKETS = 1 << 6,
    SINK_HOLES = 1 << 7,
    SINK_FLAGS = 1 << 8, /* enum entry_flags */
};

/* How a sink is to work; a zeroed one is the common case. */
struct sink_options {
    struct events *events;
    uint64_t inodes; /* of a disk: how many there must be at least; 0: the format's own ratio */
    /* How far a full disk counts on for what the tree needs, in bytes that are missing; beyond, the
     * need stays unknown. An input without end must not be read without end. */
    uint64_t missing_max;
    bool no_sync;          /* leave out flushing */
    bool split_links;      /* a file with more names than the format allows becomes several files (a
                            * loss); otherwise it is refused (UNSUPPORTED) */
    bool no_ea_inode;      /* ext4: refuse what only the feature ea_inode can hold (UNSUPPORTED) */
    const char *root_path; /* NTFS: where on the volume the tree lies; NULL: \rootfs */
    bool no_carrier;       /* NTFS: what wslfs has no place for is lost, not kept aside */
};

/* What a disk must have for a tree. */
struct sink_need {
    uint64_t bytes; /* of the disk, whole */
    uint64_t inodes;
};

struct arena;
struct sink;

struct sink_ops {
    unsigned features;  /* enum sink_features */
    const char *reason; /* for what features leave out: "only root may make it" */
    /* Reports as losses what put will not keep of this entry beside what features tell, as far as
     * the entry alone shows it; may be asked before begin, and writes nothing. NULL: everything is
     * kept. */
    int (*examine)(struct sink *self, const struct entry *entry, struct error *err);
    /* Makes entry what put keeps of it, beside what features leave out: the losses that examine
     * reports, applied. New strings are in arena. NULL: everything is kept, or what is not shows
     * only while it is written. For source_kept(), of image/kept.h. */
    int (*kept)(struct sink *self, struct entry *entry, struct arena *arena, struct error *err);
    /* Prepares the medium. */
    int (*begin)(struct sink *self, struct error *err);
    /* Takes one entry; the content of an ENTRY_FILE is pulled from content by source_content(). */
    int (*put)(struct sink *self, const struct entry *entry, struct source *content,
               struct error *err);
    /* Everything is there: writes what was kept in memory. The medium is not flushed or closed. */
    int (*finish)(struct sink *self, struct error *err);
    /* After finish, also when that failed with NO_SPACE: what the whole tree needs. 1; 0 where it
     * is not known, as after another failure. NULL: it never is. */
    int (*need)(struct sink *self, struct sink_need *out, struct error *err);
    void (*close)(struct sink *self);
};

struct sink {
    const struct sink_ops *ops;
    struct events *events; /* hears of losses; may be NULL */
    uint32_t links_max;    /* names of one file; one with more becomes several files, if it may, as
                            * image/tree_links.h has it. 0: any number */
};

/* Reports as losses what put will not keep of this entry. An entry whose name comes once more later
 * counts all the same. */
int sink_examine(struct sink *self, const struct entry *entry, struct error *err) MUST_CHECK;
int sink_begin(struct sink *self, struct error *err) MUST_CHECK;
int sink_put(struct sink *self, const struct entry *entry, struct source *content,
             struct error *err) MUST_CHECK;
int sink_finish(struct sink *self, struct error *err) MUST_CHECK;
int sink_need(struct sink *self, struct sink_need *out, struct error *err) MUST_CHECK;
void sink_close(struct sink *self); /* NULL is fine */

static inline void sink_closep(struct sink **sink)
{
    sink_close(*sink);
}

#define AUTO_SINK CLEANUP(sink_closep)

/* begin, then examine and put every entry of source, finish; event_check() in between, so that a
 * loss that the listener does not want ends the work before its entry is put. */
int image_copy(struct source *source, struct sink *sink, struct error *err) MUST_CHECK;

#endif
