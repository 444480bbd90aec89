/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Manifests: which distributions there are to install, and how each is recognised as genuine.
 * manifests/README.md describes the file. */
#ifndef LXKIT_INSTALL_MANIFEST_H
#define LXKIT_INSTALL_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/error.h"
#include "fetch/fetch.h"
#include "install/text.h"

#define MANIFEST_VERSION "1"

enum {
    MANIFEST_TEXT_MAX = 256, /* bytes of a title or a release's name */
    MANIFEST_URL_MAX = 2048, /* bytes */
    MANIFEST_SERIAL_MAX = INT32_MAX,
    MANIFEST_DAYS_MAX = 36500,
    MANIFEST_LIST_MAX = 32, /* keys, mirrors or aliases of one thing */
};

/* What one architecture of one release is made from, and what proves that it is genuine. URLs are
 * https, http or file, or absolute paths. */
struct manifest_image {
    char *architecture;   /* Debian's word: amd64, arm64 */
    char *url;            /* its last part may have a "*" (install/pattern.h) */
    struct texts mirrors; /* of the same, with the same last part */
    char *root;           /* the directory in the archive that is the root; NULL: its top */

    enum trust_tier tier; /* TRUST_TLS, TRUST_PINNED or TRUST_SIGNED */
    bool has_sha256;
    struct sha256 sha256;
    uint64_t size;     /* bytes; 0: not said */
    char *list;        /* URL of a checksum list; NULL: none */
    char *signature;   /* URL of a detached signature, of the list or (without one) of the image */
    bool any_name;     /* the list speaks of one file, by whatever name */
    char *index;       /* URL of a text that names the image below url; NULL: none */
    char *suffix;      /* what its signature's name has behind the image's; with index */
    struct texts keys; /* fingerprints, in upper case */

    /* Of what is signed: seconds since 1970 and seconds; 0: not said. */
    int64_t min_date, expires, max_age;
};

struct manifest_release {
    char *name;
    char *title;          /* NULL: the distribution's will do */
    char *whole;          /* a name of its own, where it is not DISTRIBUTION-NAME; NULL: it is */
    struct texts aliases; /* other names */
    struct manifest_images {
        struct manifest_image *items;
        size_t n;
    } images;
};

struct manifest_distribution {
    char *name;
    char *title;
    struct texts aliases; /* other names */
    bool store_package;   /* it is listed, and cannot be installed */
    struct manifest_releases {
        struct manifest_release *items; /* the first one is the default */
        size_t n;
    } releases;
};

struct manifest {
    char *path;
    uint64_t serial; /* rises with each edition; 0: it has none */
    int64_t expires; /* its last second, since 1970; 0: never */
    struct manifest_distributions {
        struct manifest_distribution *items;
        size_t n;
    } distributions;
};

/* DAMAGED, as "FILE:LINE:COLUMN: what is wrong; what is expected", for anything that the schema
 * does not have. The file may also be a DistributionInfo.json (manifest_wsl.h). */
int manifest_read(struct manifest **out, const char *path, struct error *err) MUST_CHECK;
/* Likewise of n bytes; path, which may be a URL, is for messages and for relative URLs. */
int manifest_parse(struct manifest **out, const char *path, const char *bytes, size_t n,
                   struct error *err) MUST_CHECK;
void manifest_free(struct manifest *manifest); /* NULL is fine */
/* Their members. */
void manifest_distribution_free(struct manifest_distribution *distribution);
void manifest_release_free(struct manifest_release *release);

/* Whether a thing of this name and these other names is called that. */
bool manifest_is_called(const char *name, const struct texts *aliases, const char *wanted);

static inline void manifest_freep(struct manifest **manifest)
{
    manifest_free(*manifest);
}

#define AUTO_MANIFEST CLEANUP(manifest_freep)

#endif
