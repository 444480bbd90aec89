/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *id;
    enum vhdx_severity severity;
    enum error_code refusal;
} rules[] = {
#define X(name, id, severity, refusal) {id, VHDX_##severity, ERROR_##refusal},
    VHDX_RULES(X)
#undef X
};

static int report_add(struct vhdx_report *report, const struct vhdx_finding *finding,
                      struct error *err)
{
    struct vhdx_finding *grown =
        realloc(report->findings, (report->n_findings + 1) * sizeof(*grown));
    if (!grown)
        return error_no_memory(err);
    report->findings = grown;
    grown[report->n_findings++] = *finding;
    return 0;
}

/* What makes the content unreadable, but leaves the tables telling. */
static bool describable(enum vhdx_rule rule)
{
    switch (rule) {
    case VHDX_RULE_HEADER_NONE:
    case VHDX_RULE_HEADER_SEQUENCE:
    case VHDX_RULE_REGION_NONE:
    case VHDX_RULE_REGION_MISSING:
    case VHDX_RULE_REGION_PAST_END:
    case VHDX_RULE_BAT_SMALL:
    case VHDX_RULE_BAT_STATE:
    case VHDX_RULE_BAT_RESERVED:
    case VHDX_RULE_BAT_INSIDE:
    case VHDX_RULE_BAT_PAST_END:
    case VHDX_RULE_LOG_UNKNOWN:
    case VHDX_RULE_LOG_LONG:
    case VHDX_RULE_LOG_NOTHING:
    case VHDX_RULE_LOG_CUT_OFF:
    case VHDX_RULE_LOG_TARGET:
    case VHDX_RULE_PARENT_UNKNOWN:
        return true;
    default:
        return false;
    }
}

/* Reading two blocks from one place does no harm, writing to it does. */
static enum error_code refusal_of(const struct vhdx_judge *judge, enum vhdx_rule rule)
{
    if (judge->purpose == VHDX_TO_WRITE && rule == VHDX_RULE_BAT_OVERLAP)
        return ERROR_DAMAGED;
    if (judge->purpose == VHDX_TO_DESCRIBE && describable(rule))
        return ERROR_NONE;
    return rules[rule].refusal;
}

int vhdx_judge(struct vhdx_judge *judge, enum vhdx_rule rule, struct error *err, const char *format,
               ...)
{
    struct vhdx_finding finding = {.id = rules[rule].id, .severity = rules[rule].severity};
    bool check = judge->purpose == VHDX_TO_CHECK;
    enum error_code refusal = check ? ERROR_NONE : refusal_of(judge, rule);
    /* A hostile file has millions of findings: no words are made that nobody gets. */
    if (check && judge->broken[rule]++ >= VHDX_FINDINGS_KEPT) {
        judge->report->n_dropped++;
        return 0;
    }
    if (!check && refusal == ERROR_NONE)
        return 0;

    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding.text, sizeof(finding.text), format, arguments);
    va_end(arguments);
    if (check)
        return report_add(judge->report, &finding, err);
    const char *next = refusal == ERROR_DAMAGED ? "; lxvhdx check lists all that is wrong" : "";
    return error_set(err, refusal, "%s: %s%s", judge->path, finding.text, next);
}

void vhdx_report_free(struct vhdx_report *report)
{
    free(report->findings);
    *report = (struct vhdx_report){0};
}
