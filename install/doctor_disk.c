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
#include "install/doctor_report.h"
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

/* The runtime refuses to attach such disks. Source: microsoft/WSL, ERROR_VHD_INVALID_FILE_SIZE
 * and the sparse, compressed and encrypted attributes in its documentation of errors. */
static int check_attributes(const struct examination *self, struct error *err)
{
    struct le32 stored;
    if (getxattr(self->disk, "system.ntfs_attrib", &stored, sizeof(stored)) != sizeof(stored))
        return 0;
    uint32_t attributes = le32_get(stored);
    if ((attributes & WINDOWS_COMPRESSED) &&
        add(self, "compressed", "its disk is compressed by NTFS, and Windows attaches none such",
            "in Windows: compact /u", self->disk, err) < 0)
        return -1;
    if ((attributes & WINDOWS_ENCRYPTED) &&
        add(self, "encrypted", "its disk is encrypted by NTFS, and Windows attaches none such",
            "in Windows: cipher /d", self->disk, err) < 0)
        return -1;
    return 0;
}

/* ---- what it is ---- */

/* The first warning that opening the tree gives: it was not unmounted. */
struct listener {
    struct events events;
    bool heard;
};

static void listener_report(struct events *events, const struct event *event)
{
    struct listener *self = (struct listener *)events;
    if (event->kind == EVENT_WARNING && strstr(event->text, "was not unmounted"))
        self->heard = true;
}

static int check_file_system(const struct examination *self, struct error *err)
{
    struct listener listener = {.events = {.report = listener_report}};
    const struct image_open_options options = {.events = &listener.events};
    AUTO_SOURCE struct source *source = NULL;
    struct error why = {0};
    if (image_open(&source, self->disk, &options, &why) < 0)
        return add(self, "disk-damaged", why.text, "lximage check", self->disk, err);
    if (listener.heard)
        return add(self, "not-unmounted",
                   "its file system was not unmounted: what was written last waits in its journal",
                   "start it once, and shut it down", "", err);
    return 0;
}

static int check_container(const struct examination *self, struct error *err)
{
    CLEANUP(vhdx_report_free) struct vhdx_report found = {0};
    struct error why = {0};
    if (vhdx_check(&found, self->disk, &why) < 0)
        return add(self, "disk-damaged", why.text, "lxvhdx check", self->disk, err);
    for (size_t i = 0; i < found.n_findings; i++) {
        const struct vhdx_finding *finding = &found.findings[i];
        bool dirty = strcmp(finding->id, "log-dirty") == 0;
        if (finding->severity != VHDX_ERROR && !dirty)
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
    if (check_rights(&self, &st, err) < 0 || check_attributes(&self, err) < 0)
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
