/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/registry_wait.h"

#include "core/cancel.h"

enum {
    TRIES = 12, /* to lock the registry, each REGISTRY_LOCK_WAIT_MS long: one minute */
};

int registry_wait(struct registry **out, const struct registry_place *place, struct events *events,
                  struct error *err)
{
    for (int i = 1;; i++) {
        struct error why;
        if (cancel_check(err) < 0)
            return -1;
        if (registry_open_at(out, place, REGISTRY_WRITE, &why) == 0)
            return 0;
        if (why.code != ERROR_BUSY || i == TRIES)
            return error_set(err, why.code, "%s", why.text);
        if (i == 1)
            event_warning(events, "the disk is ready and waits to be registered: %s", why.text);
    }
}
