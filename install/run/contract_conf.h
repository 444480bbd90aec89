/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /etc/wsl.conf and /etc/wsl-distribution.conf: [section], key = value, # comments.
 *
 * Values may stand in quotes, with \\ \" \b \n \t and a backslash that joins lines. Of a key that
 * comes twice the first one counts, keys compare without case, and a line that makes no sense ends
 * the reading; all that is told as a warning. Source: microsoft/WSL src/shared/configfile. */
#ifndef LXKIT_INSTALL_RUN_CONTRACT_CONF_H
#define LXKIT_INSTALL_RUN_CONTRACT_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/event.h"

enum conf_type {
    CONF_UNUSED, /* known to WSL, without meaning here */
    CONF_TEXT,
    CONF_BOOLEAN, /* true, false, 1, 0 */
    CONF_NUMBER,  /* decimal, 0x hexadecimal, 0 octal; not negative */
};

struct conf_key {
    const char *name; /* "boot.systemd" */
    enum conf_type type;
};

/* What a file said about the key of the same index; zeroed: nothing. */
struct conf_value {
    bool given;
    char *text;    /* malloc'd, of CONF_TEXT */
    long number;   /* of CONF_BOOLEAN (0, 1) and CONF_NUMBER */
    unsigned line; /* where it stands */
};

/* path is for warnings. values has n zeroed elements, to be freed also on failure. */
int conf_parse(const char *text, const char *path, const struct conf_key *keys, size_t n,
               struct conf_value *values, struct events *events, struct error *err) MUST_CHECK;
void conf_values_free(struct conf_value *values, size_t n);

#endif
