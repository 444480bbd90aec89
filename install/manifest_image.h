/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of a manifest that says what an image is made from and what proves it. */
#ifndef LXKIT_INSTALL_MANIFEST_IMAGE_H
#define LXKIT_INSTALL_MANIFEST_IMAGE_H

#include "install/document.h"
#include "install/manifest.h"

/* node's key is the architecture. On failure what was read is in *image, to be freed. */
int manifest_image_read(const struct node *node, struct manifest_image *image,
                        struct error *err) MUST_CHECK;
void manifest_image_free(struct manifest_image *image); /* its members */

#endif
