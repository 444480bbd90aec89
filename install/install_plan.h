/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything about an installation, decided before anything is done. Planning reads; it changes
 * nothing, and needs no network. */
#ifndef LXKIT_INSTALL_INSTALL_PLAN_H
#define LXKIT_INSTALL_INSTALL_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "image/image.h"
#include "install/backend.h"
#include "install/proof_plan.h"
#include "install/registry.h"
#include "install/sidecar.h"

/* What the user said; NULL, 0 and false: nothing. Strings are borrowed. */
struct install_request {
    const char *operand; /* "-", a URL, the path of a file or directory, or a name in a manifest */
    const char *name;
    const char *location;
    uint64_t size;
    const struct backend *backend; /* NULL: the default */
    struct proof_options proof;
    const char *manifest;
    const char *release;
    const char *architecture;
    bool set_default;
    bool offline;
    bool no_sync;
};

enum install_origin {
    ORIGIN_FILE, /* used where it lies, unless something is to be verified */
    ORIGIN_URL,
    ORIGIN_MANIFEST,
};

enum install_method {
    METHOD_BUILD,    /* a new disk is made of the source's tree */
    METHOD_COPY,     /* the source is a disk, and is copied as it is */
    METHOD_IN_PLACE, /* the source is a disk, and stays where it lies */
};

struct install_plan {
    struct registry_place place; /* of the registry that it is to be entered in; borrowed */
    enum install_method method;
    const struct backend *backend;
    enum install_origin origin;
    char *source;         /* path or URL; "-": standard input */
    char *source_shown;   /* the same without secrets, to be shown and kept */
    uint64_t source_size; /* bytes; 0: not known */
    struct proof_plan proof;
    /* ORIGIN_MANIFEST; NULL otherwise. */
    char *manifest, *distribution, *release;
    char *architecture; /* what the programs in it must be for; NULL: whatever they are */
    char *root;         /* the directory in the source that is the root; NULL: its top */

    char *name;
    char *base_path;
    char *disk;                    /* in base_path */
    uint64_t size;                 /* of the disk, in bytes; 0: not known before it is read */
    bool first_run;                /* the runtime is to offer its first-run experience */
    struct provision provision;    /* METHOD_BUILD: what is done to the tree; borrowed */
    const struct sidecar *sidecar; /* settings that came with the source; borrowed; NULL: none */
    const struct registration_list *default_environment; /* borrowed; NULL: none */
    uint32_t default_uid; /* becomes that of provision's user, when it was made */
    /* What was seen in the source, where it is a disk that can be read beforehand. */
    struct distribution found;
    bool set_default;     /* asked for */
    bool becomes_default; /* that, or it is the first one */
    bool offline;
    bool no_sync;
    uint64_t
        space_needed; /* in bytes, at least: what comes out is hardly smaller than what goes in */
    uint64_t free_space; /* where the disk will lie */
};

/* The operand is a file where it contains "/", ends like an archive or disk, or is no name in a
 * manifest but exists. NAME_ILLEGAL, EXISTS, NOT_FOUND, NO_SPACE, USAGE; *out is malloc'd. */
int install_plan(struct install_plan **out, const struct install_request *request,
                 const struct registry *registry, struct error *err) MUST_CHECK;
/* Steps of it that other plans share (install/import_plan.h): the source is a file or directory or
 * "-"; the disk lies at location, NULL: where disks lie by default; there is room for it. */
int install_plan_file(struct install_plan *plan, const char *path, struct error *err) MUST_CHECK;
int install_plan_place(struct install_plan *plan, const char *location,
                       const struct registry *registry, struct error *err) MUST_CHECK;
int install_plan_space(struct install_plan *plan, struct error *err) MUST_CHECK;
/* Whether size (0: the default) is one that a disk of ours can have. */
int install_plan_size(struct install_plan *plan, uint64_t size, struct error *err) MUST_CHECK;

void install_plan_free(struct install_plan *plan); /* NULL is fine */

static inline void install_plan_freep(struct install_plan **plan)
{
    install_plan_free(*plan);
}

#define AUTO_INSTALL_PLAN CLEANUP(install_plan_freep)

#endif
