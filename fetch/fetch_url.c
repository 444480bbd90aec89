/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/libcurl.h"

#define CUT      "..."
#define TAIL_MAX (FETCH_SHOWN_BYTES_MAX / 3)

static void curl_urlp(CURLU **url)
{
    libcurl()->url_cleanup(*url);
    *url = NULL;
}

static void curl_freep(char **text)
{
    libcurl()->free(*text);
}

/* A copy, with the middle left out where it is too long for a message: both ends tell something. */
static char *shorten(const char *text)
{
    size_t n = strlen(text);
    if (n <= FETCH_SHOWN_BYTES_MAX)
        return strdup(text);

    char *out = NULL;
    int head = FETCH_SHOWN_BYTES_MAX - TAIL_MAX - (int)strlen(CUT);
    if (asprintf(&out, "%.*s" CUT "%s", head, text, text + n - TAIL_MAX) < 0)
        return NULL;
    return out;
}

/* Signed addresses carry their secret in the query, so it goes the way of the password. */
static char *show_parsed(CURLU *url)
{
    CLEANUP(curl_freep) char *query = NULL;
    CLEANUP(curl_freep) char *text = NULL;

    if (libcurl()->url_get(url, CURLUPART_QUERY, &query, 0) == CURLUE_OK &&
        libcurl()->url_set(url, CURLUPART_QUERY, CUT, 0) != CURLUE_OK)
        return NULL;
    if (libcurl()->url_set(url, CURLUPART_USER, NULL, 0) != CURLUE_OK ||
        libcurl()->url_set(url, CURLUPART_PASSWORD, NULL, 0) != CURLUE_OK ||
        libcurl()->url_set(url, CURLUPART_FRAGMENT, NULL, 0) != CURLUE_OK ||
        libcurl()->url_get(url, CURLUPART_URL, &text, 0) != CURLUE_OK)
        return NULL;
    return shorten(text);
}

char *fetch_url_show(const char *url)
{
    CLEANUP(curl_urlp) CURLU *parsed = libcurl()->url();
    if (!parsed)
        return NULL;
    if (libcurl()->url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK)
        return strdup("a malformed URL");
    return show_parsed(parsed);
}

static int parse_http(struct fetch_url *out, const char *text, struct error *err)
{
    if (libcurl_load(err) < 0)
        return -1;
    CLEANUP(curl_urlp) CURLU *url = libcurl()->url();
    if (!url)
        return error_no_memory(err);

    CURLUcode rc = libcurl()->url_set(url, CURLUPART_URL, text, 0);
    if (rc == CURLUE_OUT_OF_MEMORY)
        return error_no_memory(err);
    if (rc != CURLUE_OK)
        return error_set(err, ERROR_USAGE, "the URL is malformed (%s); it has the form %s",
                         libcurl()->url_strerror(rc), "https://host/path");
    out->target = strdup(text);
    out->shown = show_parsed(url);
    return out->target && out->shown ? 0 : error_no_memory(err);
}

/* ---- parts of a URL ---- */

static CURLU *parsed(const char *text)
{
    CURLU *url = libcurl()->url();
    if (url && libcurl()->url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
        curl_urlp(&url);
    return url;
}

/* curl_free() it; NULL where there is no such part. */
static char *part_of(CURLU *url, CURLUPart what, unsigned flags)
{
    char *text = NULL;
    return url && libcurl()->url_get(url, what, &text, flags) == CURLUE_OK ? text : NULL;
}

bool fetch_url_same_origin(const char *a, const char *b)
{
    static const CURLUPart parts[] = {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT};
    CLEANUP(curl_urlp) CURLU *url_a = parsed(a);
    CLEANUP(curl_urlp) CURLU *url_b = parsed(b);
    for (size_t i = 0; i < array_length(parts); i++) {
        CLEANUP(curl_freep) char *of_a = part_of(url_a, parts[i], CURLU_DEFAULT_PORT);
        CLEANUP(curl_freep) char *of_b = part_of(url_b, parts[i], CURLU_DEFAULT_PORT);
        if (!of_a || !of_b || strcasecmp(of_a, of_b) != 0)
            return false;
    }
    return true;
}

static int copy_part(CURLU *url, CURLUPart what, char **out, struct error *err)
{
    CLEANUP(curl_freep) char *text = part_of(url, what, CURLU_URLDECODE);
    *out = text ? strdup(text) : NULL;
    return text && !*out ? error_no_memory(err) : 0;
}

int fetch_url_credentials(const char *url, char **user, char **password, struct error *err)
{
    CLEANUP(curl_urlp) CURLU *from = parsed(url);
    *password = NULL;
    return copy_part(from, CURLUPART_USER, user, err) < 0 ||
                   copy_part(from, CURLUPART_PASSWORD, password, err) < 0
               ? -1
               : 0;
}

/* ---- files ---- */

static int parse_path(struct fetch_url *out, const char *text, struct error *err)
{
    out->target = strdup(text);
    out->shown = shorten(text);
    return out->target && out->shown ? 0 : error_no_memory(err);
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;
    return at ? (int)(at - digits) : -1;
}

static int percent_decode(char *text, struct error *err)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (*from != '%') {
            *to++ = *from;
            continue;
        }
        int high = hex_digit(from[1]);
        int low = high < 0 ? -1 : hex_digit(from[2]);
        if (low < 0 || high * 16 + low == 0)
            return error_set(err, ERROR_USAGE,
                             "\"%.3s\" in the file URL stands for no byte of a name; write a "
                             "percent sign as %%25, or give the path itself",
                             from);
        *to++ = (char)(high * 16 + low);
        from += 2;
    }
    *to = '\0';
    return 0;
}

/* RFC 8089: file:///path, file://localhost/path or file:/path. */
static int parse_file(struct fetch_url *out, const char *text, struct error *err)
{
    const char *path = text + strlen("file:");
    if (strncmp(path, "//", 2) == 0) {
        const char *host = path + 2;
        size_t n = strcspn(host, "/");
        if (n > 0 && !(n == strlen("localhost") && strncasecmp(host, "localhost", n) == 0))
            return error_set(err, ERROR_UNSUPPORTED,
                             "%.160s names a file of another machine; write file:///path for one "
                             "of this machine",
                             text);
        path = host + n;
    }
    if (*path == '\0')
        return error_set(err, ERROR_USAGE, "%.160s has no path; write file:///path", text);

    AUTO_FREE char *decoded = strdup(path);
    if (!decoded)
        return error_no_memory(err);
    if (percent_decode(decoded, err) < 0)
        return -1;
    return parse_path(out, decoded, err);
}

/* ---- which of them ---- */

static const struct {
    const char *prefix;
    enum fetch_scheme scheme;
    int (*parse)(struct fetch_url *out, const char *text, struct error *err);
} schemes[] = {
    {"https://", FETCH_HTTPS, parse_http},
    {"http://", FETCH_HTTP, parse_http},
    {"file:/", FETCH_FILE, parse_file},
};

/* The length of the scheme in "scheme://...", 0 where there is none. */
static size_t scheme_length(const char *text)
{
    size_t n = 0;
    while (isalnum((unsigned char)text[n]) || (n > 0 && text[n] && strchr("+-.", text[n])))
        n++;
    return strncmp(text + n, "://", 3) == 0 ? n : 0;
}

int fetch_url_parse(struct fetch_url *out, const char *text, struct error *err)
{
    *out = (struct fetch_url){0};
    for (size_t i = 0; i < array_length(schemes); i++) {
        if (strncasecmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) != 0)
            continue;
        out->scheme = schemes[i].scheme;
        if (schemes[i].parse(out, text, err) == 0)
            return 0;
        fetch_url_free(out);
        return -1;
    }

    if (text[0] == '\0')
        return error_set(err, ERROR_USAGE, "the URL is empty; give a URL or the path of a file");
    if (scheme_length(text) > 0)
        return error_set(err, ERROR_UNSUPPORTED,
                         "%.*s:// is not supported; use an https, http or file URL, or a path",
                         (int)scheme_length(text), text);
    if (parse_path(out, text, err) == 0)
        return 0;
    fetch_url_free(out);
    return -1;
}

void fetch_url_free(struct fetch_url *url)
{
    free(url->target);
    free(url->shown);
    *url = (struct fetch_url){0};
}
