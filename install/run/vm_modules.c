/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/vm_modules.h"

#include <elf.h>
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>

#include "core/libarchive.h"
#include "core/paths.h"
#include "install/text.h"

enum {
    BUILTIN_BYTES_MAX = 4 << 20,
};

/* What the machine of vm_plan.h has, and the disk's file system. */
static const struct {
    const char *name;
    bool optional;
} needed[] = {
    {"virtio_pci", false},    {"virtio_blk", false}, {"virtio_console", false},
    {"crc32c_generic", true}, /* ext4 asks for it by no name that a module has */
    {"ext4", false},          {"virtio_net", true},
};

/* ---- the list ---- */

/* "kernel/fs/ext4/ext4.ko.xz" is ext4: malloc'd; NULL where path is no module's. */
static char *name_of(const char *path)
{
    const char *base = paths_base(path);
    const char *end = strstr(base, ".ko");
    if (!end || end == base || (end[3] && end[3] != '.'))
        return NULL;
    char *name = strndup(base, (size_t)(end - base));
    for (char *c = name; c && *c; c++)
        *c = *c == '-' ? '_' : *c;
    return name;
}

int modules_add(struct modules *modules, const char *path, struct error *err)
{
    AUTO_FREE char *name = name_of(path);
    if (!name)
        return 0;
    if (modules->n >= MODULES_MAX)
        return error_set(err, ERROR_LIMIT, "a kernel with more than %d modules", MODULES_MAX);
    if ((modules->n & (modules->n + 1)) == 0) { /* full at 0, 1, 3, 7 ... */
        struct module *larger = realloc(modules->all, (2 * modules->n + 1) * sizeof(*modules->all));
        if (!larger)
            return error_no_memory(err);
        modules->all = larger;
    }
    char *copy = strdup(path);
    if (!copy)
        return error_no_memory(err);
    modules->all[modules->n++] = (struct module){.name = steal(&name), .path = copy};
    return 0;
}

static struct module *find(const struct modules *modules, const char *name, size_t n)
{
    for (size_t i = 0; i < modules->n; i++) {
        struct module *module = &modules->all[i];
        if (strlen(module->name) == n && strncmp(module->name, name, n) == 0)
            return module;
    }
    return NULL;
}

/* Whether the kernel itself has it: a line of modules.builtin ends with it. */
static bool is_builtin(const struct modules *modules, const char *name)
{
    const char *line = modules->builtin;
    while (line && *line) {
        AUTO_FREE char *path = strndup(line, strcspn(line, "\n"));
        AUTO_FREE char *found = path ? name_of(path) : NULL;
        if (found && strcmp(found, name) == 0)
            return true;
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return false;
}

void modules_free(struct modules *modules)
{
    for (size_t i = 0; i < modules->n; i++) {
        struct module *module = &modules->all[i];
        free(module->name);
        free(module->path);
        free(module->bytes);
        free(module->depends);
    }
    free(modules->all);
    free(modules->builtin);
    free(modules->chosen);
    *modules = (struct modules){0};
}

/* ---- one module ---- */

static int decompress(struct module *module, struct error *err)
{
    struct archive_entry *entry;
    AUTO_FREE uint8_t *bytes = NULL;
    size_t n = 0, room = 0;
    ssize_t got = -1;

    if (libarchive_load(err) < 0)
        return -1;
    struct archive *in = libarchive()->read_new();
    if (!in)
        return error_no_memory(err);
    libarchive()->read_support_filter_all(in);
    libarchive()->read_support_format_raw(in);
    if (libarchive()->read_open_memory(in, module->bytes, module->n) == ARCHIVE_OK &&
        libarchive()->read_next_header(in, &entry) == ARCHIVE_OK) {
        do {
            if (n == room) {
                room = room ? 2 * room : 4 * module->n;
                uint8_t *larger = room <= MODULE_BYTES_MAX ? realloc(bytes, room) : NULL;
                if (!larger)
                    break;
                bytes = larger;
            }
            got = libarchive()->read_data(in, bytes + n, room - n);
            n += got > 0 ? (size_t)got : 0;
        } while (got > 0);
    }
    libarchive()->read_free(in);
    if (got != 0)
        return error_set(err, ERROR_DAMAGED, "%s: the module cannot be decompressed", module->path);
    free(module->bytes);
    module->bytes = steal(&bytes);
    module->n = n;
    return 0;
}

static bool lies_in(const struct module *module, uint64_t offset, uint64_t n)
{
    return offset <= module->n && n <= module->n - offset;
}

/* The section .modinfo: strings "key=value". NULL where there is none. */
static const char *modinfo(const struct module *module, size_t *n)
{
    const uint8_t *bytes = module->bytes;
    Elf64_Ehdr head;
    Elf64_Shdr section, names;
    if (module->n < sizeof(head))
        return NULL;
    memcpy(&head, bytes, sizeof(head));
    if (memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64 ||
        head.e_shentsize != sizeof(section) || head.e_shstrndx >= head.e_shnum ||
        !lies_in(module, head.e_shoff, (uint64_t)head.e_shnum * sizeof(section)))
        return NULL;
    const uint8_t *table = bytes + head.e_shoff;
    memcpy(&names, table + head.e_shstrndx * sizeof(section), sizeof(names));
    for (size_t i = 0; i < head.e_shnum; i++) {
        static const char wanted[] = ".modinfo";
        memcpy(&section, table + i * sizeof(section), sizeof(section));
        if (!lies_in(module, names.sh_offset, names.sh_size) ||
            !lies_in(module, section.sh_offset, section.sh_size) ||
            names.sh_size < sizeof(wanted) || section.sh_name > names.sh_size - sizeof(wanted) ||
            memcmp(bytes + names.sh_offset + section.sh_name, wanted, sizeof(wanted)) != 0)
            continue;
        *n = section.sh_size;
        return (const char *)bytes + section.sh_offset;
    }
    return NULL;
}

static int depends_read(struct module *module, struct error *err)
{
    static const char key[] = "depends=";
    size_t n = 0, length;
    const char *at = modinfo(module, &n);
    for (; at && n > 0; at += length, n -= length) {
        length = strnlen(at, n);
        if (length >= sizeof(key) - 1 && strncmp(at, key, sizeof(key) - 1) == 0)
            break;
        length += length < n;
    }
    const char *value = at && n > 0 ? at + sizeof(key) - 1 : "";
    module->depends = strndup(value, at && n > 0 ? strnlen(value, n - (sizeof(key) - 1)) : 0);
    return module->depends ? 0 : error_no_memory(err);
}

/* ---- the choice ---- */

static void want_depends(const struct modules *modules, const struct module *module)
{
    for (const char *name = module->depends; *name;) {
        size_t n = strcspn(name, ",");
        struct module *other = find(modules, name, n);
        if (other)
            other->wanted = true;
        name += n + (name[n] == ',');
    }
}

/* Loads what is wanted until nothing more is. */
static int load(struct modules *modules, struct module_reader *reader, struct error *err)
{
    AUTO_FREE struct module **batch = calloc(modules->n + 1, sizeof(struct module *));
    if (!batch)
        return error_no_memory(err);
    for (;;) {
        size_t n = 0;
        for (size_t i = 0; i < modules->n; i++) {
            if (modules->all[i].wanted && !modules->all[i].bytes)
                batch[n++] = &modules->all[i];
        }
        if (n == 0)
            return 0;
        if (reader->read(reader, batch, n, err) < 0)
            return -1;
        for (size_t i = 0; i < n; i++) {
            if (!batch[i]->bytes)
                return error_set(err, ERROR_NOT_FOUND, "%s: the module is not there any more",
                                 batch[i]->path);
            if (decompress(batch[i], err) < 0 || depends_read(batch[i], err) < 0)
                return -1;
            want_depends(modules, batch[i]);
        }
    }
}

/* Depth first; a circle, which no kernel has, ends at what is placed. */
static void place(struct modules *modules, struct module *module)
{
    if (module->placed)
        return;
    module->placed = true;
    for (const char *name = module->depends; *name;) {
        size_t n = strcspn(name, ",");
        struct module *other = find(modules, name, n);
        if (other)
            place(modules, other);
        name += n + (name[n] == ',');
    }
    modules->chosen[modules->n_chosen++] = module;
}

int modules_choose(struct modules *modules, struct module_reader *reader, const char *kernel,
                   bool *network, struct error *err)
{
    struct module *first[array_length(needed)];
    bool any = modules->n > 0 || modules->builtin;
    *network = true;
    for (size_t i = 0; any && i < array_length(needed); i++) {
        const char *name = needed[i].name;
        first[i] = find(modules, name, strlen(name));
        bool there = first[i] || is_builtin(modules, name);
        if (!there && !needed[i].optional)
            return error_set(err, ERROR_UNSUPPORTED,
                             "the kernel %s lacks the module %s; take another one: --kernel FILE, "
                             "with its modules beside it as in its package",
                             kernel, name);
        if (!there && strcmp(name, "virtio_net") == 0)
            *network = false;
        if (first[i])
            first[i]->wanted = true;
    }
    modules->chosen = calloc(modules->n + 1, sizeof(struct module *));
    if (!modules->chosen)
        return error_no_memory(err);
    if (!any)
        return 0;
    if (load(modules, reader, err) < 0)
        return -1;
    for (size_t i = 0; i < array_length(needed); i++) {
        if (first[i])
            place(modules, first[i]);
    }
    return 0;
}

/* ---- a directory ---- */

static int directory_read(struct module_reader *self UNUSED, struct module **batch, size_t n,
                          struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        char *bytes;
        if (text_read_file(&bytes, &batch[i]->n, batch[i]->path, MODULE_BYTES_MAX, err) < 0)
            return -1;
        batch[i]->bytes = bytes;
    }
    return 0;
}

int modules_scan(struct modules *modules, struct module_directory *out, const char *directory,
                 struct error *err)
{
    AUTO_FREE char *root = strdup(directory);
    AUTO_FREE char *builtin = NULL;
    char *const roots[] = {root, NULL};
    FTSENT *entry;
    size_t n;
    int rc = 0;
    *out = (struct module_directory){{directory_read}};
    if (!root || paths_join(&builtin, directory, "modules.builtin", err) < 0)
        return error_no_memory(err);
    /* Without it, what is no module is taken to be missing. */
    (void)!text_read_file(&modules->builtin, &n, builtin, BUILTIN_BYTES_MAX, NULL);
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOSTAT | FTS_NOCHDIR, NULL);
    if (!walk)
        return error_errno(err, errno, "list %s", directory);
    while (rc == 0 && (entry = fts_read(walk))) {
        if (entry->fts_info != FTS_D && entry->fts_info != FTS_DP)
            rc = modules_add(modules, entry->fts_path, err);
    }
    fts_close(walk);
    return rc;
}
