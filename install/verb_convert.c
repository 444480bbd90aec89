/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <string.h>

#include "core/size.h"
#include "install/convert.h"
#include "install/report.h"
#include "install/verb_print.h"
#include "install/verbs.h"

const struct cli_option convert_options[] = {
    {"backend", 0, "NAME", "vm or translation; the same as the second operand"},
    {"wsl-version", 0, "N", "the same as WSL counts: 2 or 1"},
    {"keep-old", 0, NULL, "do not delete the disk that it had"},
    {"strict", 0, NULL, "refuse, before writing, what the new disk cannot hold"},
    {"report", 0, "FILE", "list what is lost in FILE, as JSON lines"},
    {"dry-run", 0, NULL, "show what would be done and lost, and do nothing"},
    RUNTIME_OPTIONS,
    {0},
};

/* The operand, --backend and --wsl-version say the same, if more than one is given. */
static int read_backend(const struct cli *cli, const struct backend **out, struct error *err)
{
    const char *word = cli->n_operands > 1 ? cli->operands[1] : NULL;
    if (verb_backend(cli, out, err) < 0)
        return -1;
    const struct backend *said = word ? backend_find(word) : *out;
    if (!word && !said)
        return error_set(err, ERROR_USAGE,
                         "which kind %s is to become is missing; add vm or translation",
                         cli->operands[0]);
    if (!said || (*out && *out != said))
        return error_set(err, ERROR_USAGE,
                         "convert takes vm or translation, or WSL's 2 or 1 for the same, once; "
                         "not '%s'",
                         word);
    *out = said;
    return 0;
}

static void print_plan(const struct convert_plan *plan, const struct loss_counts *losses)
{
    char words[LOSS_WORDS_BYTES];
    print_field("Name", plan->before.distribution_name);
    print_field("Backend", plan->to->name);
    print_field("Until now", plan->from->name);
    if (plan->nothing) {
        print_field("Method", "nothing is to be done");
        return;
    }
    loss_counts_words(losses, words);
    print_field("Disk", plan->new_disk);
    print_field("Format", plan->to->words);
    print_size("Disk size", plan->size);
    print_field("Old disk", plan->old_disk);
    print_field("It is", plan->keep_old ? "kept" : "deleted in the end");
    print_size("Space needed", plan->old_bytes);
    print_size("Space free", plan->free_space);
    print_field("Lost", *words ? words : "nothing");
}

static int print_plan_json(const struct convert_plan *plan, const struct loss_counts *losses,
                           struct error *err)
{
    json_auto_t *counts = json_object();
    for (size_t i = 0; i < LOSS_KINDS; i++) {
        if (losses->of[i] && json_object_set_new(counts, loss_kinds[i].id,
                                                 json_integer((json_int_t)losses->of[i])) < 0)
            return error_no_memory(err);
    }
    json_auto_t *report = json_pack(
        "{s:i, s:s, s:s, s:s, s:b, s:s, s:s?, s:I, s:b, s:I, s:I, s:O}", "version", REPORT_VERSION,
        "name", plan->before.distribution_name, "backend", plan->to->name, "backend_before",
        plan->from->name, "nothing_to_do", plan->nothing, "old_disk", plan->old_disk, "disk",
        plan->new_disk, "disk_size", (json_int_t)plan->size, "old_disk_kept",
        plan->keep_old || plan->nothing, "space_needed", (json_int_t)plan->old_bytes, "space_free",
        (json_int_t)plan->free_space, "losses", counts);
    if (!report)
        return error_no_memory(err);
    print_json(report);
    return 0;
}

static int show(const struct cli *cli, const struct convert_plan *plan, struct error *err)
{
    struct loss_counts losses = {0};
    if (!plan->nothing && convert_losses(plan, &losses, err) < 0)
        return -1;
    if (cli->json)
        return print_plan_json(plan, &losses, err);
    print_plan(plan, &losses);
    return 0;
}

static int tell(const struct cli *cli, const struct convert_plan *plan,
                const struct registry_place *place, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    const char *name = plan->before.distribution_name;
    if (plan->nothing)
        cli_say(cli, "%s is a distribution of the kind %s already", name, plan->to->name);
    else
        cli_say(cli, "%s is a distribution of the kind %s now: %s", name, plan->to->name,
                plan->new_disk);
    if (plan->keep_old && !plan->nothing)
        cli_say(cli, "Its old disk is kept: %s", plan->old_disk);
    if (!cli->json)
        return 0;
    if (registry_open_at(&registry, place, REGISTRY_READ, err) < 0)
        return -1;
    const struct registration *entry = registry_by_guid(registry, &plan->before.guid);
    return entry ? print_registration_json(registry, entry, err) : 0;
}

int convert_run(struct cli *cli, struct error *err)
{
    const struct registry_place place = verb_registry_place(cli);
    const struct backend *backend;
    AUTO_CONVERT_PLAN struct convert_plan plan = {0};
    if (read_backend(cli, &backend, err) < 0 ||
        convert_plan(&plan, &place, cli->operands[0], backend, err) < 0)
        return -1;
    plan.keep_old = cli_flag(cli, "keep-old");
    plan.strict = cli_flag(cli, "strict");
    plan.report = cli_value(cli, "report");
    if (cli_flag(cli, "dry-run"))
        return show(cli, &plan, err);
    if (convert_commit(&plan, &place, cli->events, err) < 0)
        return -1;
    return tell(cli, &plan, &place, err);
}
