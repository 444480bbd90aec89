/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The texts that are made at start. */
#ifndef LXKIT_INSTALL_RUN_CONTRACT_TEXT_H
#define LXKIT_INSTALL_RUN_CONTRACT_TEXT_H

#include "core/error.h"
#include "install/run/contract.h"

/* What of name a host name may have: letters, digits, "-" and ".", neither of these at an end;
 * "localhost" where nothing is left. */
void contract_hostname(char out[CONTRACT_HOSTNAME_BYTES], const char *name);
/* /etc/hosts, malloc'd. */
int contract_hosts(char **out, const char *hostname, struct error *err) MUST_CHECK;
/* /etc/resolv.conf, malloc'd. */
int contract_resolv_conf(char **out, const char *nameserver, struct error *err) MUST_CHECK;
/* The value of NAME in a file of NAME=value lines with optional quotes, malloc'd; *out is NULL
 * where it has none. */
int contract_assignment(char **out, const char *text, const char *name,
                        struct error *err) MUST_CHECK;

#endif
