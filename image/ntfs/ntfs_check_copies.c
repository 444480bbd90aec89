/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A FILE_NAME, and each entry of a directory, have a copy of the file's details. Windows brings
 * them up to date late, and in FILE_NAME hardly ever; what a listing shows comes from them. */
#include <inttypes.h>
#include <string.h>

#include "image/ntfs/ntfs_check_state.h"
#include "image/ntfs/ntfs_format.h"

/* Those of the copy that STANDARD_INFORMATION has otherwise. */
#define OWN_FLAGS (NTFS_FILE_DIRECTORY | NTFS_FILE_VIEW)

int ntfs_check_copies(struct ntfs_check *check, const struct ntfs_facts *facts,
                      const struct ntfs_file_name *name, uint64_t record, bool entry,
                      struct error *err)
{
    static const struct {
        enum ntfs_rule name, entry;
        const char *what;
    } rules[] = {
        {NTFS_RULE_NAME_ATTRIBUTES, NTFS_RULE_ENTRY_ATTRIBUTES, "attributes"},
        {NTFS_RULE_NAME_SIZES, NTFS_RULE_ENTRY_SIZES, "sizes"},
        {NTFS_RULE_NAME_TIMES, NTFS_RULE_ENTRY_TIMES, "times"},
        {NTFS_RULE_NAME_EXTRA, NTFS_RULE_ENTRY_EXTRA,
         "reparse tag or lengths of extended attributes"},
    };
    bool differs[] = {
        (name->attributes & ~OWN_FLAGS) != (facts->attributes & ~OWN_FLAGS),
        name->size != facts->size || name->allocated != facts->allocated,
        memcmp(name->times, facts->times, sizeof(facts->times)) != 0,
        /* Linux leaves out how much longer the attributes are unpacked. */
        name->extra != facts->extra &&
            (facts->attributes & NTFS_FILE_REPARSE || name->extra != (facts->extra & 0xffff)),
    };
    const char *where = entry ? "a directory's entry" : "a FILE_NAME";
    bool directory = facts->is & NTFS_IS_DIRECTORY;

    if (directory != ((name->attributes & NTFS_FILE_DIRECTORY) != 0) &&
        ntfs_judge(&check->judge, entry ? NTFS_RULE_ENTRY_TYPE : NTFS_RULE_NAME_TYPE, err,
                   "record %" PRIu64 ": %s says that it is %s directory, which is wrong", record,
                   where, directory ? "no" : "a") < 0)
        return -1;
    if (facts->is & NTFS_IS_SYSTEM)
        return 0; /* no volume follows the rule there */
    for (size_t i = 0; i < array_length(rules); i++) {
        if (differs[i] && ntfs_judge(&check->judge, entry ? rules[i].entry : rules[i].name, err,
                                     "record %" PRIu64 ": %s has other %s than the file itself",
                                     record, where, rules[i].what) < 0)
            return -1;
    }
    return 0;
}
