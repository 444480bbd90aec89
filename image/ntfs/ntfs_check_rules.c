/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_check_rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *id;
    enum ntfs_severity severity;
    bool refused;
} rules[] = {
#define X(name, id, severity, refused) {id, NTFS_##severity, refused},
    NTFS_RULES(X)
#undef X
};

static int report_add(struct ntfs_report *report, const struct ntfs_finding *finding,
                      struct error *err)
{
    struct ntfs_finding *grown =
        realloc(report->findings, (report->n_findings + 1) * sizeof(*grown));
    if (!grown)
        return error_no_memory(err);
    report->findings = grown;
    grown[report->n_findings++] = *finding;
    return 0;
}

int ntfs_judge(struct ntfs_judge *judge, enum ntfs_rule rule, struct error *err, const char *format,
               ...)
{
    struct ntfs_finding finding = {.id = rules[rule].id, .severity = rules[rule].severity};
    va_list arguments;

    if (judge->silent || (!judge->report && !rules[rule].refused))
        return 0;
    va_start(arguments, format);
    vsnprintf(finding.text, sizeof(finding.text), format, arguments);
    va_end(arguments);
    if (!judge->report)
        return error_set(err, ERROR_DAMAGED,
                         "the NTFS volume is damaged (%s): %s; let Windows repair it (chkdsk /f), "
                         "or take another copy",
                         finding.id, finding.text);
    if (judge->broken[rule]++ < NTFS_FINDINGS_KEPT)
        return report_add(judge->report, &finding, err);
    judge->report->n_dropped++;
    return 0;
}

void ntfs_report_free(struct ntfs_report *report)
{
    free(report->findings);
    *report = (struct ntfs_report){0};
}
