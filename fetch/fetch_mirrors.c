/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_mirrors.h"

#include <stdlib.h>
#include <sys/random.h>

#include "fetch/fetch_clock.h"

static int add(struct fetch_mirrors *mirrors, const char *text, bool offline, struct error *err)
{
    struct fetch_mirror *mirror = &mirrors->list[mirrors->n];
    if (fetch_url_parse(&mirror->url, text, err) < 0)
        return -1;
    if (offline && mirror->url.scheme != FETCH_FILE)
        fetch_url_free(&mirror->url);
    else
        mirrors->n++;
    return 0;
}

int fetch_mirrors_new(struct fetch_mirrors *out, const struct fetch_request *request,
                      struct error *err)
{
    AUTO_FETCH_MIRRORS struct fetch_mirrors mirrors = {0};
    size_t n = 0;
    while (request->mirrors && request->mirrors[n])
        n++;
    if (n >= FETCH_MIRRORS_MAX)
        return error_set(err, ERROR_LIMIT, "there are more than %d mirrors; leave some out",
                         FETCH_MIRRORS_MAX - 1);
    mirrors.list = calloc(n + 1, sizeof(*mirrors.list));
    if (!mirrors.list)
        return error_no_memory(err);
    if (add(&mirrors, request->url, request->offline, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (add(&mirrors, request->mirrors[i], request->offline, err) < 0)
            return -1;
    *out = mirrors;
    mirrors = (struct fetch_mirrors){0};
    return 0;
}

void fetch_mirrors_free(struct fetch_mirrors *mirrors)
{
    for (size_t i = 0; i < mirrors->n; i++)
        fetch_url_free(&mirrors->list[i].url);
    free(mirrors->list);
    *mirrors = (struct fetch_mirrors){0};
}

/* ---- rounds ---- */

/* Whether another address may help. */
static bool blames_the_mirror(enum error_code code)
{
    switch (code) {
    case ERROR_NETWORK:
    case ERROR_NOT_FOUND:
    case ERROR_VERIFY:
    case ERROR_LIMIT:
    case ERROR_WRONG_KIND:
    case ERROR_DENIED:
        return true;
    default:
        return false;
    }
}

/* What a round comes to. */
struct round {
    size_t left;          /* addresses that may do better later */
    unsigned retry_after; /* seconds that all of them want at least */
    struct error worst;   /* the last failure, but wrong content before others */
};

static void note(struct round *round, const struct error *err, const struct fetch_failure *failure)
{
    if (round->worst.code != ERROR_VERIFY || err->code == ERROR_VERIFY)
        round->worst = *err;
    if (!failure->passing)
        return;
    if (round->left++ == 0 || failure->retry_after < round->retry_after)
        round->retry_after = failure->retry_after;
}

/* 0 when an address has given the file, 1 when none has. */
static int go_round(struct fetch_mirrors *mirrors, fetch_mirror_try *try, void *context,
                    struct events *events, struct round *round, struct error *err)
{
    bool tell = false;
    for (size_t i = 0; i < mirrors->n; i++) {
        struct fetch_mirror *mirror = &mirrors->list[i];
        struct fetch_failure failure = {0};
        if (mirror->out)
            continue;
        if (tell)
            event_warning(events, "%s", err->text);
        struct error failed = {0};
        if (try(&mirror->url, context, &failure, &failed) == 0)
            return 0;
        error_wrap(&failed, "%s", mirror->url.shown);
        *err = failed;
        if (!blames_the_mirror(failed.code))
            return -1;
        mirror->out = !failure.passing;
        note(round, &failed, &failure);
        tell = true;
    }
    return 1;
}

static int64_t pause_after(const struct round *round, const struct fetch_patience *patience,
                           unsigned number)
{
    uint32_t chance = 0;
    if (getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
        chance = 0;
    int64_t ours = fetch_clock_pause(patience->delay_ms, number, chance);
    int64_t theirs = (int64_t)round->retry_after * 1000;
    return ours > theirs ? ours : theirs;
}

int fetch_mirrors_each(struct fetch_mirrors *mirrors, const struct fetch_patience *patience,
                       int64_t deadline, fetch_mirror_try *try, void *context,
                       struct events *events, struct error *err)
{
    struct error scratch;
    struct error *last = err ? err : &scratch;
    struct round round = {0};

    for (unsigned number = 0;; number++) {
        round.left = 0;
        int rc = go_round(mirrors, try, context, events, &round, last);
        if (rc <= 0)
            return rc;
        int64_t pause = pause_after(&round, patience, number);
        bool late = fetch_clock_now() + pause >= deadline;
        if (round.left == 0 || number >= patience->retries || late) {
            *last = round.worst;
            return -1;
        }
        event_warning(events, "%s (trying again in %.1f seconds)", last->text,
                      (double)pause / 1000);
        if (fetch_clock_sleep(pause, last) < 0)
            return -1;
    }
}
