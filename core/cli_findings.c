/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/cli_findings.h"

#include <stdio.h>

#include "core/cli.h"

enum {
    JSON_VERSION = 1,
};

static const char *severity_words(const struct finding *finding)
{
    return finding->rule.severity == FINDING_ERROR ? "error" : "warning";
}

void cli_findings_print(const struct findings *findings)
{
    for (size_t i = 0; i < findings->n; i++) {
        const struct finding *finding = &findings->list[i];
        printf("%s: %s: ", severity_words(finding), finding->rule.id);
        cli_print_escaped(finding->text);
        putchar('\n');
    }
    if (findings->n_dropped > 0)
        printf("and %zu more of these kinds\n", findings->n_dropped);
    if (!findings->complete)
        printf("what comes behind the damage was not checked\n");
    if (findings->n == 0)
        printf("no findings\n");
}

json_t *cli_findings_json(const struct findings *findings, const char *format)
{
    json_t *list = json_array();
    for (size_t i = 0; i < findings->n; i++) {
        const struct finding *finding = &findings->list[i];
        json_t *one = json_pack("{s:s, s:s, s:s}", "id", finding->rule.id, "severity",
                                severity_words(finding), "text", finding->text);
        if (json_array_append_new(list, one) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return json_pack("{s:i, s:s*, s:b, s:I, s:o}", "version", JSON_VERSION, "format", format,
                     "complete", (int)findings->complete, "not_shown",
                     (json_int_t)findings->n_dropped, "findings", list);
}
