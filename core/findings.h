/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a check finds: rules of a format that are broken, and how. */
#ifndef LXKIT_CORE_FINDINGS_H
#define LXKIT_CORE_FINDINGS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

enum finding_severity {
    FINDING_WARNING, /* legal or tolerated, but some reader refuses it, or is misled */
    FINDING_ERROR,   /* nothing sound has it */
};

enum {
    FINDINGS_KEPT = 8, /* of each rule; all are counted */
};

struct finding_rule {
    const char *id; /* stable, "bat-overlap"; the manual lists it */
    enum finding_severity severity;
};

struct finding {
    struct finding_rule rule;
    char
        text[ERROR_TEXT_BYTES]; /* UTF-8, as the input has it: to be escaped before it is printed */
};

/* A zeroed one is empty. */
struct findings {
    struct finding *list; /* in the order found */
    size_t n;
    size_t n_dropped; /* counted, but not kept */
    bool complete;    /* false: the damage left parts that could not be looked at */
};

/* *broken is how often the rule was broken before. */
int findings_add(struct findings *self, const struct finding_rule *rule, unsigned *broken,
                 struct error *err, const char *format, va_list arguments) MUST_CHECK
    PRINTF_LIKE(5, 0);
void findings_free(struct findings *self);

#define AUTO_FINDINGS CLEANUP(findings_free)

#endif
