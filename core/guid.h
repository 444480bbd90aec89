/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GUIDs as Microsoft's formats store them: data1 LE32, data2 LE16, data3 LE16, data4 as 8 bytes.
 * Text is lower case, "12345678-1234-5678-0123-456789abcdef". */
#ifndef LXKIT_CORE_GUID_H
#define LXKIT_CORE_GUID_H

#include <stdbool.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/error.h"

enum {
    GUID_BYTES = 16,
    GUID_TEXT_BYTES = 37,   /* 36 characters and the NUL */
    GUID_BRACED_BYTES = 39, /* with braces */
};

struct guid {
    uint8_t byte[GUID_BYTES]; /* in on-disk order */
};

bool guid_equal(const struct guid *a, const struct guid *b);
bool guid_is_zero(const struct guid *g);
void guid_format(const struct guid *g, char text[GUID_TEXT_BYTES]);
void guid_format_braced(const struct guid *g, char text[GUID_BRACED_BYTES]);
/* Takes 36 characters, or 38 with braces, either case. */
bool guid_parse(struct guid *out, const char *text) MUST_CHECK;
/* A random GUID (version 4). */
int guid_random(struct guid *out, struct error *err) MUST_CHECK;
/* A GUID that follows from an identity and a label (version 8): the same for the same input. */
int guid_derive(struct guid *out, const struct sha256 *identity, const char *label,
                struct error *err) MUST_CHECK;

#endif
