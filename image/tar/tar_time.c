/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tar/tar_time.h"

#include <stddef.h>
#include <string.h>

#include "core/attributes.h"
#include "core/libarchive.h"

enum {
    SECOND_NS = 1000000000,
};

struct time_field {
    const char *key; /* of a pax record */
    size_t offset;   /* in struct entry */
};

static const struct time_field time_fields[] = {
    {"mtime", offsetof(struct entry, mtime)},
    {"atime", offsetof(struct entry, atime)},
    {"ctime", offsetof(struct entry, ctime)},
    {"LIBARCHIVE.creationtime", offsetof(struct entry, crtime)},
};

enum {
    TIMES = array_length(time_fields),
};

/* One of time_fields, as libarchive has it. */
struct member_time {
    bool is_set;
    int64_t seconds;
    uint32_t nanoseconds;
};

static void times_get(struct archive_entry *member, struct member_time times[TIMES])
{
    const struct libarchive *library = libarchive();
#define TIME(name)                                                     \
    {                                                                  \
        .is_set = library->entry_##name##_is_set(member),              \
        .seconds = library->entry_##name(member),                      \
        .nanoseconds = (uint32_t)library->entry_##name##_nsec(member), \
    }
    const struct member_time all[TIMES] = {TIME(mtime), TIME(atime), TIME(ctime), TIME(birthtime)};
#undef TIME
    memcpy(times, all, sizeof(all));
}

/* libarchive takes the sign of pax's "-1.25" for the seconds alone; of "-0.25" nothing is left. */
static bool may_lack_sign(const struct member_time *time)
{
    return time->is_set && time->seconds == 0 && time->nanoseconds > 0;
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
    struct member_time times[TIMES];
    times_get(member, times);
    for (size_t i = 0; i < TIMES; i++) {
        if (may_lack_sign(&times[i]))
            return true;
    }
    return false;
}

static struct entry_time time_make(const struct time_field *field, const struct member_time *time,
                                   const struct tar_record *records, size_t n)
{
    bool negative = time->seconds < 0 || (may_lack_sign(time) && has_sign(field, records, n));
    if (negative && time->nanoseconds > 0)
        return (struct entry_time){time->seconds - 1, SECOND_NS - time->nanoseconds};
    return (struct entry_time){time->seconds, time->nanoseconds};
}

void tar_time_read(struct entry *entry, struct archive_entry *member,
                   const struct tar_record *records, size_t n)
{
    struct member_time times[TIMES];
    times_get(member, times);
    entry->mtime = time_make(&time_fields[0], &times[0], records, n);
    entry->atime = entry->ctime = entry->crtime = entry->mtime;
    for (size_t i = 1; i < TIMES; i++) {
        const struct time_field *field = &time_fields[i];
        struct entry_time *to = (struct entry_time *)(void *)((char *)entry + field->offset);
        if (times[i].is_set)
            *to = time_make(field, &times[i], records, n);
    }
}
