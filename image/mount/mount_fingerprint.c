/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/mount/mount_fingerprint.h"

#include "core/le.h"

/* What tells a file from others, but for its content. */
struct file_print {
    struct le32 number, links, uid, gid, major, minor;
    struct le16 type, mode;
    struct le64 size;
    struct le64 modified, changed; /* seconds */
    struct le32 modified_ns, changed_ns;
};

static int file_digest(struct digest *digest, const struct tree_file *file, struct error *err)
{
    const struct file_print print = {
        .number = le32_put(file->number),
        .links = le32_put(file->links),
        .uid = le32_put(file->uid),
        .gid = le32_put(file->gid),
        .major = le32_put(file->major),
        .minor = le32_put(file->minor),
        .type = le16_put((uint16_t)file->type),
        .mode = le16_put(file->mode),
        .size = le64_put(file->size),
        .modified = le64_put((uint64_t)file->mtime.seconds),
        .changed = le64_put((uint64_t)file->ctime.seconds),
        .modified_ns = le32_put(file->mtime.nanoseconds),
        .changed_ns = le32_put(file->ctime.nanoseconds),
    };
    if (digest_update(digest, &print, sizeof(print), err) < 0)
        return -1;
    if (file->type != ENTRY_DIRECTORY)
        return 0;
    for (const struct tree_name *name = file->directory->first; name; name = name->sibling) {
        if (!name->file)
            continue;
        const struct le32 number = le32_put(name->file->number);
        if (digest_update(digest, &number, sizeof(number), err) < 0 ||
            digest_update(digest, name->text, name->length + 1u, err) < 0)
            return -1;
    }
    return 0;
}

int mount_fingerprint(const struct mount *mount, struct sha256 *out, struct error *err)
{
    AUTO_DIGEST struct digest *digest = NULL;
    if (digest_new(&digest, err) < 0)
        return -1;
    for (size_t i = 0; i < mount->n_files; i++) {
        if (file_digest(digest, mount->files[i], err) < 0)
            return -1;
    }
    return digest_finish(digest, out, err);
}
