/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans and registrations as JSON, as --json prints them. */
#ifndef LXKIT_INSTALL_REPORT_H
#define LXKIT_INSTALL_REPORT_H

#include <jansson.h>

#include "install/install_plan.h"
#include "install/registry.h"

enum {
    REPORT_VERSION = 1, /* rises when a member changes its meaning */
};

/* What the disk takes where it lies. */
struct disk_usage {
    bool found;
    uint64_t length;    /* bytes, as ls -l shows it */
    uint64_t allocated; /* bytes */
};

int report_disk_usage(const struct registration *entry, struct disk_usage *out,
                      struct error *err) MUST_CHECK;
/* The size of the disk inside the container; the error says what keeps it from being read. */
int report_disk_size(uint64_t *out, const char *disk, struct error *err) MUST_CHECK;

int report_registration(json_t **out, const struct registry *registry,
                        const struct registration *entry, struct error *err) MUST_CHECK;
int report_registry(json_t **out, const struct registry *registry, struct error *err) MUST_CHECK;
int report_plan(json_t **out, const struct install_plan *plan, struct error *err) MUST_CHECK;

#endif
