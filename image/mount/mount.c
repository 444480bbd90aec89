/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/mount/mount.h"

#include <errno.h>
#include <string.h>

#include "core/cancel.h"
#include "core/list.h"
#include "image/image.h"
#include "image/mount/mount_content.h"
#include "image/mount/mount_journal.h"
#include "image/mount/mount_state.h"
#include "image/tree_index.h"

int mount_files_reserve(struct mount *mount, struct error *err)
{
    return list_grow(&mount->files, mount->n_files, &mount->files_size, err);
}

void mount_files_add(struct mount *mount, struct tree_file *file)
{
    file->number = (uint32_t)mount->n_files;
    mount->files[mount->n_files++] = file;
}

int mount_errno(struct mount *mount, const struct error *err)
{
    switch (err->code) {
    case ERROR_NO_SPACE:
        return ENOSPC;
    case ERROR_NO_MEMORY:
        return ENOMEM;
    case ERROR_LIMIT:
        return EFBIG;
    default:
        event_warning(mount->events, "%s: %s", mount->input, err->text);
        return EIO;
    }
}

struct entry_time mount_time(const struct mount *mount, const struct timespec *time)
{
    uint32_t nanoseconds = (uint32_t)time->tv_nsec;
    return (struct entry_time){
        .seconds = time->tv_sec,
        .nanoseconds = nanoseconds / mount->time_step * mount->time_step,
    };
}

/* ---- opening ---- */

/* Bytes of the current file that are no hole. */
static int stored_count(struct source *source, const struct entry *entry, uint64_t *out,
                        struct error *err)
{
    const struct data_extent *map;
    size_t n;
    int rc = source_map(source, &map, &n, err);
    *out = rc > 0 ? 0 : entry->size;
    for (size_t i = 0; rc > 0 && i < n; i++)
        *out += map[i].length;
    return rc < 0 ? -1 : 0;
}

/* Keeps the content of what can be read only as it goes by. */
static int content_keep(struct mount *mount, struct tree_file *file, struct error *err)
{
    struct content piece;
    uint64_t size = file->size;
    int rc;

    if (mount_content_new(mount, file, err) < 0)
        return -1;
    file->size = 0;
    while ((rc = source_content(mount->source, &piece, err)) > 0) {
        if (mount_content_write(mount, file, piece.bytes, piece.n, piece.offset, err) < 0)
            return -1;
    }
    return rc < 0 ? -1 : mount_content_resize(mount, file, size, err);
}

static int content_note(struct mount *mount, struct tree_file *file, const struct entry *entry,
                        struct error *err)
{
    uint64_t key, stored;
    if (!mount->source->ops->key)
        return content_keep(mount, file, err);
    if (mount->source->ops->key(mount->source, &key, err) < 0 ||
        stored_count(mount->source, entry, &stored, err) < 0)
        return -1;
    return mount_content_from_source(mount, file, key, stored, err);
}

static int entries_read(struct mount *mount, struct error *err)
{
    const struct entry *entry;
    struct tree_file *file;
    int rc;

    while ((rc = source_next(mount->source, &entry, err)) > 0) {
        if (cancel_check(err) < 0 || tree_put(&mount->tree, entry, &file, err) < 0)
            return -1;
        if (file && file->type == ENTRY_FILE && content_note(mount, file, entry, err) < 0)
            return -1;
    }
    if (rc < 0 || tree_finish(&mount->tree, err) < 0)
        return -1;
    if (!mount->source->ops->key)
        source_close(steal(&mount->source));
    return 0;
}

static int files_number(struct mount *mount, struct error *err)
{
    for (struct tree_file *file = mount->tree.root; file; file = file->next) {
        if (file->type == ENTRY_FILE && file->links == 0)
            mount_content_drop(mount, file); /* replaced by a later entry */
        if (mount_files_reserve(mount, err) < 0)
            return -1;
        mount_files_add(mount, file);
    }
    return 0;
}

int mount_open(struct mount **out, const char *input, const struct mount_options *options,
               struct error *err)
{
    if (tree_index_check(input, err) < 0)
        return -1;
    AUTO_MOUNT struct mount *mount = calloc(1, sizeof(*mount));
    if (!mount)
        return error_no_memory(err);
    struct image_open_options open = options->open;
    open.knows_journal = options->journal != NULL;
    mount->writable = options->writable;
    mount->time_step = options->time_step ? options->time_step : 1;
    mount->events = options->open.events;
    mount->input = strdup(input);
    if (!mount->input)
        return error_no_memory(err);
    if (mount_store_init(&mount->store, options->spool, err) < 0 ||
        tree_init(&mount->tree, err) < 0 || image_open(&mount->source, input, &open, err) < 0)
        return -1;
    if (entries_read(mount, err) < 0 || files_number(mount, err) < 0)
        return image_failed(input, err);
    if (options->journal && mount_journal_open(&mount->journal, mount, options->journal, err) < 0)
        return -1;
    if (options->journal_stays)
        mount_journal_close(steal(&mount->journal));
    *out = steal(&mount);
    return 0;
}

void mount_close(struct mount *mount)
{
    if (!mount)
        return;
    mount_detach(mount);
    for (struct tree_file *file = mount->tree.root; file; file = file->next) {
        if (file->type == ENTRY_FILE)
            mount_content_drop(mount, file);
    }
    mount_journal_close(mount->journal);
    source_close(mount->source);
    tree_free(&mount->tree);
    mount_store_free(&mount->store);
    free(mount->files);
    free(mount->input);
    free(mount->buffer);
    free(mount);
}

bool mount_changed(const struct mount *mount)
{
    return mount->changed;
}

int mount_settle(struct mount *mount, const char *image, struct error *err)
{
    return mount->journal ? mount_journal_settle(mount->journal, image, err) : 0;
}

int mount_forget_journal(struct mount *mount, struct error *err)
{
    return mount->journal ? mount_journal_delete(mount->journal, err) : 0;
}
