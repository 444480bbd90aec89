/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Without what makes a system one of its kind, so that it makes its own when it first starts. */
#ifndef LXKIT_IMAGE_FILTER_RESET_H
#define LXKIT_IMAGE_FILTER_RESET_H

#include "core/error.h"
#include "image/source.h"

/* /etc/machine-id becomes empty, which systemd takes for one to be filled in (machine-id(5));
 * /var/lib/dbus/machine-id, the SSH host keys and the seeds of
 * systemd's random numbers and credentials go. inner is owned, also on failure. */
int filter_reset(struct source **out, struct source *inner, struct error *err) MUST_CHECK;

#endif
