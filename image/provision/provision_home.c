/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/provision/provision_home.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "image/provision/provision_conf.h"
#include "image/tree_index.h"

#define SKEL            "etc/skel"
#define AUTHORIZED_KEYS ".ssh/authorized_keys"
#define MOUNTS          "/mnt/" /* where the runtime mounts drives, if wsl.conf says nothing */

enum {
    HOME_MODE = 0750,
    SKEL_DEPTH_MAX = 64, /* of directories in it */
};

bool home_wants(const char *path)
{
    static const char ending[] = "/" AUTHORIZED_KEYS;
    size_t n = strlen(path), m = sizeof(ending) - 1;
    return strncmp(path, SKEL "/", sizeof(SKEL)) == 0 ||
           (n > m && strcmp(path + n - m, ending) == 0);
}

PRINTF_LIKE(3, 4)
static int text_format(char **out, struct error *err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vasprintf(out, format, arguments);
    va_end(arguments);
    if (n >= 0)
        return 0;
    *out = NULL;
    return error_no_memory(err);
}

/* ---- /etc/skel ---- */

static int skel_copy(const struct account *account, struct overlay *overlay,
                     const struct tree_file *from, const char *to, int depth, struct error *err);

static int skel_copy_one(const struct account *account, struct overlay *overlay,
                         const struct tree_name *name, const char *to, int depth, struct error *err)
{
    const struct tree_file *file = name->file;
    AUTO_FREE char *source = NULL, *path = NULL;
    struct entry entry = {
        .type = file->type,
        .mode = file->mode,
        .uid = account->uid,
        .gid = account->gid,
        .mtime = file->mtime,
        .atime = file->mtime,
        .ctime = file->mtime,
        .crtime = file->mtime,
    };
    const char *bytes = NULL;
    size_t n = 0;
    if (file->type != ENTRY_FILE && file->type != ENTRY_DIRECTORY && file->type != ENTRY_SYMLINK)
        return 0;
    if (text_format(&path, err, "%s/%s", to, name->text) < 0 || tree_path(file, &source, err) < 0)
        return -1;
    entry.path = path;
    if (file->type == ENTRY_DIRECTORY)
        return overlay_add(overlay, &entry, NULL, NULL, err) < 0
                   ? -1
                   : skel_copy(account, overlay, file, path, depth + 1, err);
    if (file->type == ENTRY_SYMLINK)
        entry.target = file->target;
    else if (overlay_content(overlay, source, &bytes, &n, err) < 0)
        return -1;
    entry.size = n;
    return overlay_add(overlay, &entry, bytes, NULL, err);
}

static int skel_copy(const struct account *account, struct overlay *overlay,
                     const struct tree_file *from, const char *to, int depth, struct error *err)
{
    if (depth > SKEL_DEPTH_MAX)
        return error_set(err, ERROR_LIMIT, "%s has more than %d directories in one another", SKEL,
                         SKEL_DEPTH_MAX);
    for (const struct tree_name *name = from->directory->first; name; name = name->sibling) {
        if (name->file && skel_copy_one(account, overlay, name, to, depth, err) < 0)
            return -1;
    }
    return 0;
}

static int own_directory(const struct account *account, struct overlay *overlay, const char *path,
                         uint16_t mode, struct error *err)
{
    const struct entry entry = {
        .path = path,
        .type = ENTRY_DIRECTORY,
        .mode = mode,
        .uid = account->uid,
        .gid = account->gid,
    };
    return overlay_add(overlay, &entry, NULL, NULL, err);
}

static int directory_make(const struct account *account, struct overlay *overlay, struct error *err)
{
    const char *home = account->home;
    const struct tree_file *there = tree_index_follow(&overlay->tree, home);
    if (there && there->type == ENTRY_DIRECTORY) {
        if (account->made)
            event_warning(overlay->events,
                          "%s is in the tree already and stays as it is; nothing of %s is copied "
                          "to it",
                          home, SKEL);
        return 0;
    }
    if (there || home[0] == '\0' || tree_find(&overlay->tree, home))
        return error_set(
            err, ERROR_EXISTS,
            "the home of %s, /%s, is no directory in the tree; choose another name, or "
            "leave that part of the tree out",
            account->name, home);
    if (own_directory(account, overlay, home, HOME_MODE, err) < 0)
        return -1;
    const struct tree_file *skel = tree_index_follow(&overlay->tree, SKEL);
    return skel && skel->type == ENTRY_DIRECTORY ? skel_copy(account, overlay, skel, home, 1, err)
                                                 : 0;
}

/* ---- keys ---- */

static bool is_key(const char *line)
{
    static const char *const kinds[] = {"ssh-", "ecdsa-", "sk-"};
    for (size_t i = 0; i < array_length(kinds); i++) {
        /* Options may stand before the kind, as restrict or command="...". */
        const char *at = strstr(line, kinds[i]);
        if (at && (at == line || at[-1] == ' ' || at[-1] == '\t') && strchr(at, ' '))
            return true;
    }
    return false;
}

int home_read_keys(char **out, const char *file, struct error *err)
{
    struct stat st;
    AUTO_FREE char *text = calloc(1, PROVISION_KEYS_BYTES_MAX + 2);
    if (!text)
        return error_no_memory(err);
    AUTO_FD int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0)
        return error_errno(err, errno, "open %s", file);
    ssize_t n = S_ISREG(st.st_mode) ? pread(fd, text, PROVISION_KEYS_BYTES_MAX + 1, 0) : 0;
    if (n < 0)
        return error_errno(err, errno, "read %s", file);
    if (n > PROVISION_KEYS_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "%s has more than %d bytes, too many for SSH keys", file,
                         PROVISION_KEYS_BYTES_MAX);
    bool good = strlen(text) == (size_t)n && !strstr(text, "PRIVATE KEY"), any = false;
    AUTO_FREE char *lines = strdup(text);
    char *rest = NULL;
    if (!lines)
        return error_no_memory(err);
    for (char *line = strtok_r(lines, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
        good = good && (line[0] == '#' || is_key(line));
        any = any || line[0] != '#';
    }
    if (!good || !any)
        return error_set(err, ERROR_WRONG_KIND,
                         "%s holds no public SSH keys; give a file as ~/.ssh/id_ed25519.pub", file);
    *out = steal(&text);
    return 0;
}

/* Whether text has the line of n bytes. */
static bool has_line(const char *text, const char *line, size_t n)
{
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
        if (strcspn(text, "\r\n") == n && memcmp(text, line, n) == 0)
            return true;
    }
    return false;
}

/* Adds to *text (malloc'd) the lines of more that it does not have. */
static int lines_merge(char **text, const char *more, struct error *err)
{
    for (const char *line = more; *line; line += strspn(line, "\r\n")) {
        size_t n = strcspn(line, "\r\n"), old = strlen(*text);
        if (n > 0 && !has_line(*text, line, n)) {
            char *merged;
            if (text_format(&merged, err, "%s%s%.*s\n", *text,
                            old > 0 && (*text)[old - 1] != '\n' ? "\n" : "", (int)n, line) < 0)
                return -1;
            free(*text);
            *text = merged;
        }
        line += n;
    }
    return 0;
}

static int keys_add(const struct account *account, struct overlay *overlay,
                    const char *const *files, struct error *err)
{
    AUTO_FREE char *path = NULL, *directory = NULL, *text = NULL;
    const char *old = "";
    size_t n = 0;
    if (text_format(&path, err, "%s/%s", account->home, AUTHORIZED_KEYS) < 0 ||
        text_format(&directory, err, "%s/.ssh", account->home) < 0)
        return -1;
    int there = overlay_content(overlay, path, &old, &n, err);
    if (there < 0)
        return -1;
    text = strdup(old);
    if (!text)
        return error_no_memory(err);
    for (size_t i = 0; files[i]; i++) {
        AUTO_FREE char *keys = NULL;
        if (home_read_keys(&keys, files[i], err) < 0 || lines_merge(&text, keys, err) < 0)
            return -1;
    }
    if (there)
        return overlay_replace(overlay, path, text, strlen(text), 0600, err);
    if (!tree_find(&overlay->tree, directory) &&
        own_directory(account, overlay, directory, 0700, err) < 0)
        return -1;
    const struct entry entry = {
        .path = path,
        .type = ENTRY_FILE,
        .mode = 0600,
        .uid = account->uid,
        .gid = account->gid,
        .size = strlen(text),
    };
    return overlay_add(overlay, &entry, text, NULL, err);
}

/* ---- links to the Windows profile ---- */

static bool is_name(const char *text, size_t n)
{
    return n > 0 && n <= NAME_BYTES_MAX && !memchr(text, '/', n) && !(n == 1 && text[0] == '.') &&
           !(n == 2 && memcmp(text, "..", 2) == 0);
}

int home_check_link(const struct provision *provision, struct error *err)
{
    const char *text = provision->link_home;
    if (!text)
        return 0;
    size_t n = strcspn(text, ":");
    bool good = text[0] == '/' ? n > 1 : is_name(text, n);
    for (const char *at = text + n; good && *at;) {
        size_t folder = strcspn(++at, ",");
        good = is_name(at, folder);
        at += folder;
    }
    if (!good)
        return error_set(err, ERROR_USAGE,
                         "--link-home takes the name of a Windows user, or the path of the profile "
                         "in the distribution, and folders in it: me:Documents,Downloads; not '%s'",
                         text);
    if (text[n] == '\0' && provision->ssh_keys && provision->ssh_keys[0])
        return error_set(err, ERROR_USAGE,
                         "--ssh-key has no place in a home that is all of it a link to Windows; "
                         "link folders: --link-home %s:Documents",
                         text);
    return 0;
}

/* The profile's path in the distribution. */
static int profile_path(char **out, struct overlay *overlay, const char *text, struct error *err)
{
    AUTO_FREE char *root = NULL;
    const char *conf = "";
    size_t n = strcspn(text, ":"), conf_n;
    if (text[0] == '/')
        return text_format(out, err, "%.*s", (int)n, text);
    if (overlay_content(overlay, "etc/wsl.conf", &conf, &conf_n, err) < 0 ||
        conf_get(&root, conf, "etc/wsl.conf", "automount", "root", err) < 0)
        return -1;
    const char *mounts = root ? root : MOUNTS;
    size_t length = strlen(mounts);
    return text_format(out, err, "%s%sc/Users/%.*s", mounts,
                       length > 0 && mounts[length - 1] == '/' ? "" : "/", (int)n, text);
}

static int link_add(const struct account *account, struct overlay *overlay, const char *path,
                    const char *target, struct error *err)
{
    const struct entry entry = {
        .path = path,
        .target = target,
        .type = ENTRY_SYMLINK,
        .mode = 0777,
        .uid = account->uid,
        .gid = account->gid,
    };
    if (strlen(target) > TARGET_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "the link of %s has more than %d bytes", path,
                         TARGET_BYTES_MAX);
    if (tree_find(&overlay->tree, path))
        return error_set(
            err, ERROR_EXISTS,
            "%s is in the tree already and cannot become a link to %s; leave it out of "
            "the tree, or of --link-home",
            path, target);
    return overlay_add(overlay, &entry, NULL, NULL, err);
}

/* Links folders of the home; text is what follows the profile's name. */
static int folders_link(const struct account *account, struct overlay *overlay, const char *profile,
                        const char *text, struct error *err)
{
    while (*text) {
        AUTO_FREE char *path = NULL, *target = NULL;
        size_t n = strcspn(++text, ",");
        if (text_format(&path, err, "%s/%.*s", account->home, (int)n, text) < 0 ||
            text_format(&target, err, "%s/%.*s", profile, (int)n, text) < 0 ||
            link_add(account, overlay, path, target, err) < 0)
            return -1;
        text += n;
    }
    return 0;
}

int home_make(const struct account *account, struct overlay *overlay,
              const struct provision *provision, struct error *err)
{
    const char *link = provision->link_home;
    bool keys = provision->ssh_keys && provision->ssh_keys[0];
    const char *folders = link ? link + strcspn(link, ":") : "";
    AUTO_FREE char *profile = NULL;

    if (link && profile_path(&profile, overlay, link, err) < 0)
        return -1;
    if (link && !*folders)
        return link_add(account, overlay, account->home, profile, err);
    if ((account->made || keys || link) && directory_make(account, overlay, err) < 0)
        return -1;
    if (keys && keys_add(account, overlay, provision->ssh_keys, err) < 0)
        return -1;
    return folders_link(account, overlay, profile, folders, err);
}
