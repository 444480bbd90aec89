/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether bytes are a registry hive that may be read and changed: what can be told from its frame,
 * before any parser sees the rest.
 *
 *     0      base block: "regf", two sequence numbers, length of the bins, checksum
 *     4096   bins, each "hbin", its offset and its length, a multiple of 4096
 *
 * Windows writes changes to NTUSER.DAT.LOG1 and .LOG2 first and marks the hive by raising one of
 * the numbers; they are equal again when all of it is in the hive. Source: the specifications of
 * the regf format by Maxim Suhanov and of libregf. */
#ifndef LXKIT_INSTALL_HIVE_CHECK_H
#define LXKIT_INSTALL_HIVE_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

enum {
    HIVE_BYTES_MAX = 128 << 20,
};

/* WRONG_KIND for what is no hive, UNSUPPORTED for changes that wait in its logs, LIMIT, DAMAGED.
 * The sentence names no file. */
int hive_check(const uint8_t *bytes, size_t n, struct error *err) MUST_CHECK;

#endif
