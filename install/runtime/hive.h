/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key Lxss of a user's hive, through libhivex; for registry_hive.c, hive_read.c and
 * hive_write.c. */
#ifndef LXKIT_INSTALL_HIVE_H
#define LXKIT_INSTALL_HIVE_H

#include <hivex.h>
#include <stdbool.h>

#include "install/registry.h"
#include "install/runtime/hive_file.h"

#define HIVE_DEFAULT "DefaultDistribution"

/* The state of a registry. */
struct hive {
    struct hive_file file;
    char *windows_root;
    struct registry stored; /* entries and default as they lie in the hive, to tell what changed */
};

/* Opens a hive that lies in fd, a file in memory. */
int hive_begin(hive_h **out, const struct registry *self, int fd, int flags,
               struct error *err) MUST_CHECK;
/* Says that the hive is damaged, as hivex has it. Returns -1. */
int hive_failed(const struct registry *self, int errnum, struct error *err);
/* The key Lxss; *out is 0 where there is none and make is false. WRONG_KIND where what stands above
 * it is missing: then it is no user's hive. */
int hive_find_lxss(hive_node_h *out, const struct registry *self, hive_h *h, bool make,
                   struct error *err) MUST_CHECK;

/* All that the hive in fd has, appended to to, with its default. */
int hive_read(struct registry *to, const struct registry *self, int fd,
              struct error *err) MUST_CHECK;
/* Puts what differs between self and what is stored into an open hive. */
int hive_write(const struct registry *self, hive_h *h, struct error *err) MUST_CHECK;

static inline void hive_closep(hive_h **h)
{
    if (*h)
        hivex_close(*h);
}

#define AUTO_HIVEX CLEANUP(hive_closep)

#endif
