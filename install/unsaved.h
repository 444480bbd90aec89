/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run of the translation backend has changed is in a journal beside the disk
 * (image/mount/mount_journal.h) until it is in the disk. One that is there while nothing runs is
 * that of a run that did not end well, and part of the distribution: whoever took the disk alone
 * would lose it. */
#ifndef LXKIT_INSTALL_UNSAVED_H
#define LXKIT_INSTALL_UNSAVED_H

#include <stdbool.h>

#include "install/registration.h"

/* The journal's path, whether there is one or not. */
int unsaved_path(const struct registration *registration, char **out, struct error *err) MUST_CHECK;
bool unsaved_is_there(const struct registration *registration);
/* EXISTS, with the command that saves it, where there is one. */
int unsaved_refuse(const struct registration *registration, struct error *err) MUST_CHECK;

#endif
