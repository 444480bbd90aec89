/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An output in the very directory that is being read would become part of its own input. */
#ifndef LXKIT_IMAGE_INSIDE_H
#define LXKIT_IMAGE_INSIDE_H

#include "core/error.h"

/* USAGE where input is a directory and path, which need not exist, lies in it at any depth. */
int inside_refuse(const char *input, const char *path, struct error *err) MUST_CHECK;

#endif
