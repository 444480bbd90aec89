/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run of the translation backend has changed is in a journal beside the disk
 * (image/mount/mount_journal.h) until it is in the disk. One that is there while nothing runs is
 * that of a run that did not end well, and part of the distribution: whoever took the disk alone
 * would lose it. */
#ifndef LXKIT_INSTALL_UNSAVED_H
#define LXKIT_INSTALL_UNSAVED_H

#include <stdbool.h>

#include "install/registration.h"

/* Behind the disk's name: the new disk, as it is called until it takes the place of the old one. */
#define UNSAVED_IMAGE ".journal.new"

/* The journal's path, whether there is one or not. */
int unsaved_path(const struct registration *registration, char **out, struct error *err) MUST_CHECK;
bool unsaved_is_there(const struct registration *registration);
/* EXISTS, with the command that saves it, where there is one. */
int unsaved_refuse(const struct registration *registration, struct error *err) MUST_CHECK;

/* Likewise for a disk that somebody gives, with how to save it. */
int unsaved_refuse_disk(const char *disk, struct error *err) MUST_CHECK;
/* Deletes the journal, and a new disk that was not finished. */
int unsaved_delete(const struct registration *registration, struct error *err) MUST_CHECK;

#endif
