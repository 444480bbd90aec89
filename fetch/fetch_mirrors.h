/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several addresses of one file, and how they are tried.
 *
 * All are tried in turn. One that cannot do better later, as it lacks the file or has a wrong one,
 * is not asked again; the others are, round by round, after a pause that grows. */
#ifndef LXKIT_FETCH_FETCH_MIRRORS_H
#define LXKIT_FETCH_FETCH_MIRRORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"
#include "fetch/fetch.h"
#include "fetch/fetch_http.h"
#include "fetch/fetch_url.h"

enum {
    FETCH_MIRRORS_MAX = 64, /* addresses of one file */
};

struct fetch_mirror {
    struct fetch_url url;
    bool out; /* is not asked any more */
};

struct fetch_mirrors {
    struct fetch_mirror *list;
    size_t n; /* at least 1 */
};

/* All addresses of the request; offline those of this machine only, which may be none: n is 0. */
int fetch_mirrors_new(struct fetch_mirrors *out, const struct fetch_request *request,
                      struct error *err) MUST_CHECK;
void fetch_mirrors_free(struct fetch_mirrors *mirrors);

/* One try: -1 with err and failure set. */
typedef int fetch_mirror_try(const struct fetch_url *url, void *context,
                             struct fetch_failure *failure, struct error *err);

/* Until one try succeeds. What only this machine can be blamed for (its disk, a signal) ends it at
 * once. Tells each failure that is not the last. */
int fetch_mirrors_each(struct fetch_mirrors *mirrors, const struct fetch_patience *patience,
                       int64_t deadline, fetch_mirror_try *try, void *context,
                       struct events *events, struct error *err) MUST_CHECK;

#define AUTO_FETCH_MIRRORS CLEANUP(fetch_mirrors_free)

#endif
