/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What went wrong with a request: in words, and whether it may pass. */
#ifndef LXKIT_FETCH_FETCH_FAULT_H
#define LXKIT_FETCH_FETCH_FAULT_H

#include <curl/curl.h>

#include "core/error.h"
#include "fetch/fetch_http.h"

enum fetch_status {
    STATUS_OK = 200,
    STATUS_PARTIAL = 206,
    STATUS_REDIRECTS = 300, /* and above, up to the errors */
    STATUS_ERRORS = 400,    /* and above */
    STATUS_NOT_FOUND = 404,
    STATUS_PROXY_PASSWORD = 407,
    STATUS_TIMEOUT = 408,
    STATUS_NO_SUCH_RANGE = 416,
    STATUS_TOO_EARLY = 425,
    STATUS_TOO_MANY = 429,
    STATUS_SERVER_ERRORS = 500, /* and above: the server's own trouble */
};

/* After a request on curl ended with rc, which is no success, or with an answer that is not the
 * file. words is its error buffer. Returns -1. */
int fetch_fault(CURL *curl, CURLcode rc, const char *words,
                const struct fetch_http_request *request, const struct fetch_part *part,
                struct fetch_failure *failure, struct error *err);
/* The body ended before the file did. Returns -1. */
int fetch_fault_truncated(const struct fetch_part *part, struct fetch_failure *failure,
                          struct error *err);

#endif
