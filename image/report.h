/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names and differences as lximage prints them, to a FILE that the caller opened and whose
 * success the caller checks. Names in text have control bytes and what is no UTF-8 escaped; in
 * JSON what is no UTF-8 becomes U+FFFD, and "inexact" is true. */
#ifndef LXKIT_IMAGE_REPORT_H
#define LXKIT_IMAGE_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/error.h"
#include "image/compare.h"
#include "image/tree.h"

/* One name of a tree, and the file it leads to. */
struct report_name {
    const char *path;
    const char *link; /* the first name of the file; NULL: this is it */
    const struct tree_file *file;
};

/* One line: the path, or all that stat tells (times are UTC). */
void report_name(FILE *out, const struct report_name *name, bool full);
/* An object of a JSON array, with the comma that it needs unless it is the first. */
int report_name_json(FILE *out, const struct report_name *name, bool first,
                     struct error *err) MUST_CHECK;

/* What image_compare() finds, one line or JSON object each. */
struct report_differences {
    struct compare_report report;
    FILE *out;
    bool json;
    bool first; /* none was written yet */
};

void report_differences_init(struct report_differences *self, FILE *out, bool json);

enum {
    REPORT_LINE_BYTES = 400,
};

/* "/etc/shadow: mode 0640 | 0644", cut to fit, not escaped. */
void report_difference_line(const struct difference *difference, char line[REPORT_LINE_BYTES]);

#endif
