/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of verbs that provision a tree, in one place. */
#ifndef LXKIT_IMAGE_PROVISION_OPTIONS_H
#define LXKIT_IMAGE_PROVISION_OPTIONS_H

#include "image/provision/provision.h"

struct cli;

/* Rows of a table of struct cli_option. */
/* clang-format off */
#define PROVISION_OPTIONS \
    {"user", 0, "NAME[:UID]", "the default user; made where there is none of that name"}, \
    {"password-hash", 0, "HASH", "the user's password, as openssl passwd -6 makes it"}, \
    {"ssh-key", 0, "FILE", "public keys that let the user in; may be repeated"}, \
    {"sudo", 0, NULL, "the user may become root; asks for a password if there is one"}, \
    {"link-home", 0, "PROFILE[:FOLDER,...]", \
     "link the home, or FOLDERs in it, to that of the Windows user PROFILE"}, \
    {"hostname", 0, "HOST", "the host name"}, \
    {"wsl-conf", 0, "SECTION.KEY=VALUE", "set a key of /etc/wsl.conf; may be repeated"}, \
    {"copy", 0, "SRC:DST", "copy SRC of this machine to DST in the tree; may be repeated"}
/* clang-format on */

/* What the lists of a struct provision lie in. */
struct provision_lists {
    const char **ssh_keys, **wsl_conf, **copies;
};

/* Fills *out by the options, and checks it. provision_lists_free() in any case, but not before *out
 * was used for the last time. */
int provision_options(struct provision *out, struct provision_lists *lists, const struct cli *cli,
                      struct error *err) MUST_CHECK;
void provision_lists_free(struct provision_lists *lists);

#define AUTO_PROVISION_LISTS CLEANUP(provision_lists_free)

#endif
