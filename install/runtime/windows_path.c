/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/runtime/windows_path.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unicase.h>

#include "core/paths.h"
#include "install/location.h"
#include "install/text.h"

/* ---- names without regard to case ---- */

static bool same_name(const char *a, const char *b)
{
    int order;
    if (u8_casecmp((const uint8_t *)a, strlen(a), (const uint8_t *)b, strlen(b), NULL, NULL,
                   &order) < 0)
        return false;
    return order == 0;
}

/* directory/name as it is spelled there; as it is given where there is none. */
static int join_as_spelled(char **out, const char *directory, const char *name, struct error *err)
{
    struct stat st;
    AUTO_FREE char *path = NULL;
    if (paths_join(&path, directory, name, err) < 0)
        return -1;
    DIR *list = lstat(path, &st) < 0 ? opendir(directory) : NULL;
    const struct dirent *entry = NULL;
    while (list && (entry = readdir(list)) && !same_name(entry->d_name, name))
        ;
    int rc = entry ? paths_join(out, directory, entry->d_name, err) : 0;
    if (list)
        closedir(list);
    if (!entry)
        *out = steal(&path);
    return rc;
}

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* ---- the root ---- */

int windows_root_open(char **out, const char *directory, struct error *err)
{
    AUTO_FREE char *root = NULL, *windows = NULL, *system = NULL;
    if (location_canonical(&root, directory, err) < 0 ||
        join_as_spelled(&windows, root, "Windows", err) < 0 ||
        join_as_spelled(&system, windows, "System32", err) < 0)
        return -1;
    if (!is_directory(system))
        return error_set(err, ERROR_WRONG_KIND,
                         "%s is not drive C: of a Windows, as there is no directory "
                         "Windows/System32 in it; give the directory where that drive is mounted "
                         "(--windows-root DIR)",
                         directory);
    *out = steal(&root);
    return 0;
}

/* What follows root in path, "" for root itself; NULL where path lies outside. */
static const char *below(const char *root, const char *path)
{
    size_t n = strcmp(root, "/") == 0 ? 0 : strlen(root);
    return strncmp(path, root, n) == 0 && (path[n] == '/' || !path[n]) ? path + n : NULL;
}

/* ---- there ---- */

static bool windows_takes(const char *name, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (iscntrl((unsigned char)name[i]) || strchr("\\:*?\"<>|", name[i]))
            return false;
    }
    return n > 0 && name[n - 1] != '.' && name[n - 1] != ' ';
}

int windows_path_of(char **out, const char *root, const char *path, struct error *err)
{
    AUTO_FREE char *real = NULL;
    if (location_canonical(&real, path, err) < 0)
        return -1;
    const char *rest = below(root, real);
    if (!rest)
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s does not lie on drive C: of that Windows, which is mounted at %s, so "
                         "that Windows could not find it; choose a place below that directory",
                         real, root);
    AUTO_FREE char *windows = malloc(strlen("C:\\") + strlen(rest) + 1);
    if (!windows)
        return error_no_memory(err);
    char *to = stpcpy(windows, "C:");
    while (*rest == '/') {
        size_t n = strcspn(++rest, "/");
        if (!windows_takes(rest, n))
            return error_set(err, ERROR_UNSUPPORTED,
                             "%s: Windows takes no file name '%.*s'; choose another", real, (int)n,
                             rest);
        *to++ = '\\';
        to = mempcpy(to, rest, n);
        rest += n;
    }
    strcpy(to, to == windows + 2 ? "\\" : "");
    if (!text_is_utf8(windows))
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s is not UTF-8, which Windows needs; choose another name", real);
    *out = steal(&windows);
    return 0;
}

/* ---- here ---- */

/* One component more or, for "..", one less, but never above root. */
static int walk(char **path, const char *root, const char *name, size_t n, struct error *err)
{
    if (n == 0 || (n == 1 && name[0] == '.'))
        return 0;
    if (n == 2 && name[0] == '.' && name[1] == '.') {
        if (strlen(*path) > strlen(root))
            *strrchr(*path, '/') = '\0';
        return 0;
    }
    AUTO_FREE char *part = strndup(name, n);
    AUTO_FREE char *from = steal(path);
    if (!part)
        return error_no_memory(err);
    return join_as_spelled(path, from, part, err);
}

const char *windows_path_plain(const char *windows)
{
    static const char any_length[] = "\\\\?\\";
    size_t n = strlen(any_length);
    return strncmp(windows, any_length, n) == 0 ? windows + n : windows;
}

int windows_path_here(char **out, const char *root, const char *windows, struct error *err)
{
    *out = NULL;
    windows = windows_path_plain(windows);
    if (strncasecmp(windows, "C:", 2) != 0 || (windows[2] != '\\' && windows[2] != '/'))
        return 0;

    AUTO_FREE char *path = strdup(root);
    if (!path)
        return error_no_memory(err);
    for (const char *part = windows + 2; *part;) {
        size_t n = strcspn(++part, "\\/");
        if (walk(&path, root, part, n, err) < 0)
            return -1;
        part += n;
    }
    AUTO_FREE char *real = NULL;
    if (location_canonical(&real, path, NULL) == 0 && below(root, real))
        *out = steal(&real);
    return 0;
}
