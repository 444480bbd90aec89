/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The value DefaultEnvironment: the variables that every command of a distribution finds, before
 * those that follow from its user and files. Source: microsoft/WSL
 * src/windows/service/exe/DistributionRegistration.h. */
#ifndef LXKIT_INSTALL_DEFAULT_ENVIRONMENT_H
#define LXKIT_INSTALL_DEFAULT_ENVIRONMENT_H

#include "core/error.h"
#include "install/registration.h"

/* What an absent one means, with HOSTTYPE, the machine's name. */
#define DEFAULT_ENVIRONMENT_PATH \
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games:/usr/local/games"
#define DEFAULT_ENVIRONMENT_LANG "en_US.UTF-8"
#define DEFAULT_ENVIRONMENT_TERM "xterm-256color"

/* Sets one variable, "NAME=VALUE". A list takes the place of all that an absent one means, so one
 * that is not given yet begins with that. USAGE, LIMIT. */
int default_environment_set(struct registration_list *list, const char *variable,
                            struct error *err) MUST_CHECK;

#endif
