/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/directory/directory_names.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    READ_BYTES = 32 * 1024,
};

struct gathered {
    char *bytes;
    size_t used, size;
    size_t n;
};

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int name_add(struct gathered *gathered, const struct dirent64 *record)
{
    size_t n = strlen(record->d_name) + 2;
    if (n > gathered->size - gathered->used) {
        size_t size = gathered->size ? gathered->size * 2 : 1024;
        char *bytes = realloc(gathered->bytes, size);
        if (!bytes)
            return -1;
        gathered->bytes = bytes;
        gathered->size = size;
    }
    gathered->bytes[gathered->used] = (char)record->d_type;
    memcpy(gathered->bytes + gathered->used + 1, record->d_name, n - 1);
    gathered->used += n;
    gathered->n++;
    return 0;
}

static int names_gather(struct gathered *gathered, int fd)
{
    _Alignas(struct dirent64) char buf[READ_BYTES];
    ssize_t n;
    while ((n = getdents64(fd, buf, sizeof(buf))) > 0) {
        for (char *at = buf; at < buf + n;) {
            const struct dirent64 *record = (const struct dirent64 *)(void *)at;
            if (!is_dots(record->d_name) && name_add(gathered, record) < 0)
                return -1;
            at += record->d_reclen;
        }
    }
    return (int)n;
}

static int name_order(const void *a, const void *b)
{
    const struct directory_name *x = a, *y = b;
    return strcmp(x->text, y->text);
}

int directory_names_read(struct directory_names *names, int fd)
{
    struct gathered gathered = {0};
    *names = (struct directory_names){0};
    int rc = names_gather(&gathered, fd);
    names->bytes = gathered.bytes;
    if (rc == 0 && gathered.n > 0)
        names->list = calloc(gathered.n, sizeof(*names->list));
    if (rc < 0 || (gathered.n > 0 && !names->list)) {
        int errnum = errno;
        directory_names_free(names);
        errno = errnum;
        return -1;
    }
    const char *at = names->bytes;
    for (; names->n < gathered.n; names->n++) {
        names->list[names->n] = (struct directory_name){.text = at + 1, .type = (uint8_t)*at};
        at += strlen(at + 1) + 2;
    }
    if (names->n > 0)
        qsort(names->list, names->n, sizeof(*names->list), name_order);
    return 0;
}

void directory_names_free(struct directory_names *names)
{
    free(names->bytes);
    free(names->list);
    *names = (struct directory_names){0};
}
