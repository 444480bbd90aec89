/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_rules.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    REFUSAL_TEXT_BYTES = 240,
};

static const struct {
    struct finding_rule finding;
    enum error_code refusal;
} rules[] = {
#define X(name, id, severity, refusal) {{id, FINDING_##severity}, ERROR_##refusal},
    VHDX_RULES(X)
#undef X
};

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
    va_list arguments;
    if (judge->purpose == VHDX_TO_CHECK) {
        va_start(arguments, format);
        int rc = findings_add(judge->report, &rules[rule].finding, &judge->broken[rule], err,
                              format, arguments);
        va_end(arguments);
        return rc;
    }
    enum error_code refusal = refusal_of(judge, rule);
    if (refusal == ERROR_NONE)
        return 0;
    char text[REFUSAL_TEXT_BYTES];
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    const char *next = refusal == ERROR_DAMAGED ? "; lxvhdx check lists all that is wrong" : "";
    return error_set(err, refusal, "%s: %s%s", judge->path, text, next);
}
