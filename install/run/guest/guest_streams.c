/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command's input, output and signals, between its pipes or terminal and the port.
 *
 * Writes to the port may block: the host reads it always, and keeps what it cannot pass on, which
 * is no more than it gave credit for. Nothing else here blocks. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "install/run/guest/guest.h"

enum {
    TERMINAL_REST_MS = 50, /* silence after which a terminal has said all */
    AT_CHANNEL = 0,
    AT_REPORTS,
    AT_IN,
    AT_OUT,
    AT_ERROR,
    AT_N,
};

struct streams {
    int channel;
    struct running *running;
    struct frame frame;
    uint8_t *input; /* FRAME_WINDOW bytes, of which n wait for the command */
    size_t n;
    bool input_ends;    /* behind those */
    uint32_t credit[2]; /* of output and error */
    bool ended;
    uint32_t status;
};

/* ---- input ---- */

static int input_fd(const struct streams *s)
{
    return s->running->terminal >= 0 ? s->running->terminal : s->running->in;
}

static void input_close(struct streams *s)
{
    static const uint8_t end_of_file = 4; /* Ctrl-D */
    if (s->running->in >= 0)
        close(s->running->in);
    else if (s->running->terminal >= 0)
        (void)!write(s->running->terminal, &end_of_file, 1);
    s->running->in = -1;
    s->input_ends = false;
}

static void number_send(struct streams *s, enum frame_type type, uint32_t stream, uint32_t number)
{
    struct le32 numbers[2] = {le32_put(stream), le32_put(number)};
    channel_send(s->channel, type, numbers, type == FRAME_CREDIT ? sizeof(numbers) : 4, NULL, 0);
}

static void input_write(struct streams *s)
{
    ssize_t put = write(input_fd(s), s->input, s->n);
    if (put < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (put < 0) {
        s->n = 0;
        input_close(s);
        number_send(s, FRAME_CLOSED, STDIN_FILENO, 0);
        return;
    }
    s->n -= (size_t)put;
    memmove(s->input, s->input + put, s->n);
    number_send(s, FRAME_CREDIT, STDIN_FILENO, (uint32_t)put);
    if (s->n == 0 && s->input_ends)
        input_close(s);
}

static void input_add(struct streams *s, const uint8_t *bytes, size_t n)
{
    if (input_fd(s) < 0 || n > FRAME_WINDOW - s->n)
        return;
    memcpy(s->input + s->n, bytes, n);
    s->n += n;
}

/* ---- output ---- */

static void output_close(struct streams *s, int which)
{
    int *fd = &s->running->out[which];
    /* The terminal stays, for input. */
    if (*fd != s->running->terminal)
        close(*fd);
    *fd = -1;
    number_send(s, FRAME_END, (uint32_t)which + 1, 0);
}

/* What is there, as far as the host wants it. False where nothing was. */
static bool output_read(struct streams *s, int which)
{
    uint8_t bytes[FRAME_DATA_MAX];
    size_t room = sizeof(bytes) - sizeof(struct frame_header) - sizeof(struct le32);
    room = s->credit[which] < room ? s->credit[which] : room;
    struct le32 stream = le32_put((uint32_t)which + 1);
    ssize_t got = read(s->running->out[which], bytes, room);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (got <= 0) { /* a terminal's end is an error */
        output_close(s, which);
        return true;
    }
    s->credit[which] -= (uint32_t)got;
    channel_send(s->channel, FRAME_DATA, &stream, sizeof(stream), bytes, (size_t)got);
    return true;
}

/* ---- frames and reports ---- */

static void signal_send(const struct streams *s, uint32_t number)
{
    if (!s->ended && number > 0 && number < NSIG)
        kill(-s->running->group, (int)number);
}

static void frame_use(struct streams *s)
{
    const struct frame *frame = &s->frame;
    const struct le32 *number = (const struct le32 *)frame->payload;
    uint32_t first = frame->n >= 4 ? le32_get(number[0]) : 0;
    uint32_t second = frame->n >= 8 ? le32_get(number[1]) : 0;
    switch (frame->type) {
    case FRAME_DATA:
        input_add(s, frame->payload + 4, frame->n - 4);
        break;
    case FRAME_END:
        s->input_ends = true;
        if (s->n == 0)
            input_close(s);
        break;
    case FRAME_CREDIT:
        if (first == 1 || first == 2)
            s->credit[first - 1] += second;
        break;
    case FRAME_CLOSED: /* the command is to meet it as a pipe without reader */
        if ((first == 1 || first == 2) && s->running->out[first - 1] >= 0)
            output_close(s, (int)first - 1);
        break;
    case FRAME_SIZE:
        if (s->running->terminal >= 0)
            terminal_resize(s->running->terminal, first, second);
        break;
    case FRAME_SIGNAL:
        signal_send(s, first);
        break;
    default:
        break;
    }
}

static void report_use(struct streams *s)
{
    struct report report;
    ssize_t got = read(s->running->reports, &report, sizeof(report));
    if (got == sizeof(report) && report.kind == REPORT_STOPPED) {
        channel_send(s->channel, FRAME_STOPPED, NULL, 0, NULL, 0);
        return;
    }
    /* A watcher that is killed has taken its command with it. */
    s->status = got == sizeof(report) ? report.value : 128 + SIGKILL;
    s->ended = true;
}

/* ---- the loop ---- */

static void polls_fill(const struct streams *s, struct pollfd polls[AT_N])
{
    const struct running *r = s->running;
    for (int i = 0; i < AT_N; i++)
        polls[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    polls[AT_CHANNEL].fd = s->channel;
    if (!s->ended)
        polls[AT_REPORTS].fd = r->reports;
    if (s->n > 0)
        polls[AT_IN] = (struct pollfd){.fd = input_fd(s), .events = POLLOUT};
    for (int which = 0; which < 2; which++)
        if (s->credit[which] > 0)
            polls[AT_OUT + which].fd = r->out[which];
}

/* After the command: what is still in a pipe or terminal is passed on, but nobody waits for others
 * that have it open. */
static bool has_rest(struct streams *s, int ready)
{
    bool rest = false;
    for (int which = 0; which < 2; which++) {
        if (s->running->out[which] < 0)
            continue;
        if (s->credit[which] > 0 && ready == 0)
            output_close(s, which);
        else
            rest = true;
    }
    return rest;
}

static void pass(struct streams *s)
{
    struct pollfd polls[AT_N];
    for (int ready = 1; !s->ended || has_rest(s, ready);) {
        polls_fill(s, polls);
        int rest_ms = s->running->terminal >= 0 ? TERMINAL_REST_MS : 0;
        bool waits = s->ended && (polls[AT_OUT].fd >= 0 || polls[AT_ERROR].fd >= 0);
        ready = poll(polls, AT_N, waits ? rest_ms : -1);
        if (ready < 0) {
            ready = 1;
            continue;
        }
        if (polls[AT_CHANNEL].revents) {
            channel_receive(s->channel, &s->frame);
            frame_use(s);
        }
        if (polls[AT_IN].revents && s->n > 0 && input_fd(s) >= 0)
            input_write(s);
        for (int which = 0; which < 2; which++)
            if (polls[AT_OUT + which].revents && s->running->out[which] >= 0)
                (void)output_read(s, which);
        if (polls[AT_REPORTS].revents)
            report_use(s);
    }
}

void streams_pass(int channel, struct running *running)
{
    struct streams s = {
        .channel = channel,
        .running = running,
        .credit = {FRAME_WINDOW, FRAME_WINDOW},
        .input = malloc(FRAME_WINDOW),
    };
    if (!s.input)
        kill(-running->group, SIGKILL);
    pass(&s);
    if (running->in >= 0)
        close(running->in);
    if (running->terminal >= 0)
        close(running->terminal);
    close(running->reports);
    free(s.input);
    free(s.frame.payload);
    channel_send_number(channel, FRAME_EXIT, s.status);
    *running = (struct running){0};
}
