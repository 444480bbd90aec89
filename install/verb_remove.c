/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs that change or take away what is registered. */
#include <string.h>
#include <unistd.h>

#include "core/size.h"
#include "install/distribution_lock.h"
#include "install/move.h"
#include "install/registry.h"
#include "install/remove.h"
#include "install/report.h"
#include "install/unsaved.h"
#include "install/verbs.h"

int set_default_run(struct cli *cli, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    if (verb_registry_open(cli, &registry, REGISTRY_WRITE, err) < 0 ||
        registry_get(registry, cli->operands[0], &entry, err) < 0)
        return -1;
    if (entry->state != STATE_INSTALLED && entry->state != STATE_RUNNING)
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

int unregister_run(struct cli *cli, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    AUTO_FREE char *disk = NULL;
    AUTO_FD int in_use = -1;
    if (verb_registry_open(cli, &registry, REGISTRY_READ, err) < 0 ||
        registry_get(registry, cli->operands[0], &entry, err) < 0 ||
        distribution_lock(&in_use, entry, DISTRIBUTION_RUN, err) < 0)
        return -1;
    struct guid guid = entry->guid;
    registry_close(steal(&registry));
    if (verb_registry_open(cli, &registry, REGISTRY_WRITE, err) < 0 ||
        registry_get(registry, cli->operands[0], &entry, err) < 0)
        return -1;
    if (!guid_equal(&guid, &entry->guid))
        return error_set(err, ERROR_BUSY, "%s was replaced by another process; try again",
                         cli->operands[0]);
    if (registration_disk(entry, &disk, err) < 0 || leftover_delete(registry, entry, err) < 0)
        return -1;
    struct guid before = registry->default_guid;
    if (unsaved_is_there(entry))
        event_warning(cli->events,
                      "what a run of %s left unsaved is in %s" MOUNT_JOURNAL_SUFFIX
                      ", and belongs to the disk: keep both together",
                      entry->distribution_name, disk);
    registry_remove(registry, entry);
    if (registry_commit(registry, err) < 0)
        return -1;
    cli_say(cli, "%s is no longer registered; its disk stays at %s", cli->operands[0], disk);
    say_default(cli, registry, &before);
    return 0;
}

const struct cli_option remove_options[] = {
    {"yes", 'y', NULL, "do not ask"},
    RUNTIME_OPTIONS,
    {0},
};

/* Locks the distribution and asks before the registry is locked: an answer may take long. 1: go on,
 * 0: no, negative: error. */
static int confirm_remove(const struct cli *cli, const char *name, int *in_use, struct guid *guid,
                          struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    struct disk_usage usage;
    AUTO_FREE char *disk = NULL;
    if (verb_registry_open(cli, &registry, REGISTRY_READ, err) < 0 ||
        registry_get(registry, name, &entry, err) < 0 ||
        distribution_lock(in_use, entry, DISTRIBUTION_RUN, err) < 0 ||
        registration_disk(entry, &disk, err) < 0 || report_disk_usage(entry, &usage, err) < 0)
        return -1;
    *guid = entry->guid;
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

int remove_run(struct cli *cli, struct error *err)
{
    const struct registry_place place = verb_registry_place(cli);
    const char *name = cli->operands[0];
    AUTO_FD int in_use = -1;
    struct guid guid;
    int sure = confirm_remove(cli, name, &in_use, &guid, err);
    if (sure < 0)
        return -1;
    if (!sure) {
        cli_say(cli, "%s stays", name);
        return 1;
    }

    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    if (registry_open_at(&registry, &place, REGISTRY_WRITE, err) < 0 ||
        registry_get(registry, name, &entry, err) < 0)
        return -1;
    if (!guid_equal(&guid, &entry->guid))
        return error_set(err, ERROR_EXISTS,
                         "%s was replaced by another process meanwhile; look at it and try again",
                         name);
    struct guid before = registry->default_guid;
    if (remove_distribution(registry, entry, err) < 0)
        return -1;
    cli_say(cli, "%s is removed", name);
    say_default(cli, registry, &before);
    return 0;
}
