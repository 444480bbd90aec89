/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A copy that nobody else can change, of what must be read twice: to be verified, and to be used.
 */
#ifndef LXKIT_INSTALL_SPOOL_H
#define LXKIT_INSTALL_SPOOL_H

#include "core/error.h"
#include "core/event.h"

/* Reads `from` to its end into a file without a name, in the cache directory. *fd is open for
 * reading and writing. label is for messages. LIMIT beyond FETCH_BYTES_MAX, NO_SPACE, INTERRUPTED.
 */
int spool(int *fd, int from, const char *label, struct events *events,
          struct error *err) MUST_CHECK;

#endif
