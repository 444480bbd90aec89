/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Findings on standard output, as every verb that checks tells them. */
#ifndef LXKIT_CORE_CLI_FINDINGS_H
#define LXKIT_CORE_CLI_FINDINGS_H

#include <jansson.h>

#include "core/findings.h"

/* A line each; "no findings" where there are none. */
void cli_findings_print(const struct findings *findings);
/* The document of --json. format: what was checked; NULL: that goes without saying. NULL when out
 * of memory. */
json_t *cli_findings_json(const struct findings *findings, const char *format) MUST_CHECK;

#endif
