/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/vm_session.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "install/run/vm_terminal.h"

enum {
    CREDIT_STEP = FRAME_WINDOW / 8, /* credit is given in pieces of this size at least */
    AT_SIGNALS = MACHINE_POLLS,
    AT_INPUT,
    AT_OUTPUT,
    AT_ERROR,
    AT_N,
};

/* Standard output or error. */
struct outlet {
    int fd;
    bool file;     /* takes any length at once */
    bool closed;   /* nobody reads it */
    uint8_t *held; /* FRAME_WINDOW bytes, of which those from first on, n, wait to be written */
    size_t first, n;
    size_t credit; /* bytes written that the guest was not told of yet */
};

struct session {
    struct machine *machine;
    struct terminal terminal;
    int signals;
    struct outlet outlets[2];
    size_t input_credit;
    bool input_closed;
    bool ended;
    int status;
};

unsigned session_flags(void)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return 0;
    return FRAME_RUN_TERMINAL | (isatty(STDERR_FILENO) ? FRAME_RUN_TERMINAL_ERROR : 0u);
}

static int number_send(struct session *s, enum frame_type type, size_t first, size_t second,
                       struct error *err)
{
    const struct le32 numbers[] = {le32_put((uint32_t)first), le32_put((uint32_t)second)};
    return machine_send(s->machine, type, numbers, sizeof(numbers), NULL, 0, err);
}

/* ---- input ---- */

static int input_read(struct session *s, struct error *err)
{
    const struct le32 stream = le32_put(STDIN_FILENO);
    uint8_t bytes[FRAME_DATA_MAX];
    size_t room = s->input_credit < sizeof(bytes) ? s->input_credit : sizeof(bytes);
    ssize_t n = read(STDIN_FILENO, bytes, room);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (n <= 0) {
        s->input_closed = true;
        return number_send(s, FRAME_END, STDIN_FILENO, 0, err);
    }
    s->input_credit -= (size_t)n;
    return machine_send(s->machine, FRAME_DATA, &stream, sizeof(stream), bytes, (size_t)n, err);
}

/* ---- output ---- */

static int outlet_open(struct outlet *outlet, int fd, struct error *err)
{
    struct stat st;
    *outlet = (struct outlet){.fd = fd, .held = malloc(FRAME_WINDOW)};
    outlet->file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    return outlet->held ? 0 : error_no_memory(err);
}

static int outlet_add(struct outlet *outlet, const uint8_t *bytes, size_t n, struct error *err)
{
    if (outlet->closed)
        return 0;
    if (n > FRAME_WINDOW - outlet->n)
        return error_set(err, ERROR_DAMAGED, "the VM sends more than it may");
    if (n > FRAME_WINDOW - outlet->first - outlet->n) {
        memmove(outlet->held, outlet->held + outlet->first, outlet->n);
        outlet->first = 0;
    }
    memcpy(outlet->held + outlet->first + outlet->n, bytes, n);
    outlet->n += n;
    return 0;
}

/* As much as does not block: a pipe or terminal that is ready takes PIPE_BUF bytes. The descriptor
 * itself is others' as well, and stays as it is. */
static int outlet_write(struct session *s, size_t which, struct error *err)
{
    struct outlet *outlet = &s->outlets[which];
    size_t most = outlet->file || outlet->n < PIPE_BUF ? outlet->n : PIPE_BUF;
    ssize_t n = write(outlet->fd, outlet->held + outlet->first, most);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n < 0) {
        outlet->closed = true;
        outlet->n = 0;
        if (errno != EPIPE)
            return error_errno(err, errno, "write standard %s", which ? "error" : "output");
        return number_send(s, FRAME_CLOSED, which + 1, 0, err);
    }
    outlet->n -= (size_t)n;
    outlet->first = outlet->n ? outlet->first + (size_t)n : 0;
    outlet->credit += (size_t)n;
    if (outlet->credit < CREDIT_STEP)
        return 0;
    size_t credit = outlet->credit;
    outlet->credit = 0;
    return number_send(s, FRAME_CREDIT, which + 1, credit, err);
}

/* ---- signals and frames ---- */

static int signals_watch(struct error *err)
{
    static const int passed[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGUSR1, SIGUSR2};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < array_length(passed); i++)
        sigaddset(&set, passed[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? error_errno(err, errno, "watch for signals") : fd;
}

static int signal_pass(struct session *s, struct error *err)
{
    struct signalfd_siginfo info;
    if (read(s->signals, &info, sizeof(info)) != sizeof(info))
        return 0;
    if (info.ssi_signo != SIGWINCH)
        return number_send(s, FRAME_SIGNAL, info.ssi_signo, 0, err);
    unsigned rows, columns;
    terminal_size(&rows, &columns);
    return number_send(s, FRAME_SIZE, rows, columns, err);
}

static int stopped(struct session *s, struct error *err)
{
    if (!s->terminal.raw)
        return 0;
    if (terminal_suspend(&s->terminal, err) < 0)
        return -1;
    unsigned rows, columns;
    terminal_size(&rows, &columns);
    return number_send(s, FRAME_SIZE, rows, columns, err) < 0
               ? -1
               : number_send(s, FRAME_SIGNAL, SIGCONT, 0, err);
}

static int frame_use(struct session *s, const struct machine_frame *frame, struct error *err)
{
    struct le32 numbers[2] = {{{0}}, {{0}}};
    memcpy(numbers, frame->payload, frame->n < sizeof(numbers) ? frame->n : sizeof(numbers));
    uint32_t first = le32_get(numbers[0]);
    switch (frame->type) {
    case FRAME_DATA:
        if (frame->n < sizeof(*numbers) || first < 1 || first > 2)
            return error_set(err, ERROR_DAMAGED, "the VM sends output of nothing");
        return outlet_add(&s->outlets[first - 1], frame->payload + sizeof(*numbers),
                          frame->n - sizeof(*numbers), err);
    case FRAME_CREDIT:
        s->input_credit += le32_get(numbers[1]);
        return 0;
    case FRAME_CLOSED:
        s->input_closed = true;
        return 0;
    case FRAME_STOPPED:
        return stopped(s, err);
    case FRAME_EXIT:
        s->ended = true;
        s->status = (int)first;
        return 0;
    default: /* FRAME_END: nothing here is closed before all is */
        return 0;
    }
}

/* ---- the loop ---- */

static void polls_fill(const struct session *s, struct pollfd polls[AT_N])
{
    bool reads = !s->input_closed && !s->ended && s->input_credit > 0;
    machine_polls(s->machine, polls);
    polls[AT_SIGNALS] = (struct pollfd){.fd = s->signals, .events = POLLIN};
    polls[AT_INPUT] = (struct pollfd){.fd = reads ? STDIN_FILENO : -1, .events = POLLIN};
    for (size_t i = 0; i < 2; i++)
        polls[AT_OUTPUT + i] =
            (struct pollfd){.fd = s->outlets[i].n ? s->outlets[i].fd : -1, .events = POLLOUT};
}

/* 1 where there were any. */
static int frames_use(struct session *s, struct error *err)
{
    struct machine_frame frame;
    int rc, any = 0;
    for (; (rc = machine_take(s->machine, &frame, err)) > 0; any = 1)
        if (frame_use(s, &frame, err) < 0)
            return -1;
    return rc < 0 ? -1 : any;
}

static int step(struct session *s, struct error *err)
{
    struct pollfd polls[AT_N];
    /* First of all what is here already, some of it since before the session: nothing else may
     * come. */
    int rc = frames_use(s, err);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    polls_fill(s, polls);
    if (poll(polls, AT_N, -1) < 0)
        return errno == EINTR ? 0 : error_errno(err, errno, "wait for the command");
    if (machine_handle(s->machine, polls, err) < 0 ||
        (polls[AT_SIGNALS].revents && signal_pass(s, err) < 0))
        return -1;
    if (polls[AT_INPUT].revents && !s->ended && input_read(s, err) < 0)
        return -1;
    for (size_t i = 0; i < 2; i++)
        if (polls[AT_OUTPUT + i].revents && outlet_write(s, i, err) < 0)
            return -1;
    return 0;
}

static bool has_rest(const struct session *s)
{
    return s->outlets[0].n > 0 || s->outlets[1].n > 0;
}

static int pass(struct session *s, unsigned flags, struct error *err)
{
    if (outlet_open(&s->outlets[0], STDOUT_FILENO, err) < 0 ||
        outlet_open(&s->outlets[1], STDERR_FILENO, err) < 0 ||
        (s->signals = signals_watch(err)) < 0)
        return -1;
    if ((flags & FRAME_RUN_TERMINAL) && terminal_raw(&s->terminal, err) < 0)
        return -1;
    while (!s->ended || has_rest(s)) {
        if (step(s, err) < 0)
            return -1;
    }
    return 0;
}

int session_run(struct machine *machine, unsigned flags, int *status, struct error *err)
{
    struct session s = {.machine = machine, .signals = -1, .input_credit = FRAME_WINDOW};
    struct sigaction ignored = {.sa_handler = SIG_IGN}, before;
    sigaction(SIGPIPE, &ignored, &before);
    int rc = pass(&s, flags, err);
    terminal_restore(&s.terminal);
    sigaction(SIGPIPE, &before, NULL);
    if (s.signals >= 0)
        close(s.signals);
    free(s.outlets[0].held);
    free(s.outlets[1].held);
    *status = s.status;
    return rc;
}
