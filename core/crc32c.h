/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CRC-32C (Castagnoli, reflected 0x82F63B78), by the CPU's instruction where there is one. */
#ifndef LXKIT_CORE_CRC32C_H
#define LXKIT_CORE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continues crc over n bytes, with neither initial nor final inversion: ext4 starts at ~0 (or a
 * seed) and stores the result; VHDX stores ~crc32c(~0, ...). */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t n);

#endif
