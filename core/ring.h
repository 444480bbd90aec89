/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Buffers that go round between two threads: one fills them, the other empties them, in order.
 *
 *         emptied           filled
 *            v                v
 *     | emptying | waiting | filling | free |        emptying + waiting = filled - emptied
 *
 * One of the two is the ring's own thread, the other is its owner's. */
#ifndef LXKIT_CORE_RING_H
#define LXKIT_CORE_RING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

enum {
    RING_BUFFERS_MAX = 8,
};

struct ring_buffer {
    uint8_t *bytes;
    size_t used; /* of them; 0 when it is to be filled */
};

struct ring {
    struct ring_buffer buffers[RING_BUFFERS_MAX];
    size_t n;
    pthread_t thread;
    bool started;

    pthread_mutex_t lock; /* for all below */
    pthread_cond_t work;  /* for who empties: filled, ended or stopped changed */
    pthread_cond_t room;  /* for who fills: emptied or stopped changed */
    uint64_t filled, emptied;
    bool ended;   /* nothing follows what is filled */
    bool stopped; /* one of the two goes on no more */
};

/* n buffers of that many bytes, aligned for direct I/O. To be freed also on failure. */
int ring_init(struct ring *ring, size_t n, size_t bytes, struct error *err) MUST_CHECK;
/* As cancel_thread_start(). */
int ring_start(struct ring *ring, void *(*run)(void *), void *argument,
               struct error *err) MUST_CHECK;
/* Waits for the thread to return, which it does after ring_end() or ring_stop(). */
void ring_join(struct ring *ring);
/* Stops, joins, frees. */
void ring_free(struct ring *ring);

/* For who fills. The next buffer, when it is free; NULL: stopped. */
struct ring_buffer *ring_to_fill(struct ring *ring);
void ring_filled(struct ring *ring);
/* Nothing follows. */
void ring_end(struct ring *ring);
/* Waits until all is emptied; false: stopped. */
bool ring_drain(struct ring *ring);
/* True while something is to be emptied. */
bool ring_is_busy(struct ring *ring);

/* For who empties. The next buffer, when it is filled; NULL: ended or stopped. */
struct ring_buffer *ring_to_empty(struct ring *ring);
void ring_emptied(struct ring *ring);

/* For both: drops what was not begun. What was written to memory before, an error for example, is
 * seen by the other when it learns of it; so with ring_end(). */
void ring_stop(struct ring *ring);

#endif
