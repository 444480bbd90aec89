/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/findings.h"

#include <stdio.h>
#include <stdlib.h>

int findings_add(struct findings *self, const struct finding_rule *rule, unsigned *broken,
                 struct error *err, const char *format, va_list arguments)
{
    /* What is hostile has millions of findings: no words are made that nobody gets. */
    if ((*broken)++ >= FINDINGS_KEPT) {
        self->n_dropped++;
        return 0;
    }
    struct finding *list = reallocarray(self->list, self->n + 1, sizeof(*list));
    if (!list)
        return error_no_memory(err);
    self->list = list;
    struct finding *finding = &list[self->n++];
    finding->rule = *rule;
    vsnprintf(finding->text, sizeof(finding->text), format, arguments);
    return 0;
}

void findings_free(struct findings *self)
{
    free(self->list);
    *self = (struct findings){0};
}
