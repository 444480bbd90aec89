/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parent locator of a differencing disk: keys and values in UTF-16 (MS-VHDX 2.6.2.6). */
#ifndef LXKIT_VHDX_VHDX_LOCATOR_H
#define LXKIT_VHDX_VHDX_LOCATOR_H

#include "vhdx/vhdx.h"
#include "vhdx/vhdx_rules.h"

/* bytes is the whole item. */
int vhdx_locator_get(struct vhdx_locator *out, const uint8_t *bytes, size_t n,
                     struct vhdx_judge *judge, struct error *err) MUST_CHECK;

#endif
