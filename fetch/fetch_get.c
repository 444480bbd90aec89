/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way of a file: cache, transport, check, cache. */
#include <stdlib.h>

#include "fetch/fetch.h"
#include "fetch/fetch_cache.h"
#include "fetch/fetch_file.h"
#include "fetch/fetch_http.h"
#include "fetch/fetch_part.h"
#include "fetch/fetch_url.h"

static const struct {
    bool network;
    int (*get)(const struct fetch_url *url, struct fetch_part *part, struct events *events,
               struct error *err);
} transports[] = {
    [FETCH_FILE] = {false, fetch_file_get},
    [FETCH_HTTP] = {true, fetch_http_get},
    [FETCH_HTTPS] = {true, fetch_http_get},
};

static int transport(const struct fetch_url *url, struct fetch_part *part, struct events *events,
                     struct error *err)
{
    event_step(events, transports[url->scheme].network ? "downloading" : "copying to the cache");
    return transports[url->scheme].get(url, part, events, err);
}

static int offline_error(const struct fetch_request *request, struct error *err)
{
    if (!request->sha256)
        return error_set(err, ERROR_NOT_FOUND,
                         "without a digest the cache cannot be asked for it, and the network is "
                         "off; give --sha256, or leave out --offline");
    return error_set(err, ERROR_NOT_FOUND,
                     "it is not in the cache, and the network is off; leave out --offline");
}

/* Holds what has arrived against what was asked for. Whatever else will prove a file's origin is
 * asked here: after all bytes are on disk, before they get a name. */
static int check(const struct fetch_request *request, const struct fetch_url *url,
                 const struct fetch_part *part, const struct sha256 *sum, struct events *events,
                 struct error *err)
{
    char got[SHA256_HEX_BYTES];
    char expected[SHA256_HEX_BYTES];
    sha256_format(sum, got);
    enum kind kind = fetch_part_kind(part);

    if (!request->sha256) {
        event_warning(events, "%s: nothing proves where this %s comes from; its SHA-256 is %s",
                      url->shown, kind == KIND_HTML ? "HTML page" : "file", got);
        return 0;
    }
    if (sha256_equal(sum, request->sha256))
        return 0;
    sha256_format(request->sha256, expected);
    return error_set(err, ERROR_VERIFY,
                     "the SHA-256 is %s, expected %s%s; nothing was kept: compare the digest with "
                     "the publisher's, then try again, or from another mirror",
                     got, expected, kind == KIND_HTML ? " (an HTML page has come)" : "");
}

static int download(const struct fetch_request *request, const struct fetch_url *url,
                    const struct fetch_cache *cache, struct events *events,
                    struct fetch_result *out, struct error *err)
{
    AUTO_FETCH_PART struct fetch_part *part = NULL;
    AUTO_FREE char *path = NULL;
    uint64_t max = request->max_bytes ? request->max_bytes : FETCH_BYTES_MAX;
    struct sha256 sum;

    if (fetch_part_create(&part, cache->partials, max, err) < 0 ||
        transport(url, part, events, err) < 0 || fetch_part_finish(part, &sum, err) < 0 ||
        check(request, url, part, &sum, events, err) < 0 ||
        fetch_cache_path(cache, &sum, &path, err) < 0 || fetch_part_publish(part, path, err) < 0)
        return -1;
    *out = (struct fetch_result){.path = steal(&path), .sha256 = sum, .size = part->size};
    return 0;
}

int fetch_get(const struct fetch_request *request, struct events *events, struct fetch_result *out,
              struct error *err)
{
    AUTO_FETCH_URL struct fetch_url url = {0};
    AUTO_FETCH_CACHE struct fetch_cache cache = {0};

    *out = (struct fetch_result){0};
    if (fetch_url_parse(&url, request->url, err) < 0 || fetch_cache_open(&cache, err) < 0)
        return -1;
    if (request->sha256) {
        int found = fetch_cache_find(&cache, request->sha256, events, out, err);
        if (found != 0)
            return found < 0 ? -1 : 0;
    }

    int rc = request->offline && transports[url.scheme].network
                 ? offline_error(request, err)
                 : download(request, &url, &cache, events, out, err);
    return rc < 0 ? error_wrap(err, "%s", url.shown) : 0;
}

void fetch_result_free(struct fetch_result *result)
{
    free(result->path);
    *result = (struct fetch_result){0};
}
