/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_upcase.h"

#include <stdlib.h>

#include "core/attributes.h"
#include "core/le.h"

enum {
    SLICES = 8, /* bytes that the checksum takes at once */
};

/* Where the table of Windows 8 to 11 differs from "every unit is its own upper case", as runs:
 * first unit, how many, the distance between two, and what is added (modulo 65536). */
static const struct {
    uint16_t first;
    uint8_t count, stride;
    int32_t delta;
} runs[] = {
    /* clang-format off */
    {0x0061, 26, 1, -32}, {0x00e0, 23, 1, -32}, {0x00f8, 7, 1, -32}, {0x00ff, 1, 1, 121},
    {0x0101, 24, 2, -1}, {0x0133, 3, 2, -1}, {0x013a, 8, 2, -1}, {0x014b, 23, 2, -1},
    {0x017a, 3, 2, -1}, {0x0180, 1, 1, 195}, {0x0183, 2, 2, -1}, {0x0188, 1, 1, -1},
    {0x018c, 1, 1, -1}, {0x0192, 1, 1, -1}, {0x0195, 1, 1, 97}, {0x0199, 1, 1, -1},
    {0x019a, 1, 1, 163}, {0x019e, 1, 1, 130}, {0x01a1, 3, 2, -1}, {0x01a8, 1, 1, -1},
    {0x01ad, 1, 1, -1}, {0x01b0, 1, 1, -1}, {0x01b4, 2, 2, -1}, {0x01b9, 1, 1, -1},
    {0x01bd, 1, 1, -1}, {0x01bf, 1, 1, 56}, {0x01c6, 1, 1, -2}, {0x01c9, 1, 1, -2},
    {0x01cc, 1, 1, -2}, {0x01ce, 8, 2, -1}, {0x01dd, 1, 1, -79}, {0x01df, 9, 2, -1},
    {0x01f3, 1, 1, -2}, {0x01f5, 1, 1, -1}, {0x01f9, 20, 2, -1}, {0x0223, 9, 2, -1},
    {0x023c, 1, 1, -1}, {0x0242, 1, 1, -1}, {0x0247, 5, 2, -1}, {0x0250, 1, 1, 10783},
    {0x0251, 1, 1, 10780}, {0x0253, 1, 1, -210}, {0x0254, 1, 1, -206}, {0x0256, 2, 1, -205},
    {0x0259, 1, 1, -202}, {0x025b, 1, 1, -203}, {0x0260, 1, 1, -205}, {0x0263, 1, 1, -207},
    {0x0268, 1, 1, -209}, {0x0269, 1, 1, -211}, {0x026b, 1, 1, 10743}, {0x026f, 1, 1, -211},
    {0x0271, 1, 1, 10749}, {0x0272, 1, 1, -213}, {0x0275, 1, 1, -214}, {0x027d, 1, 1, 10727},
    {0x0280, 1, 1, -218}, {0x0283, 1, 1, -218}, {0x0288, 1, 1, -218}, {0x0289, 1, 1, -69},
    {0x028a, 2, 1, -217}, {0x028c, 1, 1, -71}, {0x0292, 1, 1, -219}, {0x0371, 2, 2, -1},
    {0x0377, 1, 1, -1}, {0x037b, 3, 1, 130}, {0x03ac, 1, 1, -38}, {0x03ad, 3, 1, -37},
    {0x03b1, 17, 1, -32}, {0x03c3, 9, 1, -32}, {0x03cc, 1, 1, -64}, {0x03cd, 2, 1, -63},
    {0x03d7, 1, 1, -8}, {0x03d9, 12, 2, -1}, {0x03f2, 1, 1, 7}, {0x03f8, 1, 1, -1},
    {0x03fb, 1, 1, -1}, {0x0430, 32, 1, -32}, {0x0450, 16, 1, -80}, {0x0461, 17, 2, -1},
    {0x048b, 27, 2, -1}, {0x04c2, 7, 2, -1}, {0x04cf, 1, 1, -15}, {0x04d1, 42, 2, -1},
    {0x0561, 38, 1, -48}, {0x1d79, 1, 1, -30204}, {0x1d7d, 1, 1, 3814}, {0x1e01, 75, 2, -1},
    {0x1ea1, 48, 2, -1}, {0x1f00, 8, 1, 8}, {0x1f10, 6, 1, 8}, {0x1f20, 8, 1, 8}, {0x1f30, 8, 1, 8},
    {0x1f40, 6, 1, 8}, {0x1f51, 4, 2, 8}, {0x1f60, 8, 1, 8}, {0x1f70, 2, 1, 74}, {0x1f72, 4, 1, 86},
    {0x1f76, 2, 1, 100}, {0x1f78, 2, 1, 128}, {0x1f7a, 2, 1, 112}, {0x1f7c, 2, 1, 126},
    {0x1f80, 8, 1, 8}, {0x1f90, 8, 1, 8}, {0x1fa0, 8, 1, 8}, {0x1fb0, 2, 1, 8}, {0x1fb3, 1, 1, 9},
    {0x1fc3, 1, 1, 9}, {0x1fd0, 2, 1, 8}, {0x1fe0, 2, 1, 8}, {0x1fe5, 1, 1, 7}, {0x1ff3, 1, 1, 9},
    {0x214e, 1, 1, -28}, {0x2170, 16, 1, -16}, {0x2184, 1, 1, -1}, {0x24d0, 26, 1, -26},
    {0x2c30, 47, 1, -48}, {0x2c61, 1, 1, -1}, {0x2c65, 1, 1, -10795}, {0x2c66, 1, 1, -10792},
    {0x2c68, 3, 2, -1}, {0x2c73, 1, 1, -1}, {0x2c76, 1, 1, -1}, {0x2c81, 50, 2, -1},
    {0x2d00, 38, 1, -7264}, {0xa641, 16, 2, -1}, {0xa663, 6, 2, -1}, {0xa681, 12, 2, -1},
    {0xa723, 7, 2, -1}, {0xa733, 31, 2, -1}, {0xa77a, 2, 2, -1}, {0xa77f, 5, 2, -1},
    {0xa78c, 1, 1, -1}, {0xff41, 26, 1, -32},
    /* clang-format on */
};

int ntfs_upcase_make(uint16_t **out, struct error *err)
{
    uint16_t *table = malloc(NTFS_UPCASE_UNITS * sizeof(*table));
    if (!table)
        return error_no_memory(err);
    for (uint32_t unit = 0; unit < NTFS_UPCASE_UNITS; unit++)
        table[unit] = (uint16_t)unit;
    for (size_t i = 0; i < array_length(runs); i++) {
        for (uint32_t n = 0; n < runs[i].count; n++) {
            uint32_t unit = runs[i].first + n * runs[i].stride;
            table[unit] = (uint16_t)(unit + (uint32_t)runs[i].delta);
        }
    }
    *out = table;
    return 0;
}

uint64_t ntfs_upcase_checksum(const void *bytes, size_t n)
{
    static const uint64_t polynomial = UINT64_C(0x9A6C9329AC4BC9B5); /* CRC-64/NVME, reflected */
    const uint8_t *at = bytes;
    uint64_t crc = UINT64_MAX;
    uint64_t after[SLICES][256]; /* a byte, and the zeros behind it */

    for (unsigned byte = 0; byte < 256; byte++) {
        uint64_t sum = byte;
        for (int bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ (sum & 1 ? polynomial : 0);
        after[0][byte] = sum;
    }
    for (int slice = 1; slice < SLICES; slice++) {
        for (unsigned byte = 0; byte < 256; byte++)
            after[slice][byte] =
                after[slice - 1][byte] >> 8 ^ after[0][after[slice - 1][byte] & 0xff];
    }
    for (; n >= SLICES; n -= SLICES, at += SLICES) {
        uint64_t sum = 0;
        crc ^= le64_get(*(const struct le64 *)(const void *)at);
        for (int slice = 0; slice < SLICES; slice++)
            sum ^= after[SLICES - 1 - slice][crc >> 8 * slice & 0xff];
        crc = sum;
    }
    for (; n > 0; n--)
        crc = crc >> 8 ^ after[0][(crc ^ *at++) & 0xff];
    return ~crc;
}
