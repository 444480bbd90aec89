/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sizes as people write them. */
#ifndef LXKIT_CORE_SIZE_H
#define LXKIT_CORE_SIZE_H

#include <stdint.h>

#include "core/error.h"

enum {
    SIZE_TEXT_BYTES = 32,
};

/* "4096", "64K", "10M", "8G", "1T", also "8GiB", "8GB", "8g": all powers of 1024. Fails with USAGE
 * for signs, fractions, other suffixes and overflow; what names the value in the message. */
int size_parse(uint64_t *out, const char *text, const char *what, struct error *err) MUST_CHECK;
/* Three significant digits: "0 B", "512 B", "41.0 MiB", "1.00 TiB". Returns text. */
const char *size_format(uint64_t bytes, char text[SIZE_TEXT_BYTES]);

#endif
