/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A QEMU that runs, and the frames to and from the init in it.
 *
 * Its console and QEMU's own words are kept, the last of them, for the error that tells of its end.
 * It is no child of the terminal: signals from there do not reach it. */
#ifndef LXKIT_INSTALL_RUN_VM_MACHINE_H
#define LXKIT_INSTALL_RUN_VM_MACHINE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/error.h"
#include "install/run/frame.h"

enum {
    MACHINE_TALK_BYTES = 4096, /* of console and QEMU that are kept */
    MACHINE_POLLS = 3,
};

/* Bytes that come at one end and go at the other. */
struct bytes {
    uint8_t *at;
    size_t n, room;
};

struct machine {
    pid_t pid; /* 0: none, or it was waited for */
    int process, talk, channel;
    bool talk_ended;
    char words[MACHINE_TALK_BYTES + 1];
    size_t n_words;
    struct bytes in, out;
    size_t frame_bytes; /* of in, taken up by the frame that was told last */
};

/* A frame that came; payload is good until the next one is asked for. */
struct machine_frame {
    enum frame_type type;
    const uint8_t *payload;
    size_t n;
};

/* Starts arguments[0], looked for in PATH. channel is the other end of the one it inherits; kept
 * are the descriptors that it is to inherit. All stay the caller's, but channel, which is the
 * machine's also on failure. */
int machine_start(struct machine *out, char *const *arguments, int channel, const int *kept,
                  size_t n_kept, struct error *err) MUST_CHECK;
/* What of it is to be polled, and what then is to be done. The latter fails where the machine has
 * ended or cannot be talked to, unless a frame is still there to be taken. */
void machine_polls(const struct machine *machine, struct pollfd polls[MACHINE_POLLS]);
int machine_handle(struct machine *machine, const struct pollfd polls[MACHINE_POLLS],
                   struct error *err) MUST_CHECK;
/* 1 with the next frame that has come, 0 where none has; DAMAGED for what is none. */
int machine_take(struct machine *machine, struct machine_frame *out, struct error *err) MUST_CHECK;
/* Queues one; a and b, one after the other, are its payload. */
int machine_send(struct machine *machine, enum frame_type type, const void *a, size_t na,
                 const void *b, size_t nb, struct error *err) MUST_CHECK;
/* Waits for a frame: 1; 0 when timeout_ms have passed (negative: never); fails likewise, and where
 * a signal wants an end. */
int machine_wait(struct machine *machine, struct machine_frame *out, int timeout_ms,
                 struct error *err) MUST_CHECK;
/* Ends the talk: the init then ends all by itself. */
void machine_hang_up(struct machine *machine);
/* Waits until it has ended by itself, and passes over frames: 0, or an error where it has not in
 * time or ended badly. */
int machine_wait_end(struct machine *machine, int timeout_ms, struct error *err) MUST_CHECK;
/* Kills it if it runs, and frees. Zeroed is fine. */
void machine_stop(struct machine *machine);

#define AUTO_MACHINE CLEANUP(machine_stop)

#endif
