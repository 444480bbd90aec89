/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LXKIT_VHDX_VHDX_CHECK_H
#define LXKIT_VHDX_VHDX_CHECK_H

#include "vhdx/vhdx.h"
#include "vhdx/vhdx_medium.h"

/* vhdx_check() on a medium, which it owns, also on failure. It must not be writable. */
int vhdx_check_medium(struct findings *out, struct vhdx_medium *medium,
                      struct error *err) MUST_CHECK;

#endif
