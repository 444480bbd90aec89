/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LXKIT_VHDX_VHDX_TEXT_H
#define LXKIT_VHDX_VHDX_TEXT_H

#include <stddef.h>

#include "core/le.h"

enum {
    VHDX_UTF8_PER_UNIT = 3, /* bytes of UTF-8 that a unit of UTF-16 becomes at most */
};

/* UTF-16 up to a NUL, n units at most, as UTF-8 with a NUL behind it. Halves of surrogate pairs
 * become U+FFFD. */
void vhdx_text_get(char *text, const struct le16 *units, size_t n);

#endif
