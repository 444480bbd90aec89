/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/proof.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/paths.h"
#include "install/pattern.h"
#include "install/proof_index.h"
#include "install/proof_list.h"
#include "install/spool.h"

/* One source on its way. */
struct job {
    const struct proof_source *source;
    const struct proof_plan *plan;
    struct events *events;
    struct proof *out;
    struct proof_list list;
    char *url;               /* of the source, resolved */
    struct proof_plan found; /* the plan for what an index names: borrows, but for its signature */
};

static void job_end(struct job *job)
{
    proof_list_close(&job->list);
    free(job->url);
    free(job->found.signature);
}

static bool is_stdin(const struct job *job)
{
    return strcmp(job->source->location, "-") == 0;
}

/* NULL: it has none. */
static const char *pattern(const struct job *job)
{
    return job->source->manifest ? pattern_of(job->source->location) : NULL;
}

/* What the way it came is worth by itself. */
static enum trust_tier plain_tier(const char *location)
{
    return strncasecmp(location, "https://", strlen("https://")) == 0 ? TRUST_TLS : TRUST_LOCAL;
}

static void set_signer(struct proof *out, const struct trust_signer *signer)
{
    out->tier = TRUST_SIGNED;
    out->has_signer = true;
    out->signer = *signer;
}

/* ---- the source itself ---- */

/* Mirrors whose last part follows from the pattern, up to a NULL. */
static int resolve_mirrors(const struct job *job, struct texts *out, struct error *err)
{
    const struct texts *mirrors = &job->plan->mirrors;
    for (size_t i = 0; i < mirrors->n; i++) {
        AUTO_FREE char *url = NULL;
        const char *mirror = mirrors->items[i];
        if ((pattern_of(mirror) ? pattern_put(&url, mirror, paths_base(job->url), err)
                                : text_set(&url, mirror, err)) < 0 ||
            texts_add(out, url, err) < 0)
            return -1;
    }
    char **items = reallocarray(out->items, out->n + 1, sizeof(*items));
    if (!items)
        return error_no_memory(err);
    out->items = items;
    items[out->n] = NULL;
    return 0;
}

/* checksum NULL: not known; unproven: what comes is verified next, or by no means. */
static int fetch(struct job *job, const struct checksum *checksum, uint64_t size, bool unproven,
                 struct fetch_result *fetched, struct error *err)
{
    const struct proof_plan *plan = job->plan;
    CLEANUP(texts_free) struct texts mirrors = {0};
    if (resolve_mirrors(job, &mirrors, err) < 0)
        return -1;
    const struct fetch_request request = {
        .url = job->url,
        .mirrors = (const char *const *)mirrors.items,
        .sha256 = plan->has_sha256 && !unproven ? &plan->sha256 : NULL,
        .checksum = checksum,
        .size = plan->skip || !plan->size ? size : plan->size,
        .offline = job->source->offline,
        .unproven = unproven,
    };
    return fetch_get(&request, job->events, fetched, err);
}

/* Hands the file over. */
static int keep(struct job *job, struct fetch_result *fetched, struct error *err)
{
    struct proof *out = job->out;
    out->fd = fcntl(fetched->fd, F_DUPFD_CLOEXEC, 0);
    if (out->fd < 0)
        return error_errno(err, errno, "duplicate a descriptor of %s", fetched->path);
    out->use_fd = true;
    out->has_sha256 = true;
    out->sha256 = fetched->sha256;
    /* It was fetched as what has that digest. */
    if (job->plan->has_sha256 && !job->plan->skip && out->tier < TRUST_PINNED)
        out->tier = TRUST_PINNED;
    return 0;
}

/* ---- with a list ---- */

static const char *list_name(const struct job *job)
{
    return job->plan->name ? job->plan->name : paths_base(job->source->location);
}

static int find_in_list(struct job *job, const struct sums *sums, const struct sums_entry **entry,
                        struct error *err)
{
    const char *wanted = pattern(job);
    if (job->plan->any_name)
        return sums_single(sums, entry, err);
    return wanted ? pattern_newest(sums, wanted, entry, err)
                  : sums_find(sums, list_name(job), entry, err);
}

static int set_url(struct job *job, const struct sums_entry *entry, struct error *err)
{
    const char *location = job->source->location;
    free(steal(&job->url));
    return pattern(job) ? pattern_put(&job->url, location, paths_base(entry->name), err)
                        : text_set(&job->url, location, err);
}

static int fetch_listed(struct job *job, struct fetch_result *fetched, struct error *err)
{
    AUTO_SUMS struct sums *sums = NULL;
    const struct trust_list *list = &job->list.verified;
    const struct sums_entry *entry;
    if (sums_parse(&sums, list->text, list->n, job->list.list_shown, err) < 0 ||
        find_in_list(job, sums, &entry, err) < 0 || set_url(job, entry, err) < 0 ||
        trust_list_check_name(list, entry->name, job->out->from, err) < 0)
        return -1;
    if (job->plan->skip)
        return fetch(job, NULL, 0, true, fetched, err);
    return fetch(job, &entry->is, entry->has_size ? entry->size : 0, false, fetched, err);
}

/* A server may put a new file and a new list in place between our two requests: where the file is
 * not what the list says, the list is read once more, and another one counts. */
static int get_listed(struct job *job, struct error *err)
{
    CLEANUP(fetch_result_free) struct fetch_result fetched = {0};
    struct error why = {0};
    if (proof_list_get(&job->list, err) < 0)
        return -1;
    if (fetch_listed(job, &fetched, &why) < 0) {
        bool changed = false;
        if (why.code == ERROR_VERIFY && proof_list_again(&job->list, &changed, err) < 0)
            return -1;
        if (!changed)
            return error_set(err, why.code, "%s", why.text);
        if (fetch_listed(job, &fetched, err) < 0)
            return -1;
    }
    if (job->list.verified.is_signed && !job->plan->skip)
        set_signer(job->out, &job->list.verified.signer);
    return keep(job, &fetched, err);
}

/* ---- with a signature of its own ---- */

static int verify(struct job *job, int fd, const char *label, struct trust_result *result,
                  struct error *err)
{
    const struct proof_plan *plan = job->plan;
    const struct proof_list *list = &job->list;
    const struct trust_request request = {
        .fd = fd,
        .label = label,
        .name = plan->name ? plan->name : paths_base(label),
        .any_name = plan->any_name || (is_stdin(job) && !plan->name),
        .list = {list->list.bytes, list->list.n, list->list_shown},
        .signature = {list->signature.bytes, list->signature.n, list->signature_shown},
        .keys = list->keys,
        .sha256 = plan->has_sha256 && !plan->skip ? &plan->sha256 : NULL,
        .tier = plan->skip ? TRUST_LOCAL : plan->tier,
        .plain = plain_tier(label),
        .now = list->now,
        .events = job->events,
    };
    if (trust_verify(&request, result, err) < 0)
        return -1;
    job->out->tier = result->tier;
    job->out->has_sha256 = true;
    job->out->sha256 = result->sha256;
    if (result->cover != TRUST_COVERS_NOTHING)
        set_signer(job->out, &result->signer);
    return 0;
}

/* Fetches the source whatever it is, and then verifies what came. */
static int get_verified(struct job *job, struct error *err)
{
    CLEANUP(fetch_result_free) struct fetch_result fetched = {0};
    struct trust_result result;
    if (proof_list_read(&job->list, err) < 0 || fetch(job, NULL, 0, true, &fetched, err) < 0)
        return -1;
    if (verify(job, fetched.fd, job->url, &result, err) < 0 ||
        (job->out->has_signer && proof_list_check_date(&job->list, &result.signer, err) < 0)) {
        if (err->code == ERROR_VERIFY) {
            fetch_discard(&fetched);
            proof_list_discard(&job->list);
        }
        return -1;
    }
    return keep(job, &fetched, err);
}

static int get_plain(struct job *job, struct error *err)
{
    CLEANUP(fetch_result_free) struct fetch_result fetched = {0};
    if (fetch(job, NULL, 0, job->plan->skip, &fetched, err) < 0)
        return -1;
    return keep(job, &fetched, err);
}

/* The index says which file it is and how long; a signature of its own says the rest. The date
 * that counts is the index's. */
static int get_indexed(struct job *job, struct error *err)
{
    const struct proof_plan *plan = job->plan;
    struct proof_plan *found = &job->found;
    uint64_t size;
    if (proof_index_get(&job->url, &size, plan, job->source->location, job->source->offline,
                        job->events, err) < 0)
        return -1;
    *found = *plan;
    found->size = size;
    found->dated = false;
    if (asprintf(&found->signature, "%s%s", job->url, plan->suffix) < 0) {
        found->signature = NULL;
        return error_no_memory(err);
    }
    job->plan = job->list.plan = found;
    if (text_without_secrets(&job->list.signature_shown, found->signature, err) < 0)
        return -1;
    return plan->skip ? get_plain(job, err) : get_verified(job, err);
}

/* ---- files and pipes ---- */

/* Verifies a copy, which nobody can change before it is used. */
static int get_spooled(struct job *job, int fd, const char *label, struct error *err)
{
    struct trust_result result;
    if (proof_list_read(&job->list, err) < 0 ||
        spool(&job->out->fd, fd, label, job->events, err) < 0)
        return -1;
    job->out->use_fd = true;
    if (verify(job, job->out->fd, label, &result, err) < 0)
        return -1;
    return job->out->has_signer ? proof_list_check_date(&job->list, &result.signer, err) : 0;
}

/* Reads a file in place for its digest. What is no regular file has none. */
static int get_in_place(struct job *job, int *fd, struct error *err)
{
    struct trust_result result;
    event_step(job->events, "computing its checksum");
    if (verify(job, *fd, job->source->location, &result, err) < 0)
        return -1;
    job->out->fd = steal_fd(fd);
    return 0;
}

static int get_local(struct job *job, struct error *err)
{
    bool verifies = !job->plan->skip && proof_plan_verifies(job->plan);
    const char *path = job->source->location;
    if (is_stdin(job))
        return verifies ? get_spooled(job, STDIN_FILENO, "standard input", err) : 0;

    struct stat *st = &job->out->seen;
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, st) < 0)
        return error_errno(err, errno, "open %s", path);
    if (verifies)
        return get_spooled(job, fd, path, err);
    return S_ISREG(st->st_mode) ? get_in_place(job, &fd, err) : 0;
}

/* ---- all of them ---- */

static int get(struct job *job, struct error *err)
{
    const struct proof_plan *plan = job->plan;
    bool local = !strstr(job->source->location, "://");
    if (plan->skip)
        event_warning(job->events,
                      "%s: VERIFICATION IS OFF (--insecure-skip-verify), nothing proves where it "
                      "comes from or what is in it",
                      job->out->from);
    if (plan->index)
        return get_indexed(job, err);
    if (plan->list && (pattern(job) || (!local && !plan->skip)))
        return get_listed(job, err);
    if (local)
        return get_local(job, err);
    return plan->signature && !plan->skip ? get_verified(job, err) : get_plain(job, err);
}

static int check_tier(const struct job *job, struct error *err)
{
    const struct proof *out = job->out;
    if (job->plan->skip || out->tier >= job->plan->tier)
        return 0;
    return error_set(err, ERROR_VERIFY, "%s is not trusted: it must be %s and is %s", out->from,
                     trust_tier_name(job->plan->tier), trust_tier_name(out->tier));
}

static int finish(struct job *job, struct error *err)
{
    struct proof *out = job->out;
    free(steal(&out->from));
    if (text_without_secrets(&out->from, job->url, err) < 0 || check_tier(job, err) < 0)
        return -1;
    return out->has_signer ? proof_list_remember(&job->list, &out->signer, err) : 0;
}

static int open_list(struct job *job, struct error *err)
{
    if (proof_list_open(&job->list, job->plan, job->source->offline, job->events, err) == 0)
        return 0;
    return err->code == ERROR_VERIFY ? error_wrap(err, "%s is not trusted", job->out->from) : -1;
}

int proof_get(struct proof *out, const struct proof_source *source, const struct proof_plan *plan,
              struct events *events, struct error *err)
{
    CLEANUP(job_end)
    struct job job = {.source = source, .plan = plan, .events = events, .out = out};
    *out = (struct proof){.fd = -1, .tier = plain_tier(source->location)};
    if (text_set(&job.url, source->location, err) < 0 ||
        text_without_secrets(&out->from, source->location, err) < 0 || open_list(&job, err) < 0 ||
        get(&job, err) < 0 || finish(&job, err) < 0) {
        proof_free(out);
        return -1;
    }
    return 0;
}

int proof_check_unchanged(const struct proof *proof, const char *path, struct error *err)
{
    struct stat now;
    const struct stat *seen = &proof->seen;
    if (proof->fd < 0 || proof->use_fd)
        return 0;
    if (stat(path, &now) == 0 && now.st_dev == seen->st_dev && now.st_ino == seen->st_ino &&
        now.st_size == seen->st_size && now.st_mtim.tv_sec == seen->st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == seen->st_mtim.tv_nsec &&
        now.st_ctim.tv_sec == seen->st_ctim.tv_sec && now.st_ctim.tv_nsec == seen->st_ctim.tv_nsec)
        return 0;
    return error_set(err, ERROR_VERIFY,
                     "%s was changed while it was read; try again when nobody writes to it", path);
}

void proof_free(struct proof *proof)
{
    if (proof->fd >= 0)
        close(proof->fd);
    free(proof->from);
    *proof = (struct proof){.fd = -1};
}
