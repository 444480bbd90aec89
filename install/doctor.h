/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with what is installed, and the command that mends it. Looking changes nothing. */
#ifndef LXKIT_INSTALL_DOCTOR_H
#define LXKIT_INSTALL_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "core/event.h"
#include "install/registry.h"

enum {
    DOCTOR_FILES_MAX = 4096, /* of one directory that are looked at */
};

/* Each is malloc'd but id. */
struct doctor_finding {
    const char *id;   /* stable, "disk-missing"; the manual lists them */
    char *subject;    /* a distribution's name, or the path of a file that belongs to none */
    char *text;       /* what is wrong */
    char *mend;       /* the command, or what to do */
    char *garbage;    /* a file that nothing needs any more: doctor_fix() deletes it; NULL: none */
    bool leftover;    /* what a registration remembers as garbage: doctor_fix() sees to it */
    struct guid guid; /* of that registration */
};

/* A zeroed one is empty. */
struct doctor_report {
    struct doctor_finding *findings;
    size_t n;
};

/* Looks at every registration, at its disk, at what lies beside it and where disks lie by default,
 * and in directories, a NULL-terminated list. Disks that run are not opened. Fails where the
 * registry or one of these directories cannot be read. */
int doctor_examine(struct doctor_report *out, const struct registry_place *place,
                   char *const *directories, struct events *events, struct error *err) MUST_CHECK;
/* Deletes the garbage that was found, unless somebody works with it now; no disk that a
 * registration names, and none that may be the only copy of anything. *n is how many findings that
 * mended. */
int doctor_fix(const struct doctor_report *report, const struct registry_place *place, size_t *n,
               struct events *events, struct error *err) MUST_CHECK;
void doctor_report_free(struct doctor_report *report);

#define AUTO_DOCTOR_REPORT CLEANUP(doctor_report_free)

#endif
