/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_http.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "fetch/fetch.h"
#include "fetch/fetch_clock.h"
#include "fetch/fetch_environment.h"
#include "fetch/fetch_fault.h"
#include "fetch/fetch_redirect.h"
#include "fetch/libcurl.h"

enum {
    RANGE_BYTES = 32,
};

/* One request under way. */
struct transfer {
    const struct fetch_http_request *request;
    CURL *curl;
    struct fetch_part *part;
    struct events *events;
    struct error *err;
    char url[SHA256_HEX_BYTES]; /* stands for the address (fetch_version.h) */
    uint64_t offset;            /* what is asked for begins here */
    const char *condition;      /* and belongs to this version, if offset is not 0 */
    uint64_t aside;             /* bytes of a body that is not the file */
    bool begun;                 /* the file's first bytes have come */
    bool failed;                /* a callback has set err */
    bool stale;                 /* the rest that was asked for cannot be had */
    char words[CURL_ERROR_SIZE];
};

static void curl_easyp(CURL **curl)
{
    libcurl()->easy_cleanup(*curl);
}

static void curl_slistp(struct curl_slist **list)
{
    libcurl()->slist_free_all(*list);
}

/* ---- the answer's head ---- */

static long status_of(const struct transfer *t)
{
    long status = 0;
    libcurl()->easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static const char *header(const struct transfer *t, const char *name)
{
    struct curl_header *found;
    return libcurl()->easy_header(t->curl, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK
               ? found->value
               : NULL;
}

static void version_of_answer(const struct transfer *t, struct fetch_version *out)
{
    *out = (struct fetch_version){0};
    strcpy(out->url, t->url);
    fetch_version_set(out, header(t, "ETag"), header(t, "Last-Modified"), header(t, "Date"));
}

static int begin_whole(struct transfer *t)
{
    struct fetch_version version;
    curl_off_t total = -1;
    version_of_answer(t, &version);
    libcurl()->easy_getinfo(t->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &total);
    version.total = total < 0 ? 0 : (uint64_t)total;
    return fetch_part_begin(t->part, 0, &version, t->err);
}

/* The answer must be the rest of just that version: whatever a server says, nothing is spliced. */
static int begin_rest(struct transfer *t)
{
    struct fetch_version version;
    uintmax_t first, last;
    int end = 0;
    const char *range = header(t, "Content-Range");

    version_of_answer(t, &version);
    if (!range || sscanf(range, "bytes %ju-%ju/%n", &first, &last, &end) < 2 || end == 0 ||
        first != t->offset || last < first)
        t->stale = true;
    else if (sscanf(range + end, "%" SCNu64, &version.total) == 1 && last >= version.total)
        t->stale = true;
    else if (!fetch_version_holds(&t->part->version, t->condition, &version))
        t->stale = true;
    return t->stale ? -1 : fetch_part_begin(t->part, t->offset, &version, t->err);
}

/* ---- callbacks ---- */

static int take(struct transfer *t, const char *bytes, size_t n)
{
    long status = status_of(t);
    if (status != STATUS_OK && !(status == STATUS_PARTIAL && t->offset > 0)) {
        t->aside += n;
        return t->aside > FETCH_ASIDE_BYTES ? -1 : 0;
    }
    if (!t->begun) {
        t->begun = true;
        if ((status == STATUS_OK ? begin_whole(t) : begin_rest(t)) < 0) {
            t->failed = !t->stale;
            return -1;
        }
    }
    if (fetch_part_write(t->part, bytes, n, t->err) < 0) {
        t->failed = true;
        return -1;
    }
    return 0;
}

static size_t receive(char *bytes, size_t one, size_t n, void *context)
{
    return take(context, bytes, one * n) < 0 ? 0 : one * n;
}

/* libcurl calls this with every piece and at least once a second. */
static int progress(void *context, curl_off_t total UNUSED, curl_off_t done UNUSED,
                    curl_off_t up_total UNUSED, curl_off_t up_done UNUSED)
{
    struct transfer *t = context;
    if (t->part->size > 0)
        event_progress(t->events, t->part->size, t->part->version.total);
    if (!t->failed && cancel_check(t->err) < 0)
        t->failed = true;
    return t->failed;
}

/* ---- the request ---- */

struct setting {
    CURLoption option;
    long number;
    const void *pointer; /* used where it is not NULL */
};

static CURLcode set_all(CURL *curl, const struct setting *settings, size_t n)
{
    CURLcode rc = CURLE_OK;
    for (size_t i = 0; i < n && rc == CURLE_OK; i++)
        rc = settings[i].pointer
                 ? libcurl()->easy_setopt(curl, settings[i].option, settings[i].pointer)
                 : libcurl()->easy_setopt(curl, settings[i].option, settings[i].number);
    return rc;
}

/* With variables for the authorities, those of the system do not count, neither its file nor its
 * directory. */
static CURLcode set_authorities(CURL *curl)
{
    const char *file = fetch_environment_authorities();
    const char *directory = fetch_environment_authority_directory();
    if (!file && !directory)
        return CURLE_OK;
    CURLcode rc = libcurl()->easy_setopt(curl, CURLOPT_CAINFO, file);
    return rc == CURLE_OK ? libcurl()->easy_setopt(curl, CURLOPT_CAPATH, directory) : rc;
}

/* What all hops share. */
static CURLcode prepare(struct transfer *t)
{
    /* The coding is named to ask for none, and the decoding is off so that a server that codes all
     * the same cannot inflate a few bytes into many. */
    const struct setting settings[] = {
        {CURLOPT_FAILONERROR, 1, NULL},
        {CURLOPT_HTTP_CONTENT_DECODING, 0, NULL},
        {CURLOPT_SSL_VERIFYPEER, 1, NULL},
        {CURLOPT_SSL_VERIFYHOST, 2, NULL},
        {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2, NULL},
        {CURLOPT_CONNECTTIMEOUT, FETCH_CONNECT_SECONDS, NULL},
        {CURLOPT_LOW_SPEED_LIMIT, FETCH_STALL_BYTES, NULL},
        {CURLOPT_LOW_SPEED_TIME, t->request->stall_seconds, NULL},
        {CURLOPT_NOSIGNAL, 1, NULL},
        {CURLOPT_NOPROGRESS, 0, NULL},
        {CURLOPT_NETRC, CURL_NETRC_OPTIONAL, NULL},
        {CURLOPT_PROTOCOLS_STR, 0, "http,https"},
        {CURLOPT_USERAGENT, 0, "lxkit/" LXKIT_VERSION},
        {CURLOPT_ACCEPT_ENCODING, 0, "identity"},
        {CURLOPT_ERRORBUFFER, 0, t->words},
        {CURLOPT_WRITEDATA, 0, t},
        {CURLOPT_XFERINFODATA, 0, t},
    };
    CURLcode rc = set_all(t->curl, settings, array_length(settings));
    if (rc == CURLE_OK)
        rc = set_authorities(t->curl);
    if (rc == CURLE_OK)
        rc = libcurl()->easy_setopt(t->curl, CURLOPT_NETRC_FILE, fetch_environment_netrc());
    if (rc == CURLE_OK)
        rc = libcurl()->easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, receive);
    if (rc == CURLE_OK)
        rc = libcurl()->easy_setopt(t->curl, CURLOPT_XFERINFOFUNCTION, progress);
    return rc;
}

/* What this hop alone has. */
static CURLcode aim(struct transfer *t, const char *url)
{
    enum fetch_scheme scheme = strncasecmp(url, "https:", 6) == 0 ? FETCH_HTTPS : FETCH_HTTP;
    int64_t left = t->request->deadline - fetch_clock_now();
    CURLcode rc = libcurl()->easy_setopt(t->curl, CURLOPT_URL, url);
    if (rc == CURLE_OK)
        rc = libcurl()->easy_setopt(t->curl, CURLOPT_PROXY, fetch_environment_proxy(scheme));
    if (rc == CURLE_OK)
        rc = libcurl()->easy_setopt(t->curl, CURLOPT_TIMEOUT_MS, left > 1 ? (long)left : 1L);
    return rc;
}

/* Follows from hop to hop. libcurl could, but whether a hop is allowed, which proxy it takes and
 * who gets a password is ours to say. */
static CURLcode travel(struct transfer *t)
{
    AUTO_FREE char *here = NULL;
    const char *start = t->request->url->target;

    CURLcode rc = prepare(t);
    for (unsigned hops = 1; rc == CURLE_OK; hops++) {
        const char *next = NULL;
        t->aside = 0;
        rc = aim(t, here ? here : start);
        if (rc == CURLE_OK)
            rc = libcurl()->easy_perform(t->curl);
        if (t->failed || t->stale)
            return rc;
        long status = status_of(t);
        if (status < STATUS_REDIRECTS || status >= STATUS_ERRORS ||
            libcurl()->easy_getinfo(t->curl, CURLINFO_REDIRECT_URL, &next) != CURLE_OK || !next)
            return rc;
        free(here);
        here = strdup(next);
        rc = here ? CURLE_OK : CURLE_OUT_OF_MEMORY;
        if (here && (fetch_redirect_check(here, hops, t->err) < 0 ||
                     fetch_redirect_credentials(t->curl, start, here, t->err) < 0))
            t->failed = true;
        if (t->failed)
            return rc;
    }
    return rc;
}

/* ---- one try ---- */

/* 1 where the part cannot be resumed from this server after all. */
static int finish(struct transfer *t, CURLcode rc, struct fetch_failure *failure)
{
    long status = status_of(t);
    if (t->failed)
        return -1;
    bool file = status == STATUS_OK || (status == STATUS_PARTIAL && t->offset > 0);
    if (rc != CURLE_OK || !file)
        return fetch_fault(t->curl, rc, t->words, t->request, t->part, failure, t->err);
    /* A body without bytes calls nobody. */
    if (!t->begun && (status == STATUS_OK ? begin_whole(t) : begin_rest(t)) < 0)
        return t->stale ? 1 : -1;
    if (t->part->version.total && t->part->size < t->part->version.total)
        return fetch_fault_truncated(t->part, failure, t->err);
    return 0;
}

static int try(const struct fetch_http_request *request, struct fetch_part *part,
               struct events *events, struct fetch_failure *failure, struct error *err)
{
    CLEANUP(curl_easyp) CURL *curl = libcurl()->easy_init();
    CLEANUP(curl_slistp) struct curl_slist *headers = NULL;
    struct transfer t = {
        .request = request, .curl = curl, .part = part, .events = events, .err = err};

    if (!curl)
        return error_no_memory(err);
    if (fetch_version_name(t.url, request->url->target, err) < 0)
        return -1;
    t.condition = part->size > 0 ? fetch_version_condition(&part->version, t.url) : NULL;
    if (t.condition) {
        char range[RANGE_BYTES];
        char line[FETCH_TAG_BYTES + RANGE_BYTES];
        t.offset = part->size;
        snprintf(range, sizeof(range), "%" PRIu64 "-", t.offset);
        snprintf(line, sizeof(line), "If-Range: %s", t.condition);
        headers = libcurl()->slist_append(NULL, line);
        if (!headers || libcurl()->easy_setopt(curl, CURLOPT_HTTPHEADER, headers) != CURLE_OK ||
            libcurl()->easy_setopt(curl, CURLOPT_RANGE, range) != CURLE_OK)
            return error_no_memory(err);
    }

    CURLcode rc = travel(&t);
    if (t.stale || (t.offset > 0 && status_of(&t) == STATUS_NO_SUCH_RANGE && !t.failed))
        return 1;
    return finish(&t, rc, failure);
}

int fetch_http_get(const struct fetch_http_request *request, struct fetch_part *part,
                   struct events *events, struct fetch_failure *failure, struct error *err)
{
    *failure = (struct fetch_failure){0};
    int rc = try(request, part, events, failure, err);
    if (rc <= 0)
        return rc;
    if (fetch_part_forget(part, err) < 0)
        return -1;
    return try(request, part, events, failure, err);
}
