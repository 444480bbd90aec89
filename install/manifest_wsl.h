/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DistributionInfo.json, the list that `wsl --install` goes by, as a manifest and back.
 *
 *     {"Default": NAME,
 *      "ModernDistributions": {FLAVOR: [{"Name", "FriendlyName", "Default": true,
 *                                        "Amd64Url": {"Url", "Sha256"}, "Arm64Url": ...}, ...]},
 *      "Distributions": [{"Name", "FriendlyName", "Amd64": true, "Amd64PackageUrl", ...}]}
 *
 * FLAVOR means its entry with Default, else the first; NAME that entry. Digests may have "0x"
 * before them. An entry without an image for any architecture is dropped. Those of "Distributions"
 * are packages of the Store, which are listed and not installed. Source: microsoft/WSL
 * src/windows/common/Distribution.cpp. */
#ifndef LXKIT_INSTALL_MANIFEST_WSL_H
#define LXKIT_INSTALL_MANIFEST_WSL_H

#include <jansson.h>

#include "install/manifest.h"

/* Whether the bytes look like such a list, and not like a manifest of ours. */
bool manifest_wsl_is(const char *bytes, size_t n);
/* DAMAGED where a value is not as above; path is for messages. */
int manifest_wsl_parse(struct manifest **out, const char *path, const char *bytes, size_t n,
                       struct error *err) MUST_CHECK;

#endif
