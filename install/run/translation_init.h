/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Process 1 of a translation run. */
#ifndef LXKIT_INSTALL_RUN_TRANSLATION_INIT_H
#define LXKIT_INSTALL_RUN_TRANSLATION_INIT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "install/run/run.h"

/* What goes over the socket between process 1 and who started it, a packet each. */
struct translation_start { /* to process 1: its users are mapped, it may begin */
    bool single;           /* root is the only user */
};
struct translation_news { /* from it; the first with a descriptor of /dev/fuse, if all is well */
    struct error error;
    bool first_run;        /* the first shell of a new distribution starts: it is new no longer */
    int64_t first_run_uid; /* the default user from then on; -1: not said */
};

/* Does all that process 1 does, and comes back with the status to exit with. What went wrong
 * before there was a command is sent as news. */
int translation_init(const struct run_request *request, int socket);

#endif
