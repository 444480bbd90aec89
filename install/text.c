/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/atomic_file.h"
#include "core/escape.h"

int text_set(char **out, const char *text, struct error *err)
{
    char *copy = strdup(text);
    if (!copy)
        return error_no_memory(err);
    free(*out);
    *out = copy;
    return 0;
}

bool text_is_utf8(const char *text)
{
    while (*text) {
        size_t n = utf8_length(text);
        if (n == 0)
            return false;
        text += n;
    }
    return true;
}

int text_without_secrets(char **out, const char *url, struct error *err)
{
    const char *host = strstr(url, "://");
    AUTO_FREE char *copy = strdup(url);
    if (!copy)
        return error_no_memory(err);
    if (host) {
        host += strlen("://");
        size_t scheme = (size_t)(host - url);
        const char *at = memrchr(host, '@', strcspn(host, "/?#"));
        const char *from = at ? at + 1 : host;
        size_t n = strcspn(from, "?#");
        memcpy(copy + scheme, from, n);
        copy[scheme + n] = '\0';
    }
    *out = steal(&copy);
    return 0;
}

int text_read_file(char **out, size_t *n, const char *path, size_t max, struct error *err)
{
    /* O_NONBLOCK: a pipe of that name must not hang us before it is refused. */
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return error_errno(err, errno, "open %s", path);
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERROR_DAMAGED, "%s is not a regular file", path);
    if ((unsigned long long)st.st_size > max)
        return error_set(err, ERROR_LIMIT, "%s has %lld bytes; at most %zu are read", path,
                         (long long)st.st_size, max);

    size_t size = (size_t)st.st_size;
    AUTO_FREE char *bytes = malloc(size + 1);
    if (!bytes)
        return error_no_memory(err);

    size_t done = 0;
    while (done < size) {
        ssize_t got = read(fd, bytes + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_errno(err, errno, "read %s", path);
        if (got == 0)
            break;
        done += (size_t)got;
    }
    bytes[done] = '\0';
    *n = done;
    *out = steal(&bytes);
    return 0;
}

int text_write_all(int fd, const char *bytes, size_t n, const char *path, struct error *err)
{
    while (n > 0) {
        ssize_t put = write(fd, bytes, n);
        if (put < 0 && errno != EINTR)
            return error_errno(err, errno, "write %s", path);
        if (put > 0) {
            bytes += put;
            n -= (size_t)put;
        }
    }
    return 0;
}

int text_write_new(const char *path, const char *text, size_t n, struct error *err)
{
    AUTO_ATOMIC struct atomic_file *file = NULL;
    if (atomic_create(&file, path, 0, err) < 0 || text_write_all(file->fd, text, n, path, err) < 0)
        return -1;
    return atomic_commit(steal(&file), err);
}

int texts_add(struct texts *texts, const char *text, struct error *err)
{
    char **items = reallocarray(texts->items, texts->n + 1, sizeof(*items));
    if (!items)
        return error_no_memory(err);
    texts->items = items;
    items[texts->n] = strdup(text);
    if (!items[texts->n])
        return error_no_memory(err);
    texts->n++;
    return 0;
}

int texts_copy(struct texts *out, const struct texts *from, struct error *err)
{
    for (size_t i = 0; i < from->n; i++) {
        if (texts_add(out, from->items[i], err) < 0)
            return -1;
    }
    return 0;
}

void texts_free(struct texts *texts)
{
    for (size_t i = 0; i < texts->n; i++)
        free(texts->items[i]);
    free(texts->items);
    *texts = (struct texts){0};
}
