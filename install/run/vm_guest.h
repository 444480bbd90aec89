/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the init in the machine is asked to do, one call a request. Errors name what was tried and
 * the guest's reason. */
#ifndef LXKIT_INSTALL_RUN_VM_GUEST_H
#define LXKIT_INSTALL_RUN_VM_GUEST_H

#include <sys/types.h>

#include "core/error.h"
#include "install/run/contract.h"
#include "install/run/vm_machine.h"

/* Waits for the answer to the request that was sent: FRAME_DONE or FRAME_CONTENT, or fails with
 * *number (may be NULL) the guest's errno. */
int guest_answer(struct machine *machine, struct machine_frame *out, int *number,
                 struct error *err) MUST_CHECK;

int guest_mount(struct machine *machine, const char *options, struct error *err) MUST_CHECK;
int guest_write(struct machine *machine, const char *path, mode_t mode, const char *text,
                struct error *err) MUST_CHECK;
int guest_link(struct machine *machine, const char *target, const char *path,
               struct error *err) MUST_CHECK;
int guest_tmpfs(struct machine *machine, const char *path, struct error *err) MUST_CHECK;
int guest_hostname(struct machine *machine, const char *name, struct error *err) MUST_CHECK;
int guest_network(struct machine *machine, struct error *err) MUST_CHECK;
int guest_init(struct machine *machine, struct error *err) MUST_CHECK;
/* Ends everything inside and makes the disk clean. */
int guest_off(struct machine *machine, struct error *err) MUST_CHECK;

/* Where QEMU's user network has its name server. */
#define GUEST_NAMESERVER "10.0.2.3"

/* A command; lists end with NULL. */
struct guest_command {
    uint32_t uid, gid;
    mode_t umask;
    const uint32_t *groups;
    size_t n_groups;
    const char *cwd;
    char *const *env;
    const char *file;
    char *const *argv;
    unsigned flags; /* enum frame_run_flags */
    unsigned rows, columns;
};

/* Starts it: 0; 1 where it cannot be executed, with *number the guest's errno; negative otherwise.
 */
int guest_run(struct machine *machine, const struct guest_command *command, int *number,
              struct error *err) MUST_CHECK;
/* A line for /bin/sh as root, as a command that holds on to both. */
struct guest_line {
    char shell[sizeof("/bin/sh")], dash_c[sizeof("-c")];
    char *argv[4];
};
void guest_line_command(struct guest_command *out, struct guest_line *line,
                        const struct contract *contract, char *text);

/* The same, without input and output: waits for its end up to timeout_ms, then
 * ends it. Its status; 0 in the background (flags); -1 on error. */
int guest_shell(struct machine *machine, const struct contract *contract, const char *line,
                unsigned flags, int timeout_ms, struct error *err) MUST_CHECK;

/* The distribution's files, as contract.h reads them. */
struct guest_root {
    struct contract_root root;
    struct machine *machine;
};
void guest_root_init(struct guest_root *out, struct machine *machine);

#endif
