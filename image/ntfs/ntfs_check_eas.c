/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extended attributes, and what WSL keeps in them. */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "core/attributes.h"
#include "image/ntfs/ntfs_carrier.h"
#include "image/ntfs/ntfs_check_state.h"
#include "image/ntfs/ntfs_format.h"

enum {
    MODE_BITS = S_IFMT | 07777,
    LX_NUMBER_BYTES = 4,
    LX_DEVICE_BYTES = 8,
};

/* What was seen of a file's attributes. */
struct eas {
    uint64_t record;
    size_t packed, needed;
    bool has_owner, has_mode, has_device, has_carrier;
    uint32_t mode;
};

static bool name_is(const uint8_t *name, size_t n, const char *text)
{
    return n == strlen(text) && memcmp(name, text, n) == 0;
}

static int carrier_judge(struct ntfs_check *check, uint64_t record, const uint8_t *bytes, size_t n,
                         struct error *err)
{
    struct ntfs_carrier carrier;
    struct error why = {0};
    if (ntfs_carrier_open(&carrier, bytes, n, &why) == 0)
        return 0;
    return ntfs_judge(&check->judge, NTFS_RULE_CARRIER_INVALID, err, "record %" PRIu64 ": %s",
                      record, why.text);
}

static int lx_use(struct ntfs_check *check, struct eas *eas, const uint8_t *name,
                  size_t name_length, const uint8_t *value, size_t length, struct error *err)
{
    bool owner = name_is(name, name_length, "$LXUID") || name_is(name, name_length, "$LXGID");
    bool mode = name_is(name, name_length, "$LXMOD");
    bool device = name_is(name, name_length, "$LXDEV");
    if (name_is(name, name_length, NTFS_CARRIER_EA)) {
        eas->has_carrier = true;
        return carrier_judge(check, eas->record, value, length, err);
    }
    if (!owner && !mode && !device)
        return 0;
    eas->has_owner |= owner;
    eas->has_device |= device;
    if (length != (device ? LX_DEVICE_BYTES : LX_NUMBER_BYTES))
        return ntfs_judge(&check->judge, NTFS_RULE_WSL_EA, err,
                          "record %" PRIu64 ": %.*s has %zu bytes", eas->record, (int)name_length,
                          (const char *)name, length);
    if (mode) {
        struct le32 number;
        memcpy(&number, value, sizeof(number));
        eas->mode = le32_get(number);
        eas->has_mode = true;
    }
    return 0;
}

/* head | name | NUL | value | padding, and so on; the last one too says how long it is. 1; 0: they
 * do not follow each other so. */
static int chain_walk(struct ntfs_check *check, struct eas *eas, const uint8_t *bytes, size_t n,
                      struct error *err)
{
    struct ntfs_ea_disk disk;
    for (size_t at = 0; at < n;) {
        if (n - at < sizeof(disk))
            return 0;
        memcpy(&disk, bytes + at, sizeof(disk));
        size_t next = le32_get(disk.next), value = le16_get(disk.value_length);
        size_t length = sizeof(disk) + disk.name_length + 1 + value;
        if (next != (length + 3) / 4 * 4 || next > n - at || disk.name_length == 0 ||
            bytes[at + sizeof(disk) + disk.name_length] != 0)
            return 0;
        eas->packed += length - sizeof(disk.next);
        eas->needed += disk.flags >> 7;
        const uint8_t *name = bytes + at + sizeof(disk);
        if (lx_use(check, eas, name, disk.name_length, name + disk.name_length + 1, value, err) < 0)
            return -1;
        at += next;
    }
    return 1;
}

static uint32_t type_of(uint32_t tag, bool directory)
{
    switch (tag) {
    case NTFS_TAG_SYMLINK:
        return S_IFLNK;
    case NTFS_TAG_SOCKET:
        return S_IFSOCK;
    case NTFS_TAG_FIFO:
        return S_IFIFO;
    case NTFS_TAG_CHARACTER:
        return S_IFCHR;
    case NTFS_TAG_BLOCK:
        return S_IFBLK;
    default:
        return directory ? S_IFDIR : S_IFREG;
    }
}

static int mode_judge(struct ntfs_check *check, const struct eas *eas, uint32_t tag, bool directory,
                      struct error *err)
{
    uint32_t type = type_of(tag, directory);
    bool device = type == S_IFCHR || type == S_IFBLK;
    if (eas->has_mode && ((eas->mode & ~(uint32_t)MODE_BITS) || (eas->mode & S_IFMT) != type) &&
        ntfs_judge(&check->judge, NTFS_RULE_WSL_MODE, err,
                   "record %" PRIu64 ": its $LXMOD 0%" PRIo32
                   " is no mode of what its reparse tag and flags make it",
                   eas->record, eas->mode) < 0)
        return -1;
    if (device && !eas->has_device)
        return ntfs_judge(&check->judge, NTFS_RULE_WSL_DEVICE, err,
                          "record %" PRIu64 " is a device without its numbers ($LXDEV)",
                          eas->record);
    return 0;
}

static int information_judge(struct ntfs_check *check, const struct eas *eas,
                             const struct ntfs_piece *piece, uint64_t unpacked, struct error *err)
{
    struct ntfs_ea_information_disk disk = {0};
    bool fits = piece && piece->resident && piece->value_length == sizeof(disk);
    if (fits)
        memcpy(&disk, piece->value, sizeof(disk));
    if (fits && le16_get(disk.packed) == eas->packed && le16_get(disk.needed) == eas->needed &&
        le32_get(disk.unpacked) == unpacked)
        return 0;
    return ntfs_judge(&check->judge, NTFS_RULE_EA_INFORMATION, err,
                      "record %" PRIu64 ": EA_INFORMATION does not fit its extended attributes",
                      eas->record);
}

/* Those of EA, if it can be walked. */
static int eas_read(struct ntfs_check *check, struct eas *eas, const struct ntfs_whole *whole,
                    const struct ntfs_whole *information, struct error *err)
{
    AUTO_FREE uint8_t *bytes = NULL;
    int status = 0;

    if (whole->stream.size <= NTFS_EAS_BYTES_MAX + 1) {
        if (ntfs_stream_load(&check->parse, &whole->stream, &bytes, err) < 0)
            return -1;
        status = chain_walk(check, eas, bytes, (size_t)whole->stream.size, err);
    }
    if (status < 0)
        return -1;
    if (status == 0)
        return ntfs_judge(&check->judge, NTFS_RULE_EA_INVALID, err,
                          "record %" PRIu64 ": its extended attributes do not follow each other",
                          eas->record);
    return information_judge(check, eas, information ? information->piece : NULL,
                             whole->stream.size, err);
}

/* A carrier that has no room among the extended attributes. */
static int stream_judge(struct ntfs_check *check, const struct eas *eas,
                        const struct ntfs_file *file, struct error *err)
{
    const struct ntfs_whole *whole = ntfs_file_find(file, NTFS_DATA, NTFS_CARRIER_STREAM);
    AUTO_FREE uint8_t *bytes = NULL;

    if (!whole)
        return 0;
    if (eas->has_carrier || whole->stream.size > NTFS_CARRIER_BYTES_MAX)
        return ntfs_judge(&check->judge, NTFS_RULE_CARRIER_INVALID, err,
                          "record %" PRIu64 ": its stream " NTFS_CARRIER_STREAM " %s", eas->record,
                          eas->has_carrier ? "is there beside " NTFS_CARRIER_EA
                                           : "is longer than any carrier");
    if (ntfs_stream_load(&check->parse, &whole->stream, &bytes, err) < 0)
        return -1;
    return carrier_judge(check, eas->record, bytes, (size_t)whole->stream.size, err);
}

int ntfs_check_eas(struct ntfs_check *check, const struct ntfs_file *file, uint32_t tag,
                   struct ntfs_facts *facts, struct error *err)
{
    const struct ntfs_whole *whole = ntfs_file_find(file, NTFS_EA, NULL);
    const struct ntfs_whole *information = ntfs_file_find(file, NTFS_EA_INFORMATION, NULL);
    struct eas eas = {.record = file->records[0].number};

    if (whole && eas_read(check, &eas, whole, information, err) < 0)
        return -1;
    if (!whole && information &&
        ntfs_judge(&check->judge, NTFS_RULE_EA_INFORMATION, err,
                   "record %" PRIu64 " has EA_INFORMATION without extended attributes",
                   eas.record) < 0)
        return -1;
    if (stream_judge(check, &eas, file, err) < 0)
        return -1;
    if (whole)
        facts->extra = (uint32_t)(eas.packed | (whole->stream.size - eas.packed) << 16);
    if (eas.has_owner)
        facts->is |= NTFS_HAS_LX;
    bool flagged = facts->attributes & NTFS_FILE_EA;
    if (flagged != (whole != NULL) &&
        ntfs_judge(&check->judge, NTFS_RULE_EA_FLAG, err, "record %" PRIu64 " is %s", eas.record,
                   whole ? "not marked as having extended attributes"
                         : "marked as having extended attributes, and has none") < 0)
        return -1;
    return mode_judge(check, &eas, tag, facts->is & NTFS_IS_DIRECTORY, err);
}
