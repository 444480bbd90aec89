/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking, listing and reading. */
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "image/mount/mount_content.h"
#include "image/mount/mount_fuse.h"

/* ---- the session ---- */

/* What a program may do is the kernel's to judge (default_permissions), by access control lists too
 * where nothing changes them. */
static void init(void *data, struct fuse_conn_info *conn)
{
    const struct mount *mount = data;
    conn->time_gran = mount->time_step;
    conn->want |= conn->capable & (FUSE_CAP_NO_OPEN_SUPPORT | FUSE_CAP_NO_OPENDIR_SUPPORT |
                                   FUSE_CAP_CACHE_SYMLINKS | FUSE_CAP_READDIRPLUS);
    if (!mount->writable)
        conn->want |= conn->capable & FUSE_CAP_POSIX_ACL;
    /* Nobody changes what the kernel keeps; it takes away privileges itself, and cuts files. */
    conn->want &=
        ~(unsigned)(FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_HANDLE_KILLPRIV | FUSE_CAP_ATOMIC_O_TRUNC);
}

/* ---- one file ---- */

static void lookup(fuse_req_t req, fuse_ino_t parent, const char *text)
{
    const struct mount *mount = mount_fuse_mount(req);
    const struct tree_file *directory = mount_fuse_file(req, parent);
    const struct tree_name *name =
        directory ? tree_child(&mount->tree, directory, text, strlen(text)) : NULL;
    if (name) {
        mount_fuse_reply_entry(req, name->file);
        return;
    }
    /* Number 0 lets the kernel remember that there is none. */
    const struct fuse_entry_param none = {.entry_timeout = mount_fuse_timeout()};
    fuse_reply_entry(req, &none);
}

static void forget(fuse_req_t req, fuse_ino_t ino, uint64_t n)
{
    struct tree_file *file = mount_fuse_file(req, ino);
    if (file)
        mount_fuse_forget(mount_fuse_mount(req), file, n);
    fuse_reply_none(req);
}

static void forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
    for (size_t i = 0; i < count; i++) {
        struct tree_file *file = mount_fuse_file(req, forgets[i].ino);
        if (file)
            mount_fuse_forget(mount_fuse_mount(req), file, forgets[i].nlookup);
    }
    fuse_reply_none(req);
}

static void getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    const struct tree_file *file = mount_fuse_file(req, ino);
    struct stat st;
    (void)fi;
    mount_fuse_stat(file, &st);
    fuse_reply_attr(req, &st, mount_fuse_timeout());
}

static void readlink_(fuse_req_t req, fuse_ino_t ino)
{
    const struct tree_file *file = mount_fuse_file(req, ino);
    if (file->type == ENTRY_SYMLINK)
        fuse_reply_readlink(req, file->target);
    else
        fuse_reply_err(req, EINVAL);
}

static void open_(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    (void)ino, (void)fi;
    fuse_reply_err(req, ENOSYS); /* it need not be asked again: no file is ever opened */
}

static void read_(fuse_req_t req, fuse_ino_t ino, size_t n, off_t off, struct fuse_file_info *fi)
{
    struct mount *mount = mount_fuse_mount(req);
    const struct tree_file *file = mount_fuse_file(req, ino);
    struct error err = {0};
    uint64_t at = (uint64_t)off;
    (void)fi;

    if (file->type != ENTRY_FILE || at >= file->size) {
        fuse_reply_buf(req, NULL, 0);
        return;
    }
    if (n > file->size - at)
        n = (size_t)(file->size - at);
    uint8_t *buffer = mount_fuse_buffer(mount, n);
    if (!buffer)
        fuse_reply_err(req, ENOMEM);
    else if (mount_content_read(mount, file, buffer, n, at, &err) < 0)
        fuse_reply_err(req, mount_errno(mount, &err));
    else
        fuse_reply_buf(req, (const char *)buffer, n);
}

static void lseek_(fuse_req_t req, fuse_ino_t ino, off_t off, int whence, struct fuse_file_info *fi)
{
    struct mount *mount = mount_fuse_mount(req);
    const struct tree_file *file = mount_fuse_file(req, ino);
    struct data_extent run = {0};
    struct error err = {0};
    uint64_t at = (uint64_t)off;
    int rc = 1;
    (void)fi;

    if (file->type != ENTRY_FILE || off < 0 || at >= file->size) {
        fuse_reply_err(req, ENXIO);
        return;
    }
    if (whence == SEEK_DATA) {
        rc = mount_content_data(mount, file, at, &run, &err);
        at = run.offset;
    } else {
        while ((rc = mount_content_data(mount, file, at, &run, &err)) > 0 && run.offset == at)
            at += run.length;
    }
    if (rc < 0)
        fuse_reply_err(req, mount_errno(mount, &err));
    else if (rc == 0 && whence == SEEK_DATA)
        fuse_reply_err(req, ENXIO);
    else
        fuse_reply_lseek(req, (off_t)at);
}

/* ---- directories ---- */

enum {
    LISTING_FIRST = 2, /* offset of the first name, behind "." and ".." */
};

/* The name at an offset of a listing; NULL at its end. */
static struct tree_name *listing_find(struct mount *mount, const struct tree_file *directory,
                                      uint64_t offset)
{
    const struct mount_listing *last = &mount->listing;
    if (last->directory == directory && last->offset == offset && last->next)
        return last->next;
    struct tree_name *name = directory->directory->first;
    for (uint64_t at = LISTING_FIRST; name && at < offset; at++)
        name = name->sibling;
    return name;
}

struct answer {
    fuse_req_t req;
    char *bytes;
    size_t n, size;
    bool plus; /* with attributes */
};

/* One line of a listing; next is the offset behind it. False: it has no room. */
static bool line_add(struct answer *answer, const char *text, struct tree_file *file, uint64_t next,
                     bool counts)
{
    char *at = answer->bytes + answer->n;
    size_t room = answer->size - answer->n, n;
    struct fuse_entry_param entry = {.attr_timeout = mount_fuse_timeout(),
                                     .entry_timeout = mount_fuse_timeout()};
    mount_fuse_stat(file, &entry.attr);
    if (answer->plus) {
        entry.ino = counts ? file->number + UINT64_C(1) : 0;
        n = fuse_add_direntry_plus(answer->req, at, room, text, &entry, (off_t)next);
    } else {
        n = fuse_add_direntry(answer->req, at, room, text, &entry.attr, (off_t)next);
    }
    if (n > room)
        return false;
    if (answer->plus && counts)
        file->aux += file->aux < UINT32_MAX;
    answer->n += n;
    return true;
}

static void listing_answer(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, bool plus)
{
    struct mount *mount = mount_fuse_mount(req);
    struct tree_file *directory = mount_fuse_file(req, ino);
    struct answer answer = {
        .req = req,
        .bytes = (char *)mount_fuse_buffer(mount, size),
        .size = size,
        .plus = plus,
    };
    uint64_t at = (uint64_t)off;
    bool room = true;

    if (!answer.bytes || directory->type != ENTRY_DIRECTORY) {
        fuse_reply_err(req, answer.bytes ? ENOTDIR : ENOMEM);
        return;
    }
    struct tree_file *above = directory->name ? directory->name->directory : directory;
    if (at == 0 && (room = line_add(&answer, ".", directory, 1, false)))
        at++;
    if (at == 1 && (room = line_add(&answer, "..", above, LISTING_FIRST, false)))
        at++;
    struct tree_name *name = room ? listing_find(mount, directory, at) : NULL;
    for (; name && room; name = room ? name->sibling : name) {
        if (name->file)
            room = line_add(&answer, name->text, name->file, at + 1, true);
        at += room;
    }
    mount->listing = (struct mount_listing){.directory = directory, .offset = at, .next = name};
    fuse_reply_buf(req, answer.bytes, answer.n);
}

static void readdir_(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
                     struct fuse_file_info *fi)
{
    (void)fi;
    listing_answer(req, ino, size, off, false);
}

static void readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
                        struct fuse_file_info *fi)
{
    (void)fi;
    listing_answer(req, ino, size, off, true);
}

/* ---- extended attributes ---- */

/* A value, or a list of names; size 0 asks for its length. */
static void xattr_reply(fuse_req_t req, const void *bytes, size_t n, size_t size)
{
    if (size == 0)
        fuse_reply_xattr(req, n);
    else if (n > size)
        fuse_reply_err(req, ERANGE);
    else
        fuse_reply_buf(req, bytes, n);
}

static void getxattr_(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
    const struct tree_file *file = mount_fuse_file(req, ino);
    for (size_t i = 0; i < file->n_xattrs; i++) {
        const struct tree_xattr *xattr = &file->xattrs[i];
        if (strcmp(xattr->name, name) == 0) {
            xattr_reply(req, xattr->value, xattr->size, size);
            return;
        }
    }
    fuse_reply_err(req, ENODATA);
}

static void listxattr_(fuse_req_t req, fuse_ino_t ino, size_t size)
{
    struct mount *mount = mount_fuse_mount(req);
    const struct tree_file *file = mount_fuse_file(req, ino);
    size_t n = 0;

    for (size_t i = 0; i < file->n_xattrs; i++)
        n += strlen(file->xattrs[i].name) + 1;
    char *list = (char *)mount_fuse_buffer(mount, n + 1);
    if (!list) {
        fuse_reply_err(req, ENOMEM);
        return;
    }
    n = 0;
    for (size_t i = 0; i < file->n_xattrs; i++) {
        size_t length = strlen(file->xattrs[i].name) + 1;
        memcpy(list + n, file->xattrs[i].name, length);
        n += length;
    }
    xattr_reply(req, list, n, size);
}

/* ---- the whole ---- */

static void statfs(fuse_req_t req, fuse_ino_t ino)
{
    const struct mount *mount = mount_fuse_mount(req);
    struct statvfs below, out = {
                              .f_bsize = MOUNT_CHUNK_BYTES,
                              .f_frsize = MOUNT_CHUNK_BYTES,
                              .f_files = mount->n_files,
                              .f_namemax = NAME_BYTES_MAX,
                          };
    (void)ino;
    for (const struct tree_file *file = mount->tree.root; file; file = file->next) {
        if (file->type == ENTRY_FILE && file->links > 0)
            out.f_blocks += (fsblkcnt_t)(mount_content_stored(file) / MOUNT_CHUNK_BYTES);
    }
    if (mount->writable && statvfs(mount->store.directory, &below) == 0) {
        out.f_bfree = below.f_bfree * below.f_frsize / MOUNT_CHUNK_BYTES;
        out.f_bavail = below.f_bavail * below.f_frsize / MOUNT_CHUNK_BYTES;
        out.f_ffree = out.f_favail = TREE_NAMES_MAX - mount->n_files;
        out.f_blocks += out.f_bfree;
        out.f_files += out.f_ffree;
    }
    fuse_reply_statfs(req, &out);
}

void mount_fuse_read_ops(struct fuse_lowlevel_ops *ops)
{
    ops->init = init;
    ops->lookup = lookup;
    ops->forget = forget;
    ops->forget_multi = forget_multi;
    ops->getattr = getattr;
    ops->readlink = readlink_;
    ops->open = open_;
    ops->opendir = open_;
    ops->read = read_;
    ops->lseek = lseek_;
    ops->readdir = readdir_;
    ops->readdirplus = readdirplus;
    ops->getxattr = getxattr_;
    ops->listxattr = listxattr_;
    ops->statfs = statfs;
}
