/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LXKIT_VHDX_VHDX_REPAIR_H
#define LXKIT_VHDX_VHDX_REPAIR_H

#include "vhdx/vhdx.h"
#include "vhdx/vhdx_medium.h"

/* vhdx_repair() on a writable medium, which it owns, also on failure. */
int vhdx_repair_medium(struct vhdx_repairs *out, struct vhdx_medium *medium, unsigned flags,
                       struct error *err) MUST_CHECK;

#endif
