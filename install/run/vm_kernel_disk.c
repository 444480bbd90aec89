/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A distribution's own kernel, read out of its disk. Files come in the disk's order, so each round
 * reads all that is wanted of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "core/cancel.h"
#include "core/paths.h"
#include "image/image.h"
#include "install/run/vm_kernel.h"

/* Files to be read from the disk in one round. */
struct wanted {
    const char *path;
    char **bytes; /* becomes malloc'd, with a NUL behind it */
    size_t *n;
};

static int content_read(struct source *source, const struct entry *entry, const struct wanted *file,
                        struct error *err)
{
    struct content piece;
    int rc;
    if (entry->size > KERNEL_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "/%s is larger than a kernel", entry->path);
    AUTO_FREE char *bytes = calloc(1, entry->size + 1);
    if (!bytes)
        return error_no_memory(err);
    while ((rc = source_content(source, &piece, err)) > 0) {
        if (piece.offset > entry->size || piece.n > entry->size - piece.offset)
            return error_set(err, ERROR_DAMAGED, "/%s is longer than it says", entry->path);
        memcpy(bytes + piece.offset, piece.bytes, piece.n);
    }
    free(*file->bytes);
    *file->bytes = steal(&bytes);
    *file->n = entry->size;
    return rc;
}

static int files_read(const char *disk, const struct wanted *files, size_t n, struct error *err)
{
    AUTO_SOURCE struct source *source = NULL;
    const struct entry *entry;
    int rc;
    if (image_open(&source, disk, NULL, err) < 0)
        return -1;
    while ((rc = source_next(source, &entry, err)) > 0) {
        for (size_t i = 0; entry->type == ENTRY_FILE && i < n; i++) {
            if (strcmp(entry->path, files[i].path) == 0 &&
                content_read(source, entry, &files[i], err) < 0)
                return image_failed(disk, err);
        }
        if (cancel_check(err) < 0)
            return -1;
    }
    return rc < 0 ? image_failed(disk, err) : 0;
}

/* ---- what there is ---- */

struct survey {
    char *kernel; /* the newest */
    struct modules *modules;
};

static const char *after(const char *text, const char *before)
{
    size_t n = strlen(before);
    return strncmp(text, before, n) == 0 ? text + n : NULL;
}

static int survey_entry(struct survey *survey, const struct entry *entry, struct error *err)
{
    const char *path = entry->path;
    if (after(path, "boot/vmlinuz-") && (!survey->kernel || strverscmp(path, survey->kernel) > 0)) {
        free(survey->kernel);
        survey->kernel = strdup(path);
        return survey->kernel ? 0 : error_no_memory(err);
    }
    if (after(path, "lib/modules/") || after(path, "usr/lib/modules/"))
        return modules_add(survey->modules, path, err);
    return 0;
}

static int survey_disk(struct survey *survey, const char *disk, struct error *err)
{
    AUTO_SOURCE struct source *source = NULL;
    const struct entry *entry;
    int rc;
    if (image_open(&source, disk, NULL, err) < 0)
        return -1;
    while ((rc = source_next(source, &entry, err)) > 0) {
        if (entry->type == ENTRY_FILE && survey_entry(survey, entry, err) < 0)
            return image_failed(disk, err);
        if (cancel_check(err) < 0)
            return -1;
    }
    return rc < 0 ? image_failed(disk, err) : 0;
}

/* Forgets the modules of other kernels, and says where those of this one lie: "" for nowhere. */
static void modules_keep(struct modules *modules, const char *release, char *directory, size_t room)
{
    size_t kept = 0;
    *directory = '\0';
    for (size_t i = 0; i < modules->n; i++) {
        struct module *module = &modules->all[i];
        const char *below = strstr(module->path, "lib/modules/") + strlen("lib/modules/");
        size_t n = strlen(release);
        if (strncmp(below, release, n) == 0 && below[n] == '/') {
            snprintf(directory, room, "%.*s", (int)(below + n - module->path), module->path);
            modules->all[kept++] = *module;
        } else {
            free(module->name);
            free(module->path);
        }
    }
    modules->n = kept;
}

/* ---- reading ---- */

struct disk_reader {
    struct module_reader reader;
    const char *disk;
};

static int disk_modules_read(struct module_reader *self, struct module **batch, size_t n,
                             struct error *err)
{
    const struct disk_reader *reader = (const struct disk_reader *)self;
    AUTO_FREE struct wanted *files = calloc(n, sizeof(*files));
    if (!files)
        return error_no_memory(err);
    for (size_t i = 0; i < n; i++)
        files[i] = (struct wanted){batch[i]->path, (char **)&batch[i]->bytes, &batch[i]->n};
    return files_read(reader->disk, files, n, err);
}

static int image_read(struct kernel *out, const char *path, const char *disk, struct error *err)
{
    AUTO_FREE char *bytes = NULL;
    size_t n = 0;
    const struct wanted file = {path, &bytes, &n};
    if (files_read(disk, &file, 1, err) < 0)
        return -1;
    out->image = memfd_create("kernel", MFD_CLOEXEC);
    if (!bytes || out->image < 0 || write(out->image, bytes, n) != (ssize_t)n)
        return error_set(err, ERROR_IO, "%s: its kernel /%s cannot be copied into memory", disk,
                         path);
    return 0;
}

/* 0 where it is one for another machine. */
static int kernel_read(struct kernel *out, const struct survey *survey, const char *disk,
                       struct error *err)
{
    char directory[PATH_BYTES_MAX];
    struct disk_reader reader = {{disk_modules_read}, disk};
    AUTO_FREE char *builtin = NULL;
    size_t n;
    if (asprintf(&out->path, "%s of the distribution", survey->kernel) < 0) {
        out->path = NULL;
        return error_no_memory(err);
    }
    if (image_read(out, survey->kernel, disk, err) < 0)
        return -1;
    if (!kernel_is_own(out)) {
        kernel_free(out);
        return 0;
    }
    kernel_name(out, paths_base(survey->kernel));
    modules_keep(&out->modules, out->release, directory, sizeof(directory));
    if (asprintf(&builtin, "%s/modules.builtin", directory) < 0)
        return error_no_memory(err);
    const struct wanted file = {builtin, &out->modules.builtin, &n};
    if (directory[0] && files_read(disk, &file, 1, err) < 0)
        return -1;
    int rc = modules_choose(&out->modules, &reader.reader, out->path, &out->network, err);
    return rc < 0 ? -1 : 1;
}

int kernel_from_disk(struct kernel *out, const char *disk, struct error *err)
{
    struct survey survey = {.modules = &out->modules};
    int rc = survey_disk(&survey, disk, err);
    if (rc == 0 && survey.kernel)
        rc = kernel_read(out, &survey, disk, err);
    else
        modules_free(&out->modules);
    free(survey.kernel);
    return rc;
}
