/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of install/doctor.h: each adds what it finds to the report. */
#ifndef LXKIT_INSTALL_DOCTOR_REPORT_H
#define LXKIT_INSTALL_DOCTOR_REPORT_H

#include "install/doctor.h"

/* mend is a format for what follows; *out, which may be NULL, is good until the next is added. */
int doctor_add(struct doctor_report *report, struct doctor_finding **out, const char *id,
               const char *subject, const char *text, struct error *err, const char *mend, ...)
    PRINTF_LIKE(7, 8) MUST_CHECK;

/* The disk of a registration: whether it is there, is sound, and is what the registration says. */
int doctor_disk(struct doctor_report *report, const struct registration *entry,
                struct error *err) MUST_CHECK;
/* Files in directory that look like disks or what a killed program left of one, and are none of
 * the registry's. */
int doctor_directory(struct doctor_report *report, const struct registry *registry,
                     const char *directory, struct error *err) MUST_CHECK;
/* Likewise in one that the user names, which must exist: whatever a killed program left there,
 * which doctor_fix() does not delete. What was found already is not found again. */
int doctor_elsewhere(struct doctor_report *report, const struct registry *registry,
                     const char *directory, struct error *err) MUST_CHECK;
/* Likewise in each directory of home, which need not exist. */
int doctor_home(struct doctor_report *report, const struct registry *registry, const char *home,
                struct error *err) MUST_CHECK;

#endif
