/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_http.h"

#include <stdbool.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "core/cancel.h"

enum {
    STATUS_OK = 200,
    STATUS_NOT_FOUND = 404,
    STATUS_SERVER_ERROR = 500, /* and above: the server's own trouble */
};

/* One request under way. */
struct transfer {
    CURL *curl;
    struct fetch_part *part;
    struct events *events;
    struct error *err;
    bool begun;  /* the first bytes of the body have come */
    bool failed; /* a callback has set err */
    char words[CURL_ERROR_SIZE];
};

static void curl_easyp(CURL **curl)
{
    curl_easy_cleanup(*curl);
}

/* ---- callbacks ---- */

static int receive_begin(struct transfer *t)
{
    curl_off_t total = -1;
    t->begun = true;
    curl_easy_getinfo(t->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &total);
    return total < 0 ? 0 : fetch_part_expect(t->part, (uint64_t)total, t->err);
}

static size_t receive(char *bytes, size_t one, size_t n, void *context)
{
    struct transfer *t = context;
    n *= one;
    if ((!t->begun && receive_begin(t) < 0) || fetch_part_write(t->part, bytes, n, t->err) < 0) {
        t->failed = true;
        return 0;
    }
    return n;
}

/* libcurl calls this with every piece and at least once a second. */
static int progress(void *context, curl_off_t total, curl_off_t done UNUSED,
                    curl_off_t up_total UNUSED, curl_off_t up_done UNUSED)
{
    struct transfer *t = context;
    if (t->part->size > 0)
        event_progress(t->events, t->part->size, (uint64_t)total);
    if (!t->failed && cancel_check(t->err) < 0)
        t->failed = true;
    return t->failed;
}

/* ---- the request ---- */

/* The variables of the curl program; libcurl itself does not read them. */
static const char *ca_bundle(void)
{
    static const char *const variables[] = {"CURL_CA_BUNDLE", "SSL_CERT_FILE"};
    for (size_t i = 0; i < array_length(variables); i++) {
        const char *path = getenv(variables[i]);
        if (path && *path)
            return path;
    }
    return NULL;
}

static CURLcode prepare(struct transfer *t, const char *url)
{
    /* The coding is named to ask for none, and the decoding is off so that a server that codes all
     * the same cannot inflate a few bytes into many. */
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_FOLLOWLOCATION, 1},
        {CURLOPT_MAXREDIRS, FETCH_REDIRECTS_MAX},
        {CURLOPT_FAILONERROR, 1},
        {CURLOPT_HTTP_CONTENT_DECODING, 0},
        {CURLOPT_SSL_VERIFYPEER, 1},
        {CURLOPT_SSL_VERIFYHOST, 2},
        {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
        {CURLOPT_CONNECTTIMEOUT, FETCH_CONNECT_SECONDS},
        {CURLOPT_LOW_SPEED_LIMIT, FETCH_LOW_SPEED_BYTES},
        {CURLOPT_LOW_SPEED_TIME, FETCH_LOW_SPEED_SECONDS},
        {CURLOPT_NOPROGRESS, 0},
    };
    const struct {
        CURLoption option;
        const void *value; /* NULL: libcurl's own */
    } pointers[] = {
        {CURLOPT_URL, url},
        {CURLOPT_PROTOCOLS_STR, "http,https"},
        {CURLOPT_REDIR_PROTOCOLS_STR, "https"},
        {CURLOPT_USERAGENT, "lxkit/" LXKIT_VERSION},
        {CURLOPT_ACCEPT_ENCODING, "identity"},
        {CURLOPT_CAINFO, ca_bundle()},
        {CURLOPT_ERRORBUFFER, t->words},
        {CURLOPT_WRITEDATA, t},
        {CURLOPT_XFERINFODATA, t},
    };
    CURLcode rc = CURLE_OK;

    for (size_t i = 0; i < array_length(numbers) && rc == CURLE_OK; i++)
        rc = curl_easy_setopt(t->curl, numbers[i].option, numbers[i].value);
    for (size_t i = 0; i < array_length(pointers) && rc == CURLE_OK; i++)
        if (pointers[i].value)
            rc = curl_easy_setopt(t->curl, pointers[i].option, pointers[i].value);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, receive);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(t->curl, CURLOPT_XFERINFOFUNCTION, progress);
    return rc;
}

/* ---- what went wrong ---- */

static const char *next_step(CURLcode rc)
{
    static const struct {
        CURLcode code;
        const char *step;
    } steps[] = {
        {CURLE_COULDNT_RESOLVE_HOST, "check the address and the network connection"},
        {CURLE_COULDNT_RESOLVE_PROXY, "check http_proxy and https_proxy"},
        {CURLE_COULDNT_CONNECT, "check the address, the network connection and the proxy"},
        {CURLE_PEER_FAILED_VERIFICATION,
         "check the clock; for an authority of your own, name its certificates in CURL_CA_BUNDLE"},
        {CURLE_SSL_CACERT_BADFILE, "check the file that CURL_CA_BUNDLE or SSL_CERT_FILE names"},
        {CURLE_TOO_MANY_REDIRECTS, "ask for the address where the file really is"},
    };
    for (size_t i = 0; i < array_length(steps); i++)
        if (steps[i].code == rc)
            return steps[i].step;
    return "try again, or from another mirror";
}

static int status_error(long status, struct error *err)
{
    if (status == STATUS_NOT_FOUND)
        return error_set(err, ERROR_NOT_FOUND,
                         "the server has no such file (status 404); check the address");
    return error_set(err, ERROR_NETWORK, "the server answered with status %ld; %s", status,
                     status >= STATUS_SERVER_ERROR ? "try again later, or from another mirror"
                                                   : "check the address and your right to it");
}

static int truncation_error(const struct transfer *t, struct error *err)
{
    curl_off_t total = -1;
    curl_easy_getinfo(t->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &total);
    if (total < 0)
        return error_set(err, ERROR_NETWORK,
                         "the connection ended after %ju bytes, before the file did; %s",
                         (uintmax_t)t->part->size, next_step(CURLE_PARTIAL_FILE));
    return error_set(err, ERROR_NETWORK, "the connection ended after %ju of %jd bytes; %s",
                     (uintmax_t)t->part->size, (intmax_t)total, next_step(CURLE_PARTIAL_FILE));
}

static int redirect_error(const struct transfer *t, struct error *err)
{
    const char *target = NULL;
    curl_easy_getinfo(t->curl, CURLINFO_EFFECTIVE_URL, &target);
    AUTO_FREE char *shown = target ? fetch_url_show(target) : NULL;
    return error_set(err, ERROR_NETWORK,
                     "the server redirects to %s, and redirects are followed to https only; ask "
                     "for an https address",
                     shown ? shown : "another protocol");
}

static int outcome(const struct transfer *t, CURLcode rc, struct error *err)
{
    long status = 0;
    long redirects = 0;

    if (t->failed)
        return -1;
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->curl, CURLINFO_REDIRECT_COUNT, &redirects);
    if (rc == CURLE_OK && status == STATUS_OK)
        return 0;
    if (rc == CURLE_OK || rc == CURLE_HTTP_RETURNED_ERROR)
        return status_error(status, err);
    if (rc == CURLE_PARTIAL_FILE)
        return truncation_error(t, err);
    if (rc == CURLE_UNSUPPORTED_PROTOCOL && redirects > 0)
        return redirect_error(t, err);
    if (rc == CURLE_OUT_OF_MEMORY)
        return error_no_memory(err);
    return error_set(err, ERROR_NETWORK, "%s; %s", t->words[0] ? t->words : curl_easy_strerror(rc),
                     next_step(rc));
}

int fetch_http_get(const struct fetch_url *url, struct fetch_part *part, struct events *events,
                   struct error *err)
{
    CLEANUP(curl_easyp) CURL *curl = curl_easy_init();
    if (!curl)
        return error_no_memory(err);
    struct transfer t = {.curl = curl, .part = part, .events = events, .err = err};

    CURLcode rc = prepare(&t, url->target);
    if (rc == CURLE_OK)
        rc = curl_easy_perform(curl);
    return outcome(&t, rc, err);
}
