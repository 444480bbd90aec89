/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_mounted_read.h"

#include <errno.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/types.h>
#include <sys/xattr.h>

#include "image/directory/directory_fd.h"

#define EAS     "system.ntfs_ea"
#define REPARSE "system.ntfs_reparse_data"
#define TIMES \
    "system.ntfs_times" /* created, modified, accessed, changed; as the host has numbers */
#define FLAGS   "system.ntfs_attrib" /* likewise */
#define CARRIER "user." NTFS_CARRIER_STREAM

enum {
    FLAG_ENCRYPTED = 0x4000,
    N_TIMES = 4,
};

enum ntfs_generation ntfs_mounted_generation(const char *path)
{
    uint8_t eas[NTFS_EA_BYTES_MAX];
    ssize_t n = getxattr(path, EAS, eas, sizeof(eas));
    return n > 0 ? ntfs_ea_generation(eas, (size_t)n) : NTFS_NO_LINUX;
}

/* The bytes of an attribute; 0: the file has none of that name. */
static ssize_t value_get(const struct directory_proc *proc, const char *name, void *to, size_t size,
                         struct error *err)
{
    ssize_t n = getxattr(proc->name, name, to, size);
    if (n >= 0)
        return n;
    if (errno == ENODATA || errno == ENOTSUP)
        return 0;
    return error_errno(err, errno, "read the extended attribute %s", name);
}

static int times_get(struct ntfs_inode_facts *facts, const struct directory_proc *proc,
                     struct error *err)
{
    uint64_t times[N_TIMES];
    ssize_t n = value_get(proc, TIMES, times, sizeof(times), err);
    if (n < 0)
        return -1;
    if (n != sizeof(times))
        return error_set(err, ERROR_UNSUPPORTED,
                         "the mount does not tell the times of a file (" TIMES
                         "); mount it with ntfs-3g of 2010 or later, or read the volume itself");
    facts->created = times[0];
    facts->modified = times[1];
    facts->accessed = times[2];
    facts->changed = times[3];
    return 0;
}

/* Streams other than the carrier's count; *carrier: there is that one. */
static int streams_get(struct ntfs_inode_facts *facts, const struct directory_proc *proc,
                       char *names, bool *carrier, struct error *err)
{
    ssize_t n = listxattr(proc->name, names, XATTR_LIST_MAX);
    if (n < 0 && errno != ENOTSUP)
        return error_errno(err, errno, "list the extended attributes");
    for (ssize_t at = 0; at < n; at += (ssize_t)strlen(names + at) + 1) {
        if (strcmp(names + at, CARRIER) == 0)
            *carrier = true;
        else if (strncmp(names + at, "user.", strlen("user.")) == 0)
            facts->n_streams++;
    }
    return 0;
}

/* The kernel gives no more than XATTR_SIZE_MAX of an attribute, and of links and devices none. */
static int carrier_get(struct ntfs_inode_facts *facts, const struct directory_proc *proc,
                       uint8_t *buffer, struct arena *arena, bool *hidden, struct error *err)
{
    bool carrier = false;
    if (streams_get(facts, proc, (char *)buffer, &carrier, err) < 0)
        return -1;
    if (!carrier || facts->metadata.carrier.n > 0)
        return 0;
    ssize_t n = getxattr(proc->name, CARRIER, buffer, XATTR_SIZE_MAX);
    *hidden = n < 0;
    if (n < 0)
        return 0;
    return ntfs_metadata_carrier(&facts->metadata, buffer, (size_t)n, arena, err);
}

int ntfs_mounted_read(struct ntfs_inode_facts *facts, int held, uint8_t *buffer,
                      struct arena *arena, bool *hidden, struct error *err)
{
    struct directory_proc proc = directory_proc(held);
    uint32_t flags;

    *facts = (struct ntfs_inode_facts){0};
    *hidden = false;
    ssize_t n = value_get(&proc, FLAGS, &flags, sizeof(flags), err);
    if (n != sizeof(flags))
        return n < 0 ? -1 : 0;
    facts->is_encrypted = flags & FLAG_ENCRYPTED;
    if (times_get(facts, &proc, err) < 0)
        return -1;
    n = value_get(&proc, EAS, buffer, XATTR_SIZE_MAX, err);
    if (n < 0 || ntfs_ea_read(&facts->metadata, buffer, (size_t)n, arena, err) < 0)
        return -1;
    n = value_get(&proc, REPARSE, buffer, XATTR_SIZE_MAX, err);
    facts->is_reparse = n > 0;
    if (n < 0 || (n > 0 && ntfs_reparse_read(&facts->reparse, buffer, (size_t)n, err) < 0))
        return -1;
    return carrier_get(facts, &proc, buffer, arena, hidden, err) < 0 ? -1 : 1;
}
