/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What there is to install, as the DistributionInfo.json that wsl.exe reads (manifest_wsl.h). */
#ifndef LXKIT_INSTALL_CATALOGUE_EXPORT_H
#define LXKIT_INSTALL_CATALOGUE_EXPORT_H

#include <jansson.h>

#include "core/event.h"
#include "install/offers.h"

/* own: only what the manifests at this path have; NULL: all. preferred: the distribution that
 * `wsl --install` means; NULL: the first. wsl.exe needs a URL and a SHA-256: an image without them
 * is left out with a warning. NOT_FOUND where nothing is left, or not the preferred one. */
int catalogue_export(json_t **out, const struct offers *offers, const char *own,
                     const char *preferred, struct events *events, struct error *err) MUST_CHECK;

#endif
