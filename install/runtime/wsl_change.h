/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes to what the Windows around us has registered. */
#ifndef LXKIT_INSTALL_WSL_CHANGE_H
#define LXKIT_INSTALL_WSL_CHANGE_H

#include <stdbool.h>

#include "core/error.h"
#include "install/registration.h"

/* Registers a disk where it lies, or, for a translation distribution, imports its tree beside it.
 */
int wsl_register(const struct registration *entry, struct error *err) MUST_CHECK;
/* Ends it; BUSY where it is the one that we run in. */
int wsl_stop(const struct registration *entry, struct error *err) MUST_CHECK;
/* Forgets it. wsl.exe deletes disk and tree, which keep_files keeps out of its sight. */
int wsl_unregister(const struct registration *entry, bool keep_files, struct error *err) MUST_CHECK;
/* Gives it the values that differ from stored. */
int wsl_put_values(struct registration *entry, struct registration *stored,
                   struct error *err) MUST_CHECK;
int wsl_set_default(const char *name, struct error *err) MUST_CHECK;

#endif
