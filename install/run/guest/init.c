/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "install/run/guest/guest.h"

struct state {
    int channel;
    struct frame frame;
    struct command next;
    pid_t init; /* /sbin/init; 0: it was not started */
};

/* A path behind skip bytes; the text is NUL-terminated. */
static const char *text_at(const struct frame *frame, size_t skip)
{
    return frame->n >= skip ? (const char *)frame->payload + skip : "";
}

static uint32_t number_at(const struct frame *frame, size_t i)
{
    const struct le32 *numbers = (const struct le32 *)frame->payload;
    return frame->n >= (i + 1) * sizeof(*numbers) ? le32_get(numbers[i]) : 0;
}

static void answer_read(const struct state *s)
{
    size_t max = number_at(&s->frame, 0), n;
    const char *path = text_at(&s->frame, 4);
    char *text = NULL;
    int rc = max < FRAME_PAYLOAD_MAX ? system_read(path, max, &text, &n) : -EINVAL;
    if (rc == 0)
        channel_send(s->channel, FRAME_CONTENT, text, n, NULL, 0);
    else
        channel_answer(s->channel, rc == -ENOENT ? 0 : rc, path);
    free(text);
}

static void answer_write(const struct state *s)
{
    const char *path = text_at(&s->frame, 4);
    const char *content = path + strlen(path) + 1;
    size_t before = (size_t)(content - (const char *)s->frame.payload);
    int rc = before > s->frame.n ? -EINVAL
                                 : system_write(path, (mode_t)number_at(&s->frame, 0), content,
                                                s->frame.n - before);
    channel_answer(s->channel, rc, path);
}

static void answer_link(const struct state *s)
{
    const char *target = text_at(&s->frame, 0);
    const char *path = target + strlen(target) + 1;
    channel_answer(s->channel, system_link(target, path), path);
}

static void answer_network(const struct state *s)
{
    const uint8_t *p = s->frame.payload;
    int rc = s->frame.n == 12 ? system_network(p, p + 4, p + 8) : -EINVAL;
    channel_answer(s->channel, rc, "the network");
}

/* What is said of a command is not answered one by one. */
static void note(struct state *s, int rc)
{
    s->next.wrong = s->next.wrong ? s->next.wrong : rc;
}

static void answer_run(struct state *s)
{
    struct frame_run how;
    struct running running = {.in = -1, .terminal = -1, .reports = -1, .out = {-1, -1}};
    char what[64];
    memcpy(&how, s->frame.payload, sizeof(how));
    int rc = command_start(&running, &s->next, &how, s->init, what);
    command_forget(&s->next);
    channel_answer(s->channel, rc, what);
    if (rc == 0 && !(le32_get(how.flags) & FRAME_RUN_BACKGROUND)) {
        streams_pass(s->channel, &running);
        return;
    }
    const int fds[] = {running.reports, running.in, running.out[0], running.out[1]};
    for (size_t i = 0; i < 4; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static void __attribute__((noreturn)) answer_off(const struct state *s)
{
    channel_answer(s->channel, system_end(s->init), "the disk");
    system_off();
}

static void answer(struct state *s)
{
    const struct frame *frame = &s->frame;
    const char *text = text_at(frame, 0);
    switch (frame->type) {
    case FRAME_MOUNT:
        channel_answer(s->channel, system_mount(text), "the disk");
        break;
    case FRAME_READ:
        answer_read(s);
        break;
    case FRAME_WRITE:
        answer_write(s);
        break;
    case FRAME_LINK:
        answer_link(s);
        break;
    case FRAME_TMPFS:
        channel_answer(s->channel, system_tmpfs(text), text);
        break;
    case FRAME_HOSTNAME:
        channel_answer(s->channel, sethostname(text, frame->n) < 0 ? -errno : 0, text);
        break;
    case FRAME_NETWORK:
        answer_network(s);
        break;
    case FRAME_INIT:
        channel_answer(s->channel, system_init(&s->init), "/sbin/init");
        break;
    case FRAME_USER:
        note(s, command_user(&s->next, frame->payload, frame->n));
        break;
    case FRAME_CWD:
        note(s, command_cwd(&s->next, text));
        break;
    case FRAME_ENV:
        note(s, command_add(&s->next.env, &s->next.n_env, text));
        break;
    case FRAME_ARG:
        note(s, command_add(&s->next.args, &s->next.n_args, text));
        break;
    case FRAME_RUN:
        answer_run(s);
        break;
    case FRAME_OFF:
        answer_off(s);
    default: /* late words to a command that has ended */
        break;
    }
}

int main(void)
{
    struct state state = {0};
    system_begin();
    /* Orphans end without anybody asking how. */
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    state.channel = channel_open();
    if (state.channel < 0) {
        fputs("init: there is no virtio port " FRAME_PORT "\n", stderr);
        system_off();
    }
    channel_answer(state.channel, 0, "");
    for (;;) {
        channel_receive(state.channel, &state.frame);
        answer(&state);
    }
}
