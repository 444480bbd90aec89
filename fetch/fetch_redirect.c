/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_redirect.h"

#include <string.h>
#include <strings.h>

#include "fetch/fetch_http.h"
#include "fetch/libcurl.h"

int fetch_redirect_check(const char *next, unsigned hops, struct error *err)
{
    if (hops > FETCH_REDIRECTS_MAX)
        return error_set(err, ERROR_NETWORK,
                         "the server redirects more than %d times, perhaps in a circle; ask for "
                         "the address where the file really is",
                         FETCH_REDIRECTS_MAX);
    if (strncasecmp(next, "https://", strlen("https://")) == 0)
        return 0;
    AUTO_FREE char *shown = fetch_url_show(next);
    return error_set(err, ERROR_NETWORK,
                     "the server redirects to %s, and redirects are followed to https only; ask "
                     "for an https address",
                     shown ? shown : "another protocol");
}

int fetch_redirect_credentials(CURL *curl, const char *start, const char *next, struct error *err)
{
    AUTO_FREE char *user = NULL;
    AUTO_FREE char *password = NULL;
    if (fetch_url_same_origin(start, next) &&
        fetch_url_credentials(start, &user, &password, err) < 0)
        return -1;
    if (libcurl()->easy_setopt(curl, CURLOPT_USERNAME, user) != CURLE_OK ||
        libcurl()->easy_setopt(curl, CURLOPT_PASSWORD, password) != CURLE_OK)
        return error_no_memory(err);
    return 0;
}
