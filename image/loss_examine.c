/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/loss_examine.h"

#include <stdbool.h>
#include <string.h>

#include "core/cancel.h"
#include "image/entry_flags.h"

enum {
    CANCEL_ENTRIES = 64, /* between two looks for a signal, each of which is a system call */
};

static bool is_acl(const char *name)
{
    static const char prefix[] = "system.posix_acl_";
    return strncmp(name, prefix, sizeof(prefix) - 1) == 0;
}

static void xattrs_examine(struct sink *sink, const struct entry *entry)
{
    unsigned features = sink->ops->features;
    for (size_t i = 0; i < entry->n_xattrs; i++) {
        const char *name = entry->xattrs[i].name;
        if (is_acl(name) && !(features & SINK_ACLS))
            event_loss(sink->events, "acl", entry->path, "access control list %s (%s)", name,
                       sink->ops->reason);
        else if (!is_acl(name) && !(features & SINK_XATTRS))
            event_loss(sink->events, "xattr", entry->path, "extended attribute %s (%s)", name,
                       sink->ops->reason);
    }
}

void loss_examine(struct sink *sink, const struct entry *entry)
{
    const struct sink_ops *ops = sink->ops;
    bool socket = entry->type == ENTRY_SOCKET;
    bool device = entry->type == ENTRY_CHARACTER || entry->type == ENTRY_BLOCK;
    char flags[ENTRY_FLAGS_TEXT_BYTES];

    if (entry->type == ENTRY_LINK)
        return;
    if ((socket && !(ops->features & SINK_SOCKETS)) ||
        (device && !(ops->features & SINK_DEVICES))) {
        event_loss(sink->events, socket ? "socket" : "device", entry->path, "%s (%s)",
                   entry_type_words(entry->type), ops->reason);
        return; /* with all that belongs to it */
    }
    if (entry->flags && !(ops->features & SINK_FLAGS)) {
        entry_flags_text(entry->flags, flags);
        event_loss(sink->events, "flags", entry->path, "flags %s (%s)", flags, ops->reason);
    }
    if (entry->mtime.nanoseconds && !(ops->features & SINK_NANOSECONDS))
        event_loss(sink->events, "time", entry->path, "the fraction of a second (%s)", ops->reason);
    xattrs_examine(sink, entry);
}

int loss_examine_tree(struct sink *sink, struct source *source, struct error *err)
{
    const struct entry *entry;
    unsigned n = 0;
    int rc;

    while ((rc = source_next(source, &entry, err)) > 0) {
        if ((n++ % CANCEL_ENTRIES == 0 && cancel_check(err) < 0) ||
            sink_examine(sink, entry, err) < 0)
            return -1;
    }
    return rc;
}
