/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transport for https and http, by libcurl.
 *
 * Redirects lead to https only. Bytes are taken as they are sent (no content coding). Proxies come
 * from the usual variables, the certificate authorities from CURL_CA_BUNDLE or SSL_CERT_FILE where
 * one of them is set. */
#ifndef LXKIT_FETCH_FETCH_HTTP_H
#define LXKIT_FETCH_FETCH_HTTP_H

#include "core/event.h"
#include "fetch/fetch_part.h"
#include "fetch/fetch_url.h"

enum {
    FETCH_REDIRECTS_MAX = 10,
    FETCH_CONNECT_SECONDS = 30,   /* for name, connection and TLS handshake together */
    FETCH_LOW_SPEED_SECONDS = 60, /* with less than FETCH_LOW_SPEED_BYTES a second ends it */
    FETCH_LOW_SPEED_BYTES = 1000,
};

/* One request, whose body goes into part. NOT_FOUND for status 404, NETWORK for every other answer
 * than 200 and for what goes wrong on the way. Messages leave out the URL: the caller puts it
 * before them. */
int fetch_http_get(const struct fetch_url *url, struct fetch_part *part, struct events *events,
                   struct error *err) MUST_CHECK;

#endif
