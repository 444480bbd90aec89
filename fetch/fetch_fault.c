/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_fault.h"

#include <stdlib.h>

#include "fetch/fetch.h"
#include "fetch/fetch_clock.h"
#include "fetch/libcurl.h"

enum {
    CLOCKS_APART_MS = 50, /* libcurl counts for itself, and may be done a moment earlier */
};

#define AGAIN "try again, or from another mirror"

/* What libcurl says; where there is no step its own words are followed by AGAIN. */
static const struct {
    CURLcode code;
    bool passing;
    const char *step;
} faults[] = {
    {CURLE_COULDNT_RESOLVE_HOST, true, "check the address and the network connection"},
    {CURLE_COULDNT_RESOLVE_PROXY, true, "check http_proxy and https_proxy"},
    {CURLE_COULDNT_CONNECT, true, "check the address, the network connection and the proxy"},
    {CURLE_PEER_FAILED_VERIFICATION, false,
     "check the clock; for an authority of your own, name its certificates in CURL_CA_BUNDLE"},
    {CURLE_SSL_CACERT_BADFILE, false,
     "check the files that CURL_CA_BUNDLE, SSL_CERT_FILE and SSL_CERT_DIR name"},
    {CURLE_SSL_CONNECT_ERROR, true, NULL},
    {CURLE_GOT_NOTHING, true, NULL},
    {CURLE_SEND_ERROR, true, NULL},
    {CURLE_RECV_ERROR, true, NULL},
    {CURLE_HTTP2, true, NULL},
    {CURLE_HTTP2_STREAM, true, NULL},
};

static int by_curl(CURLcode rc, const char *words, struct fetch_failure *failure, struct error *err)
{
    const char *step = NULL;
    for (size_t i = 0; i < array_length(faults); i++) {
        if (faults[i].code != rc)
            continue;
        step = faults[i].step;
        failure->passing = faults[i].passing;
    }
    return error_set(err, ERROR_NETWORK, "%s; %s", words[0] ? words : libcurl()->easy_strerror(rc),
                     step ? step : AGAIN);
}

/* ---- statuses ---- */

static const char *status_step(long status)
{
    if (status == STATUS_TOO_MANY || status >= STATUS_SERVER_ERRORS)
        return "try again later, or from another mirror";
    if (status == STATUS_TIMEOUT || status == STATUS_TOO_EARLY)
        return AGAIN;
    return "check the address and your right to it";
}

static int by_status(CURL *curl, long status, struct fetch_failure *failure, struct error *err)
{
    curl_off_t wait = 0;
    libcurl()->easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait);

    if (status == STATUS_NOT_FOUND)
        return error_set(err, ERROR_NOT_FOUND,
                         "the server has no such file (status 404); check the address");
    if (status == STATUS_PROXY_PASSWORD)
        return error_set(err, ERROR_NETWORK,
                         "the proxy wants a name and a password (status 407); put them into the "
                         "proxy's variable: http://NAME:PASSWORD@host:port");
    failure->passing = status == STATUS_TIMEOUT || status == STATUS_TOO_EARLY ||
                       status == STATUS_TOO_MANY || status >= STATUS_SERVER_ERRORS;
    if (!failure->passing || wait <= 0)
        return error_set(err, ERROR_NETWORK, "the server answered with status %ld; %s", status,
                         status_step(status));
    if (wait > FETCH_RETRY_AFTER_MAX)
        failure->passing = false;
    else
        failure->retry_after = (unsigned)wait;
    return error_set(err, ERROR_NETWORK,
                     "the server answered with status %ld and wants to be left alone for %jd "
                     "seconds; try again then, or from another mirror",
                     status, (intmax_t)wait);
}

/* ---- time ---- */

static int by_time(CURL *curl, const struct fetch_http_request *request,
                   const struct fetch_part *part, struct fetch_failure *failure, struct error *err)
{
    curl_off_t connected = 0;
    if (fetch_clock_now() + CLOCKS_APART_MS >= request->deadline)
        return error_set(err, ERROR_NETWORK,
                         "the time for it was over after %ju bytes; allow more with --max-time",
                         (uintmax_t)part->size);
    failure->passing = true;
    libcurl()->easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &connected);
    if (connected == 0)
        return error_set(err, ERROR_NETWORK, "there was no connection within %d seconds; %s",
                         FETCH_CONNECT_SECONDS, AGAIN);
    return error_set(err, ERROR_NETWORK,
                     "after %ju bytes the server sent less than %d bytes a second for %u seconds; "
                     "%s",
                     (uintmax_t)part->size, FETCH_STALL_BYTES, request->stall_seconds, AGAIN);
}

int fetch_fault_truncated(const struct fetch_part *part, struct fetch_failure *failure,
                          struct error *err)
{
    failure->passing = true;
    if (part->version.total == 0)
        return error_set(err, ERROR_NETWORK,
                         "the connection ended after %ju bytes, before the file did; %s",
                         (uintmax_t)part->size, AGAIN);
    return error_set(err, ERROR_NETWORK, "the connection ended after %ju of %ju bytes; %s",
                     (uintmax_t)part->size, (uintmax_t)part->version.total, AGAIN);
}

int fetch_fault(CURL *curl, CURLcode rc, const char *words,
                const struct fetch_http_request *request, const struct fetch_part *part,
                struct fetch_failure *failure, struct error *err)
{
    long status = 0;
    long connect_status = 0;
    libcurl()->easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    libcurl()->easy_getinfo(curl, CURLINFO_HTTP_CONNECTCODE, &connect_status);

    if (rc == CURLE_OUT_OF_MEMORY)
        return error_no_memory(err);
    if (rc == CURLE_OPERATION_TIMEDOUT)
        return by_time(curl, request, part, failure, err);
    if (rc == CURLE_PARTIAL_FILE)
        return fetch_fault_truncated(part, failure, err);
    /* A proxy that does not connect leaves no other status. */
    failure->passing = status == 0 && connect_status >= STATUS_SERVER_ERRORS;
    if (status == 0 && connect_status >= STATUS_ERRORS)
        return connect_status == STATUS_PROXY_PASSWORD
                   ? by_status(curl, connect_status, failure, err)
                   : error_set(err, ERROR_NETWORK,
                               "the proxy refuses the connection with status %ld; check the "
                               "address and the proxy",
                               connect_status);
    if (rc == CURLE_WRITE_ERROR && status >= STATUS_REDIRECTS)
        return error_set(err, ERROR_NETWORK,
                         "the server redirects, and has sent more than %d bytes beside that; "
                         "ask for the address where the file really is",
                         FETCH_ASIDE_BYTES);
    if (rc == CURLE_OK || rc == CURLE_HTTP_RETURNED_ERROR || rc == CURLE_WRITE_ERROR)
        return by_status(curl, status, failure, err);
    return by_curl(rc, words, failure, err);
}
