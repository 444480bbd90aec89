/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making a tree somebody's own on its way: a user, a host name, wsl.conf, files. */
#ifndef LXKIT_IMAGE_PROVISION_H
#define LXKIT_IMAGE_PROVISION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/epoch.h"
#include "core/error.h"
#include "core/event.h"
#include "image/source.h"

enum {
    PROVISION_NAME_MAX = 32,          /* bytes of a user's name, as useradd has it */
    PROVISION_KEYS_BYTES_MAX = 65536, /* of a file of SSH keys */
    PROVISION_HOSTNAME_MAX = 64,      /* as Linux has it */
};

/* What to do to a tree; a zeroed one does nothing. Strings and lists, which end with NULL, are
 * borrowed; NULL: not asked for. */
struct provision {
    /* "NAME" or "NAME:UID": made where there is none of that name, taken over otherwise. It is
     * written to wsl.conf as the default user. */
    const char *user;
    const char *password_hash;   /* as crypt(3) makes it, for shadow; NULL: no password fits */
    const char *const *ssh_keys; /* files of public keys, for the user's authorized_keys */
    bool sudo;                   /* the user may become root */
    const char *link_home;       /* "PROFILE[:FOLDER,...]": the user's home, or folders in it, are
                                  * links to the Windows profile */
    const char *hostname;
    const char *const *wsl_conf; /* "section.key=value" */
    const char *const *copies;   /* "SRC:DST" */

    /* For an archive that the runtime is to install: its name, and whom it starts programs as,
     * where wsl.conf does not say so itself. */
    const char *default_name;
    uint32_t default_uid;

    struct epoch now; /* the time of what is changed; the same for each reading of the tree */
    uint32_t *uid; /* not NULL: becomes the user's id at the end of the tree, where user is given */
};

/* Whether anything is asked for. */
bool provision_asked(const struct provision *provision);
/* What can be said without the tree: USAGE, or what reading files gives. For plans. */
int provision_check(const struct provision *provision, struct events *events,
                    struct error *err) MUST_CHECK;
/* inner, owned also on failure, with what is asked for, at its end. EXISTS where names or ids are
 * taken; UNSUPPORTED where the tree has nothing that could be edited. */
int source_provisioned(struct source **out, struct source *inner, const struct provision *provision,
                       struct events *events, struct error *err) MUST_CHECK;

#endif
