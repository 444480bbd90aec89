/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries and differences as lximage prints them, to a FILE that the caller opened and whose
 * success the caller checks. Names in text have control bytes and what is no UTF-8 escaped; in
 * JSON what is no UTF-8 becomes U+FFFD, and "inexact" is true. */
#ifndef LXKIT_IMAGE_REPORT_H
#define LXKIT_IMAGE_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/error.h"
#include "image/compare.h"
#include "image/entry.h"

/* One line: the path, or all that ls -l tells. */
void report_entry(FILE *out, const struct entry *entry, bool full);
/* An object of a JSON array, with the comma that it needs unless it is the first. */
int report_entry_json(FILE *out, const struct entry *entry, bool first,
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
