/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ctrl-C without handlers and without globals.
 *
 * cancel_block() blocks SIGINT, SIGTERM and SIGHUP at program start (threads inherit that); long
 * loops call cancel_check() every so many bytes or entries and unwind like for any other error,
 * so that every temporary is removed; at the end cancel_deliver() lets the pending signal take
 * its effect, and the parent sees the usual status.
 *
 * One thread alone is stopped by the same means: a signal to it stays pending in it, and what it
 * runs finds it in its own cancel_check(). */
#ifndef LXKIT_CORE_CANCEL_H
#define LXKIT_CORE_CANCEL_H

#include <pthread.h>

#include "core/error.h"

/* A signal that is ignored (nohup) stays so. */
void cancel_block(void);
/* 0, or -1 with INTERRUPTED when one of the signals is pending. */
int cancel_check(struct error *err) MUST_CHECK;
/* Waits until fd can be read, watching for the signals. Regular files return at once. */
int cancel_wait_readable(int fd, struct error *err) MUST_CHECK;
/* Unblocks: a pending signal ends the process here. */
void cancel_deliver(void);

/* Starts a thread that cancel_thread_stop() can stop, also where nobody called cancel_block(). */
int cancel_thread_start(pthread_t *thread, void *(*run)(void *), void *argument,
                        struct error *err) MUST_CHECK;
/* Makes cancel_check() and cancel_wait_readable() fail in that thread from now on. It is still to
 * be joined. */
void cancel_thread_stop(pthread_t thread);

#endif
