/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/compare.h"
#include "image/kept.h"
#include "image/output.h"
#include "image/report.h"

/* ---- losses that only writing shows ---- */

static void loss_note(struct verify *self, const struct event *event)
{
    AUTO_FREE char *text = NULL;
    if (asprintf(&text, "%s %s", event->id, event->path) < 0)
        text = NULL;
    pthread_mutex_lock(&self->lock);
    self->failed |= !text || text_set_add(&self->losses, text, NULL) < 0;
    pthread_mutex_unlock(&self->lock);
}

static bool is_lost(const struct verify *self, const struct difference *difference)
{
    const char *field = difference->field ? difference->field : "device";
    AUTO_FREE char *text = NULL;
    if (!self->listens)
        return false;
    if (strcmp(field, "mtime") == 0)
        field = "time";
    if (asprintf(&text, "%.*s %s", (int)strcspn(field, " "), field, difference->path) < 0) {
        text = NULL;
        return false;
    }
    return text_set_has(&self->losses, text);
}

static void verify_report(struct events *events, const struct event *event)
{
    struct verify *self = (struct verify *)events;
    if (event->kind == EVENT_LOSS && self->listens)
        loss_note(self, event);
    if (self->inner)
        self->inner->report(self->inner, event);
}

static int verify_check(struct events *events, struct error *err)
{
    return event_check(((struct verify *)events)->inner, err);
}

/* ---- before writing ---- */

static bool is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

int verify_open(struct verify *self, const char *input, const struct image_target *target,
                struct events *inner, struct error *err)
{
    struct output output;

    *self = (struct verify){
        .events = {.report = verify_report, .check = verify_check},
        .inner = inner,
        .input = input,
        .target = target,
        .lock = PTHREAD_MUTEX_INITIALIZER,
    };
    if (is_standard(input) || is_standard(target->path))
        return error_set(
            err, ERROR_USAGE,
            "--verify reads both once more, which standard %s does not allow; give a file",
            is_standard(input) ? "input" : "output");
    if (output_choose(&output, target, err) < 0 ||
        output_examiner(&output, &self->sink, NULL, err) < 0)
        return -1;
    self->listens = output.kind == OUTPUT_DIRECTORY;
    return 0;
}

/* ---- reading back ---- */

struct findings {
    struct compare_report report;
    const struct verify *verify;
    uint64_t n;
    char first[REPORT_LINE_BYTES];
};

static int finding_note(struct compare_report *report, const struct difference *difference,
                        UNUSED struct error *err)
{
    struct findings *self = (struct findings *)report;
    if (is_lost(self->verify, difference))
        return 0;
    if (self->n++ == 0)
        report_difference_line(difference, self->first);
    return 0;
}

/* What target was to become, by what its sink says of itself. */
static int expected_open(struct source **out, const struct verify *self, struct error *err)
{
    const struct image_target *target = self->target;
    const struct image_open_options quiet = {
        .no_replay = target->no_replay,
        .volume_path = target->volume_path,
    };
    struct source *source;

    if ((target->mount ? mount_source(&source, target->mount, err)
                       : image_open(&source, self->input, &quiet, err)) < 0 ||
        source_filtered(&source, source, &target->filter, NULL, err) < 0)
        return -1;
    return source_kept(out, source, self->sink, err);
}

int verify_read(struct verify *self, struct error *err)
{
    const char *path = self->target->path;
    struct findings found = {
        .report =
            {
                .difference = finding_note,
                .a = self->input,
                .b = path,
                .a_links_max = self->sink->links_max,
            },
        .verify = self,
    };
    const struct image_open_options options = {
        .events = self->inner,
        .volume_path = self->target->root_path,
    };
    AUTO_SOURCE struct source *a = NULL;
    AUTO_SOURCE struct source *b = NULL;
    uint64_t all;

    if (self->failed)
        return error_no_memory(err);
    event_step(self->inner, "comparing");
    if (expected_open(&a, self, err) < 0)
        return -1;
    if (image_open(&b, path, &options, err) < 0 ||
        image_compare(a, b, COMPARE_ALL, &found.report, &all, err) < 0)
        return -1;
    if (found.n == 0)
        return 0;
    return error_set(err, ERROR_VERIFY,
                     "%s is not what %s holds: %" PRIu64 " difference%s, %s%s; %s", path,
                     self->input, found.n, found.n == 1 ? "" : "s",
                     found.n == 1 ? "" : "the first ", found.first,
                     self->discards ? "it was deleted, and nothing else was changed"
                                    : "it was left there to be looked at (lximage diff)");
}

void verify_free(struct verify *self)
{
    text_set_free(&self->losses);
    sink_close(steal(&self->sink));
}
