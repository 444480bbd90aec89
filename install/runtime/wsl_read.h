/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the Windows around us has registered. */
#ifndef LXKIT_INSTALL_WSL_READ_H
#define LXKIT_INSTALL_WSL_READ_H

#include "core/error.h"
#include "install/registry.h"

/* Appends all distributions to to and sets its default. */
int wsl_read(struct registry *to, struct error *err) MUST_CHECK;

/* The directory that Windows' own installer would use for name, malloc'd. */
int wsl_home(const struct registry *registry, const char *name, char **out,
             struct error *err) MUST_CHECK;

/* A path on a drive of Windows, as Windows has it, malloc'd. UNSUPPORTED for all others. */
int wsl_windows_path(char **out, const char *path, struct error *err) MUST_CHECK;

/* A file that both sides can read. */
struct wsl_exchange {
    char *path; /* removed when it is freed */
    char *windows;
};
int wsl_exchange_make(struct wsl_exchange *out, struct error *err) MUST_CHECK;
void wsl_exchange_free(struct wsl_exchange *exchange);

#define AUTO_WSL_EXCHANGE CLEANUP(wsl_exchange_free)

#endif
