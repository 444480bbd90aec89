/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/le.h"
#include "image/image.h"
#include "install/disk_examine.h"
#include "install/disk_lock.h"
#include "install/distribution_lock.h"
#include "install/doctor_report.h"
#include "install/unsaved.h"
#include "vhdx/vhdx.h"

/* Of an NTFS file, as ntfs-3g and ntfs3 show it: FILE_ATTRIBUTE_*, MS-FSCC 2.6. */
enum windows_attributes {
    WINDOWS_SPARSE = 0x200,
    WINDOWS_COMPRESSED = 0x800,
    WINDOWS_ENCRYPTED = 0x4000,
};

struct examination {
    struct doctor_report *report;
    const struct registration *entry;
    const char *disk;
};

static int add(const struct examination *self, const char *id, const char *text, const char *mend,
               const char *file, struct error *err)
{
    return doctor_add(self->report, NULL, id, self->entry->distribution_name, text, err, "%s%s%s",
                      mend, *file ? " " : "", file);
}

/* ---- the file ---- */

static int check_rights(const struct examination *self, const struct stat *st, struct error *err)
{
    struct stat directory;
    if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return add(self, "writable-by-others",
                   "others may write to its disk, and with it to every file in it", "chmod go-w",
                   self->disk, err);
    if (stat(self->entry->base_path, &directory) == 0 && (st->st_mode & S_IROTH) != 0 &&
        (directory.st_mode & S_IXOTH) != 0)
        return add(self, "readable-by-others",
                   "others may read its disk, and with it every secret in it", "chmod go-rwx",
                   self->disk, err);
    return 0;
}

/* The runtime attaches no such disks. Source: issues 4103, 4190 and 9362 of microsoft/WSL. */
static int check_attributes(const struct examination *self, struct error *err)
{
    static const struct {
        uint32_t attribute;
        const char *id, *text, *mend;
    } rows[] = {
        {WINDOWS_COMPRESSED, "compressed", "NTFS compresses its disk, and WSL attaches none such",
         "in Windows: compact /u"},
        {WINDOWS_ENCRYPTED, "encrypted", "NTFS encrypts its disk, and WSL attaches none such",
         "in Windows: cipher /d"},
        {WINDOWS_SPARSE, "sparse", "NTFS keeps its disk with holes, and WSL attaches none such",
         "write it without holes, and put that in its place: lxvhdx convert --dense"},
    };
    struct le32 stored;
    if (getxattr(self->disk, "system.ntfs_attrib", &stored, sizeof(stored)) != sizeof(stored))
        return 0;
    for (size_t i = 0; i < array_length(rows); i++) {
        if ((le32_get(stored) & rows[i].attribute) &&
            add(self, rows[i].id, rows[i].text, rows[i].mend, self->disk, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- what it is ---- */

static int tree_open(const char *disk, bool no_replay, struct error *err)
{
    const struct image_open_options options = {.no_replay = no_replay};
    AUTO_SOURCE struct source *source = NULL;
    return image_open(&source, disk, &options, err);
}

static int check_file_system(const struct examination *self, struct error *err)
{
    struct error why = {0};
    if (tree_open(self->disk, true, &why) == 0)
        return 0;
    if (tree_open(self->disk, false, &why) < 0)
        return add(self, "disk-damaged", why.text, "lximage check", self->disk, err);
    return add(self, "not-unmounted",
               "its file system was not unmounted: what was written last waits in its journal",
               "start it once, and shut it down", "", err);
}

static int check_container(const struct examination *self, struct error *err)
{
    AUTO_FINDINGS struct findings found = {0};
    struct error why = {0};
    if (vhdx_check(&found, self->disk, &why) < 0)
        return add(self, "disk-damaged", why.text, "lxvhdx check", self->disk, err);
    for (size_t i = 0; i < found.n; i++) {
        const struct finding *finding = &found.list[i];
        bool dirty = strcmp(finding->rule.id, "log-dirty") == 0;
        if (finding->rule.severity != FINDING_ERROR && !dirty)
            continue;
        if (add(self, dirty ? "log-waits" : "disk-damaged", finding->text, "lxvhdx check --repair",
                self->disk, err) < 0)
            return -1;
    }
    return 0;
}

static int check_content(const struct examination *self, struct error *err)
{
    struct disk_facts facts;
    struct error why = {0};
    bool vm = self->entry->flags & REGISTRATION_VM;
    if (disk_examine(&facts, self->disk, &why) < 0) {
        if (why.code == ERROR_BUSY)
            return 0;
        return add(self, "disk-damaged", why.text, "lxvhdx check", self->disk, err);
    }
    if ((facts.kind == KIND_NTFS) != vm)
        return check_file_system(self, err);
    return add(self, "backend-differs",
               vm ? "it is registered for the VM backend, but its disk holds NTFS"
                  : "it is registered for the translation backend, but its disk holds ext4",
               "lxinstall unregister it, then lxinstall import-in-place", "", err);
}

/* Nobody who uses it is disturbed. */
static bool is_used(const char *disk)
{
    struct error why = {0};
    return disk_check_unused(disk, &why) < 0 && why.code == ERROR_BUSY;
}

/* While it runs, its journal is in use. */
static int check_unsaved(const struct examination *self, struct error *err)
{
    AUTO_FD int lock = -1;
    struct error why;
    if (!unsaved_is_there(self->entry) ||
        distribution_lock(&lock, self->entry, DISTRIBUTION_RUN, &why) < 0)
        return 0;
    return doctor_add(self->report, NULL, "unsaved", self->entry->distribution_name,
                      "a run did not end well, and what it changed is not in the disk yet", err,
                      "lxinstall run %s -- true; where that refuses, it says why",
                      self->entry->distribution_name);
}

int doctor_disk(struct doctor_report *report, const struct registration *entry, struct error *err)
{
    AUTO_FREE char *disk = NULL;
    enum kind kind;
    struct stat st;
    if (registration_disk(entry, &disk, err) < 0)
        return -1;
    const struct examination self = {report, entry, disk};
    if (stat(disk, &st) < 0)
        return doctor_add(
            report, NULL, "disk-missing", entry->distribution_name, "its disk is gone", err,
            "put %s back, or forget it: lxinstall unregister %s", disk, entry->distribution_name);
    if (check_rights(&self, &st, err) < 0 || check_attributes(&self, err) < 0 ||
        check_unsaved(&self, err) < 0)
        return -1;
    if (is_used(disk))
        return 0;
    struct error why = {0};
    if (disk_kind(&kind, disk, &why) < 0)
        return add(&self, "disk-damaged", why.text, "look at", disk, err);
    size_t before = report->n;
    if (kind == KIND_VHDX && check_container(&self, err) < 0)
        return -1;
    return report->n > before ? 0 : check_content(&self, err);
}
