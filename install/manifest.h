/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Manifests: which distributions there are to install, and how each is recognised as genuine.
 * manifests/README.md describes the file. */
#ifndef LXKIT_INSTALL_MANIFEST_H
#define LXKIT_INSTALL_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/error.h"

#define MANIFEST_VERSION "1"

enum {
    MANIFEST_TEXT_MAX = 256, /* bytes of a title or a release's name */
    MANIFEST_URL_MAX = 2048, /* bytes */
};

/* What one architecture of one release is made from. */
struct manifest_image {
    char *architecture; /* Debian's word: amd64, arm64 */
    char *url;          /* https, http or file; or an absolute path */
    struct sha256 sha256;
    uint64_t size; /* bytes; 0: not said */
};

struct manifest_release {
    char *name;
    char *title; /* NULL: the distribution's will do */
    struct manifest_images {
        struct manifest_image *items;
        size_t n;
    } images;
};

struct manifest_distribution {
    char *name;
    char *title;
    struct manifest_releases {
        struct manifest_release *items; /* the first one is the default */
        size_t n;
    } releases;
};

struct manifest {
    char *path;
    struct manifest_distributions {
        struct manifest_distribution *items;
        size_t n;
    } distributions;
};

/* DAMAGED, as "FILE:LINE:COLUMN: what is wrong; what is expected", for anything that the schema
 * does not have. */
int manifest_read(struct manifest **out, const char *path, struct error *err) MUST_CHECK;
/* Likewise of n bytes; path is for messages and for relative URLs. */
int manifest_parse(struct manifest **out, const char *path, const char *bytes, size_t n,
                   struct error *err) MUST_CHECK;
void manifest_free(struct manifest *manifest); /* NULL is fine */

static inline void manifest_freep(struct manifest **manifest)
{
    manifest_free(*manifest);
}

#define AUTO_MANIFEST CLEANUP(manifest_freep)

#endif
