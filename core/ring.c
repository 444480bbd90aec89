/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/ring.h"

#include <stdlib.h>

#include "core/cancel.h"

enum {
    BUFFER_ALIGNMENT = 4096,
};

int ring_init(struct ring *ring, size_t n, size_t bytes, struct error *err)
{
    *ring = (struct ring){.n = n};
    pthread_mutex_init(&ring->lock, NULL);
    pthread_cond_init(&ring->work, NULL);
    pthread_cond_init(&ring->room, NULL);
    for (size_t i = 0; i < n; i++) {
        ring->buffers[i].bytes = aligned_alloc(BUFFER_ALIGNMENT, bytes);
        if (!ring->buffers[i].bytes)
            return error_no_memory(err);
    }
    return 0;
}

int ring_start(struct ring *ring, void *(*run)(void *), void *argument, struct error *err)
{
    if (cancel_thread_start(&ring->thread, run, argument, err) < 0)
        return -1;
    ring->started = true;
    return 0;
}

void ring_join(struct ring *ring)
{
    if (ring->started)
        pthread_join(ring->thread, NULL);
    ring->started = false;
}

void ring_free(struct ring *ring)
{
    ring_stop(ring);
    ring_join(ring);
    pthread_cond_destroy(&ring->work);
    pthread_cond_destroy(&ring->room);
    pthread_mutex_destroy(&ring->lock);
    for (size_t i = 0; i < ring->n; i++)
        free(ring->buffers[i].bytes);
}

/* ---- who fills ---- */

struct ring_buffer *ring_to_fill(struct ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    while (ring->filled - ring->emptied == ring->n && !ring->stopped)
        pthread_cond_wait(&ring->room, &ring->lock);
    struct ring_buffer *buffer = &ring->buffers[ring->filled % ring->n];
    bool stopped = ring->stopped;
    pthread_mutex_unlock(&ring->lock);
    return stopped ? NULL : buffer;
}

void ring_filled(struct ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    ring->filled++;
    pthread_cond_signal(&ring->work);
    pthread_mutex_unlock(&ring->lock);
}

void ring_end(struct ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    ring->ended = true;
    pthread_cond_signal(&ring->work);
    pthread_mutex_unlock(&ring->lock);
}

bool ring_drain(struct ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    while (ring->filled > ring->emptied && !ring->stopped)
        pthread_cond_wait(&ring->room, &ring->lock);
    bool stopped = ring->stopped;
    pthread_mutex_unlock(&ring->lock);
    return !stopped;
}

bool ring_is_busy(struct ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    bool busy = ring->filled > ring->emptied && !ring->stopped;
    pthread_mutex_unlock(&ring->lock);
    return busy;
}

/* ---- who empties ---- */

struct ring_buffer *ring_to_empty(struct ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    while (ring->filled == ring->emptied && !ring->ended && !ring->stopped)
        pthread_cond_wait(&ring->work, &ring->lock);
    struct ring_buffer *buffer = &ring->buffers[ring->emptied % ring->n];
    bool more = ring->filled > ring->emptied && !ring->stopped;
    pthread_mutex_unlock(&ring->lock);
    return more ? buffer : NULL;
}

void ring_emptied(struct ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    ring->buffers[ring->emptied % ring->n].used = 0;
    ring->emptied++;
    pthread_cond_signal(&ring->room);
    pthread_mutex_unlock(&ring->lock);
}

/* ---- both ---- */

void ring_stop(struct ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    ring->stopped = true;
    pthread_cond_signal(&ring->work);
    pthread_cond_signal(&ring->room);
    pthread_mutex_unlock(&ring->lock);
}
