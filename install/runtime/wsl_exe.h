/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs of the Windows around us, run from inside WSL.
 *
 * wsl.exe writes UTF-16LE unless WSL_UTF8=1 is in its environment, says errors on standard output,
 * and exits with 255 where something failed. A line "Error code: Wsl/Service/.../WSL_E_..." names
 * the reason, if there is one, whatever the language of the rest. Source: microsoft/WSL
 * WslClient.cpp, wslutil.cpp, binfmt.cpp. */
#ifndef LXKIT_INSTALL_WSL_EXE_H
#define LXKIT_INSTALL_WSL_EXE_H

#include <stdbool.h>

#include "core/error.h"

/* Whether this is WSL and wsl.exe is at hand; *why says so, or what is missing. */
bool wsl_surrounds(const char **why);

/* NOT_FOUND where there is no wsl.exe. */
int wsl_check(struct error *err) MUST_CHECK;

enum {
    WSL_ARGUMENTS_MAX = 12,
};

struct wsl_call {
    const char *arguments[WSL_ARGUMENTS_MAX + 1]; /* up to a NULL; paths as Windows has them */
    bool slow;                                    /* it moves a distribution's files */
};

/* Runs wsl.exe; *out, which may be NULL, gets what it writes, as UTF-8 without CR, malloc'd. The
 * error code follows from what it says. NOT_FOUND where there is no wsl.exe, IO where it does not
 * come back in time ($LXKIT_WSL_TIMEOUT seconds, 60 without it; slow ones a hundred times that). */
int wsl_run(char **out, const struct wsl_call *call, struct error *err) MUST_CHECK;
/* Likewise reg.exe, which lies beside wsl.exe or in the search path. */
int wsl_run_reg(const struct wsl_call *call, struct error *err) MUST_CHECK;
/* One line of what wslpath makes of a path: how is "-w" or "-u". malloc'd. */
int wsl_path(char **out, const char *how, const char *path, struct error *err) MUST_CHECK;

#endif
