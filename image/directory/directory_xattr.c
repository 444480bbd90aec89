/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/directory/directory_xattr.h"

#include <errno.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "core/list.h"
#include "image/directory/directory_fd.h"

/* The buffer: all names, then one value. The kernel gives no more of either. */
enum {
    VALUE_AT = XATTR_LIST_MAX,
    BUFFER_BYTES = XATTR_LIST_MAX + XATTR_SIZE_MAX,
};

static int xattr_add(struct directory_xattrs *xattrs, const char *name, const void *value, size_t n,
                     struct error *err)
{
    if (list_grow(&xattrs->list, xattrs->n, &xattrs->size, err) < 0)
        return -1;
    struct xattr xattr = {
        .name = arena_copy(&xattrs->arena, name, strlen(name)),
        .value = arena_copy(&xattrs->arena, value, n),
        .size = n,
    };
    if (!xattr.name || !xattr.value)
        return error_no_memory(err);
    xattrs->list[xattrs->n++] = xattr;
    return 0;
}

static int name_order(const void *a, const void *b)
{
    return strcmp(((const struct xattr *)a)->name, ((const struct xattr *)b)->name);
}

/* Through the open file where there is one, which is quicker than by its name below /proc. */
static ssize_t names_list(int opened, const struct directory_proc *proc, char *to)
{
    return opened >= 0 ? flistxattr(opened, to, XATTR_LIST_MAX)
                       : listxattr(proc->name, to, XATTR_LIST_MAX);
}

static ssize_t value_get(int opened, const struct directory_proc *proc, const char *name, char *to)
{
    return opened >= 0 ? fgetxattr(opened, name, to, XATTR_SIZE_MAX)
                       : getxattr(proc->name, name, to, XATTR_SIZE_MAX);
}

int directory_xattrs_read(struct directory_xattrs *xattrs, int held, int opened, const char *path,
                          struct events *events, struct error *err)
{
    struct directory_proc proc = directory_proc(held);

    xattrs->n = 0;
    arena_free(&xattrs->arena);
    if (!xattrs->buffer)
        xattrs->buffer = malloc(BUFFER_BYTES);
    if (!xattrs->buffer)
        return error_no_memory(err);

    ssize_t names = names_list(opened, &proc, xattrs->buffer);
    if (names < 0 && errno != ENOTSUP)
        return error_errno(err, errno, "list the extended attributes of %s", path);
    for (ssize_t at = 0; at < names; at += (ssize_t)strlen(xattrs->buffer + at) + 1) {
        const char *name = xattrs->buffer + at;
        char *value = xattrs->buffer + VALUE_AT;
        ssize_t n = value_get(opened, &proc, name, value);
        if (n >= 0 && xattr_add(xattrs, name, value, (size_t)n, err) < 0)
            return -1;
        if (n < 0 && (errno == EACCES || errno == EPERM))
            event_warning(events,
                          "%s: the extended attribute %s may not be read and is left out; run as "
                          "root to keep it",
                          path, name);
        else if (n < 0 && errno != ENODATA)
            return error_errno(err, errno, "read the extended attribute %s of %s", name, path);
    }
    if (xattrs->n > 1)
        qsort(xattrs->list, xattrs->n, sizeof(*xattrs->list), name_order);
    return 0;
}

void directory_xattrs_free(struct directory_xattrs *xattrs)
{
    arena_free(&xattrs->arena);
    free(xattrs->list);
    free(xattrs->buffer);
    *xattrs = (struct directory_xattrs){0};
}
