/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A signed text that names the newest file, in one line: "PATH SIZE", as Gentoo's
 * latest-stage3-*.txt does. The file is signed by itself. */
#ifndef LXKIT_INSTALL_PROOF_INDEX_H
#define LXKIT_INSTALL_PROOF_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"
#include "install/proof_plan.h"

/* The one line of a verified text; path is malloc'd, relative and without ".." in it. VERIFY where
 * there is none, or more than one. label is for messages. */
int proof_index_parse(char **path, uint64_t *size, const char *text, const char *label,
                      struct error *err) MUST_CHECK;

/* Fetches and verifies plan->index, and remembers its date. *url, malloc'd, is base and PATH. */
int proof_index_get(char **url, uint64_t *size, const struct proof_plan *plan, const char *base,
                    bool offline, struct events *events, struct error *err) MUST_CHECK;

#endif
