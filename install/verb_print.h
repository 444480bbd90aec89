/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the verbs of lxinstall print on standard output, for people and as JSON. */
#ifndef LXKIT_INSTALL_VERB_PRINT_H
#define LXKIT_INSTALL_VERB_PRINT_H

#include <jansson.h>
#include <stdint.h>

#include "core/error.h"
#include "install/registry.h"

void print_json(const json_t *value);
/* Text in a column; as wide as it must be where that is more. */
void print_column(const char *text, int width);
/* "Label:         value" */
void print_field(const char *label, const char *value);
/* The same with a size as people read it. */
void print_size(const char *label, uint64_t bytes);
/* "Environment:   NAME=VALUE", a line each; nothing where the list is not given. */
void print_environment(const struct registration_list *list);
/* What `info --json` prints. */
int print_registration_json(const struct registry *registry, const struct registration *entry,
                            struct error *err) MUST_CHECK;

#endif
