/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A user's home: from /etc/skel, with SSH keys, or linked to the Windows profile. */
#ifndef LXKIT_IMAGE_PROVISION_HOME_H
#define LXKIT_IMAGE_PROVISION_HOME_H

#include "image/provision/provision_account.h"

/* What --link-home says; USAGE where it makes no sense, or together with what else is asked for. */
int home_check_link(const struct provision *provision, struct error *err) MUST_CHECK;
/* The lines of a file of public SSH keys, malloc'd; WRONG_KIND where it is something else. */
int home_read_keys(char **out, const char *file, struct error *err) MUST_CHECK;
/* Makes the home of an account that is new, and what is asked for in it. A home that the tree has
 * already stays as it is, and is told as a warning. */
int home_make(const struct account *account, struct overlay *overlay,
              const struct provision *provision, struct error *err) MUST_CHECK;
/* Whether path is a file that home_make() copies or edits. */
bool home_wants(const char *path);

#endif
