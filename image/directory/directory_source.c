/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/directory/directory_source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/cancel.h"
#include "core/epoch.h"
#include "core/list.h"
#include "core/paths.h"
#include "image/directory/directory_again.h"
#include "image/directory/directory_content.h"
#include "image/directory/directory_fd.h"
#include "image/directory/directory_flags.h"
#include "image/directory/directory_links.h"
#include "image/directory/directory_names.h"
#include "image/directory/directory_xattr.h"

enum {
    CANCEL_ENTRIES = 64, /* between two looks for a signal, each of which is a system call */
    OPEN_MAX = 64,       /* directories kept open; those further up are found again through ".." */
    STATX_WANTED = STATX_BASIC_STATS | STATX_BTIME,
};

/* A directory that is being read, the root first. */
struct level {
    int fd; /* open for reading; -1 when too far up */
    uint64_t device, inode;
    struct directory_names names;
    size_t next;   /* name to come */
    size_t path_n; /* bytes of its path */
};

struct directory {
    struct source source;
    struct events *events;
    char *root;       /* as the user named it; for messages */
    bool mtime_alone; /* other times are the host's doing, and no two runs see the same */
    bool bare;        /* extended attributes are somebody else's */
    unsigned n_entries;
    struct level *levels;
    size_t n_levels, levels_size;

    int held;         /* what entry is about; O_PATH, or the same as opened */
    int opened;       /* it for reading; -1: not yet, or it may not be read */
    struct statx stx; /* of it */
    bool mounted;     /* something else is mounted there */
    struct entry entry;
    char path[PATH_BYTES_MAX + 1];
    char target[TARGET_BYTES_MAX + 1];
    bool started;
    bool content_begun;
    uint64_t bytes_done;
    struct directory_content content;
    struct directory_xattrs xattrs;
    struct directory_links links;
    struct directory_again again;
};

/* ---- messages ---- */

/* The current entry as the user can look it up; malloc'd. */
static int full_path(const struct directory *self, char **out, struct error *err)
{
    if (self->path[0])
        return paths_join(out, self->root, self->path, err);
    *out = strdup(self->root);
    return *out ? 0 : error_no_memory(err);
}

static int entry_failed(const struct directory *self, int errnum, const char *verb,
                        struct error *err)
{
    AUTO_FREE char *path = NULL;
    if (full_path(self, &path, err) < 0)
        return -1;
    if (errnum != EACCES && errnum != EPERM)
        return error_errno(err, errnum, "%s %s", verb, path);
    return error_set(err, ERROR_DENIED,
                     "%s %s: %s; run as root, or under the fakeroot that the tree was made in",
                     verb, path, strerror(errnum));
}

/* ---- levels ---- */

static uint64_t stx_device(const struct statx *stx)
{
    return makedev(stx->stx_dev_major, stx->stx_dev_minor);
}

static void level_free(struct level *level)
{
    if (level->fd >= 0)
        close(level->fd);
    directory_names_free(&level->names);
}

/* The current entry, open for reading, for the caller to keep; -1 with errno. */
static int opened_take(struct directory *self)
{
    int fd = self->opened;
    if (fd < 0)
        return directory_read(self->held);
    if (fd == self->held)
        self->held = -1;
    self->opened = -1;
    return fd;
}

/* Enters the directory that is held. */
static int level_push(struct directory *self, struct error *err)
{
    if (list_grow(&self->levels, self->n_levels, &self->levels_size, err) < 0)
        return -1;
    struct level level = {
        .fd = opened_take(self),
        .device = stx_device(&self->stx),
        .inode = self->stx.stx_ino,
        .path_n = strlen(self->path),
    };
    if (level.fd < 0 || directory_names_read(&level.names, level.fd) < 0) {
        int errnum = errno;
        level_free(&level);
        return entry_failed(self, errnum, "read the directory", err);
    }
    if (self->n_levels >= OPEN_MAX) {
        struct level *far = &self->levels[self->n_levels - OPEN_MAX];
        cleanup_fd(&far->fd);
        far->fd = -1;
    }
    self->levels[self->n_levels++] = level;
    return 0;
}

/* Opens the directory above level again, and makes sure that it is the same. */
static int level_reopen(struct directory *self, struct level *above, const struct level *level,
                        struct error *err)
{
    struct stat st;
    above->fd = openat(level->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (above->fd < 0 || fstat(above->fd, &st) < 0)
        return entry_failed(self, errno, "go back up from the directory", err);
    if (st.st_dev == above->device && st.st_ino == above->inode)
        return 0;
    AUTO_FREE char *path = NULL;
    if (full_path(self, &path, err) < 0)
        return -1;
    return error_set(err, ERROR_IO,
                     "%s was moved while it was read; stop what does that and try again", path);
}

static int level_pop(struct directory *self, struct error *err)
{
    struct level *level = &self->levels[self->n_levels - 1];
    struct level *above = self->n_levels > 1 ? level - 1 : NULL;

    self->path[level->path_n] = '\0';
    if (above && above->fd < 0 && level_reopen(self, above, level, err) < 0)
        return -1;
    level_free(level);
    self->n_levels--;
    return 0;
}

/* ---- one entry ---- */

static struct entry_time stx_time(const struct statx_timestamp *time)
{
    return (struct entry_time){time->tv_sec, time->tv_nsec};
}

static int type_set(struct directory *self, struct error *err)
{
    struct entry *entry = &self->entry;
    if (!entry_type_of(self->stx.stx_mode, &entry->type))
        return error_set(err, ERROR_UNSUPPORTED, "%s/%s is of a kind that is not known (%o)",
                         self->root, self->path, self->stx.stx_mode);
    if (entry->type == ENTRY_FILE)
        entry->size = self->mounted ? 0 : self->stx.stx_size;
    if (entry->type != ENTRY_CHARACTER && entry->type != ENTRY_BLOCK)
        return 0;
    entry->major = self->stx.stx_rdev_major;
    entry->minor = self->stx.stx_rdev_minor;
    return 0;
}

static int target_read(struct directory *self, struct error *err)
{
    ssize_t n = readlinkat(self->held, "", self->target, sizeof(self->target));
    if (n < 0)
        return entry_failed(self, errno, "read the symbolic link", err);
    if ((size_t)n == sizeof(self->target))
        return entry_failed(self, ENAMETOOLONG, "read the symbolic link", err);
    self->target[n] = '\0';
    self->entry.target = self->target;
    return 0;
}

/* Whether the entry is one more name of a file that came already. */
static int link_find(struct directory *self, bool *found, struct error *err)
{
    const char *first = NULL;
    bool linked = self->stx.stx_nlink > 1 && self->entry.type != ENTRY_DIRECTORY && !self->mounted;
    if (linked && directory_links_meet(&self->links, stx_device(&self->stx), self->stx.stx_ino,
                                       self->path, &first) < 0)
        return error_no_memory(err);
    *found = first != NULL;
    if (first)
        self->entry = (struct entry){.path = self->path, .type = ENTRY_LINK, .target = first};
    return 0;
}

static int xattrs_read(struct directory *self, struct error *err)
{
    AUTO_FREE char *path = NULL;
    if (full_path(self, &path, err) < 0 ||
        directory_xattrs_read(&self->xattrs, self->held, self->opened, path, self->events, err) < 0)
        return -1;
    self->entry.xattrs = self->xattrs.list;
    self->entry.n_xattrs = self->xattrs.n;
    return 0;
}

/* Kernels before 5.8 do not tell mounts: another device is taken for one. */
static bool is_mount(const struct directory *self, uint64_t device_above)
{
    if (self->stx.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT)
        return self->stx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
    return S_ISDIR(self->stx.stx_mode) && stx_device(&self->stx) != device_above;
}

/* Files and directories are to be read anyway, and only then tell all flags. */
static void flags_read(struct directory *self)
{
    if (self->entry.type != ENTRY_FILE && self->entry.type != ENTRY_DIRECTORY)
        return;
    if (self->opened < 0)
        self->opened = directory_read(self->held);
    self->entry.flags = directory_flags_get(self->opened, &self->stx);
}

/* Describes what is held; above is the directory it lies in, NULL for the root. */
static int entry_describe(struct directory *self, const struct level *above, struct error *err)
{
    struct statx *stx = &self->stx;
    bool linked;

    if (statx(self->held, "", AT_EMPTY_PATH, STATX_WANTED, stx) < 0)
        return entry_failed(self, errno, "look at", err);
    self->mounted = above && is_mount(self, above->device);
    self->entry = (struct entry){
        .path = self->path,
        .mode = stx->stx_mode & MODE_PERMISSIONS,
        .uid = stx->stx_uid,
        .gid = stx->stx_gid,
        .mtime = stx_time(&stx->stx_mtime),
        .atime = stx_time(&stx->stx_atime),
        .ctime = stx_time(&stx->stx_ctime),
        .crtime = stx_time(stx->stx_mask & STATX_BTIME ? &stx->stx_btime : &stx->stx_mtime),
    };
    if (self->mtime_alone)
        self->entry.atime = self->entry.ctime = self->entry.crtime = self->entry.mtime;
    if (type_set(self, err) < 0 || link_find(self, &linked, err) < 0)
        return -1;
    if (linked)
        return 0;
    if (self->entry.type == ENTRY_SYMLINK && target_read(self, err) < 0)
        return -1;
    if (self->mounted)
        event_warning(self->events, "%s/%s: another file system is mounted there; it is left out",
                      self->root, self->path);
    else
        flags_read(self);
    self->bytes_done += self->entry.size;
    event_progress(self->events, self->bytes_done, 0);
    return self->bare ? 0 : xattrs_read(self, err);
}

static int path_set(struct directory *self, const struct level *level, const char *name,
                    struct error *err)
{
    size_t at = level->path_n + (level->path_n > 0);
    size_t n = strlen(name);
    if (at + n > PATH_BYTES_MAX)
        return error_set(err, ERROR_LIMIT,
                         "%s: directories lie so deep inside each other that a path has more than "
                         "%d bytes; leave them out",
                         self->root, PATH_BYTES_MAX);
    if (level->path_n > 0)
        self->path[level->path_n] = '/';
    memcpy(self->path + at, name, n + 1);
    return 0;
}

/* Files and directories are read anyway: where that is allowed, what holds them is open for it. */
static void name_hold(struct directory *self, const struct level *level,
                      const struct directory_name *name)
{
    if (name->type == DT_REG || name->type == DT_DIR)
        self->opened = self->held = directory_hold_open(level->fd, name->text);
    if (self->held < 0)
        self->held = directory_hold(level->fd, name->text);
}

/* The next name of a directory: 1, 0 when it is gone, negative on error. */
static int entry_read(struct directory *self, struct level *level, struct error *err)
{
    const struct directory_name *name = &level->names.list[level->next++];
    if (path_set(self, level, name->text, err) < 0)
        return -1;
    name_hold(self, level, name);
    if (self->held < 0 && errno == ENOENT) {
        event_warning(self->events, "%s/%s: removed while the directory was read", self->root,
                      self->path);
        return 0;
    }
    if (self->held < 0)
        return entry_failed(self, errno, "open", err);
    return entry_describe(self, level, err) < 0 ? -1 : 1;
}

/* ---- the source ---- */

static void held_drop(struct directory *self)
{
    directory_content_end(&self->content);
    self->content_begun = false;
    if (self->opened != self->held)
        cleanup_fd(&self->opened);
    cleanup_fd(&self->held);
    self->opened = self->held = -1;
}

static int directory_next(struct source *source, const struct entry **out, struct error *err)
{
    struct directory *self = (struct directory *)source;
    int rc = 0;

    if (self->n_entries++ % CANCEL_ENTRIES == 0 && cancel_check(err) < 0)
        return -1;
    *out = &self->entry;
    if (!self->started) {
        self->started = true;
        return entry_describe(self, NULL, err) < 0 ? -1 : 1;
    }
    bool enter = self->held >= 0 && self->entry.type == ENTRY_DIRECTORY && !self->mounted;
    if (enter && level_push(self, err) < 0)
        return -1;
    held_drop(self);
    while (rc == 0 && self->n_levels > 0) {
        struct level *level = &self->levels[self->n_levels - 1];
        if (level->next < level->names.n)
            rc = entry_read(self, level, err);
        else
            rc = level_pop(self, err);
    }
    return rc;
}

static int content_begin(struct directory *self, struct error *err)
{
    if (self->content_begun)
        return 0;
    int fd = opened_take(self);
    if (fd < 0)
        return entry_failed(self, errno, "read", err);
    directory_content_begin(&self->content, fd, &self->stx);
    self->content_begun = true;
    return 0;
}

static int content_failed(struct directory *self, struct error *err)
{
    AUTO_FREE char *path = NULL;
    return full_path(self, &path, err) < 0 ? -1 : error_wrap(err, "%s", path);
}

static int directory_content(struct source *source, struct content *out, struct error *err)
{
    struct directory *self = (struct directory *)source;
    if (self->entry.type != ENTRY_FILE || self->mounted)
        return 0;
    if (content_begin(self, err) < 0)
        return -1;
    int rc = directory_content_next(&self->content, out, err);
    return rc < 0 ? content_failed(self, err) : rc;
}

static int directory_map(struct source *source, const struct data_extent **out, size_t *n,
                         struct error *err)
{
    struct directory *self = (struct directory *)source;
    *n = 0;
    if (self->mounted)
        return 1;
    if (content_begin(self, err) < 0)
        return -1;
    int rc = directory_content_map(&self->content, out, n, err);
    return rc < 0 ? content_failed(self, err) : rc;
}

static int directory_key(struct source *source, uint64_t *key, struct error *err)
{
    struct directory *self = (struct directory *)source;
    return directory_again_note(&self->again, self->path, &self->stx, key, err);
}

static int directory_turn(struct source *source, uint64_t key, uint64_t size, struct error *err)
{
    struct directory *self = (struct directory *)source;
    struct statx stx;
    (void)size;
    held_drop(self);
    self->mounted = false;
    int fd = directory_again_open(&self->again, key, &stx, err);
    if (fd < 0)
        return error_wrap(err, "%s", self->root);
    directory_content_begin(&self->content, fd, &stx);
    self->content_begun = true;
    return 0;
}

static int directory_pread(struct source *source, void *buf, size_t n, uint64_t off,
                           struct error *err)
{
    struct directory *self = (struct directory *)source;
    return directory_content_pread(&self->content, buf, n, off, err);
}

static void directory_close(struct source *source)
{
    struct directory *self = (struct directory *)source;
    held_drop(self);
    while (self->n_levels > 0)
        level_free(&self->levels[--self->n_levels]);
    free(self->levels);
    directory_content_free(&self->content);
    directory_xattrs_free(&self->xattrs);
    directory_links_free(&self->links);
    directory_again_free(&self->again);
    free(self->root);
    free(self);
}

static const struct source_ops directory_ops = {
    .next = directory_next,
    .content = directory_content,
    .map = directory_map,
    .key = directory_key,
    .turn = directory_turn,
    .pread = directory_pread,
    .close = directory_close,
};

static int root_hold(struct directory *self, const char *path, struct error *err)
{
    self->root = strdup(path);
    if (!self->root)
        return error_no_memory(err);
    for (size_t n = strlen(self->root); n > 1 && self->root[n - 1] == '/'; n--)
        self->root[n - 1] = '\0';
    self->held = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return self->held < 0 ? entry_failed(self, errno, "open the directory", err) : 0;
}

int directory_source(struct source **out, const char *path, struct events *events,
                     struct error *err)
{
    struct epoch epoch;
    if (epoch_get(&epoch, err) < 0 || directory_proc_check(err) < 0)
        return -1;
    AUTO_SOURCE struct source *source = NULL;
    struct directory *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    source = &self->source;
    self->source.ops = &directory_ops;
    self->events = events;
    self->mtime_alone = epoch.fixed;
    self->held = self->opened = self->content.fd = -1;
    self->again.root = -1;
    if (directory_content_init(&self->content, err) < 0 || root_hold(self, path, err) < 0 ||
        directory_again_init(&self->again, self->held, err) < 0)
        return -1;
    *out = steal(&source);
    return 0;
}

void directory_source_bare(struct source *source)
{
    ((struct directory *)source)->bare = true;
}

int directory_source_held(const struct source *source)
{
    return ((const struct directory *)source)->held;
}
