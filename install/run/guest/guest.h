/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The init of the VM: process 1, which does what lxinstall says over the virtio port
 * (install/run/frame.h). Linked statically, without the rest of lxkit.
 *
 * Functions return 0, or a negative errno. */
#ifndef LXKIT_INSTALL_RUN_GUEST_GUEST_H
#define LXKIT_INSTALL_RUN_GUEST_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "install/run/frame.h"

/* ---- guest_channel.c ---- */

struct frame {
    enum frame_type type;
    uint8_t *payload; /* a NUL stands behind it */
    size_t n;
};

/* Waits for the port and its other end; the descriptor. */
int channel_open(void);
/* Blocks until a whole frame is there. payload is good until the next call. Does not return where
 * the other end has gone: then all ends. */
void channel_receive(int channel, struct frame *out);
/* a and b, one after the other, are the payload. */
void channel_send(int channel, enum frame_type type, const void *a, size_t na, const void *b,
                  size_t nb);
void channel_send_number(int channel, enum frame_type type, uint32_t number);
/* FRAME_DONE for 0, else FRAME_FAILED. */
void channel_answer(int channel, int rc, const char *what);

/* ---- guest_system.c ---- */

/* /proc, /sys and /dev of the initramfs, and the modules that lie in it. */
void system_begin(void);
/* Makes the disk the root file system, with what belongs into every one. */
int system_mount(const char *options);
int system_read(const char *path, size_t max, char **text, size_t *n); /* -ENOENT: there is none */
int system_write(const char *path, mode_t mode, const void *bytes, size_t n);
int system_link(const char *target, const char *path);
int system_tmpfs(const char *path);
int system_network(const uint8_t address[4], const uint8_t mask[4], const uint8_t gateway[4]);
/* Starts /sbin/init in a process namespace of its own; *out is its process id. */
int system_init(pid_t *out);
/* Ends every process, init (0: none) first, and leaves the disk clean. */
int system_end(pid_t init);
void system_off(void) __attribute__((noreturn));

/* ---- guest_command.c ---- */

enum {
    COMMAND_GROUPS_MAX = 256,
    COMMAND_LIST_MAX = 1 << 20, /* of arguments, likewise of variables; the kernel has less */
};

/* What the next command is. */
struct command {
    uint32_t uid, gid;
    mode_t mask;
    gid_t groups[COMMAND_GROUPS_MAX];
    size_t n_groups;
    char *cwd;
    char **env, **args;
    size_t n_env, n_args;
    int wrong; /* what went wrong so far, as a negative errno */
};

int command_user(struct command *command, const uint8_t *payload, size_t n);
int command_cwd(struct command *command, const char *cwd);
/* Appends a copy to a list of *n; it stays NULL-terminated. */
int command_add(char ***list, size_t *n, const char *text);
void command_forget(struct command *command);

enum report_kind {
    REPORT_STARTED = 1, /* value: process id */
    REPORT_FAILED,      /* value: errno */
    REPORT_STOPPED,
    REPORT_EXIT, /* value: as in FRAME_EXIT */
};

/* What the process that watches over a command tells. */
struct report {
    uint32_t kind;
    uint32_t value;
    char what[64]; /* REPORT_FAILED: what was tried */
};

/* A command that runs. Descriptors are -1 where there is none. */
struct running {
    pid_t group;  /* its process group; 0: nothing runs */
    int reports;  /* struct report come from here */
    int terminal; /* the pty's master, which is input and output */
    int in;       /* its standard input, a pipe's end */
    int out[2];   /* its standard output and error; out[0] is the terminal where there is one */
};

/* Starts it, beside init where that is not 0, and waits for its first report. The answer to the
 * request in *what for a failure. */
int command_start(struct running *out, const struct command *command, const struct frame_run *how,
                  pid_t init, char what[64]);
void terminal_resize(int terminal, uint32_t rows, uint32_t columns);

/* ---- guest_streams.c ---- */

/* Passes input, output and signals until the command has ended, and tells how. */
void streams_pass(int channel, struct running *running);

#endif
