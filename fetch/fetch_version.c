/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_version.h"

#include <fcntl.h>
#include <string.h>

#include <jansson.h>

#include "core/atomic_file.h"
#include "fetch/libcurl.h"

enum {
    STATE_VERSION = 1,
};

int fetch_version_name(char name[SHA256_HEX_BYTES], const char *text, struct error *err)
{
    AUTO_DIGEST struct digest *digest = NULL;
    struct sha256 sum;
    if (digest_new(&digest, err) < 0 || digest_update(digest, text, strlen(text), err) < 0 ||
        digest_finish(digest, &sum, err) < 0)
        return -1;
    sha256_format(&sum, name);
    return 0;
}

/* Printable ASCII alone: such a text can stand in a request and in JSON. */
static bool fits(const char *text, size_t size)
{
    size_t n = text ? strlen(text) : 0;
    for (size_t i = 0; i < n; i++)
        if (text[i] < ' ' || text[i] > '~')
            return false;
    return n > 0 && n < size;
}

void fetch_version_set(struct fetch_version *version, const char *tag, const char *modified,
                       const char *date)
{
    version->tag[0] = '\0';
    version->modified[0] = '\0';
    if (fits(tag, sizeof(version->tag)) && tag[0] == '"')
        strcpy(version->tag, tag);

    time_t then = modified ? libcurl()->getdate(modified, NULL) : -1;
    time_t now = date ? libcurl()->getdate(date, NULL) : -1;
    if (fits(modified, sizeof(version->modified)) && then >= 0 && now > then)
        strcpy(version->modified, modified);
}

const char *fetch_version_condition(const struct fetch_version *version,
                                    const char url[SHA256_HEX_BYTES])
{
    if (version->tag[0] && strcmp(version->url, url) == 0)
        return version->tag;
    return version->modified[0] ? version->modified : NULL;
}

static bool agree(const char *a, const char *b)
{
    return !*a || !*b || strcmp(a, b) == 0;
}

bool fetch_version_holds(const struct fetch_version *version, const char *condition,
                         const struct fetch_version *answer)
{
    if (version->total && answer->total && version->total != answer->total)
        return false;
    if (condition == version->tag)
        return strcmp(answer->tag, version->tag) == 0;
    return agree(version->modified, answer->modified);
}

/* ---- the file ---- */

static void boot_name(char name[FETCH_DATE_BYTES])
{
    int fd AUTO_FD = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, name, FETCH_DATE_BYTES - 1);
    name[n < 0 ? 0 : n] = '\0';
    name[strcspn(name, "\n")] = '\0';
}

int fetch_version_save(const struct fetch_version *version, const char *path, struct error *err)
{
    char boot[FETCH_DATE_BYTES];
    char text[FETCH_STATE_BYTES];
    boot_name(boot);
    json_auto_t *json = json_pack("{s:i, s:s, s:s, s:s, s:I, s:s}", "version", STATE_VERSION, "url",
                                  version->url, "tag", version->tag, "modified", version->modified,
                                  "total", (json_int_t)version->total, "boot", boot);
    if (!json)
        return error_no_memory(err);
    size_t n = json_dumpb(json, text, sizeof(text), 0);
    if (n == 0 || n > sizeof(text))
        return error_no_memory(err);
    return atomic_write(path, text, n, ATOMIC_NO_SYNC, err);
}

static bool copy(char *to, size_t size, const char *from)
{
    if (strlen(from) >= size)
        return false;
    strcpy(to, from);
    return true;
}

bool fetch_version_load(struct fetch_version *out, const char *path, bool any_boot)
{
    char text[FETCH_STATE_BYTES];
    int fd AUTO_FD = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));
    if (n <= 0)
        return false;

    json_auto_t *json = json_loadb(text, (size_t)n, 0, NULL);
    int version = 0;
    json_int_t total = 0;
    const char *url, *tag, *modified, *boot;
    char now[FETCH_DATE_BYTES];
    boot_name(now);
    if (!json ||
        json_unpack(json, "{s:i, s:s, s:s, s:s, s:I, s:s}", "version", &version, "url", &url, "tag",
                    &tag, "modified", &modified, "total", &total, "boot", &boot) < 0)
        return false;
    *out = (struct fetch_version){.total = (uint64_t)total};
    return version == STATE_VERSION && total >= 0 && copy(out->url, sizeof(out->url), url) &&
           copy(out->tag, sizeof(out->tag), tag) &&
           copy(out->modified, sizeof(out->modified), modified) &&
           (any_boot || (*now && strcmp(boot, now) == 0));
}
