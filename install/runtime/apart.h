/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work with a library that may not survive what strangers made: in a process of its own. */
#ifndef LXKIT_INSTALL_APART_H
#define LXKIT_INSTALL_APART_H

#include "core/error.h"

enum {
    APART_CPU_SECONDS = 60,
};

/* Runs work(argument, err) in a child, and hands on what it says. What it leaves is what it wrote
 * to files; its memory is its own. DAMAGED, of the file at path, where it crashes or takes too
 * long. */
int apart_run(int (*work)(void *argument, struct error *err), void *argument, const char *path,
              struct error *err) MUST_CHECK;

#endif
