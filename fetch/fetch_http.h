/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transport for https and http, by libcurl.
 *
 * Redirects lead to https only, and a password goes to no other host than it was meant for. Bytes
 * are taken as they are sent (no content coding). Where a part has bytes of a version that the
 * server still has (If-Range), only the rest is asked for; anything else than exactly that rest
 * makes the part begin anew. */
#ifndef LXKIT_FETCH_FETCH_HTTP_H
#define LXKIT_FETCH_FETCH_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "fetch/fetch_part.h"
#include "fetch/fetch_url.h"

enum {
    FETCH_REDIRECTS_MAX = 10,
    FETCH_CONNECT_SECONDS = 30, /* for name, connection and TLS handshake together */
    FETCH_ASIDE_BYTES = 65536,  /* of a body that is not the file, as a redirect's */
};

struct fetch_http_request {
    const struct fetch_url *url;
    int64_t deadline;       /* fetch_clock.h */
    unsigned stall_seconds; /* with less than FETCH_STALL_BYTES a second end it */
};

/* What may be done about a failure. */
struct fetch_failure {
    bool passing;         /* the same address may do better later */
    unsigned retry_after; /* seconds the server wants us to wait; 0: it says nothing */
};

/* One request and its redirects; the body goes into part. NOT_FOUND for status 404, NETWORK for
 * every other answer than the file and for what goes wrong on the way. Messages leave out the URL:
 * the caller puts it before them. */
int fetch_http_get(const struct fetch_http_request *request, struct fetch_part *part,
                   struct events *events, struct fetch_failure *failure,
                   struct error *err) MUST_CHECK;

#endif
