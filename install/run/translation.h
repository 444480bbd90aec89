/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A translation run without its disk; install/run/run.h has the whole. */
#ifndef LXKIT_INSTALL_RUN_TRANSLATION_H
#define LXKIT_INSTALL_RUN_TRANSLATION_H

#include "image/image.h"
#include "install/run/run.h"
#include "install/run/translation_init.h"

/* begin, which makes the name spaces while the caller opens the disk; then attend or abandon. */
struct translation {
    const struct run_request *request; /* borrowed */
    pid_t init;                        /* process 1 of the name spaces; 0: there is none */
    int socket;                        /* the way to it */
};

int translation_begin(struct translation *out, const struct run_request *request,
                      struct error *err) MUST_CHECK;
/* Runs the request's command over mount, which is writable and detached, before and afterwards. As
 * for struct run_backend; *first_run is what was told of that. */
int translation_attend(struct translation *translation, struct mount *mount,
                       struct translation_news *first_run, int *status,
                       struct error *err) MUST_CHECK;
void translation_abandon(struct translation *translation); /* one that has ended is fine */

#define AUTO_TRANSLATION CLEANUP(translation_abandon)

#endif
