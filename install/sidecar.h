/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the registry knows of a distribution and an archive or disk does not hold, in a file beside
 * it, FILE.lxkit.json:
 *
 *     {
 *       "version": 1,
 *       "archive": {"bytes": 12345, "sha256": "..."},
 *       "settings": {"DistributionName": "lab", "Flags": 15, "DefaultUid": 1000, "RunOOBE": 0,
 *                    "DefaultEnvironment": ["PATH=/usr/bin:/bin", "LANG=C.UTF-8"]}
 *     }
 *
 * It counts for the very file that it was written for; members that are not known are ignored. */
#ifndef LXKIT_INSTALL_SIDECAR_H
#define LXKIT_INSTALL_SIDECAR_H

#include <stdbool.h>

#include "core/error.h"
#include "core/event.h"
#include "install/registration.h"

enum {
    SIDECAR_BYTES_MAX = 64 * 1024,
};

struct sidecar {
    bool found;
    char *path; /* where it lies */
    struct registration settings;
};

/* Writes the settings of entry beside file, which is complete; an older one is replaced. */
int sidecar_write(const char *file, const struct registration *entry, bool no_sync,
                  struct error *err) MUST_CHECK;
/* Reads what lies beside file; out->found is false where nothing does, or what does belongs to
 * another file, which is told as a warning. DAMAGED where it makes no sense. sidecar_free() in any
 * case. */
int sidecar_read(struct sidecar *out, const char *file, struct events *events,
                 struct error *err) MUST_CHECK;
/* Gives entry what was found, but not its name. */
int sidecar_apply(const struct sidecar *sidecar, struct registration *entry,
                  struct error *err) MUST_CHECK;
void sidecar_free(struct sidecar *sidecar);

#define AUTO_SIDECAR CLEANUP(sidecar_free)

#endif
