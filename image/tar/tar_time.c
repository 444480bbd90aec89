/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tar/tar_time.h"

#include <stddef.h>
#include <string.h>

#include "core/attributes.h"

enum {
    SECOND_NS = 1000000000,
};

struct time_field {
    const char *key; /* of a pax record */
    int (*is_set)(struct archive_entry *member);
    time_t (*seconds)(struct archive_entry *member);
    long (*nanoseconds)(struct archive_entry *member);
    size_t offset; /* in struct entry */
};

static const struct time_field time_fields[] = {
    {"mtime", archive_entry_mtime_is_set, archive_entry_mtime, archive_entry_mtime_nsec,
     offsetof(struct entry, mtime)},
    {"atime", archive_entry_atime_is_set, archive_entry_atime, archive_entry_atime_nsec,
     offsetof(struct entry, atime)},
    {"ctime", archive_entry_ctime_is_set, archive_entry_ctime, archive_entry_ctime_nsec,
     offsetof(struct entry, ctime)},
    {"LIBARCHIVE.creationtime", archive_entry_birthtime_is_set, archive_entry_birthtime,
     archive_entry_birthtime_nsec, offsetof(struct entry, crtime)},
};

/* libarchive takes the sign of pax's "-1.25" for the seconds alone; of "-0.25" nothing is left. */
static bool may_lack_sign(const struct time_field *field, struct archive_entry *member)
{
    return field->is_set(member) && field->seconds(member) == 0 && field->nanoseconds(member) > 0;
}

static bool has_sign(const struct time_field *field, const struct tar_record *records, size_t n)
{
    bool sign = false;
    for (size_t i = 0; i < n; i++) {
        if (records[i].key_n == strlen(field->key) &&
            memcmp(records[i].key, field->key, records[i].key_n) == 0)
            sign = records[i].n > 0 && records[i].value[0] == '-';
    }
    return sign;
}

bool tar_time_wants_records(struct archive_entry *member)
{
    for (size_t i = 0; i < array_length(time_fields); i++) {
        if (may_lack_sign(&time_fields[i], member))
            return true;
    }
    return false;
}

static struct entry_time time_get(const struct time_field *field, struct archive_entry *member,
                                  const struct tar_record *records, size_t n)
{
    int64_t seconds = field->seconds(member);
    uint32_t nanoseconds = (uint32_t)field->nanoseconds(member);
    bool negative = seconds < 0 || (may_lack_sign(field, member) && has_sign(field, records, n));
    if (negative && nanoseconds > 0)
        return (struct entry_time){seconds - 1, SECOND_NS - nanoseconds};
    return (struct entry_time){seconds, nanoseconds};
}

void tar_time_read(struct entry *entry, struct archive_entry *member,
                   const struct tar_record *records, size_t n)
{
    entry->mtime = time_get(&time_fields[0], member, records, n);
    entry->atime = entry->ctime = entry->crtime = entry->mtime;
    for (size_t i = 1; i < array_length(time_fields); i++) {
        const struct time_field *field = &time_fields[i];
        struct entry_time *to = (struct entry_time *)(void *)((char *)entry + field->offset);
        if (field->is_set(member))
            *to = time_get(field, member, records, n);
    }
}
