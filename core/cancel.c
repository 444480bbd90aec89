/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/cancel.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/signalfd.h>

static const int cancel_signals[] = {SIGINT, SIGTERM, SIGHUP};

static void signals_fill(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < array_length(cancel_signals); i++)
        sigaddset(set, cancel_signals[i]);
}

/* An ignored signal that is blocked would stay pending, and count as a wish to stop. */
void cancel_block(void)
{
    sigset_t set;
    signals_fill(&set);
    for (size_t i = 0; i < array_length(cancel_signals); i++) {
        struct sigaction action;
        if (sigaction(cancel_signals[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            sigdelset(&set, cancel_signals[i]);
    }
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static bool is_cancelled(void)
{
    sigset_t pending;
    sigpending(&pending);
    for (size_t i = 0; i < array_length(cancel_signals); i++)
        if (sigismember(&pending, cancel_signals[i]) == 1)
            return true;
    return false;
}

static int interrupted(struct error *err)
{
    return error_set(err, ERROR_INTERRUPTED, "interrupted; nothing was written");
}

int cancel_check(struct error *err)
{
    return is_cancelled() ? interrupted(err) : 0;
}

int cancel_wait_readable(int fd, struct error *err)
{
    struct pollfd polls[2] = {{.fd = fd, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
    if (is_cancelled())
        return interrupted(err);
    if (poll(polls, 1, 0) > 0)
        return 0;

    sigset_t set;
    signals_fill(&set);
    int signals AUTO_FD = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0)
        return error_errno(err, errno, "watch for signals");
    polls[1].fd = signals;
    while (poll(polls, 2, -1) < 0)
        if (errno != EINTR)
            return error_errno(err, errno, "wait for input");
    return is_cancelled() ? interrupted(err) : 0;
}

void cancel_deliver(void)
{
    sigset_t set;
    signals_fill(&set);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int cancel_thread_start(pthread_t *thread, void *(*run)(void *), void *argument, struct error *err)
{
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    int rc = pthread_create(thread, NULL, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc == 0 ? 0 : error_errno(err, rc, "start a thread");
}

void cancel_thread_stop(pthread_t thread)
{
    pthread_kill(thread, SIGTERM);
}
