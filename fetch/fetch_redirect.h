/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a redirect leads, and what may go with it. */
#ifndef LXKIT_FETCH_FETCH_REDIRECT_H
#define LXKIT_FETCH_FETCH_REDIRECT_H

#include <curl/curl.h>

#include "core/error.h"

/* NETWORK where next, the absolute target of the hops-th redirect (from 1), is not to be followed:
 * not https, or one too many. */
int fetch_redirect_check(const char *next, unsigned hops, struct error *err) MUST_CHECK;
/* Sets name and password for a request to next: those in the URL start, where scheme, host and port
 * are the same, and otherwise none. */
int fetch_redirect_credentials(CURL *curl, const char *start, const char *next,
                               struct error *err) MUST_CHECK;

#endif
