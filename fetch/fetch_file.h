/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transport for files of this machine. */
#ifndef LXKIT_FETCH_FETCH_FILE_H
#define LXKIT_FETCH_FETCH_FILE_H

#include "core/event.h"
#include "fetch/fetch_part.h"
#include "fetch/fetch_url.h"

/* Copies the file into part. NOT_FOUND where it is missing, WRONG_KIND for what is not a regular
 * file. Messages leave out which file: the caller puts it before them. */
int fetch_file_get(const struct fetch_url *url, struct fetch_part *part, struct events *events,
                   struct error *err) MUST_CHECK;

#endif
