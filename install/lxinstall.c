/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lxinstall: distributions, from a name to a registered disk and back. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/cli.h"
#include "core/disk.h"
#include "core/size.h"
#include "install/export.h"
#include "install/install_commit.h"
#include "install/install_plan.h"
#include "install/registry.h"
#include "install/remove.h"
#include "install/report.h"

static void print_json(const json_t *value)
{
    json_dumpf(value, stdout, JSON_INDENT(2));
    putchar('\n');
}

/* Text in a column; as wide as it must be where that is more. */
static void print_column(const char *text, int width)
{
    int n = (int)strlen(text);
    cli_print_escaped(text);
    printf("%*s", n < width ? width - n : 0, "");
}

/* "Label:         value" */
static void print_field(const char *label, const char *value)
{
    printf("%s:%*s", label, (int)(strlen(label) < 15 ? 15 - strlen(label) : 1), "");
    cli_print_escaped(value);
    putchar('\n');
}

static void print_size(const char *label, uint64_t bytes)
{
    char text[SIZE_TEXT_BYTES];
    print_field(label, size_format(bytes, text));
}

/* ---- one registration ---- */

/* The size of the disk inside the container; on failure why says what keeps it from being read. */
static int disk_size(const char *disk, uint64_t *out, struct error *why)
{
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    if (disk_open(&dev, disk, why) < 0)
        return -1;
    *out = dev->size;
    return 0;
}

static int print_registration_json(const struct registry *registry,
                                   const struct registration *entry, struct error *err)
{
    AUTO_FREE char *disk = NULL;
    json_auto_t *report = json_pack("{s:i}", "version", REPORT_VERSION);
    json_auto_t *values = NULL;
    struct error why;
    uint64_t size;
    if (registration_disk(entry, &disk, err) < 0 ||
        report_registration(&values, registry, entry, err) < 0)
        return -1;
    json_t *bytes =
        disk_size(disk, &size, &why) == 0 ? json_integer((json_int_t)size) : json_null();
    if (json_object_update(report, values) < 0 ||
        json_object_set_new(report, "disk_size", bytes) < 0)
        return error_no_memory(err);
    print_json(report);
    return 0;
}

/* ---- install ---- */

static const struct cli_option install_options[] = {
    {"name", 'n', "NAME", "register it under this name"},
    {"location", 0, "DIR", "put the disk there"},
    {"size", 0, "SIZE", "size of the disk, as 64G (default: 1T; space is taken as it fills)"},
    {"set-default", 0, NULL, "make it the default distribution"},
    {"sha256", 0, "HEX", "the SHA-256 that the file must have"},
    {"manifest", 'm', "FILE", "look NAME up in this manifest first"},
    {"release", 'r', "RELEASE", "that release, and not the newest"},
    {"arch", 'a', "ARCH", "for that architecture, and not this machine's"},
    {"offline", 0, NULL, "use the cache and local files only"},
    {"no-sync", 0, NULL, "leave out flushing (benchmarks, throw-away CI)"},
    {"dry-run", 0, NULL, "show what would be done, and do nothing"},
    {0},
};

static void print_plan(const struct install_plan *plan)
{
    print_field("Name", plan->name);
    print_field("From", plan->source_shown);
    if (plan->manifest) {
        print_field("Manifest", plan->manifest);
        print_field("Release", plan->release);
        print_field("Architecture", plan->architecture);
    }
    if (plan->verified) {
        char hex[SHA256_HEX_BYTES];
        sha256_format(&plan->sha256, hex);
        print_field("SHA-256", hex);
    }
    if (plan->source_size > 0)
        print_size("Bytes to read", plan->source_size);
    print_field("Disk", plan->disk);
    print_size("Disk size", plan->size);
    print_field("Format", "ext4 in VHDX");
    print_size("Space free", plan->free_space);
    print_field("Default", plan->becomes_default ? "yes" : "no");
}

/* Tells what came out: for people, and as JSON where that is wanted. */
static int tell_installed(const struct cli *cli, const struct install_plan *plan, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    struct disk_usage usage;
    if (registry_open(&registry, NULL, REGISTRY_READ, err) < 0 ||
        registry_get(registry, plan->name, &entry, err) < 0 ||
        report_disk_usage(entry, &usage, err) < 0)
        return -1;

    char size[SIZE_TEXT_BYTES], taken[SIZE_TEXT_BYTES];
    cli_say(cli, "%s is installed%s: %s, %s, of which %s are taken", plan->name,
            registry_default(registry) == entry ? " and is the default" : "", plan->disk,
            size_format(plan->size, size), size_format(usage.allocated, taken));
    cli_say(cli, "Next: lxinstall info %s", plan->name);

    return cli->json ? print_registration_json(registry, entry, err) : 0;
}

static int install_run(struct cli *cli, struct error *err)
{
    struct install_request request = {
        .operand = cli->operands[0],
        .name = cli_value(cli, "name"),
        .location = cli_value(cli, "location"),
        .sha256 = cli_value(cli, "sha256"),
        .manifest = cli_value(cli, "manifest"),
        .release = cli_value(cli, "release"),
        .architecture = cli_value(cli, "arch"),
        .set_default = cli_flag(cli, "set-default"),
        .offline = cli_flag(cli, "offline"),
        .no_sync = cli_flag(cli, "no-sync"),
    };
    AUTO_REGISTRY struct registry *registry = NULL;
    AUTO_INSTALL_PLAN struct install_plan *plan = NULL;
    if (cli_size(cli, "size", &request.size, err) < 0 ||
        registry_open(&registry, NULL, REGISTRY_READ, err) < 0 ||
        install_plan(&plan, &request, registry, err) < 0)
        return -1;

    if (cli_flag(cli, "dry-run")) {
        json_auto_t *report = NULL;
        if (!cli->json)
            print_plan(plan);
        else if (report_plan(&report, plan, err) < 0)
            return -1;
        else
            print_json(report);
        return 0;
    }
    if (install_commit(plan, cli->events, err) < 0)
        return -1;
    return tell_installed(cli, plan, err);
}

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

static int list_run(struct cli *cli, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    if (registry_open(&registry, NULL, REGISTRY_READ, err) < 0)
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
    if (disk_size(disk, &size, &why) == 0)
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
    if (print_disk(entry, err) < 0)
        return -1;
    if (entry->source)
        print_field("Made from", entry->source);
    if (entry->source_sha256)
        print_field("SHA-256", entry->source_sha256);
    return 0;
}

static int info_run(struct cli *cli, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    if (registry_open(&registry, NULL, REGISTRY_READ, err) < 0 ||
        registry_get(registry, cli->operands[0], &entry, err) < 0)
        return -1;
    return cli->json ? print_registration_json(registry, entry, err)
                     : print_registration(registry, entry, err);
}

/* ---- export ---- */

static const struct cli_option export_options[] = {
    {"no-sync", 0, NULL, "leave out flushing (benchmarks, throw-away CI)"},
    {0},
};

static int export_run(struct cli *cli, struct error *err)
{
    const char *name = cli->operands[0];
    const struct export_request request = {
        .out = cli->operands[1],
        .no_sync = cli_flag(cli, "no-sync"),
    };
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    if (registry_open(&registry, NULL, REGISTRY_READ, err) < 0 ||
        registry_get(registry, name, &entry, err) < 0 ||
        export_distribution(entry, &request, cli->events, err) < 0)
        return -1;
    if (strcmp(request.out, "-") != 0)
        cli_say(cli, "%s is exported to %s", entry->distribution_name, request.out);
    return 0;
}

/* ---- set-default, unregister, remove ---- */

static int set_default_run(struct cli *cli, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    if (registry_open(&registry, NULL, REGISTRY_WRITE, err) < 0 ||
        registry_get(registry, cli->operands[0], &entry, err) < 0)
        return -1;
    if (entry->state != STATE_INSTALLED)
        return error_set(err, ERROR_EXISTS,
                         "%s is %s, and only an installed distribution can be the default; remove "
                         "it, or choose another",
                         entry->distribution_name, registration_state_words(entry->state));
    registry->default_guid = entry->guid;
    if (registry_commit(registry, err) < 0)
        return -1;
    cli_say(cli, "%s is the default", entry->distribution_name);
    return 0;
}

static void say_default(const struct cli *cli, const struct registry *registry,
                        const struct guid *before)
{
    const struct registration *now = registry_default(registry);
    if (now && !guid_equal(before, &now->guid))
        cli_say(cli, "%s is the default now", now->distribution_name);
}

static int unregister_run(struct cli *cli, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    AUTO_FREE char *disk = NULL;
    if (registry_open(&registry, NULL, REGISTRY_WRITE, err) < 0 ||
        registry_get(registry, cli->operands[0], &entry, err) < 0 ||
        registration_disk(entry, &disk, err) < 0)
        return -1;
    struct guid before = registry->default_guid;
    registry_remove(registry, entry);
    if (registry_commit(registry, err) < 0)
        return -1;
    cli_say(cli, "%s is no longer registered; its disk stays at %s", cli->operands[0], disk);
    say_default(cli, registry, &before);
    return 0;
}

static const struct cli_option remove_options[] = {
    {"yes", 'y', NULL, "do not ask"},
    {0},
};

/* Asks before the registry is locked: an answer may take long. 1: go on, 0: no, negative: error. */
static int confirm_remove(const struct cli *cli, const char *name, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    struct disk_usage usage;
    AUTO_FREE char *disk = NULL;
    if (registry_open(&registry, NULL, REGISTRY_READ, err) < 0 ||
        registry_get(registry, name, &entry, err) < 0 || registration_disk(entry, &disk, err) < 0 ||
        report_disk_usage(entry, &usage, err) < 0)
        return -1;
    if (cli_flag(cli, "yes"))
        return 1;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return error_set(err, ERROR_USAGE,
                         "removing %s deletes %s, and there is no terminal to ask on; say --yes if "
                         "that is meant",
                         entry->distribution_name, disk);
    char size[SIZE_TEXT_BYTES];
    return cli_confirm(cli, "Delete %s and its disk %s (%s)?", entry->distribution_name, disk,
                       size_format(usage.allocated, size));
}

static int remove_run(struct cli *cli, struct error *err)
{
    const char *name = cli->operands[0];
    int sure = confirm_remove(cli, name, err);
    if (sure < 0)
        return -1;
    if (!sure) {
        cli_say(cli, "%s stays", name);
        return 1;
    }

    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    if (registry_open(&registry, NULL, REGISTRY_WRITE, err) < 0 ||
        registry_get(registry, name, &entry, err) < 0)
        return -1;
    struct guid before = registry->default_guid;
    if (remove_distribution(registry, entry, err) < 0)
        return -1;
    cli_say(cli, "%s is removed", name);
    say_default(cli, registry, &before);
    return 0;
}

/* ---- the program ---- */

static const struct cli_verb verbs[] = {
    {"install", "NAME|FILE|URL", "make a disk of a distribution and register it", 1, 1, true,
     install_options, install_run},
    {"list", "", "what is installed", 0, 0, true, NULL, list_run},
    {"info", "NAME", "everything about one distribution", 1, 1, true, NULL, info_run},
    {"export", "NAME OUT", "write a distribution to an archive, or its disk to a file", 2, 2, false,
     export_options, export_run},
    {"set-default", "NAME", "choose the default distribution", 1, 1, false, NULL, set_default_run},
    {"unregister", "NAME", "forget a distribution and keep its disk", 1, 1, false, NULL,
     unregister_run},
    {"remove", "NAME", "forget a distribution and delete its disk", 1, 1, false, remove_options,
     remove_run},
};

static const struct cli_program program = {
    .name = "lxinstall",
    .summary = "install and manage Linux distributions for WSL-like runtimes",
    .epilogue = "Examples:\n"
                "  lxinstall ubuntu                 the newest Ubuntu that a manifest has\n"
                "  lxinstall ubuntu-24.04           that release\n"
                "  lxinstall ./root.tar.gz --name lab\n"
                "  lxinstall list\n"
                "  lxinstall export lab lab.tar.gz\n"
                "\n"
                "The first word may also be one of wsl.exe's: --install, --list (-l),\n"
                "--export, --set-default (-s), --unregister (which removes, and asks).\n",
    .verbs = verbs,
    .n_verbs = array_length(verbs),
    .fallback = "install",
};

/* What wsl.exe calls a verb. */
static const struct {
    const char *word, *verb;
} aliases[] = {
    {"--install", "install"},         {"--list", "list"},    {"-l", "list"},
    {"--set-default", "set-default"}, {"-s", "set-default"}, {"--unregister", "remove"},
    {"--export", "export"},
};

int main(int argc, char **argv)
{
    AUTO_FREE char *verb = NULL;
    for (size_t i = 0; i < array_length(aliases) && argc > 1; i++) {
        if (strcmp(argv[1], aliases[i].word) == 0) {
            verb = strdup(aliases[i].verb);
            if (verb)
                argv[1] = verb;
            break;
        }
    }
    return cli_main(&program, argc, argv);
}
