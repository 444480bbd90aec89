/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/identity.h"

#include <assert.h>
#include <string.h>

#include "core/le.h"

enum {
    NUMBERS_MAX = 17,
};

static int numbers_add(struct digest *digest, const uint64_t *numbers, size_t n, struct error *err)
{
    struct le64 bytes[NUMBERS_MAX];
    assert(n <= NUMBERS_MAX);
    for (size_t i = 0; i < n; i++)
        bytes[i] = le64_put(numbers[i]);
    return digest_update(digest, bytes, n * sizeof(bytes[0]), err);
}

/* With its length before it, so that no two lists of fields give the same bytes. */
static int bytes_add(struct digest *digest, const void *bytes, size_t n, struct error *err)
{
    uint64_t length = n;
    if (numbers_add(digest, &length, 1, err) < 0)
        return -1;
    return n ? digest_update(digest, bytes, n, err) : 0;
}

int identity_begin(struct identity *identity, const char *scheme, const struct epoch *epoch,
                   uint64_t size, uint64_t inodes, struct error *err)
{
    if (!epoch->fixed)
        return 0;
    uint64_t options[] = {(uint64_t)epoch->seconds, size, inodes};
    if (digest_new(&identity->digest, err) < 0 ||
        bytes_add(identity->digest, scheme, strlen(scheme) + 1, err) < 0)
        return -1;
    return numbers_add(identity->digest, options, array_length(options), err);
}

int identity_entry(struct identity *identity, const struct entry *entry, struct error *err)
{
    struct digest *digest = identity->digest;
    if (!digest)
        return 0;

    const char *target = entry->target ? entry->target : "";
    uint64_t numbers[] = {
        entry->type,
        entry->mode,
        entry->flags,
        entry->uid,
        entry->gid,
        entry->major,
        entry->minor,
        entry->size,
        (uint64_t)entry->mtime.seconds,
        entry->mtime.nanoseconds,
        (uint64_t)entry->atime.seconds,
        entry->atime.nanoseconds,
        (uint64_t)entry->ctime.seconds,
        entry->ctime.nanoseconds,
        (uint64_t)entry->crtime.seconds,
        entry->crtime.nanoseconds,
        entry->n_xattrs,
    };
    if (bytes_add(digest, entry->path, strlen(entry->path), err) < 0 ||
        bytes_add(digest, target, strlen(target), err) < 0 ||
        numbers_add(digest, numbers, array_length(numbers), err) < 0)
        return -1;
    for (size_t i = 0; i < entry->n_xattrs; i++) {
        const struct xattr *xattr = &entry->xattrs[i];
        if (bytes_add(digest, xattr->name, strlen(xattr->name), err) < 0 ||
            bytes_add(digest, xattr->value, xattr->size, err) < 0)
            return -1;
    }
    return 0;
}

int identity_finish(struct identity *identity, struct sha256 *out, struct error *err)
{
    return digest_finish(identity->digest, out, err);
}

void identity_free(struct identity *identity)
{
    digest_free(identity->digest);
    identity->digest = NULL;
}
