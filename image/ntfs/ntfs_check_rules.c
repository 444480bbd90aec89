/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_check_rules.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    struct finding_rule finding;
    bool refused;
} rules[] = {
#define X(name, id, severity, refused) {{id, FINDING_##severity}, refused},
    NTFS_RULES(X)
#undef X
};

int ntfs_judge(struct ntfs_judge *judge, enum ntfs_rule rule, struct error *err, const char *format,
               ...)
{
    const struct finding_rule *finding = &rules[rule].finding;
    va_list arguments;

    if (judge->silent || (!judge->report && !rules[rule].refused))
        return 0;
    if (judge->report) {
        va_start(arguments, format);
        int rc = findings_add(judge->report, finding, &judge->broken[rule], err, format, arguments);
        va_end(arguments);
        return rc;
    }
    char text[ERROR_TEXT_BYTES];
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return error_set(err, ERROR_DAMAGED,
                     "the NTFS volume is damaged (%s): %s; let Windows repair it (chkdsk /f), or "
                     "take another copy",
                     finding->id, text);
}
