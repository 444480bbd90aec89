/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/size.h"
#include "install/report.h"
#include "install/verb_print.h"
#include "install/verbs.h"

/* ---- list ---- */

static int column_width(const struct registry *registry)
{
    size_t width = strlen("NAME");
    for (size_t i = 0; i < registry->n; i++) {
        size_t n = strlen(registry->entries[i].distribution_name);
        width = n > width ? n : width;
    }
    return (int)width;
}

static int print_row(const struct cli *cli, const struct registry *registry,
                     const struct registration *entry, int width, struct error *err)
{
    struct disk_usage usage;
    char size[SIZE_TEXT_BYTES] = "missing";
    if (report_disk_usage(entry, &usage, err) < 0)
        return -1;
    if (usage.found)
        size_format(usage.allocated, size);
    printf("%c %-*s  %-12s  %-7d  %9s", registry_default(registry) == entry ? '*' : ' ', width,
           entry->distribution_name, registration_state_words(entry->state),
           registration_wsl_version(entry), size);
    if (cli->verbose) {
        AUTO_FREE char *disk = NULL;
        if (registration_disk(entry, &disk, err) < 0)
            return -1;
        printf("  ");
        print_column(entry->flavor ? entry->flavor : "-", 12);
        printf("  ");
        print_column(entry->os_version ? entry->os_version : "-", 10);
        printf("  ");
        cli_print_escaped(disk);
    }
    putchar('\n');
    return 0;
}

const struct cli_option list_options[] = {
    {"online", 'o', NULL, "what there is to install, from all manifests"},
    RUNTIME_OPTIONS,
    {0},
};

int list_run(struct cli *cli, struct error *err)
{
    if (cli_flag(cli, "online"))
        return verb_offers(cli, NULL, NULL, err);
    AUTO_REGISTRY struct registry *registry = NULL;
    if (verb_registry_open(cli, &registry, REGISTRY_READ, err) < 0)
        return -1;
    if (cli->json) {
        json_auto_t *report = NULL;
        if (report_registry(&report, registry, err) < 0)
            return -1;
        print_json(report);
        return 0;
    }
    if (registry->n == 0) {
        cli_say(cli, "No distribution is installed. Install one: lxinstall NAME");
        return 0;
    }

    int width = column_width(registry);
    if (!cli->quiet)
        printf("  %-*s  %-12s  %-7s  %9s%s\n", width, "NAME", "STATE", "VERSION", "SIZE",
               cli->verbose ? "  SYSTEM        RELEASE     DISK" : "");
    for (size_t i = 0; i < registry->n; i++) {
        const struct registration *entry = &registry->entries[i];
        if (cli->quiet)
            puts(entry->distribution_name);
        else if (print_row(cli, registry, entry, width, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- info ---- */

static int print_disk(const struct registration *entry, struct error *err)
{
    struct disk_usage usage;
    AUTO_FREE char *disk = NULL;
    if (registration_disk(entry, &disk, err) < 0 || report_disk_usage(entry, &usage, err) < 0)
        return -1;
    print_field("Disk", disk);

    struct error why;
    uint64_t size;
    if (report_disk_size(&size, disk, &why) == 0)
        print_size("Disk size", size);
    else
        print_field("Disk size", why.text);
    if (usage.found)
        print_size("Space taken", usage.allocated);
    return 0;
}

static int print_registration(const struct registry *registry, const struct registration *entry,
                              struct error *err)
{
    char guid[GUID_BRACED_BYTES], uid[16];
    guid_format_braced(&entry->guid, guid);
    snprintf(uid, sizeof(uid), "%" PRIu32, entry->default_uid);

    print_field("Name", entry->distribution_name);
    print_field("GUID", guid);
    print_field("State", registration_state_words(entry->state));
    print_field("Default", registry_default(registry) == entry ? "yes" : "no");
    print_field("Backend", registration_wsl_version(entry) == 2 ? "VM (version 2)"
                                                                : "translation (version 1)");
    if (entry->flavor)
        print_field("System", entry->flavor);
    if (entry->os_version)
        print_field("Release", entry->os_version);
    print_field("Default user", uid);
    if (entry->run_oobe)
        print_field("First run", "to come");
    print_environment(&entry->default_environment);
    if (print_disk(entry, err) < 0)
        return -1;
    if (entry->source)
        print_field("Made from", entry->source);
    if (entry->source_sha256)
        print_field("SHA-256", entry->source_sha256);
    if (entry->tier)
        print_field("Tier", entry->tier);
    if (entry->verification)
        print_field("Verification", entry->verification);
    if (entry->signer)
        print_field("Signed by", entry->signer);
    if (entry->signer_name)
        print_field("Key", entry->signer_name);
    if (entry->signed_at)
        print_field("Signed at", entry->signed_at);
    return 0;
}

int info_run(struct cli *cli, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    if (verb_registry_open(cli, &registry, REGISTRY_READ, err) < 0 ||
        registry_get(registry, cli->operands[0], &entry, err) < 0)
        return -1;
    return cli->json ? print_registration_json(registry, entry, err)
                     : print_registration(registry, entry, err);
}
