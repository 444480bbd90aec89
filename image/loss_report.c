/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/loss_report.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "image/json_text.h"

enum {
    VERSION = 1, /* of the lines */
    FIRST_PATH_BYTES = 90,
};

/* ---- lines ---- */

static int file_failed(const struct loss_report *self, struct error *err)
{
    return error_errno(err, errno, "write the report %s", self->target->report);
}

/* Owns object; NULL is out of memory. */
static int line_write(struct loss_report *self, json_t *object, bool exact, struct error *err)
{
    int rc = object ? 0 : -1;
    if (object && !exact)
        rc = json_object_set_new(object, "inexact", json_true());
    if (rc == 0 &&
        (json_dumpf(object, self->lines, JSON_COMPACT) < 0 || fputc('\n', self->lines) == EOF))
        rc = -1;
    if (rc < 0 && ferror(self->lines))
        file_failed(self, err);
    else if (rc < 0)
        error_no_memory(err);
    json_decref(object);
    return rc;
}

static int loss_write(struct loss_report *self, const struct event *event, struct error *err)
{
    bool exact = true;
    json_t *object =
        json_pack("{s:i, s:s, s:o, s:o}", "version", VERSION, "loss", event->id, "path",
                  json_text(event->path, &exact), "text", json_text(event->text, &exact));
    return line_write(self, object, exact, err);
}

static json_t *counts_json(const struct loss_counts *counts)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < LOSS_KINDS; i++) {
        if (counts->of[i] > 0 && json_object_set_new(object, loss_kinds[i].id,
                                                     json_integer((json_int_t)counts->of[i])) < 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static int sum_write(struct loss_report *self, struct error *err)
{
    bool exact = true;
    json_t *object =
        json_pack("{s:i, s:I, s:o, s:o, s:o, s:b, s:b}", "version", VERSION, "losses",
                  (json_int_t)self->counts.all, "counts", counts_json(&self->counts), "input",
                  json_text(self->input, &exact), "output", json_text(self->target->path, &exact),
                  "written", !self->refused, "complete", self->complete);
    return line_write(self, object, exact, err);
}

static int failure_check(const struct loss_report *self, struct error *err)
{
    if (self->failure.code == ERROR_NONE)
        return 0;
    if (err)
        *err = self->failure;
    return -1;
}

/* The sum, and everything on the medium. */
static int file_complete(struct loss_report *self, struct error *err)
{
    if (!self->file)
        return 0;
    if (failure_check(self, err) < 0 || sum_write(self, err) < 0)
        return -1;
    if (fflush(self->lines) != 0)
        return file_failed(self, err);
    return atomic_sync(self->file, err);
}

static int file_open(struct loss_report *self, struct error *err)
{
    const struct image_target *target = self->target;
    if (!target->report)
        return 0;
    if (strcmp(target->report, "-") == 0 || strcmp(target->report, target->path) == 0)
        return error_set(err, ERROR_USAGE, "--report %s: give it a file of its own",
                         target->report);
    if (atomic_create(&self->file, target->report, target->no_sync ? ATOMIC_NO_SYNC : 0, err) < 0)
        return -1;
    AUTO_FD int fd = fcntl(self->file->fd, F_DUPFD_CLOEXEC, 0);
    self->lines = fd < 0 ? NULL : fdopen(fd, "w");
    if (!self->lines)
        return file_failed(self, err);
    steal_fd(&fd);
    return 0;
}

/* ---- events ---- */

static void loss_note(struct loss_report *self, const struct event *event)
{
    if (self->known > 0) {
        self->known--;
        return;
    }
    if (self->counts.all == 0)
        snprintf(self->first, sizeof(self->first), "/%.*s: %s", FIRST_PATH_BYTES, event->path,
                 event->text);
    loss_counts_add(&self->counts, event->id);
    if (self->file && self->failure.code == ERROR_NONE)
        (void)!loss_write(self, event, &self->failure);
    if (self->inner)
        self->inner->report(self->inner, event);
}

static void report_event(struct events *events, const struct event *event)
{
    struct loss_report *self = (struct loss_report *)events;
    if (event->kind == EVENT_LOSS) {
        pthread_mutex_lock(&self->lock);
        loss_note(self, event);
        pthread_mutex_unlock(&self->lock);
    } else if (self->inner) {
        self->inner->report(self->inner, event);
    }
}

static int refuse(struct loss_report *self, struct error *err)
{
    const char *report = self->target->report;
    const char *path = self->target->path;
    char words[LOSS_WORDS_BYTES];
    loss_counts_words(&self->counts, words);
    self->refused = true;
    self->complete = self->examined;
    return error_set(err, ERROR_LOSSY,
                     "%.100s cannot hold %s%.120s of %.100s; the first: %s; leave --strict out to "
                     "go without, %.100s lists what is lost",
                     strcmp(path, "-") == 0 ? "standard output" : path,
                     self->examined ? "" : "at least ", words,
                     strcmp(self->input, "-") == 0 ? "standard input" : self->input, self->first,
                     report ? report : "--report FILE");
}

static int report_check(struct events *events, struct error *err)
{
    struct loss_report *self = (struct loss_report *)events;
    pthread_mutex_lock(&self->lock);
    int rc = failure_check(self, err);
    if (rc == 0 && self->target->strict && self->counts.all > 0)
        rc = refuse(self, err);
    pthread_mutex_unlock(&self->lock);
    return rc;
}

/* ---- the course of the work ---- */

int loss_report_open(struct loss_report *self, const char *input, const struct image_target *target,
                     struct events *inner, struct error *err)
{
    *self = (struct loss_report){
        .events = {.report = report_event, .check = report_check},
        .inner = inner,
        .input = input,
        .target = target,
    };
    pthread_mutex_init(&self->lock, NULL);
    return file_open(self, err);
}

int loss_report_examined(struct loss_report *self, struct error *err)
{
    self->examined = true;
    int rc = report_check(&self->events, err);
    self->examined = false; /* writing may show more */
    return rc;
}

void loss_report_again(struct loss_report *self)
{
    self->known = self->counts.all;
}

int loss_report_seal(struct loss_report *self, struct error *err)
{
    self->complete = true;
    return file_complete(self, err);
}

int loss_report_finish(struct loss_report *self, int rc, struct error *err)
{
    if (rc < 0 && !self->refused)
        return rc;
    if (rc < 0 && file_complete(self, err) < 0)
        return -1;
    if (self->file && atomic_commit(steal(&self->file), err) < 0)
        return -1;
    return rc;
}

void loss_report_free(struct loss_report *self)
{
    if (self->lines)
        fclose(self->lines);
    atomic_discard(self->file);
    pthread_mutex_destroy(&self->lock);
}
