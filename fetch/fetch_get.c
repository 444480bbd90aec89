/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way of a file: cache, transport, check, cache. */
#include <stdlib.h>
#include <string.h>

#include "fetch/fetch.h"
#include "fetch/fetch_cache.h"
#include "fetch/fetch_clock.h"
#include "fetch/fetch_file.h"
#include "fetch/fetch_http.h"
#include "fetch/fetch_mirrors.h"
#include "fetch/fetch_part.h"
#include "fetch/fetch_url.h"
#include "fetch/fetch_wanted.h"

const struct fetch_patience fetch_patience_default = {
    .retries = 3,
    .delay_ms = 1000,
    .stall_seconds = 60,
    .total_seconds = 24 * 3600,
};

/* One download. */
struct job {
    const struct fetch_request *request;
    struct checksum wanted;
    struct fetch_patience patience;
    int64_t deadline;
    struct fetch_cache cache;
    struct fetch_mirrors mirrors;
    struct events *events;
    struct fetch_part *part;
    struct checksum sums;          /* of what has come */
    char name[CHECKSUM_HEX_BYTES]; /* what the entry goes by beside its SHA-256; "": nothing */
};

static void job_end(struct job *job)
{
    fetch_part_free(job->part);
    fetch_mirrors_free(&job->mirrors);
    fetch_cache_close(&job->cache);
}

/* ---- one try ---- */

static int transport(struct job *job, const struct fetch_url *url, struct fetch_failure *failure,
                     struct error *err)
{
    if (url->scheme == FETCH_FILE) {
        event_step(job->events, "copying to the cache");
        return fetch_file_get(url, job->part, job->events, err);
    }
    struct fetch_http_request request = {
        .url = url, .deadline = job->deadline, .stall_seconds = job->patience.stall_seconds};
    event_step(job->events, "downloading");
    return fetch_http_get(&request, job->part, job->events, failure, err);
}

/* Holds what has come against what was asked for, before it gets a name. */
static int check(struct job *job, const struct fetch_url *url, struct error *err)
{
    enum kind kind = fetch_part_kind(job->part);
    if (fetch_part_finish(job->part, &job->sums, err) < 0)
        return -1;
    if (fetch_wanted_known(&job->wanted)) {
        if (fetch_wanted_check(&job->wanted, &job->sums, err) == 0)
            return 0;
        return kind == KIND_HTML ? error_wrap(err, "an HTML page has come") : -1;
    }
    if (kind == KIND_HTML && !job->request->html)
        return error_set(err, ERROR_VERIFY,
                         "an HTML page has come in place of a file, perhaps from a network that "
                         "wants a login; open the address in a browser, or give its digest");
    if (job->request->unproven)
        return 0;
    char got[SHA256_HEX_BYTES];
    sha256_format(&job->sums.sha256, got);
    event_warning(job->events, "%s: nothing proves where this file comes from; its SHA-256 is %s",
                  url->shown, got);
    return 0;
}

/* What is wrong is of no use to any address: its bytes go at once. An address that is not to blame
 * for all of them gets another chance. */
static void drop_wrong(struct job *job, struct fetch_failure *failure, enum error_code code)
{
    if (code != ERROR_VERIFY && code != ERROR_LIMIT)
        return;
    failure->passing = job->part->pieced;
    if (fetch_part_forget(job->part, NULL) < 0)
        failure->passing = false;
}

static int try_one(const struct fetch_url *url, void *context, struct fetch_failure *failure,
                   struct error *err)
{
    struct job *job = context;
    const struct fetch_part *part = job->part;
    bool complete =
        fetch_wanted_known(&job->wanted) && part->size > 0 && part->size == part->version.total;
    if ((complete || transport(job, url, failure, err) == 0) && check(job, url, err) == 0)
        return 0;
    drop_wrong(job, failure, err->code);
    return -1;
}

/* ---- the whole ---- */

/* What the part, and the name of what becomes of it, are called. */
static int name_job(struct job *job, char key[SHA256_HEX_BYTES], struct error *err)
{
    if (job->wanted.has_sha512)
        fetch_wanted_name(&job->wanted, job->name);
    if (job->wanted.has_sha256) {
        sha256_format(&job->wanted.sha256, key);
        return 0;
    }
    if (job->wanted.has_sha512)
        return fetch_version_name(key, job->name, err);
    if (fetch_version_name(key, job->request->url, err) < 0)
        return -1;
    strcpy(job->name, key);
    return 0;
}

static int publish(struct job *job, struct fetch_result *out, struct error *err)
{
    AUTO_FREE char *path = NULL;
    if (fetch_cache_path(&job->cache, &job->sums.sha256, &path, err) < 0)
        return -1;
    int fd = fetch_part_publish(job->part, path, !job->request->no_sync, err);
    if (fd < 0)
        return -1;
    if (job->name[0])
        fetch_cache_remember(&job->cache, job->name, &job->sums.sha256);
    *out = (struct fetch_result){
        .path = steal(&path), .fd = fd, .sha256 = job->sums.sha256, .size = job->part->size};
    return 0;
}

static int download(struct job *job, const char *key, struct fetch_result *out, struct error *err)
{
    const struct fetch_request *request = job->request;
    struct fetch_part_plan plan = {
        .directory = job->cache.partials,
        .key = key,
        .exact = request->size,
        .max = request->max_bytes ? request->max_bytes : FETCH_BYTES_MAX,
        .proven = fetch_wanted_known(&job->wanted),
        .sha512 = job->wanted.has_sha512,
    };
    if (fetch_part_open(&job->part, &plan, job->deadline, job->events, err) < 0)
        return -1;
    /* Another process may have finished it meanwhile. */
    int found = fetch_cache_find(&job->cache, &job->wanted, job->events, out, err);
    if (found != 0)
        return found < 0 ? -1 : 0;
    if (fetch_mirrors_each(&job->mirrors, &job->patience, job->deadline, try_one, job, job->events,
                           err) < 0)
        return -1;
    return publish(job, out, err);
}

/* Without a digest: what came last from this address. */
static int find_offline(struct job *job, struct fetch_result *out, struct error *err)
{
    struct sha256 last;
    if (fetch_wanted_known(&job->wanted))
        return error_set(err, ERROR_NOT_FOUND,
                         "it is not in the cache, and the network is off; leave out --offline");
    if (fetch_cache_recall(&job->cache, job->name, &last)) {
        struct checksum wanted = {.has_sha256 = true, .sha256 = last};
        int found = fetch_cache_find(&job->cache, &wanted, job->events, out, err);
        if (found != 0)
            return found < 0 ? -1 : 0;
    }
    return error_set(err, ERROR_NOT_FOUND,
                     "nothing from this address is in the cache, and the network is off; give "
                     "--sha256 if it came from elsewhere, or leave out --offline");
}

static int set_wanted(struct job *job, struct error *err)
{
    const struct fetch_request *request = job->request;
    if (request->checksum)
        job->wanted = *request->checksum;
    if (!request->sha256)
        return 0;
    struct checksum alone = {.has_sha256 = true, .sha256 = *request->sha256};
    return checksum_merge(&job->wanted, &alone)
               ? 0
               : error_set(err, ERROR_USAGE,
                           "two different SHA-256 are given for one file; leave one out");
}

static int get(struct job *job, struct fetch_result *out, struct error *err)
{
    char key[SHA256_HEX_BYTES];
    if (set_wanted(job, err) < 0 || fetch_cache_open(&job->cache, err) < 0 ||
        name_job(job, key, err) < 0 || fetch_mirrors_new(&job->mirrors, job->request, err) < 0)
        return -1;
    int found = fetch_cache_find(&job->cache, &job->wanted, job->events, out, err);
    if (found != 0)
        return found < 0 ? -1 : 0;
    if (job->mirrors.n > 0)
        return download(job, key, out, err);

    AUTO_FETCH_URL struct fetch_url url = {0};
    if (fetch_url_parse(&url, job->request->url, err) < 0)
        return -1;
    return find_offline(job, out, err) < 0 ? error_wrap(err, "%s", url.shown) : 0;
}

int fetch_get(const struct fetch_request *request, struct events *events, struct fetch_result *out,
              struct error *err)
{
    CLEANUP(job_end)
    struct job job = {
        .request = request,
        .patience = request->patience ? *request->patience : fetch_patience_default,
        .events = events,
    };
    job.deadline = fetch_clock_now() + (int64_t)job.patience.total_seconds * 1000;
    *out = (struct fetch_result){0};
    return get(&job, out, err);
}

void fetch_result_free(struct fetch_result *result)
{
    if (result->path)
        close(result->fd);
    free(result->path);
    *result = (struct fetch_result){0};
}

void fetch_discard(struct fetch_result *result)
{
    if (result->path)
        unlink(result->path);
    fetch_result_free(result);
}
