/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A translation run without its disk; install/run/run.h has the whole. */
#ifndef LXKIT_INSTALL_RUN_TRANSLATION_H
#define LXKIT_INSTALL_RUN_TRANSLATION_H

#include "image/image.h"
#include "install/run/run.h"
#include "install/run/translation_init.h"

/* Runs the request's command over mount, which is writable and detached, before and afterwards. As
 * for struct run_backend; *first_run is what was told of that. */
int translation_attend(const struct run_request *request, struct mount *mount,
                       struct translation_news *first_run, int *status,
                       struct error *err) MUST_CHECK;

#endif
