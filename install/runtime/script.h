/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registration on a Windows machine that is not at hand: files to take there. */
#ifndef LXKIT_INSTALL_SCRIPT_H
#define LXKIT_INSTALL_SCRIPT_H

#include <stdbool.h>

#include "core/error.h"
#include "install/runtime/register.h"

struct script_request {
    const struct register_subject *subject;
    const char *directory; /* of disk or tree on that machine, "C:\\wsl\\lab"; NULL: the script's */
    bool set_default;
};

/* A .reg file, which regedit and reg.exe import. It must not exist. USAGE without a directory,
 * UNSUPPORTED for an NTFS disk, which somebody has to attach. */
int script_write_reg(const char *path, const struct script_request *request,
                     struct error *err) MUST_CHECK;
/* A script for PowerShell, which registers a disk through wsl.exe, attaches an NTFS disk to a
 * folder and registers that, and registers a tree where it lies. It must not exist. */
int script_write_ps1(const char *path, const struct script_request *request,
                     struct error *err) MUST_CHECK;

#endif
