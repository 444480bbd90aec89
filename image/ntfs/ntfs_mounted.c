/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_mounted.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/paths.h"
#include "image/directory/directory_links.h"
#include "image/directory/directory_source.h"
#include "image/filter/filter_base.h"
#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_mounted_path.h"
#include "image/ntfs/ntfs_mounted_read.h"
#include "image/ntfs/ntfs_tell.h"
#include "image/tree_walk.h"

/* Device numbers are shorter: what carriers say are one file never meets what a device does. */
#define CARRIED (UINT64_C(1) << 63)

struct mounted {
    struct filter_base base;
    struct events *events;
    char *name;     /* the root, as the user may know it */
    char *real;     /* the same without links, as links of Windows show it */
    bool is_volume; /* it is the root of the volume, too */

    struct stat st; /* of the current entry */
    struct ntfs_inode_facts facts;
    struct tree_file file;
    struct arena arena; /* of facts and file */
    uint8_t *buffer;
    struct ntfs_mounted_path path; /* its root is held */
    char target[PATH_MAX];
    char *dropped; /* path on the mount of a directory that is left out */
    struct directory_links links;
    struct ntfs_counts counts;
};

/* ---- targets ---- */

/* lxfs keeps a target as content. */
static int target_read(struct mounted *self, struct error *err)
{
    struct content piece;
    size_t n = 0;
    int rc;
    while ((rc = source_content(self->base.inner, &piece, err)) > 0 && piece.offset == n &&
           piece.n <= TARGET_BYTES_MAX - n) {
        memcpy(self->target + n, piece.bytes, piece.n);
        n += piece.n;
    }
    if (rc < 0)
        return -1;
    if (n != self->file.size || memchr(self->target, '\0', n))
        return error_set(err, ERROR_DAMAGED,
                         "%.200s: the target of a symbolic link cannot be read whole",
                         self->path.text);
    self->target[n] = '\0';
    return 0;
}

/* shown: what ntfs-3g makes of an absolute link of Windows, which lies in the tree if that does. */
static int target_find(struct mounted *self, const char *shown, struct error *err)
{
    size_t n = strlen(self->real);
    if (shown && strncmp(shown, self->real, n) == 0 && (shown[n] == '/' || shown[n] == '\0')) {
        snprintf(self->target, sizeof(self->target), "%s", shown[n] ? shown + n : "/");
        return 0;
    }
    AUTO_FREE char *path = ntfs_reparse_drive_path(self->facts.reparse.target);
    if (!path)
        return error_no_memory(err);
    ntfs_tell_outside(self->events, self->path.text, self->facts.reparse.target, path);
    snprintf(self->target, sizeof(self->target), "%s", path);
    return event_check(self->events, err);
}

static int target_set(struct mounted *self, struct entry *entry, const char *shown,
                      struct error *err)
{
    entry->target = self->file.target ? self->file.target : self->target;
    if (self->file.target)
        return 0;
    if (self->facts.is_reparse)
        return target_find(self, shown, err);
    if (S_ISREG(self->st.st_mode))
        return target_read(self, err);
    entry->target = shown; /* of Interix, which ntfs-3g reads */
    return 0;
}

/* ---- entries ---- */

static int path_set(struct mounted *self, const char *path, struct error *err)
{
    const char *why;
    if (ntfs_mounted_path_set(&self->path, path, &self->facts, self->st.st_ino, &why, err) < 0)
        return -1;
    if (why)
        ntfs_tell_renamed(self->events, self->path.text, why);
    return event_check(self->events, err);
}

/* Why the current entry is not in the tree, if it is not. */
static bool is_lost(struct mounted *self, enum entry_type type)
{
    const struct ntfs_inode_facts *facts = &self->facts;
    if (facts->is_reparse && facts->reparse.kind == NTFS_REPARSE_IN_DATA) {
        event_loss(self->events, "file", self->path.text,
                   "left out: a symbolic link of an early WSL, whose target is content that the "
                   "mount does not show; read the volume itself");
        return true;
    }
    bool readable = ntfs_inode_facts_readable(facts, type, (uint64_t)self->st.st_size);
    if (!readable)
        ntfs_tell_lost(self->events, self->path.text, facts);
    return !readable;
}

/* Below a directory that is left out. */
static bool is_dropped(struct mounted *self, const char *path)
{
    size_t n = self->dropped ? strlen(self->dropped) : 0;
    return n > 0 && strncmp(path, self->dropped, n) == 0 && path[n] == '/';
}

static int drop(struct mounted *self, const char *path, struct error *err)
{
    if (!S_ISDIR(self->st.st_mode))
        return 0;
    free(self->dropped);
    self->dropped = strdup(path);
    return self->dropped ? 0 : error_no_memory(err);
}

static enum entry_type type_of(const struct mounted *self, enum entry_type shown)
{
    enum entry_type type = ntfs_inode_facts_type(&self->facts, S_ISDIR(self->st.st_mode));
    bool interix = type == ENTRY_FILE && !self->facts.is_reparse &&
                   self->facts.metadata.generation == NTFS_NO_LINUX && shown != ENTRY_LINK;
    return interix ? shown : type;
}

/* Whether the entry is one more name of a file that came already: it is that, then. */
static int link_find(struct mounted *self, struct entry *entry, struct error *err)
{
    const struct ntfs_inode_facts *facts = &self->facts;
    const char *first = NULL;
    uint64_t device = self->st.st_dev, inode = self->st.st_ino;

    if (S_ISDIR(self->st.st_mode))
        return 0;
    if (facts->carried.links > 0 && facts->carried.links <= inode) {
        device = CARRIED | (uint64_t)self->file.type << 32 | facts->metadata.carrier.digest;
        inode = facts->carried.links;
    } else if (self->st.st_nlink < 2) {
        return 0;
    }
    if (directory_links_meet(&self->links, device, inode, self->path.text, &first) < 0)
        return error_no_memory(err);
    if (!first)
        return 0;
    *entry = (struct entry){.path = self->path.text, .type = ENTRY_LINK, .target = first};
    self->base.empty = true;
    return 1;
}

static int entry_fill(struct mounted *self, struct entry *entry, struct error *err)
{
    const struct tree_file *file = &self->file;
    struct xattr *xattrs = NULL;

    *entry = tree_walk_entry(file);
    entry->path = self->path.text;
    entry->n_xattrs = file->n_xattrs;
    if (file->n_xattrs > 0) {
        xattrs = arena_alloc(&self->arena, file->n_xattrs * sizeof(*xattrs));
        if (!xattrs)
            return error_no_memory(err);
    }
    for (size_t i = 0; i < file->n_xattrs; i++)
        xattrs[i] =
            (struct xattr){file->xattrs[i].name, file->xattrs[i].value, file->xattrs[i].size};
    entry->xattrs = xattrs;
    self->base.empty = file->type != ENTRY_FILE;
    return 0;
}

/* Fills self->file from self->facts. */
static int file_fill(struct mounted *self, enum entry_type type, struct error *err)
{
    self->file = (struct tree_file){.type = type, .number = (uint32_t)self->st.st_ino};
    if (type == ENTRY_CHARACTER || type == ENTRY_BLOCK) {
        if (self->facts.metadata.generation == NTFS_NO_LINUX) { /* Interix */
            self->facts.metadata.major = self->base.entry.major;
            self->facts.metadata.minor = self->base.entry.minor;
        }
    }
    uint64_t size = S_ISREG(self->st.st_mode) ? (uint64_t)self->st.st_size : 0;
    return ntfs_inode_facts_fill(&self->file, &self->facts, size, &self->arena, err);
}

/* The entry as the facts have it: 1, 0 to leave it out, negative on error. */
static int entry_change(struct mounted *self, struct entry *entry, bool hidden, struct error *err)
{
    const char *path = entry->path;
    const char *shown = entry->type == ENTRY_SYMLINK ? entry->target : NULL;
    bool root = !path[0];
    enum entry_type type = type_of(self, entry->type);

    if (file_fill(self, type, err) < 0 || (!root && path_set(self, path, err) < 0))
        return -1;
    if (is_lost(self, type))
        return drop(self, path, err) < 0 || event_check(self->events, err) < 0 ? -1 : 0;
    if (type != ENTRY_DIRECTORY && drop(self, path, err) < 0)
        return -1;
    int rc = link_find(self, entry, err);
    if (rc != 0)
        return rc;
    if (entry_fill(self, entry, err) < 0)
        return -1;
    if (type == ENTRY_SYMLINK && target_set(self, entry, shown, err) < 0)
        return -1;
    if (hidden)
        event_loss(self->events, "xattr", self->path.text,
                   "what was kept aside for it lies in a stream that the mount does not show; "
                   "read the volume itself");
    if (ntfs_counts_add(&self->counts, &self->facts, root, self->path.text, err) < 0)
        return -1;
    return event_check(self->events, err) < 0 ? -1 : 1;
}

static int mounted_change(struct filter_base *base, struct entry *entry, struct error *err)
{
    struct mounted *self = (struct mounted *)base;
    bool hidden;

    if (is_dropped(self, entry->path) ||
        (self->is_volume && strcmp(entry->path, "System Volume Information") == 0))
        return 0;
    int held = directory_source_held(base->inner);
    ntfs_inode_facts_free(&self->facts);
    arena_free(&self->arena);
    if (fstat(held, &self->st) < 0)
        return error_errno(err, errno, "%s/%s", self->name, entry->path);
    int rc = ntfs_mounted_read(&self->facts, held, self->buffer, &self->arena, &hidden, err);
    if (rc < 0)
        return error_wrap(err, "%s/%.200s", self->name, entry->path);
    if (rc > 0)
        return entry_change(self, entry, hidden, err);
    if (path_set(self, entry->path, err) < 0) /* another file system: as the source below has it */
        return -1;
    entry->path = self->path.text;
    return 1;
}

static int mounted_end(struct filter_base *base, struct error *err)
{
    struct mounted *self = (struct mounted *)base;
    ntfs_counts_tell(&self->counts, self->name, self->events);
    return event_check(self->events, err);
}

static void mounted_free(struct filter_base *base)
{
    struct mounted *self = (struct mounted *)base;
    ntfs_inode_facts_free(&self->facts);
    arena_free(&self->arena);
    directory_links_free(&self->links);
    ntfs_counts_free(&self->counts);
    cleanup_fd(&self->path.root);
    free(self->buffer);
    free(self->dropped);
    free(self->name);
    free(self->real);
}

static const struct filter_ops mounted_ops = {
    .change = mounted_change,
    .end = mounted_end,
    .free = mounted_free,
};

/* ---- opening ---- */

/* The path of the tree at path or in it; *out is malloc'd, or NULL where there is none. */
static enum ntfs_generation root_find(char **out, const char *path, struct error *err)
{
    AUTO_FREE char *inner = NULL;
    enum ntfs_generation generation = ntfs_mounted_generation(path);

    *out = NULL;
    if (generation != NTFS_NO_LINUX) {
        *out = strdup(path);
    } else if (paths_join(&inner, path, "rootfs", err) == 0) {
        generation = ntfs_mounted_generation(inner);
        if (generation != NTFS_NO_LINUX)
            *out = steal(&inner);
    }
    return generation;
}

bool ntfs_mounted_is(const char *path)
{
    AUTO_FREE char *root = NULL;
    return root_find(&root, path, NULL) != NTFS_NO_LINUX;
}

/* The oldest lxfs has more of the system beside its root than in it. */
static int beside_tell(const struct mounted *self, struct error *err)
{
    AUTO_FREE char *home = NULL;
    if (self->path.generation != NTFS_LXFS)
        return 0;
    if (paths_join(&home, self->real, "../home", err) < 0)
        return -1;
    if (ntfs_mounted_generation(home) == NTFS_LXFS)
        event_warning(self->events,
                      "%s: /home and /root of this system lie beside it and are left out; read the "
                      "volume itself to have them",
                      self->name);
    return 0;
}

int ntfs_mounted_source(struct source **out, const char *path, struct events *events,
                        struct error *err)
{
    AUTO_FREE char *root = NULL;
    struct source *inner;
    struct stat st;

    enum ntfs_generation generation = root_find(&root, path, err);
    if (!root)
        return error_set(err, ERROR_NOT_FOUND, "no tree of WSL is mounted there");
    if (directory_source(&inner, root, events, err) < 0)
        return -1;
    directory_source_bare(inner);
    struct mounted *self = filter_base_new(sizeof(*self), &mounted_ops, inner, err);
    if (!self)
        return -1;
    AUTO_SOURCE struct source *source = &self->base.source;
    self->events = events;
    self->path.generation = generation;
    self->name = steal(&root);
    self->real = realpath(self->name, NULL);
    self->buffer = malloc(XATTR_SIZE_MAX);
    self->path.root = open(self->name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (!self->real || !self->buffer || self->path.root < 0 || fstat(self->path.root, &st) < 0)
        return error_errno(err, errno, "open the directory %s", self->name);
    self->is_volume = st.st_ino == NTFS_ROOT;
    if (beside_tell(self, err) < 0)
        return -1;
    event_step(events, "reading a tree of WSL from a mounted NTFS volume");
    *out = steal(&source);
    return 0;
}
