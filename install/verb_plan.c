/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all verbs that bring a distribution have in common: a plan that is shown or carried out. */
#include <string.h>

#include "core/size.h"
#include "install/install_commit.h"
#include "install/report.h"
#include "install/verb_print.h"
#include "install/verbs.h"

static const char *const methods[] = {
    [METHOD_BUILD] = "a new disk is made",
    [METHOD_COPY] = "the disk is copied as it is",
    [METHOD_IN_PLACE] = "the disk stays where it is",
};

static void print_list(const char *label, const struct texts *texts)
{
    for (size_t i = 0; i < texts->n; i++)
        print_field(label, texts->items[i]);
}

/* Where a document comes from, without secrets. */
static void print_address(const char *label, const char *address)
{
    AUTO_FREE char *shown = NULL;
    if (address && text_without_secrets(&shown, address, NULL) == 0)
        print_field(label, shown);
}

/* How the source is to be proved. */
static void print_proof(const struct proof_plan *proof)
{
    print_list("Mirror", &proof->mirrors);
    print_field("Tier", trust_tier_name(proof->tier));
    if (proof->skip)
        print_field("Verification", "OFF (--insecure-skip-verify)");
    print_address("Index", proof->index);
    print_address("List", proof->list);
    print_address("Signature", proof->signature);
    print_list("Key", &proof->keys);
    if (proof->key_missing)
        print_field("Key missing", "lxfetch keys add FILE --key FINGERPRINT adds it");
    if (proof->has_sha256) {
        char hex[SHA256_HEX_BYTES];
        sha256_format(&proof->sha256, hex);
        print_field("SHA-256", hex);
    }
}

static void print_plan(const struct install_plan *plan)
{
    print_field("Name", plan->name);
    print_field("From", plan->source_shown);
    if (plan->manifest) {
        print_field("Manifest", plan->manifest);
        print_field("Release", plan->release);
    }
    if (plan->architecture)
        print_field("Architecture", plan->architecture);
    if (plan->method == METHOD_BUILD)
        print_proof(&plan->proof);
    if (plan->source_size > 0)
        print_size("Bytes to read", plan->source_size);
    print_field("Method", methods[plan->method]);
    print_field("Disk", plan->disk);
    if (plan->size > 0)
        print_size("Disk size", plan->size);
    print_field("Format", plan->backend->words);
    print_size("Space free", plan->free_space);
    print_field("Default", plan->becomes_default ? "yes" : "no");
    if (plan->sidecar)
        print_field("Settings", plan->sidecar->path);
    if (plan->default_environment)
        print_environment(plan->default_environment);
    if (plan->provision.user)
        print_field("User", plan->provision.user);
    print_field("First run", plan->first_run ? "to come" : "skipped");
}

/* Who spoke for it, or that nobody did. */
static void say_proof(const struct cli *cli, const struct registration *entry)
{
    const char *digest = entry->source_sha256 ? entry->source_sha256 : "not known";
    if (entry->signer)
        cli_say(cli, "It is signed by %s (%s)%s%s; its SHA-256 is %s",
                entry->signer_name ? entry->signer_name : "the key", entry->signer,
                entry->signed_at ? " at " : "", entry->signed_at ? entry->signed_at : "", digest);
    else if (entry->tier)
        cli_say(cli, "Its tier is %s%s; its SHA-256 is %s", entry->tier,
                entry->verification ? ", and its verification was skipped" : "", digest);
}

/* Tells what came out: for people, and as JSON where that is wanted. */
static int tell_installed(const struct cli *cli, const struct install_plan *plan, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    struct disk_usage usage;
    if (registry_open_at(&registry, &plan->place, REGISTRY_READ, err) < 0 ||
        registry_get(registry, plan->name, &entry, err) < 0 ||
        report_disk_usage(entry, &usage, err) < 0)
        return -1;

    char taken[SIZE_TEXT_BYTES];
    cli_say(cli, "%s is installed%s: %s, which takes %s", plan->name,
            registry_default(registry) == entry ? " and is the default" : "", plan->disk,
            size_format(usage.allocated, taken));
    say_proof(cli, entry);
    if (plan->method == METHOD_IN_PLACE)
        cli_say(cli,
                "The disk stays where it is: 'lxinstall unregister %s' keeps it, 'lxinstall "
                "remove %s' deletes it",
                plan->name, plan->name);
    else
        cli_say(cli, "Next: lxinstall info %s", plan->name);

    return cli->json ? print_registration_json(registry, entry, err) : 0;
}

static int show(const struct cli *cli, const struct install_plan *plan, struct error *err)
{
    json_auto_t *report = NULL;
    if (!cli->json)
        print_plan(plan);
    else if (report_plan(&report, plan, err) < 0)
        return -1;
    else
        print_json(report);
    return 0;
}

int verb_plan_run(const struct cli *cli, const struct install_plan *plan, struct error *err)
{
    if (cli_flag(cli, "dry-run"))
        return show(cli, plan, err);
    if (install_commit(plan, cli->events, err) < 0)
        return -1;
    return tell_installed(cli, plan, err);
}
