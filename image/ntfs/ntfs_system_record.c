/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records of system files. */
#include <string.h>

#include "image/ntfs/ntfs_system.h"

enum {
    VERSION_MAJOR = 3,
    VERSION_MINOR = 1,
    VOLUME_NO_SHORT_NAMES = 0x80,
};

struct volume_information_disk {
    uint8_t zeros[8];  /* +0 */
    uint8_t major;     /* +8 */
    uint8_t minor;     /* +9 */
    struct le16 flags; /* +10 */
};

struct upcase_information_disk {
    struct le32 bytes;    /* +0: 32 */
    struct le32 zero;     /* +4 */
    struct le64 checksum; /* +8 */
    struct le64 zeros[2]; /* +16: Windows' version */
};

static_assert(sizeof(struct volume_information_disk) == 12, "VOLUME_INFORMATION");
static_assert(sizeof(struct upcase_information_disk) == 32, "$UpCase:$Info");

/* Attributes in a record that is known to have room for them. */
static int put(struct ntfs_record *record, struct ntfs_attribute attribute, struct error *err)
{
    uint16_t number;
    if (ntfs_record_add(record, &attribute, &number))
        return 0;
    return error_set(err, ERROR_INTERNAL, "the record of system file %u overflows", record->number);
}

static int put_value(struct ntfs_record *record, uint32_t type, const char *name, const void *value,
                     size_t n, struct error *err)
{
    return put(record,
               (struct ntfs_attribute){.type = type, .name = name, .value = value, .size = n}, err);
}

static int put_runs(struct ntfs_record *record, uint32_t type, const char *name,
                    const struct ntfs_runs *runs, uint64_t bytes, uint64_t initialized,
                    struct error *err)
{
    return put(record,
               (struct ntfs_attribute){
                   .type = type,
                   .name = name,
                   .runs = runs,
                   .size = bytes,
                   .initialized = initialized,
               },
               err);
}

/* One index: its root, and where it has blocks, these and their bitmap. */
struct index {
    const char *name;
    const struct ntfs_index_made *made;
};

/* Attributes of one type come together, by name. */
static int put_indexes(struct ntfs_record *record, const struct index *indexes, size_t n,
                       struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (put_value(record, NTFS_INDEX_ROOT, indexes[i].name, indexes[i].made->root,
                      indexes[i].made->root_bytes, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < n; i++) {
        const struct ntfs_runs *runs = indexes[i].made->runs;
        uint64_t bytes = runs ? runs->clusters * NTFS_CLUSTER_BYTES : 0;
        if (runs &&
            put_runs(record, NTFS_INDEX_ALLOCATION, indexes[i].name, runs, bytes, bytes, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < n; i++) {
        const struct ntfs_index_made *made = indexes[i].made;
        if (made->runs && put(record,
                              (struct ntfs_attribute){
                                  .type = NTFS_BITMAP_ATTRIBUTE,
                                  .name = indexes[i].name,
                                  .value = made->bitmap,
                                  .size = made->bitmap_bytes,
                                  .runs = made->bitmap_runs,
                                  .initialized = made->bitmap_bytes,
                              },
                              err) < 0)
            return -1;
    }
    return 0;
}

static int put_volume(struct ntfs_record *record, struct error *err)
{
    const struct volume_information_disk information = {
        .major = VERSION_MAJOR,
        .minor = VERSION_MINOR,
        .flags = le16_put(VOLUME_NO_SHORT_NAMES),
    };
    if (put_value(record, NTFS_VOLUME_NAME, NULL, NULL, 0, err) < 0 ||
        put_value(record, NTFS_VOLUME_INFORMATION, NULL, &information, sizeof(information), err) <
            0)
        return -1;
    return put_value(record, NTFS_DATA, NULL, NULL, 0, err);
}

static int put_upcase(const struct ntfs_system *self, struct ntfs_record *record, struct error *err)
{
    const struct upcase_information_disk information = {
        .bytes = le32_put(sizeof(information)),
        .checksum = le64_put(self->upcase_checksum),
    };
    if (put_runs(record, NTFS_DATA, NULL, self->runs[NTFS_UPCASE], self->sizes[NTFS_UPCASE],
                 self->sizes[NTFS_UPCASE], err) < 0)
        return -1;
    return put_value(record, NTFS_DATA, "$Info", &information, sizeof(information), err);
}

static int put_secure(const struct ntfs_system *self, struct ntfs_record *record, struct error *err)
{
    const struct index indexes[] = {{"$SDH", &self->by_hash}, {"$SII", &self->by_id}};
    uint64_t bytes = NTFS_SECURITY_COPY + self->security_bytes;
    if (put_runs(record, NTFS_DATA, "$SDS", self->security, bytes, bytes, err) < 0)
        return -1;
    return put_indexes(record, indexes, array_length(indexes), err);
}

static int put_rest(const struct ntfs_system *self, struct ntfs_record *record, struct error *err)
{
    const struct index root = {"$I30", &self->root}, extend = {"$I30", &self->extend};
    const struct index quota[] = {{"$O", &self->owners}, {"$Q", &self->quotas}};
    const struct index object_ids = {"$O", &self->object_ids}, reparse = {"$R", &self->reparse};
    uint64_t bytes = self->sizes[record->number];

    switch (record->number) {
    case NTFS_VOLUME:
        return put_volume(record, err);
    case NTFS_ROOT:
        return put_indexes(record, &root, 1, err);
    case NTFS_EXTEND:
        return put_indexes(record, &extend, 1, err);
    case NTFS_SECURE:
        return put_secure(self, record, err);
    case NTFS_UPCASE:
        return put_upcase(self, record, err);
    case NTFS_QUOTA:
        return put_indexes(record, quota, array_length(quota), err);
    case NTFS_OBJECT_IDS:
        return put_indexes(record, &object_ids, 1, err);
    case NTFS_REPARSE:
        return put_indexes(record, &reparse, 1, err);
    case NTFS_BAD_CLUSTERS:
        if (put_value(record, NTFS_DATA, NULL, NULL, 0, err) < 0)
            return -1;
        return put_runs(record, NTFS_DATA, "$Bad", self->bad, self->bad_bytes, 0, err);
    case NTFS_MFT:
        if (put_runs(record, NTFS_DATA, NULL, self->runs[NTFS_MFT], bytes, bytes, err) < 0)
            return -1;
        return put_runs(record, NTFS_BITMAP_ATTRIBUTE, NULL, self->mft_bitmap,
                        self->mft_bitmap_bytes, self->mft_bitmap_bytes, err);
    default:
        if (!self->runs[record->number])
            return put_value(record, NTFS_DATA, NULL, NULL, 0, err);
        return put_runs(record, NTFS_DATA, NULL, self->runs[record->number], bytes, bytes, err);
    }
}

int ntfs_system_record(const struct ntfs_system *self, struct ntfs_record *record, uint32_t number,
                       struct error *err)
{
    const struct ntfs_system_file *file = ntfs_system_file(number);
    uint8_t name[NTFS_FILE_NAME_BYTES_MAX];
    uint32_t attributes = NTFS_FILE_HIDDEN | NTFS_FILE_SYSTEM;

    if (file)
        attributes |= file->attributes & ~NTFS_FILE_DIRECTORY;
    const struct ntfs_standard_information_disk information = {
        .times = ntfs_system_times(self),
        .attributes = le32_put(attributes),
        .security = le32_put(number == NTFS_ROOT ? NTFS_SECURITY_DIRECTORY : NTFS_SECURITY_SYSTEM),
    };
    ntfs_record_begin(record, number, ntfs_system_sequence(number),
                      (uint16_t)(NTFS_RECORD_IN_USE | (file ? file->flags : 0)), 0);
    if (put_value(record, NTFS_STANDARD_INFORMATION, NULL, &information, sizeof(information), err) <
        0)
        return -1;
    if (file && put(record,
                    (struct ntfs_attribute){
                        .type = NTFS_FILE_NAME,
                        .value = name,
                        .size = ntfs_system_file_name(self, file, name),
                        .indexed = true,
                    },
                    err) < 0)
        return -1;
    if (put_rest(self, record, err) < 0)
        return -1;
    ntfs_record_finish(record, file != NULL);
    return 0;
}
