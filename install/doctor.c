/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cancel.h"
#include "core/paths.h"
#include "install/disk_lock.h"
#include "install/doctor_report.h"
#include "install/location.h"
#include "install/move.h"
#include "install/text.h"

/* ---- the report ---- */

static void finding_free(struct doctor_finding *finding)
{
    free(finding->subject);
    free(finding->text);
    free(finding->mend);
    free(finding->garbage);
}

void doctor_report_free(struct doctor_report *report)
{
    for (size_t i = 0; i < report->n; i++)
        finding_free(&report->findings[i]);
    free(report->findings);
    *report = (struct doctor_report){0};
}

int doctor_add(struct doctor_report *report, struct doctor_finding **out, const char *id,
               const char *subject, const char *text, struct error *err, const char *mend, ...)
{
    CLEANUP(finding_free) struct doctor_finding finding = {.id = id};
    va_list arguments;
    va_start(arguments, mend);
    int n = vasprintf(&finding.mend, mend, arguments);
    va_end(arguments);
    if (n < 0) {
        finding.mend = NULL;
        return error_no_memory(err);
    }
    if (text_set(&finding.subject, subject, err) < 0 || text_set(&finding.text, text, err) < 0)
        return -1;
    struct doctor_finding *findings =
        reallocarray(report->findings, report->n + 1, sizeof(*findings));
    if (!findings)
        return error_no_memory(err);
    report->findings = findings;
    findings[report->n] = finding;
    finding = (struct doctor_finding){0};
    if (out)
        *out = &findings[report->n];
    report->n++;
    return 0;
}

/* ---- registrations ---- */

static int check_state(struct doctor_report *report, const struct registration *entry,
                       struct error *err)
{
    const char *name = entry->distribution_name;
    char text[128];
    if (entry->state == STATE_INSTALLED || entry->state == STATE_RUNNING)
        return 0;
    snprintf(text, sizeof(text), "it is %s, which whoever did that did not finish",
             registration_state_words(entry->state));
    if (entry->state == STATE_UNINSTALLING)
        return doctor_add(report, NULL, "half-removed", name, text, err,
                          "lxinstall remove --yes %s", name);
    AUTO_FREE char *disk = NULL;
    if (registration_disk(entry, &disk, err) < 0)
        return -1;
    return doctor_add(report, NULL, "half-made", name, text, err,
                      "wait, if something works on it; else: lxinstall unregister %s, then "
                      "lxinstall import-in-place %s %s",
                      name, name, disk);
}

static int check_leftover(struct doctor_report *report, const struct registration *entry,
                          struct error *err)
{
    struct doctor_finding *finding;
    AUTO_FREE char *text = NULL;
    if (!entry->leftover)
        return 0;
    if (asprintf(&text, "%s, which it does not use, is still to be deleted", entry->leftover) < 0) {
        text = NULL;
        return error_no_memory(err);
    }
    if (doctor_add(report, &finding, "leftover", entry->distribution_name, text, err,
                   "lxinstall doctor --fix") < 0)
        return -1;
    finding->leftover = true;
    finding->guid = entry->guid;
    return 0;
}

static int check_default(struct doctor_report *report, const struct registry *registry,
                         struct error *err)
{
    if (registry->n == 0 || registry_default(registry))
        return 0;
    return doctor_add(report, NULL, "no-default", registry->entries[0].distribution_name,
                      "no distribution is the default", err, "lxinstall set-default %s",
                      registry->entries[0].distribution_name);
}

static int check_around(struct doctor_report *report, const struct registry *registry,
                        struct error *err)
{
    AUTO_FREE char *one = NULL;
    AUTO_FREE char *home = NULL;
    AUTO_FREE char *data = NULL;
    for (size_t i = 0; i < registry->n; i++) {
        if (doctor_directory(report, registry, registry->entries[i].base_path, err) < 0)
            return -1;
    }
    if (registry->driver == &registry_local && (paths_parent(&data, registry->path, err) < 0 ||
                                                doctor_directory(report, registry, data, err) < 0))
        return -1;
    if (registry_home(registry, "x", &one, err) < 0 || paths_parent(&home, one, err) < 0)
        return -1;
    return doctor_home(report, registry, home, err);
}

int doctor_examine(struct doctor_report *out, const struct registry_place *place,
                   char *const *directories, struct events *events, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    *out = (struct doctor_report){0};
    if (registry_open_at(&registry, place, REGISTRY_READ, err) < 0)
        return -1;
    event_step(events, "examining");
    for (size_t i = 0; i < registry->n; i++) {
        const struct registration *entry = &registry->entries[i];
        if (cancel_check(err) < 0 || check_state(out, entry, err) < 0 ||
            check_leftover(out, entry, err) < 0)
            return -1;
        bool whole = entry->state == STATE_INSTALLED;
        if (whole && doctor_disk(out, entry, err) < 0)
            return -1;
    }
    if (check_default(out, registry, err) < 0 || check_around(out, registry, err) < 0)
        return -1;
    for (; *directories; directories++) {
        if (doctor_elsewhere(out, registry, *directories, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- mending ---- */

/* Nobody may be making anything in the directory meanwhile, or writing the registry. */
static int garbage_delete(const char *path, const struct registry_place *place, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    AUTO_LOCATION struct location location = {.fd = -1};
    AUTO_FREE char *directory = NULL;
    if (registry_open_at(&registry, place, REGISTRY_WRITE, err) < 0 ||
        paths_parent(&directory, path, err) < 0 || location_claim(&location, directory, err) < 0)
        return -1;
    int rc = disk_check_unused(path, err);
    if (rc == 0 && unlink(path) < 0 && errno != ENOENT)
        rc = error_errno(err, errno, "delete %s", path);
    location_keep(&location);
    return rc;
}

int doctor_fix(const struct doctor_report *report, const struct registry_place *place, size_t *n,
               struct events *events, struct error *err)
{
    *n = 0;
    for (size_t i = 0; i < report->n; i++) {
        const struct doctor_finding *finding = &report->findings[i];
        struct error why = {0};
        int rc = 0;
        if (!finding->garbage && !finding->leftover)
            continue;
        if (cancel_check(err) < 0)
            return -1;
        rc = finding->leftover ? leftover_remove(place, &finding->guid, &why)
                               : garbage_delete(finding->garbage, place, &why);
        if (rc < 0)
            event_warning(events, "%s", why.text);
        else
            ++*n;
    }
    return 0;
}
