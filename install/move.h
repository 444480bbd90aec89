/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distributions under another name, or in another directory. */
#ifndef LXKIT_INSTALL_MOVE_H
#define LXKIT_INSTALL_MOVE_H

#include "core/event.h"
#include "install/registry.h"

/* EXISTS, NAME_ILLEGAL, NOT_FOUND, BUSY. Only the name changes: the GUID and the disk stay. */
int rename_distribution(const struct registry_place *place, const char *name, const char *new_name,
                        struct error *err) MUST_CHECK;

enum move_result {
    MOVE_DONE,
    MOVE_NOTHING, /* it is there already */
    MOVE_REMAINS, /* it is there, but the old disk could not be deleted, as an event told */
};

/* Puts the disk into directory, which is made where there is none: a second link to the same file
 * where that works, else a copy that was read back from the medium. Then the registry is written,
 * once; what it names is whole at any moment. The old disk goes last; until then the registration
 * remembers it (leftover), as it does the new one before. After a move that was cut off the same
 * call begins again. BUSY, EXISTS, VERIFY, NO_SPACE. */
int move_distribution(enum move_result *result, const struct registry_place *place,
                      const char *name, const char *directory, struct events *events,
                      struct error *err) MUST_CHECK;

/* Makes the registration that before is a copy of remember disk as what is to be deleted if nothing
 * else happens; NULL: nothing is. */
int leftover_note(const struct registration *before, const struct registry_place *place,
                  const char *disk, struct error *err) MUST_CHECK;
/* Deletes the disk that a registration remembers as of no use any more, and the directory it leaves
 * empty; then the registry forgets it. Nothing happens to a disk that a registration names. BUSY
 * where somebody works in that directory. */
int leftover_remove(const struct registry_place *place, const struct guid *guid,
                    struct error *err) MUST_CHECK;

/* Likewise in a registry that is open for writing, and that the caller commits. */
int leftover_delete(const struct registry *registry, struct registration *entry,
                    struct error *err) MUST_CHECK;

#endif
