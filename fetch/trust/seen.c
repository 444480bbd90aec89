/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/seen.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include <jansson.h>

#include "core/atomic_file.h"
#include "core/cancel.h"
#include "core/paths.h"
#include "fetch/trust/day.h"
#include "fetch/trust/small_file.h"

enum {
    FORMAT_VERSION = 1,
    DIRECTORY_MODE = 0700,
    POLL_MS = 20,
};

/* ---- the file ---- */

struct store {
    char *directory;
    char *path;
    json_t *root;
    json_t *seen; /* within root */
};

static void store_close(struct store *store)
{
    free(store->directory);
    free(store->path);
    json_decref(store->root);
}

static int damaged(const struct store *store, struct error *err)
{
    return error_set(err, ERROR_DAMAGED,
                     "%s is damaged: it keeps older lists from being taken for new ones; restore "
                     "it, or remove it to begin anew",
                     store->path);
}

static int store_read(struct store *store, struct error *err)
{
    AUTO_SMALL_FILE struct small_file file = {0};
    if (access(store->path, F_OK) < 0 && errno == ENOENT) {
        store->root = json_pack("{s:i, s:{}}", "version", FORMAT_VERSION, "seen");
        store->seen = json_object_get(store->root, "seen");
        return store->seen ? 0 : error_no_memory(err);
    }
    if (small_file_read(&file, store->path, SEEN_BYTES_MAX, "record of lists", err) < 0)
        return -1;
    store->root = json_loadb(file.bytes, file.n, JSON_REJECT_DUPLICATES, NULL);
    store->seen = json_object_get(store->root, "seen");
    json_int_t version = json_integer_value(json_object_get(store->root, "version"));
    if (!json_is_object(store->seen) || version < FORMAT_VERSION)
        return damaged(store, err);
    if (version > FORMAT_VERSION)
        return error_set(err, ERROR_UNSUPPORTED, "%s was written by a newer lxkit; use that one",
                         store->path);
    return 0;
}

static int store_open(struct store *store, struct error *err)
{
    *store = (struct store){0};
    return paths_state(&store->directory, err) < 0 ||
                   paths_join(&store->path, store->directory, "seen.json", err) < 0
               ? -1
               : 0;
}

static int store_lock(const struct store *store, int *lock, struct error *err)
{
    AUTO_FREE char *path = NULL;
    if (paths_make(store->directory, DIRECTORY_MODE, err) < 0 ||
        paths_join(&path, store->directory, "seen.lock", err) < 0)
        return -1;
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*lock < 0)
        return error_errno(err, errno, "open %s", path);
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    for (int waited = 0; flock(*lock, LOCK_EX | LOCK_NB) < 0; waited += POLL_MS) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return error_errno(err, errno, "lock %s", path);
        if (waited >= SEEN_LOCK_SECONDS * 1000)
            return error_set(err, ERROR_BUSY,
                             "%s is locked by another process for more than %d seconds; try again",
                             path, SEEN_LOCK_SECONDS);
        if (cancel_check(err) < 0)
            return -1;
        nanosleep(&pause, NULL);
    }
    return 0;
}

static int store_write(const struct store *store, struct error *err)
{
    AUTO_FREE char *text = json_dumps(store->root, JSON_INDENT(1) | JSON_SORT_KEYS);
    if (!text)
        return error_no_memory(err);
    return atomic_write(store->path, text, strlen(text), 0, err);
}

/* ---- the rules ---- */

static int check_limits(const struct sighting *s, struct error *err)
{
    char a[INSTANT_BYTES], b[INSTANT_BYTES];
    if (s->expires != 0 && s->now > s->expires)
        return error_set(err, ERROR_VERIFY,
                         "%s has expired on %s: a newer one is being held back, or the clock of "
                         "this machine is wrong",
                         s->subject, instant_format(s->expires, a));
    if (s->date == 0)
        return 0;
    if (s->date > s->now + TRUST_CLOCK_SECONDS)
        return error_set(err, ERROR_VERIFY,
                         "%s is of %s, which is in the future; check the clock of this machine",
                         s->subject, instant_format(s->date, a));
    if (s->date < s->min_date)
        return error_set(
            err, ERROR_VERIFY,
            "%s is of %s, and nothing before %s is taken: the server gives an old one; "
            "try another mirror",
            s->subject, instant_format(s->date, a), instant_format(s->min_date, b));
    if (s->max_age != 0 && s->now - s->date > s->max_age)
        return error_set(err, ERROR_VERIFY,
                         "%s is of %s, and a new one comes at least every %" PRId64
                         " days: the server gives an old one; try another mirror",
                         s->subject, instant_format(s->date, a), s->max_age / SECONDS_A_DAY);
    return 0;
}

/* Against what the file says; *newer tells whether there is something to remember. */
static int check_seen(const struct store *store, const struct sighting *s, bool *newer,
                      struct error *err)
{
    const json_t *row = json_object_get(store->seen, s->subject);
    if (row && !json_is_object(row))
        return damaged(store, err);
    int64_t date = json_integer_value(json_object_get(row, "date"));
    uint64_t version = (uint64_t)json_integer_value(json_object_get(row, "version"));
    char a[INSTANT_BYTES], b[INSTANT_BYTES];
    if (s->date != 0 && s->date < date)
        return error_set(err, ERROR_VERIFY,
                         "%s is of %s, and one of %s was seen before: the server gives an old one; "
                         "try another mirror",
                         s->subject, instant_format(s->date, a), instant_format(date, b));
    if (s->version != 0 && s->version < version)
        return error_set(err, ERROR_VERIFY,
                         "%s has version %" PRIu64 ", and %" PRIu64
                         " was seen before: the server gives an old one; try another mirror",
                         s->subject, s->version, version);
    /* What was dated or numbered once stays so. */
    if ((s->date == 0 && date != 0) || (s->version == 0 && version != 0))
        return error_set(err, ERROR_VERIFY,
                         "%s has lost its date or version, which it had before; it is not trusted",
                         s->subject);
    *newer = s->date > date || s->version > version;
    return 0;
}

static int check_subject(const struct sighting *s, struct error *err)
{
    size_t n = strlen(s->subject);
    if (n > 0 && n <= SEEN_SUBJECT_BYTES_MAX)
        return 0;
    return error_set(err, ERROR_USAGE, "%.80s... is too long to be remembered", s->subject);
}

int seen_check(const struct sighting *sighting, struct error *err)
{
    CLEANUP(store_close) struct store store;
    bool newer;
    if (store_open(&store, err) < 0 || check_subject(sighting, err) < 0 ||
        check_limits(sighting, err) < 0 || store_read(&store, err) < 0)
        return -1;
    return check_seen(&store, sighting, &newer, err);
}

int seen_remember(const struct sighting *sighting, struct error *err)
{
    CLEANUP(store_close) struct store store;
    AUTO_FD int lock = -1;
    bool newer;
    if (store_open(&store, err) < 0 || check_subject(sighting, err) < 0 ||
        check_limits(sighting, err) < 0 || store_lock(&store, &lock, err) < 0 ||
        store_read(&store, err) < 0 || check_seen(&store, sighting, &newer, err) < 0)
        return -1;
    if (!newer)
        return 0;
    json_t *row = json_pack("{s:I, s:I}", "date", (json_int_t)sighting->date, "version",
                            (json_int_t)sighting->version);
    if (!row || json_object_set_new(store.seen, sighting->subject, row) < 0)
        return error_set(err, ERROR_USAGE, "%.200s cannot be remembered: it is no UTF-8",
                         sighting->subject);
    return store_write(&store, err);
}
