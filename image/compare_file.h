/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How two files with one name differ, field by field and in words. For image/compare.c only. */
#ifndef LXKIT_IMAGE_COMPARE_FILE_H
#define LXKIT_IMAGE_COMPARE_FILE_H

#include "core/error.h"
#include "image/tree.h"

struct compare_fields {
    unsigned what; /* compare_what */
    /* As struct difference has them. Negative stops. */
    int (*changed)(struct compare_fields *self, const char *field, const char *a, const char *b,
                   struct error *err);
};

/* The content of an ENTRY_FILE is a struct compare_bits where COMPARE_CONTENT is asked for. */
int compare_file(struct compare_fields *fields, const struct tree_file *a,
                 const struct tree_file *b, struct error *err) MUST_CHECK;

#endif
