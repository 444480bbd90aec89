/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /etc/wsl.conf and /etc/wsl-distribution.conf, being edited: what is not touched stays byte by
 * byte, comments too.
 *
 * The runtime reads [section], key = value and # comments; names are letters and digits, a value
 * may stand in quotes, with \\ \" \b \n \t and a backslash that joins lines. Names compare without
 * case, of a key that comes twice the first counts, and a line that makes no sense ends the
 * reading. Source: microsoft/WSL src/shared/configfile. */
#ifndef LXKIT_IMAGE_PROVISION_CONF_H
#define LXKIT_IMAGE_PROVISION_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/event.h"

enum {
    CONF_NAME_BYTES = 64, /* of a section or a key, with its NUL */
};

/* "section.key=value" in its parts. */
struct conf_setting {
    char section[CONF_NAME_BYTES];
    char key[CONF_NAME_BYTES];
    const char *value; /* within the text */
};

/* USAGE where text is not of that form, a value does not fit a key that is known, or it cannot be
 * written. A key that is not known is told as a warning. */
int conf_setting_parse(struct conf_setting *out, const char *text, struct events *events,
                       struct error *err) MUST_CHECK;
/* Sets a key in *text, which is malloc'd and replaced; a value that stands is replaced where
 * replace. path is for messages; DAMAGED where a line makes no sense. */
int conf_set(char **text, const char *path, const struct conf_setting *setting, bool replace,
             struct error *err) MUST_CHECK;
/* The value of a key that counts, malloc'd; *out is NULL where there is none. */
int conf_get(char **out, const char *text, const char *path, const char *section, const char *key,
             struct error *err) MUST_CHECK;

#endif
