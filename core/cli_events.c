/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/cli_events.h"

#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "core/escape.h"
#include "core/loss_counts.h"
#include "core/size.h"

enum {
    FIRST_MS = 1000, /* nothing is drawn before */
    BAR_MS = 100,    /* between two drawings, or two JSON lines */
    LINE_MS = 5000,  /* between two lines where there is no terminal */
    BAR_COLUMNS_MIN = 10,
    BAR_COLUMNS_MAX = 40,
    WORDS_COLUMNS = 46, /* kept free behind the bar, so that it does not jump about */
    COLUMNS_MAX = 200,
    COLUMNS_DEFAULT = 80,
    LOSSES_SHOWN = 10,
    STEP_BYTES = 40,
    TEXT_BYTES = 4096,
};

enum style {
    STYLE_BAR,
    STYLE_LINES,
    STYLE_JSON,
};

struct cli_events {
    struct events base;
    pthread_mutex_t lock;
    const char *program, *lister;
    enum style style;
    bool quiet, verbose;
    bool drawn;                       /* a bar stands in the last line */
    uint64_t begun, step_begun, last; /* milliseconds */
    char step[STEP_BYTES];
    uint64_t done, total;
    struct loss_counts losses;
    uint64_t losses_shown;
    bool refused; /* they were the error: nothing was made, and nothing lost */
};

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- JSON lines ---- */

static json_t *json_text(const char *text)
{
    char escaped[TEXT_BYTES];
    escape(escaped, sizeof(escaped), text);
    return json_string(escaped);
}

/* Takes over object. */
static void json_put(json_t *object)
{
    if (object && json_dumpf(object, stderr, JSON_COMPACT) == 0)
        fputc('\n', stderr);
    json_decref(object);
}

static void json_event(struct cli_events *self, const struct event *event)
{
    switch (event->kind) {
    case EVENT_STEP:
        json_put(json_pack("{ss so}", "event", "step", "text", json_text(event->text)));
        break;
    case EVENT_PROGRESS:
        if (now_ms() - self->last < BAR_MS && event->done != event->total)
            break;
        self->last = now_ms();
        json_put(json_pack("{ss sI sI}", "event", "progress", "done", (json_int_t)event->done,
                           "total", (json_int_t)event->total));
        break;
    case EVENT_WARNING:
        json_put(json_pack("{ss so}", "event", "warning", "text", json_text(event->text)));
        break;
    case EVENT_LOSS:
        json_put(json_pack("{ss ss so so}", "event", "loss", "loss", event->id, "path",
                           json_text(event->path), "text", json_text(event->text)));
        break;
    }
}

/* ---- the bar ---- */

static size_t terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return COLUMNS_DEFAULT;
    return size.ws_col < COLUMNS_MAX ? size.ws_col : COLUMNS_MAX;
}

/* "512 MiB of 1.20 GiB  310 MiB/s  ETA 0:03" */
static void progress_words(const struct cli_events *self, char *text, size_t size)
{
    char done[SIZE_TEXT_BYTES], total[SIZE_TEXT_BYTES], rate[SIZE_TEXT_BYTES];
    uint64_t ms = now_ms() - self->step_begun;
    double per_second = ms ? (double)self->done * 1000 / (double)ms : 0;
    size_format(self->done, done);
    size_format((uint64_t)per_second, rate);
    if (self->total == 0) {
        snprintf(text, size, "%s  %s/s", done, rate);
        return;
    }
    uint64_t rest = self->total > self->done ? self->total - self->done : 0;
    uint64_t eta = per_second >= 1 ? (uint64_t)((double)rest / per_second) : 0;
    snprintf(text, size, "%s of %s  %s/s  ETA %" PRIu64 ":%02" PRIu64, done,
             size_format(self->total, total), rate, eta / 60, eta % 60);
}

static unsigned percent(const struct cli_events *self)
{
    if (self->total == 0 || self->done >= self->total)
        return 100;
    return (unsigned)((double)self->done * 100 / (double)self->total);
}

static void bar_clear(struct cli_events *self)
{
    if (self->drawn)
        fputs("\r\033[K", stderr);
    self->drawn = false;
}

static void bar_draw(struct cli_events *self)
{
    char words[128], bar[BAR_COLUMNS_MAX + sizeof("100% [] ")] = "";
    size_t columns = terminal_columns() - 1;
    size_t others = strlen(self->step) + sizeof("100% [] ") + WORDS_COLUMNS;
    progress_words(self, words, sizeof(words));
    if (self->total && others + BAR_COLUMNS_MIN <= columns) {
        size_t width = columns - others < BAR_COLUMNS_MAX ? columns - others : BAR_COLUMNS_MAX;
        char marks[BAR_COLUMNS_MAX + 1] = {0};
        memset(marks, '.', width);
        memset(marks, '#', width * percent(self) / 100);
        snprintf(bar, sizeof(bar), "%3u%% [%s] ", percent(self), marks);
    } else if (self->total) {
        snprintf(bar, sizeof(bar), "%3u%% ", percent(self));
    }
    char line[sizeof(self->step) + sizeof(bar) + sizeof(words)];
    snprintf(line, sizeof(line), "%s %s%s", self->step, bar, words);
    fprintf(stderr, "\r%.*s\033[K", (int)columns, line);
    fflush(stderr);
    self->drawn = true;
}

static void progress_line(const struct cli_events *self)
{
    char words[128];
    progress_words(self, words, sizeof(words));
    if (self->total)
        fprintf(stderr, "%s: %s %u%%, %s\n", self->program, self->step, percent(self), words);
    else
        fprintf(stderr, "%s: %s %s\n", self->program, self->step, words);
}

static void progress(struct cli_events *self, uint64_t done, uint64_t total)
{
    uint64_t now = now_ms();
    if (done < self->done || self->step_begun == 0)
        self->step_begun = now;
    self->done = done;
    self->total = total;
    if (self->quiet)
        return;
    if (self->style == STYLE_BAR && total && done >= total) {
        bar_clear(self);
    } else if (self->style == STYLE_BAR) {
        if (now - self->begun < FIRST_MS || now - self->last < BAR_MS)
            return;
        self->last = now;
        bar_draw(self);
    } else if (now - self->last >= LINE_MS) {
        self->last = now;
        progress_line(self);
    }
}

/* ---- lines ---- */

static void line_put(struct cli_events *self, const char *before, const char *path,
                     const char *text)
{
    char escaped_path[TEXT_BYTES], escaped[TEXT_BYTES];
    bar_clear(self);
    escape(escaped_path, sizeof(escaped_path), path ? path : "");
    escape(escaped, sizeof(escaped), text);
    fprintf(stderr, "%s: %s%s%s%s\n", self->program, before, escaped_path, path ? ": " : "",
            escaped);
}

/* Sockets are many, and nobody misses them: the sum at the end is enough. */
static void loss_line(struct cli_events *self, const struct event *event)
{
    loss_counts_add(&self->losses, event->id);
    if (!self->verbose && (self->losses_shown == LOSSES_SHOWN || strcmp(event->id, "socket") == 0))
        return;
    self->losses_shown++;
    line_put(self, "lost: ", event->path[0] ? event->path : "/", event->text);
}

static void losses_sum(const struct cli_events *self)
{
    char words[LOSS_WORDS_BYTES], lister[TEXT_BYTES];
    uint64_t all = self->losses.all;
    if (all == 0 || self->refused)
        return;
    loss_counts_words(&self->losses, words);
    escape(lister, sizeof(lister), self->lister);
    fprintf(stderr, "%s: %" PRIu64 " %s lost: %s", self->program, all,
            all == 1 ? "thing was" : "things were", words);
    if (self->losses_shown < all)
        fprintf(stderr, "; %s lists %s", lister, all == 1 ? "it" : "them all");
    fputc('\n', stderr);
}

static void line_event(struct cli_events *self, const struct event *event)
{
    switch (event->kind) {
    case EVENT_STEP:
        if (self->verbose)
            line_put(self, "", NULL, event->text);
        escape(self->step, sizeof(self->step), event->text);
        self->step_begun = 0;
        self->done = 0;
        break;
    case EVENT_PROGRESS:
        progress(self, event->done, event->total);
        break;
    case EVENT_WARNING:
        line_put(self, "warning: ", NULL, event->text);
        break;
    case EVENT_LOSS:
        loss_line(self, event);
        break;
    }
}

static void cli_events_report(struct events *events, const struct event *event)
{
    struct cli_events *self = (struct cli_events *)events;
    pthread_mutex_lock(&self->lock);
    if (self->style == STYLE_JSON)
        json_event(self, event);
    else
        line_event(self, event);
    pthread_mutex_unlock(&self->lock);
}

/* ---- the program's side ---- */

static bool has_bar(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0 && !getenv("CI");
}

int cli_events_new(struct events **out, const char *program, unsigned flags, const char *lister,
                   struct error *err)
{
    struct cli_events *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    self->base.report = cli_events_report;
    pthread_mutex_init(&self->lock, NULL);
    self->program = program;
    self->lister = lister;
    self->style = flags & CLI_EVENTS_JSON ? STYLE_JSON : has_bar() ? STYLE_BAR : STYLE_LINES;
    self->quiet = flags & CLI_EVENTS_QUIET;
    self->verbose = flags & CLI_EVENTS_VERBOSE;
    self->begun = now_ms();
    self->last = self->style == STYLE_LINES ? self->begun : 0;
    snprintf(self->step, sizeof(self->step), "working");
    *out = &self->base;
    return 0;
}

void cli_events_say(struct events *events, const char *text)
{
    struct cli_events *self = (struct cli_events *)events;
    if (self->quiet)
        return;
    pthread_mutex_lock(&self->lock);
    if (self->style == STYLE_JSON)
        json_put(json_pack("{ss so}", "event", "note", "text", json_text(text)));
    else
        line_put(self, "", NULL, text);
    pthread_mutex_unlock(&self->lock);
}

void cli_events_error(struct events *events, const struct error *error)
{
    struct cli_events *self = (struct cli_events *)events;
    pthread_mutex_lock(&self->lock);
    self->refused = error->code == ERROR_LOSSY;
    bar_clear(self);
    if (self->style == STYLE_JSON)
        json_put(json_pack("{ss ss so}", "event", "error", "id", error_id(error->code), "text",
                           json_text(error->text)));
    else
        fprintf(stderr, "%s: %s [%s]\n", self->program, error->text, error_id(error->code));
    pthread_mutex_unlock(&self->lock);
}

void cli_events_clear(struct events *events)
{
    struct cli_events *self = (struct cli_events *)events;
    pthread_mutex_lock(&self->lock);
    bar_clear(self);
    pthread_mutex_unlock(&self->lock);
}

void cli_events_free(struct events *events)
{
    struct cli_events *self = (struct cli_events *)events;
    if (!self)
        return;
    bar_clear(self);
    losses_sum(self);
    pthread_mutex_destroy(&self->lock);
    free(self);
}
