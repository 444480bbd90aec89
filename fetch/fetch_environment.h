/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the environment says about the network, beside what libcurl reads itself (https_proxy,
 * HTTPS_PROXY, all_proxy, ALL_PROXY, no_proxy, NO_PROXY and http_proxy). NULL: nothing. */
#ifndef LXKIT_FETCH_FETCH_ENVIRONMENT_H
#define LXKIT_FETCH_FETCH_ENVIRONMENT_H

#include "fetch/fetch_url.h"

/* CURL_CA_BUNDLE or SSL_CERT_FILE: a file of certificates to trust. */
const char *fetch_environment_authorities(void);
/* SSL_CERT_DIR, unless CURL_CA_BUNDLE is there: a directory of them, named by their hashes. */
const char *fetch_environment_authority_directory(void);
/* HTTP_PROXY for http, which libcurl takes in lower case only: for a CGI program the upper-case
 * name is a header that anybody can send. REQUEST_METHOD tells such a program. */
const char *fetch_environment_proxy(enum fetch_scheme scheme);
/* NETRC: a file of passwords in place of ~/.netrc. */
const char *fetch_environment_netrc(void);

#endif
