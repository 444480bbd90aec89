/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the distribution's programs may not do: mount, and make name spaces of their own in which
 * they could. As in WSL 1. */
#ifndef LXKIT_INSTALL_RUN_TRANSLATION_FILTER_H
#define LXKIT_INSTALL_RUN_TRANSLATION_FILTER_H

#include "core/error.h"

/* Gives up the capabilities that mounting and the like need, for good, and filters the system calls
 * of this process and all that it starts. Set-user-ID programs go on to work. */
int translation_confine(struct error *err) MUST_CHECK;

#endif
