/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/runtime/register.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/paths.h"
#include "install/disk_examine.h"
#include "install/import_plan.h"
#include "install/name.h"
#include "install/text.h"

void register_subject_free(struct register_subject *subject)
{
    registration_free(&subject->entry);
}

/* ---- what it is ---- */

static int is_tree(const char *path, bool *out, struct error *err)
{
    AUTO_FREE char *rootfs = NULL;
    struct stat st;
    if (stat(path, &st) < 0)
        return error_errno(err, errno, "open %s", path);
    *out = S_ISDIR(st.st_mode);
    if (!*out)
        return 0;
    if (paths_join(&rootfs, path, "rootfs", err) < 0)
        return -1;
    if (stat(rootfs, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    return error_set(err, ERROR_NOT_A_DISTRIBUTION,
                     "there is no directory rootfs in %s; the tree of a translation distribution "
                     "is expected in it, or give a disk",
                     path);
}

static int examine(struct register_subject *out, const char *path, struct error *err)
{
    struct registration *entry = &out->entry;
    struct disk_facts facts;
    bool tree = false;
    if (is_tree(path, &tree, err) < 0)
        return -1;
    if (tree) {
        out->medium = MEDIUM_TREE;
        entry->flags &= ~(uint32_t)REGISTRATION_VM;
        return 0;
    }
    if (import_check_disk(path, err) < 0 || disk_examine(&facts, path, err) < 0)
        return -1;
    out->medium = facts.kind == KIND_NTFS ? MEDIUM_NTFS_DISK : MEDIUM_DISK;
    if (out->medium == MEDIUM_DISK)
        entry->flags |= REGISTRATION_VM;
    else
        entry->flags &= ~(uint32_t)REGISTRATION_VM;
    const struct distribution *found = &facts.distribution;
    if (*found->flavor && text_set(&entry->flavor, found->flavor, err) < 0)
        return -1;
    return *found->os_version ? text_set(&entry->os_version, found->os_version, err) : 0;
}

/* Directory and name of what the path leads to, which is what a runtime keeps. */
static int place(struct register_subject *out, const char *path, struct error *err)
{
    struct registration *entry = &out->entry;
    AUTO_FREE char *real = realpath(path, NULL);
    if (!real)
        return error_errno(err, errno, "open %s", path);
    if (!text_is_utf8(real))
        return error_set(err, ERROR_UNSUPPORTED,
                         "the name %s is not UTF-8, which the registry needs; rename it", real);
    if (out->medium == MEDIUM_TREE)
        return text_set(&entry->base_path, real, err);
    AUTO_FREE char *parent = NULL;
    if (paths_parent(&parent, real, err) < 0)
        return -1;
    free(entry->base_path);
    entry->base_path = steal(&parent);
    return text_set(&entry->vhd_file_name, paths_base(real), err);
}

int register_subject(struct register_subject *out, const char *name, const char *path,
                     const struct registry *known, struct error *err)
{
    struct registration *entry = &out->entry;
    AUTO_FREE char *disk = NULL;
    if (name_check(name, err) < 0 || registration_init(entry, err) < 0)
        return -1;
    if (!path) {
        struct registration *from;
        if (registry_get(known, name, &from, err) < 0)
            return error_wrap(err, "there is no disk given");
        if (registration_copy(entry, from, err) < 0 || registration_disk(from, &disk, err) < 0)
            return -1;
        path = disk;
    } else if (text_set(&entry->distribution_name, name, err) < 0 ||
               text_set(&entry->source, path, err) < 0) {
        return -1;
    }
    if (guid_random(&entry->guid, err) < 0)
        return -1;
    entry->state = STATE_INSTALLED;
    entry->modern = 1;
    return examine(out, path, err) < 0 ? -1 : place(out, path, err);
}

/* ---- registering it ---- */

int register_enter(struct registry *registry, const struct register_subject *subject,
                   bool set_default, struct error *err)
{
    AUTO_REGISTRATION struct registration entry = {0};
    const struct registration *from = &subject->entry;
    if (subject->medium == MEDIUM_TREE && registry->driver != &registry_hive)
        return error_set(
            err, ERROR_UNSUPPORTED,
            "a tree is registered in a hive only (--runtime hive); register a disk, or "
            "import an archive: lxinstall import");
    if (registration_init(&entry, err) < 0 || registration_copy(&entry, from, err) < 0)
        return -1;
    if (registry_add(registry, &entry, err) < 0)
        return -1;
    if (set_default)
        registry->default_guid = from->guid;
    return registry_commit(registry, err);
}
