/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_environment.h"

#include <stdlib.h>

/* An empty variable is none. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

const char *fetch_environment_authorities(void)
{
    const char *path = variable("CURL_CA_BUNDLE");
    return path ? path : variable("SSL_CERT_FILE");
}

const char *fetch_environment_authority_directory(void)
{
    return variable("CURL_CA_BUNDLE") ? NULL : variable("SSL_CERT_DIR");
}

const char *fetch_environment_proxy(enum fetch_scheme scheme)
{
    if (scheme != FETCH_HTTP || getenv("http_proxy") || getenv("REQUEST_METHOD"))
        return NULL;
    return variable("HTTP_PROXY");
}

const char *fetch_environment_netrc(void)
{
    return variable("NETRC");
}
