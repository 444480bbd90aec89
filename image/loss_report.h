/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is lost on the way into a target: counted, written to a file where that is wanted, and under
 * strictness a reason to stop.
 *
 *     open, then its events in place of those it was given; seal when the output is about to get
 *     its name; finish, however the work came out.
 *
 * The file is JSON lines, one object per loss in the order in which they were found, and the sum:
 *
 *     {"version":1,"loss":"xattr","path":"bin/ping","text":"extended attribute trusted.x (...)"}
 *     {"version":1,"losses":1,"counts":{"xattr":1},"input":"a.tar","output":"b/","written":true,
 *      "complete":true}
 *
 * "written" is false where strictness refused; "complete" is false where that ended the work before
 * the whole tree was seen. What is no UTF-8 is U+FFFD, and "inexact" is true in that object. */
#ifndef LXKIT_IMAGE_LOSS_REPORT_H
#define LXKIT_IMAGE_LOSS_REPORT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/event.h"
#include "core/loss_counts.h"
#include "image/image.h"

enum {
    LOSS_FIRST_BYTES = 200,
};

struct loss_report {
    struct events events; /* passes everything on to inner, a loss only once; its check fails for
                           * strictness, and where the report cannot be written */
    struct events *inner;
    const char *input; /* borrowed, as is target */
    const struct image_target *target;
    pthread_mutex_t lock;
    struct loss_counts counts;
    uint64_t known;               /* losses that work which began anew finds again */
    char first[LOSS_FIRST_BYTES]; /* "/PATH: TEXT", cut */
    bool examined, refused, complete;
    struct atomic_file *file; /* NULL: no report is wanted */
    FILE *lines;
    struct error failure; /* of writing a line */
};

/* EXISTS where target->report is there already. Needs loss_report_free() also after a failure. */
int loss_report_open(struct loss_report *self, const char *input, const struct image_target *target,
                     struct events *inner, struct error *err) MUST_CHECK;
/* All losses that the tree itself shows are known now: LOSSY where there are some and target is
 * strict. Without this, events refuses the first. */
int loss_report_examined(struct loss_report *self, struct error *err) MUST_CHECK;
/* The work begins anew on the same tree, where it finds the same losses. */
void loss_report_again(struct loss_report *self);
/* Everything is written: what remains to be done to the report will hardly fail. */
int loss_report_seal(struct loss_report *self, struct error *err) MUST_CHECK;
/* Gives the report its name when rc is 0, or when strictness was why rc and err say failure.
 * Returns rc, or a failure of its own. */
int loss_report_finish(struct loss_report *self, int rc, struct error *err) MUST_CHECK;
void loss_report_free(struct loss_report *self);

#define AUTO_LOSS_REPORT CLEANUP(loss_report_free)

#endif
