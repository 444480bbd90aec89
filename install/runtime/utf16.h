/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text as Windows keeps it: UTF-16LE, against our UTF-8. */
#ifndef LXKIT_INSTALL_UTF16_H
#define LXKIT_INSTALL_UTF16_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "install/text.h"

/* malloc'd, followed by a NUL of two bytes that *n does not count. UNSUPPORTED for what is no
 * UTF-8. */
int utf16_encode(uint8_t **out, size_t *n, const char *text, struct error *err) MUST_CHECK;
/* malloc'd; ends before the first NUL. DAMAGED for surrogates without their other half and for an
 * odd number of bytes. */
int utf16_decode(char **out, const uint8_t *bytes, size_t n, struct error *err) MUST_CHECK;

/* A list as REG_MULTI_SZ has it: its texts, each with a NUL behind it, and one more NUL. malloc'd;
 * *n counts all of that. UNSUPPORTED as above. */
int utf16_encode_list(uint8_t **out, size_t *n, const struct texts *texts,
                      struct error *err) MUST_CHECK;
/* Appends what is in one; it ends before its first empty text, or where the bytes do. DAMAGED as
 * above. Source: microsoft/WSL src/windows/common/registry.cpp. */
int utf16_decode_list(struct texts *out, const uint8_t *bytes, size_t n,
                      struct error *err) MUST_CHECK;

/* What a program of Windows wrote, in UTF-16LE or UTF-8, without byte order mark and CR; malloc'd.
 * A NUL that n does not count follows bytes. */
int windows_text(char **out, const char *bytes, size_t n, struct error *err) MUST_CHECK;

#endif
