/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/runtime/wsl_change.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/atomic_file.h"
#include "core/paths.h"
#include "image/image.h"
#include "install/name.h"
#include "install/runtime/reg_file.h"
#include "install/runtime/wsl_exe.h"
#include "install/runtime/wsl_read.h"

/* ---- registering ---- */

static int register_disk(const struct registration *entry, const char *disk, struct error *err)
{
    AUTO_FREE char *windows = NULL;
    if (wsl_windows_path(&windows, disk, err) < 0)
        return -1;
    const struct wsl_call call = {
        .arguments = {"--import-in-place", entry->distribution_name, windows},
    };
    return wsl_run(NULL, &call, err);
}

static int import_archive(const struct registration *entry, const char *archive, struct error *err)
{
    AUTO_FREE char *from = NULL, *to = NULL;
    if (wsl_windows_path(&from, archive, err) < 0 ||
        wsl_windows_path(&to, entry->base_path, err) < 0)
        return -1;
    const struct wsl_call call = {
        .arguments = {"--import", entry->distribution_name, to, from, "--version", "1"},
        .slow = true,
    };
    return wsl_run(NULL, &call, err);
}

/* Windows starts a tree that it made itself; it makes one of an archive. */
static int register_tree(const struct registration *entry, const char *disk, struct error *err)
{
    AUTO_FREE char *archive = NULL;
    if (asprintf(&archive, "%s.import.tar", disk) < 0) {
        archive = NULL;
        return error_no_memory(err);
    }
    const struct image_target target = {.path = archive, .format = "tar", .no_sync = true};
    if (image_build(disk, &target, NULL, err) < 0)
        return -1;
    int rc = import_archive(entry, archive, err);
    unlink(archive);
    return rc;
}

int wsl_register(const struct registration *entry, struct error *err)
{
    AUTO_FREE char *disk = NULL;
    if (registration_disk(entry, &disk, err) < 0)
        return -1;
    return entry->flags & REGISTRATION_VM ? register_disk(entry, disk, err)
                                          : register_tree(entry, disk, err);
}

/* ---- taking away ---- */

int wsl_stop(const struct registration *entry, struct error *err)
{
    const char *here = getenv("WSL_DISTRO_NAME");
    const struct wsl_call call = {.arguments = {"--terminate", entry->distribution_name}};
    if (here && name_equal(here, entry->distribution_name))
        return error_set(err, ERROR_BUSY,
                         "%s is the distribution that this runs in; do it from another one, or "
                         "from Windows",
                         entry->distribution_name);
    return wsl_run(NULL, &call, err);
}

/* A file or directory under another name, for a while. */
struct hidden {
    char *path, *away;
};

/* NULL paths where there is nothing to hide. */
static int hide(struct hidden *out, const char *directory, const char *name, struct error *err)
{
    AUTO_FREE char *path = NULL, *away = NULL;
    if (paths_join(&path, directory, name, err) < 0)
        return -1;
    if (asprintf(&away, "%s.lxkit-kept", path) < 0) {
        away = NULL;
        return error_no_memory(err);
    }
    if (access(away, F_OK) == 0)
        return error_set(err, ERROR_EXISTS, "%s is in the way; move it elsewhere", away);
    if (rename(path, away) < 0)
        return errno == ENOENT
                   ? 0
                   : error_errno(err, errno, "put %s out of sight of wsl.exe, which deletes it",
                                 path);
    out->path = steal(&path);
    out->away = steal(&away);
    return 0;
}

static int show(struct hidden *hidden, struct error *err)
{
    int rc = 0;
    if (hidden->path && rename(hidden->away, hidden->path) < 0)
        rc = error_errno(err, errno, "put %s back; it is at %s", hidden->path, hidden->away);
    free(hidden->path);
    free(hidden->away);
    return rc;
}

static int unregister(const struct registration *entry, struct error *err)
{
    const struct wsl_call call = {
        .arguments = {"--unregister", entry->distribution_name},
        .slow = true,
    };
    return wsl_run(NULL, &call, err);
}

int wsl_unregister(const struct registration *entry, bool keep_files, struct error *err)
{
    struct hidden disk = {0}, tree = {0};
    struct error after = {0};
    if (!keep_files)
        return unregister(entry, err);
    if (entry->base_path[0] != '/')
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s lies at %s, which cannot be reached from here, and wsl.exe would "
                         "delete its disk; do it from Windows",
                         entry->distribution_name, entry->base_path);
    if (wsl_stop(entry, err) < 0)
        return -1;
    int rc = hide(&disk, entry->base_path, entry->vhd_file_name, err);
    if (rc == 0)
        rc = hide(&tree, entry->base_path, "rootfs", err);
    if (rc == 0)
        rc = unregister(entry, err);
    int back = show(&disk, &after) + show(&tree, &after);
    return rc == 0 && back < 0 ? error_set(err, after.code, "%s", after.text) : rc;
}

/* ---- values ---- */

/* What wsl.exe and its service look after themselves, in words of their own. */
static bool is_theirs(const struct registration_value *value)
{
    static const char *const theirs[] = {"State", "Version", "Modern", "Flavor", "OsVersion"};
    for (size_t i = 0; i < array_length(theirs); i++) {
        if (strcmp(value->name, theirs[i]) == 0)
            return true;
    }
    return false;
}

static int put_value(struct reg_text *out, struct registration *entry,
                     const struct registration_value *value, struct error *err)
{
    AUTO_FREE char *place = NULL;
    bool is_place = registration_text(entry, value) == &entry->base_path;
    if (is_place && wsl_windows_path(&place, entry->base_path, err) < 0)
        return -1;
    return reg_put_value(out, entry, value, place, err);
}

static int import_text(const struct reg_text *text, struct error *err)
{
    AUTO_WSL_EXCHANGE struct wsl_exchange file = {0};
    AUTO_FREE uint8_t *bytes = NULL;
    size_t n;
    if (reg_end(&bytes, &n, text, err) < 0 || wsl_exchange_make(&file, err) < 0 ||
        atomic_write(file.path, bytes, n, ATOMIC_REPLACE | ATOMIC_NO_SYNC, err) < 0)
        return -1;
    const struct wsl_call call = {.arguments = {"import", file.windows}};
    return wsl_run_reg(&call, err);
}

int wsl_put_values(struct registration *entry, struct registration *stored, struct error *err)
{
    AUTO_REG_TEXT struct reg_text text = {0};
    char guid[GUID_BRACED_BYTES], key[sizeof(REG_LXSS) + GUID_BRACED_BYTES];
    bool any = false;
    if ((entry->flags ^ stored->flags) & REGISTRATION_VM)
        return error_set(err, ERROR_UNSUPPORTED,
                         "a distribution that Windows has registered is converted by Windows: "
                         "wsl.exe --set-version %s %d",
                         entry->distribution_name, registration_wsl_version(entry));
    guid_format_braced(&stored->guid, guid);
    snprintf(key, sizeof(key), "%s\\%s", REG_LXSS, guid);
    if (reg_begin(&text, err) < 0 || reg_put_key(&text, key, err) < 0)
        return -1;
    for (size_t i = 0; i < REGISTRATION_VALUES; i++) {
        const struct registration_value *value = &registration_values[i];
        if (is_theirs(value) || registration_same(entry, stored, value))
            continue;
        if (put_value(&text, entry, value, err) < 0)
            return -1;
        any = true;
    }
    return any ? import_text(&text, err) : 0;
}

int wsl_set_default(const char *name, struct error *err)
{
    const struct wsl_call call = {.arguments = {"--set-default", name}};
    return wsl_run(NULL, &call, err);
}
