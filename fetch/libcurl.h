/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libcurl, loaded when it is first called for: libcurl()->easy_init() is curl_easy_init(). */
#ifndef LXKIT_FETCH_LIBCURL_H
#define LXKIT_FETCH_LIBCURL_H

#include <curl/curl.h>

#include "core/error.h"

#define LIBCURL_FILE "libcurl.so.4"
#define LIBCURL_FUNCTIONS(FUNCTION) \
    FUNCTION(easy_cleanup)          \
    FUNCTION(easy_getinfo)          \
    FUNCTION(easy_header)           \
    FUNCTION(easy_init)             \
    FUNCTION(easy_perform)          \
    FUNCTION(easy_setopt)           \
    FUNCTION(easy_strerror)         \
    FUNCTION(free)                  \
    FUNCTION(getdate)               \
    FUNCTION(slist_append)          \
    FUNCTION(slist_free_all)        \
    FUNCTION(url)                   \
    FUNCTION(url_cleanup)           \
    FUNCTION(url_get)               \
    FUNCTION(url_set)               \
    FUNCTION(url_strerror)

#define LIBCURL_MEMBER(name) __typeof__(curl_##name) *name;
struct libcurl {
    LIBCURL_FUNCTIONS(LIBCURL_MEMBER)
};
#undef LIBCURL_MEMBER

/* Who may be the first to need it asks before; UNSUPPORTED where there is none. */
int libcurl_load(struct error *err) MUST_CHECK;
const struct libcurl *libcurl(void);

#endif
