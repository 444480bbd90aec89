/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command in the machine and this process's standard files: what one writes the other reads, and
 * signals to this process are passed on. */
#ifndef LXKIT_INSTALL_RUN_VM_SESSION_H
#define LXKIT_INSTALL_RUN_VM_SESSION_H

#include <stdbool.h>

#include "core/error.h"
#include "install/run/vm_machine.h"

/* What of the standard files is a terminal, as flags for guest_command; input and output count
 * together only: with a pipe between programs, the terminal is not the command's alone. */
unsigned session_flags(void);

/* From the command's start to its end; *status is what it ended with. The terminal is as it was
 * then. */
int session_run(struct machine *machine, unsigned flags, int *status, struct error *err) MUST_CHECK;

#endif
