/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user's terminal, while the command's own terminal does the work. */
#ifndef LXKIT_INSTALL_RUN_VM_TERMINAL_H
#define LXKIT_INSTALL_RUN_VM_TERMINAL_H

#include <stdbool.h>
#include <termios.h>

#include "core/error.h"

struct terminal {
    bool raw; /* it is to be put back */
    struct termios before;
};

/* Standard input passes every byte on, Ctrl-C too. */
int terminal_raw(struct terminal *terminal, struct error *err) MUST_CHECK;
/* As it was. Zeroed, or twice, is fine. */
void terminal_restore(struct terminal *terminal);
/* Puts it back, stops this process as Ctrl-Z would have, and goes on when it is continued. */
int terminal_suspend(struct terminal *terminal, struct error *err) MUST_CHECK;
void terminal_size(unsigned *rows, unsigned *columns);

#define AUTO_TERMINAL CLEANUP(terminal_restore)

#endif
