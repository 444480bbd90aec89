/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "core/page_cache.h"
#include "image/verify.h"

int image_build_verified(const char *input, const struct image_target *target,
                         struct events *events, struct error *err)
{
    AUTO_VERIFY struct verify verify = {.events = {0}};

    if (verify_open(&verify, input, target, events, err) < 0 ||
        image_build(input, target, &verify.events, err) < 0)
        return -1;
    verify.discards = true;
    if (page_cache_drop(target->path, err) == 0 && verify_read(&verify, err) == 0)
        return 0;
    unlink(target->path);
    return -1;
}
