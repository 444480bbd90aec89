/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that Windows' registry is written from and to: "Windows Registry Editor Version 5.00".
 *
 *     [HKEY_CURRENT_USER\Software\...\{guid}]
 *     "DistributionName"="lab"
 *     "Flags"=dword:0000000f
 *     "DefaultEnvironment"=hex(7):41,00,3d,00,62,00,00,00,\
 *       00,00
 *
 * UTF-16LE with a byte order mark and CRLF. Source: Microsoft, "Distribute registry changes", and
 * what reg.exe writes. */
#ifndef LXKIT_INSTALL_REG_FILE_H
#define LXKIT_INSTALL_REG_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "install/registration.h"

#define REG_LXSS "HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Lxss"

enum {
    REG_BYTES_MAX = 16 << 20, /* of a file that is read */
};

/* ---- writing ---- */

/* Text that grows, as UTF-8. */
struct reg_text {
    char *text; /* malloc'd */
    size_t n;
};

int reg_begin(struct reg_text *out, struct error *err) MUST_CHECK;
/* A key; what follows is in it. */
int reg_put_key(struct reg_text *out, const char *key, struct error *err) MUST_CHECK;
/* UNSUPPORTED for control characters, which the format cannot hold in text. */
int reg_put_text(struct reg_text *out, const char *name, const char *text,
                 struct error *err) MUST_CHECK;
int reg_put_dword(struct reg_text *out, const char *name, uint32_t number,
                  struct error *err) MUST_CHECK;
/* A REG_MULTI_SZ, byte by byte, in lines that are folded where regedit folds them. */
int reg_put_list(struct reg_text *out, const char *name, const struct texts *texts,
                 struct error *err) MUST_CHECK;
/* Takes a value away where the file is imported. */
int reg_put_removal(struct reg_text *out, const char *name, struct error *err) MUST_CHECK;
/* A value of a registration, or its removal where it has none. place is BasePath as Windows names
 * it. */
int reg_put_value(struct reg_text *out, struct registration *from,
                  const struct registration_value *value, const char *place,
                  struct error *err) MUST_CHECK;
/* As a file has it: malloc'd bytes of UTF-16LE. */
int reg_end(uint8_t **bytes, size_t *n, const struct reg_text *text, struct error *err) MUST_CHECK;
void reg_text_free(struct reg_text *text);

#define AUTO_REG_TEXT CLEANUP(reg_text_free)

/* ---- reading ---- */

enum reg_kind {
    REG_END,
    REG_KEY,   /* text: its whole path */
    REG_TEXT,  /* name and text; REG_SZ and REG_EXPAND_SZ */
    REG_DWORD, /* name and number */
    REG_LIST,  /* name and bytes; REG_MULTI_SZ */
    REG_OTHER, /* name */
};

struct reg_item {
    enum reg_kind kind;
    char *name, *text; /* malloc'd, or NULL */
    uint32_t number;
    uint8_t *bytes; /* malloc'd, or NULL */
    size_t n;       /* of bytes */
};

/* Takes what comes next in *at, text as UTF-8 without CR and byte order mark. DAMAGED. */
int reg_next(struct reg_item *out, const char **at, struct error *err) MUST_CHECK;
void reg_item_free(struct reg_item *item);

#define AUTO_REG_ITEM CLEANUP(reg_item_free)

#endif
