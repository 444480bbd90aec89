/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the user names as a source: an https or http URL, a file URL or a plain path. */
#ifndef LXKIT_FETCH_FETCH_URL_H
#define LXKIT_FETCH_FETCH_URL_H

#include <stdbool.h>

#include "core/error.h"

enum fetch_scheme {
    FETCH_FILE,
    FETCH_HTTP,
    FETCH_HTTPS,
};

enum {
    FETCH_SHOWN_BYTES_MAX = 160, /* of a URL in a message, so that the reason fits beside it */
};

struct fetch_url {
    enum fetch_scheme scheme;
    char *target; /* the URL to ask for, or the path to open; may hold credentials */
    char *shown;  /* for messages: no user, no password, no query, cut in the middle if long */
};

/* USAGE for what is malformed, UNSUPPORTED for other schemes and files of other machines. No
 * message repeats credentials. */
int fetch_url_parse(struct fetch_url *out, const char *text, struct error *err) MUST_CHECK;
void fetch_url_free(struct fetch_url *url);

/* Whether two http or https URLs have the same scheme, host and port; false for malformed ones. */
bool fetch_url_same_origin(const char *a, const char *b);
/* The user and password in such a URL, decoded and malloc'd; NULL where there is none. */
int fetch_url_credentials(const char *url, char **user, char **password,
                          struct error *err) MUST_CHECK;

/* An http or https URL for messages, as fetch_url.shown; malloc'd, NULL when out of memory. */
char *fetch_url_show(const char *url);

#define AUTO_FETCH_URL CLEANUP(fetch_url_free)

#endif
