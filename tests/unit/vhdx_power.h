/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file in memory whose power can fail.
 *
 * What was written since the last flush is uncertain: when the power fails, each write, and each
 * sector of it, is there or not; the same holds for zeros, and a change of the length is there
 * or not. What was flushed stays. */
#ifndef LXKIT_TESTS_UNIT_VHDX_POWER_H
#define LXKIT_TESTS_UNIT_VHDX_POWER_H

#include "tests/unit/prng.h"
#include "vhdx/vhdx_medium.h"

enum {
    POWER_BYTES_MAX = 96 << 20,
    POWER_SECTOR = 512,
};

struct power_file; /* outlives its media */

struct power_file *power_file_new(const void *bytes, size_t n);
void power_file_free(struct power_file *file);
/* As it is: content and length. */
const uint8_t *power_file_bytes(const struct power_file *file, size_t *n);
/* Back to these bytes, all stable, power on. */
void power_file_set(struct power_file *file, const void *bytes, size_t n);

/* The n-th operation from now on that writes, lengthens or flushes (from 1) fails, and all behind
 * it; 0: none does. */
void power_file_fail_at(struct power_file *file, uint64_t n);
/* The n-th operation from now on (from 1) fails with half of its sectors done, and those behind it
 * work.
 */
void power_file_stumble_at(struct power_file *file, uint64_t n);
/* Sectors have n bytes from now on, instead of POWER_SECTOR. */
void power_file_sector(struct power_file *file, size_t n);
/* How many operations there have been since fail_at or set. */
uint64_t power_file_operations(const struct power_file *file);
/* What is found when the power is back. random decides the fate of what was not flushed. */
void power_file_restart(struct power_file *file, struct prng *random);

int power_file_medium(struct vhdx_medium **out, struct power_file *file, bool writable,
                      struct error *err) MUST_CHECK;

#endif
