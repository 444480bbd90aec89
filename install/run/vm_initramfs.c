/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/vm_initramfs.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "core/libarchive.h"
#include "install/run/vm_init.h"

enum {
    CONSOLE_MAJOR = 5, /* Documentation/admin-guide/devices.txt */
    CONSOLE_MINOR = 1,
};

static int add(struct archive *out, const char *path, mode_t mode, const void *bytes, size_t n,
               struct error *err)
{
    struct archive_entry *entry = libarchive()->entry_new();
    if (!entry)
        return error_no_memory(err);
    libarchive()->entry_set_pathname(entry, path);
    libarchive()->entry_set_mode(entry, mode);
    libarchive()->entry_set_nlink(entry, 1);
    libarchive()->entry_set_size(entry, (int64_t)n);
    if (S_ISCHR(mode)) {
        libarchive()->entry_set_rdevmajor(entry, CONSOLE_MAJOR);
        libarchive()->entry_set_rdevminor(entry, CONSOLE_MINOR);
    }
    bool written = libarchive()->write_header(out, entry) == ARCHIVE_OK &&
                   (n == 0 || libarchive()->write_data(out, bytes, n) == (la_ssize_t)n);
    libarchive()->entry_free(entry);
    return written ? 0
                   : error_set(err, ERROR_IO, "make the initramfs: %s",
                               libarchive()->error_string(out));
}

static int add_module(struct archive *out, const struct module *module, FILE *list,
                      struct error *err)
{
    AUTO_FREE char *path = NULL;
    fprintf(list, "%s.ko\n", module->name);
    if (asprintf(&path, "modules/%s.ko", module->name) < 0)
        return error_no_memory(err);
    return add(out, path, S_IFREG | 0644, module->bytes, module->n, err);
}

static int add_modules(struct archive *out, const struct modules *modules, struct error *err)
{
    AUTO_FREE char *text = NULL;
    size_t n = 0;
    FILE *list = open_memstream(&text, &n);
    int rc = 0;
    if (!list)
        return error_no_memory(err);
    for (size_t i = 0; rc == 0 && i < modules->n_chosen; i++)
        rc = add_module(out, modules->chosen[i], list, err);
    if (fclose(list) != 0 && rc == 0)
        return error_no_memory(err);
    return rc < 0 ? -1 : add(out, "modules/list", S_IFREG | 0644, text, n, err);
}

static int fill(struct archive *out, const struct modules *modules, struct error *err)
{
    static const char *const directories[] = {"dev", "proc", "sys", "modules"};
    for (size_t i = 0; i < array_length(directories); i++) {
        if (add(out, directories[i], S_IFDIR | 0755, NULL, 0, err) < 0)
            return -1;
    }
    if (add(out, "dev/console", S_IFCHR | 0600, NULL, 0, err) < 0 ||
        add(out, "init", S_IFREG | 0755, vm_init, vm_init_bytes, err) < 0)
        return -1;
    return add_modules(out, modules, err);
}

int initramfs_make(int *fd, const struct modules *modules, struct error *err)
{
    if (libarchive_load(err) < 0)
        return -1;
    AUTO_FD int file = memfd_create("initramfs", MFD_CLOEXEC);
    struct archive *out = libarchive()->write_new();
    int rc = 0;
    if (file < 0 || !out) {
        libarchive()->write_free(out);
        return error_no_memory(err);
    }
    if (libarchive()->write_set_format_cpio_newc(out) != ARCHIVE_OK ||
        libarchive()->write_open_fd(out, file) != ARCHIVE_OK)
        rc = error_set(err, ERROR_IO, "make the initramfs: %s", libarchive()->error_string(out));
    if (rc == 0)
        rc = fill(out, modules, err);
    if (libarchive()->write_close(out) != ARCHIVE_OK && rc == 0)
        rc = error_set(err, ERROR_IO, "make the initramfs: %s", libarchive()->error_string(out));
    libarchive()->write_free(out);
    if (rc == 0)
        *fd = steal_fd(&file);
    return rc;
}
