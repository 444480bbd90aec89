/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files that a start makes in a distribution, and what they need of this machine. */
#ifndef LXKIT_INSTALL_RUN_TRANSLATION_FILES_H
#define LXKIT_INSTALL_RUN_TRANSLATION_FILES_H

#include "core/error.h"
#include "core/event.h"
#include "install/run/contract.h"

enum {
    TRANSLATION_TIMEZONE_BYTES = 128,
    TRANSLATION_RESOLV_BYTES = 16384,
};

/* What is read of the machine before its files are out of sight. */
struct translation_host {
    char hostname[CONTRACT_HOSTNAME_BYTES];
    char timezone[TRANSLATION_TIMEZONE_BYTES]; /* "": not known */
    char resolv_conf[TRANSLATION_RESOLV_BYTES];
};

void translation_host_read(struct translation_host *host);

/* The files of the directory that is the root now. */
struct translation_files {
    struct contract_root root;
};

void translation_files_init(struct translation_files *files);
/* The host name, and /etc/hostname, hosts, resolv.conf, localtime as the contract has them. What
 * says the same already is not written, so that nothing changes by a start alone; what cannot be
 * written is a warning. */
int translation_files_make(const struct contract *contract, const struct translation_host *host,
                           struct events *events, struct error *err) MUST_CHECK;

#endif
