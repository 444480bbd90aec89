/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb that looks for what is wrong. */
#include <stdio.h>

#include "install/doctor.h"
#include "install/verb_print.h"
#include "install/verbs.h"

const struct cli_option doctor_options[] = {
    {"fix", 0, NULL, "delete what nothing needs any more: temporaries, disks that were moved"},
    RUNTIME_OPTIONS,
    {0},
};

static int print_report_json(const struct doctor_report *report, struct error *err)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < report->n; i++) {
        const struct doctor_finding *finding = &report->findings[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:b}", "id", finding->id,
                                              "subject", finding->subject, "text", finding->text,
                                              "mend", finding->mend, "fixable",
                                              finding->garbage || finding->leftover));
    }
    json_t *top = json_pack("{s:i, s:o}", "version", 1, "findings", list);
    if (!top)
        return error_no_memory(err);
    print_json(top);
    json_decref(top);
    return 0;
}

static void print_report(const struct doctor_report *report)
{
    for (size_t i = 0; i < report->n; i++) {
        const struct doctor_finding *finding = &report->findings[i];
        cli_print_escaped(finding->subject);
        printf(": ");
        cli_print_escaped(finding->text);
        printf(" [%s]\n    ", finding->id);
        cli_print_escaped(finding->mend);
        printf("\n");
    }
}

int doctor_run(struct cli *cli, struct error *err)
{
    const struct registry_place place = verb_registry_place(cli);
    AUTO_DOCTOR_REPORT struct doctor_report report = {0};
    if (doctor_examine(&report, &place, cli->operands, cli->events, err) < 0)
        return -1;
    size_t mended = 0;
    if (cli_flag(cli, "fix")) {
        if (doctor_fix(&report, &place, &mended, cli->events, err) < 0)
            return -1;
        cli_say(cli, "%zu of %zu findings are mended", mended, report.n);
        doctor_report_free(&report);
        if (doctor_examine(&report, &place, cli->operands, cli->events, err) < 0)
            return -1;
    }
    if (cli->json) {
        if (print_report_json(&report, err) < 0)
            return -1;
    } else {
        print_report(&report);
    }
    if (report.n == 0)
        cli_say(cli, "nothing is wrong");
    return report.n > 0;
}
