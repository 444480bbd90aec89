/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files that every volume has. */
#include <inttypes.h>
#include <string.h>

#include "core/attributes.h"
#include "image/ntfs/ntfs_check_state.h"
#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_table.h"
#include "image/ntfs/ntfs_upcase.h"

enum {
    MIRROR_RECORDS = 4,
    UPCASE_BYTES = 2 * NTFS_UPCASE_UNITS,
    VERSION_MAJOR = 3,
    VERSION_MINOR = 1,
    VOLUME_IS_DIRTY = 1,
    DEFINITIONS_BYTES_MAX = 64 << 10, /* Windows 2000 had 36000 bytes, most of them zeros */
    LOG_PAGE_BYTES = 4096,
    LOG_IS_CLEAN = 2,
    LOG_NOBODY = 0xffff,
};

/* The stream of a system file. 1; 0: there is none, which was judged here or before. */
static int stream_find(struct ntfs_check *check, uint64_t record, uint32_t type, const char *name,
                       bool needed, struct ntfs_file *file, const struct ntfs_stream **out,
                       struct error *err)
{
    check->judge.silent = true;
    int status = ntfs_parse_file_at(&check->parse, record, file, err);
    check->judge.silent = false;
    if (status < 0)
        return -1;
    const struct ntfs_whole *whole = status > 0 ? ntfs_file_find(file, type, name) : NULL;
    if (whole) {
        *out = &whole->stream;
        return 1;
    }
    const struct ntfs_facts *facts = ntfs_facts_of(check, record);
    if (!needed || (facts && facts->is & NTFS_IS_BROKEN))
        return 0;
    return ntfs_judge(&check->judge, NTFS_RULE_SYSTEM_FILE, err,
                      "record %" PRIu64 ", which belongs to the system, is not what it must be",
                      record);
}

/* ---- the mirror of the first records ---- */

static int mirror_use(struct ntfs_check *check, const struct ntfs_stream *stream, struct error *err)
{
    uint8_t record[NTFS_RECORD_BYTES_MAX], mirror[NTFS_RECORD_BYTES_MAX];
    uint32_t size = check->parse.geometry.record_bytes;

    bool placed =
        stream->n_places > 0 && stream->places[0].cluster == check->parse.geometry.mft_mirror;
    if (!placed || stream->size < MIRROR_RECORDS * (uint64_t)size)
        return ntfs_judge(&check->judge, NTFS_RULE_MFT_MIRROR, err,
                          "$MFTMirr is not where the boot sector says, or too short");
    for (unsigned i = 0; i < MIRROR_RECORDS && i < check->parse.n_records; i++) {
        if (ntfs_parse_record_bytes(&check->parse, i, record, err) < 0 ||
            ntfs_stream_read(&check->parse, stream, mirror, size, i * (uint64_t)size, err) < 0)
            return -1;
        if (memcmp(record, mirror, size) != 0 &&
            ntfs_judge(&check->judge, NTFS_RULE_MFT_MIRROR, err,
                       "the copy of record %u in $MFTMirr is another one", i) < 0)
            return -1;
    }
    return 0;
}

static int mirror_check(struct ntfs_check *check, struct error *err)
{
    struct ntfs_file file = {0};
    const struct ntfs_stream *stream;
    int status = stream_find(check, NTFS_MFT_MIRROR, NTFS_DATA, NULL, true, &file, &stream, err);
    if (status > 0)
        status = mirror_use(check, stream, err);
    ntfs_file_free(&file);
    return status < 0 ? -1 : 0;
}

/* ---- $UpCase ---- */

/* Windows writes a checksum beside the table; older ones did not. */
static bool checksum_fits(const struct ntfs_file *file, const uint8_t *table)
{
    struct {
        struct le32 length, zero;
        struct le64 checksum;
    } disk;
    const struct ntfs_whole *info = ntfs_file_find(file, NTFS_DATA, "$Info");
    if (!info || !info->stream.value || info->stream.size < sizeof(disk))
        return true;
    memcpy(&disk, info->stream.value, sizeof(disk));
    return le64_get(disk.checksum) == ntfs_upcase_checksum(table, UPCASE_BYTES);
}

static int upcase_use(struct ntfs_check *check, const struct ntfs_file *file,
                      const struct ntfs_stream *stream, struct error *err)
{
    AUTO_FREE uint8_t *bytes = NULL;
    AUTO_FREE uint16_t *table = malloc(UPCASE_BYTES);

    if (!table)
        return error_no_memory(err);
    if (stream->size != UPCASE_BYTES)
        return ntfs_judge(&check->judge, NTFS_RULE_UPCASE_SIZE, err,
                          "$UpCase has %" PRIu64 " bytes instead of %d", stream->size,
                          UPCASE_BYTES);
    if (ntfs_stream_load(&check->parse, stream, &bytes, err) < 0)
        return -1;
    if (!checksum_fits(file, bytes))
        return ntfs_judge(&check->judge, NTFS_RULE_UPCASE_CHECKSUM, err,
                          "$UpCase is not the table that its checksum is of");
    for (size_t i = 0; i < NTFS_UPCASE_UNITS; i++)
        table[i] = (uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
    for (unsigned i = 0; i < 0x80; i++) {
        if (table[i] != (i >= 'a' && i <= 'z' ? i - 'a' + 'A' : i))
            return ntfs_judge(&check->judge, NTFS_RULE_UPCASE_TABLE, err,
                              "$UpCase has no upper case of plain letters");
    }
    memcpy(check->parse.upcase, table, UPCASE_BYTES);
    return 0;
}

static int upcase_check(struct ntfs_check *check, struct error *err)
{
    struct ntfs_file file = {0};
    const struct ntfs_stream *stream;
    int status = stream_find(check, NTFS_UPCASE, NTFS_DATA, NULL, false, &file, &stream, err);
    if (status > 0)
        status = upcase_use(check, &file, stream, err);
    ntfs_file_free(&file);
    return status < 0 ? -1 : 0;
}

/* ---- $AttrDef ---- */

/* Zeros may follow, and the last of them be missing. */
static bool definitions_fit(const uint8_t *bytes, size_t n)
{
    uint8_t expected[NTFS_DEFINITIONS_BYTES];
    ntfs_definitions_put(expected);
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != (i < sizeof(expected) ? expected[i] : 0))
            return false;
    }
    return n >= NTFS_DEFINITIONS_BYTES - NTFS_DEFINITION_BYTES;
}

/* What opens a volume takes the whole file into memory. */
static int definitions_size_check(struct ntfs_check *check, struct error *err)
{
    struct ntfs_file file = {0};
    const struct ntfs_stream *stream;
    int status =
        stream_find(check, NTFS_ATTRIBUTE_DEFINITIONS, NTFS_DATA, NULL, false, &file, &stream, err);
    if (status > 0 && stream->size > DEFINITIONS_BYTES_MAX)
        status = ntfs_judge(&check->judge, NTFS_RULE_DEFINITIONS_SIZE, err,
                            "$AttrDef has %" PRIu64 " bytes; at most %d can be", stream->size,
                            DEFINITIONS_BYTES_MAX);
    ntfs_file_free(&file);
    return status < 0 ? -1 : 0;
}

static int definitions_check(struct ntfs_check *check, struct error *err)
{
    struct ntfs_file file = {0};
    const struct ntfs_stream *stream;
    AUTO_FREE uint8_t *bytes = NULL;

    int status =
        stream_find(check, NTFS_ATTRIBUTE_DEFINITIONS, NTFS_DATA, NULL, true, &file, &stream, err);
    if (status > 0 && stream->size <= DEFINITIONS_BYTES_MAX) {
        status = ntfs_stream_load(&check->parse, stream, &bytes, err);
        if (status == 0 && !definitions_fit(bytes, (size_t)stream->size))
            status = ntfs_judge(&check->judge, NTFS_RULE_ATTRIBUTE_DEFINITIONS, err,
                                "$AttrDef is not the table of NTFS 3.1");
    }
    ntfs_file_free(&file);
    return status < 0 ? -1 : 0;
}

/* ---- $Volume and $LogFile ---- */

static int volume_use(struct ntfs_check *check, const struct ntfs_stream *stream, struct error *err)
{
    struct {
        struct le64 zero;
        uint8_t major, minor;
        struct le16 flags;
    } disk = {0};
    if (stream->value && stream->size >= sizeof(disk))
        memcpy(&disk, stream->value, sizeof(disk));
    if ((disk.major != VERSION_MAJOR || disk.minor != VERSION_MINOR) &&
        ntfs_judge(&check->judge, NTFS_RULE_VOLUME_VERSION, err,
                   "the volume has version %u.%u instead of 3.1", disk.major, disk.minor) < 0)
        return -1;
    if (le16_get(disk.flags) & VOLUME_IS_DIRTY)
        return ntfs_judge(&check->judge, NTFS_RULE_VOLUME_DIRTY, err,
                          "the volume is marked as dirty: Windows will check it");
    return 0;
}

static int volume_check(struct ntfs_check *check, struct error *err)
{
    struct ntfs_file file = {0};
    const struct ntfs_stream *stream;
    int status =
        stream_find(check, NTFS_VOLUME, NTFS_VOLUME_INFORMATION, NULL, true, &file, &stream, err);
    if (status > 0)
        status = volume_use(check, stream, err);
    ntfs_file_free(&file);
    return status < 0 ? -1 : 0;
}

/* A restart page, and the part that says who uses the log. A log of 0xff bytes was never used. */
struct restart_disk {
    char magic[4];           /* +0: "RSTR" */
    uint8_t fixups[20];      /* +4 */
    struct le16 area_offset; /* +24 */
};

struct restart_area_disk {
    struct le64 current;      /* +0 */
    struct le16 clients;      /* +8 */
    struct le16 clients_free; /* +10 */
    struct le16 clients_used; /* +12 */
    struct le16 flags;        /* +14 */
};

static bool log_is_clean(const uint8_t *page)
{
    struct restart_disk disk;
    struct restart_area_disk area;

    memcpy(&disk, page, sizeof(disk));
    size_t at = le16_get(disk.area_offset);
    if (memcmp(disk.magic, "RSTR", sizeof(disk.magic)) != 0)
        return memcmp(disk.magic, "\xff\xff\xff\xff", sizeof(disk.magic)) == 0;
    if (at > LOG_PAGE_BYTES - sizeof(area))
        return false;
    memcpy(&area, page + at, sizeof(area));
    return le16_get(area.clients_used) == LOG_NOBODY || le16_get(area.flags) & LOG_IS_CLEAN;
}

static int log_check(struct ntfs_check *check, struct error *err)
{
    struct ntfs_file file = {0};
    const struct ntfs_stream *stream;
    uint8_t page[LOG_PAGE_BYTES];

    int status = stream_find(check, NTFS_LOG_FILE, NTFS_DATA, NULL, true, &file, &stream, err);
    if (status > 0) {
        status = stream->size < sizeof(page)
                     ? 0
                     : ntfs_stream_read(&check->parse, stream, page, sizeof(page), 0, err);
        if (status == 0 && (stream->size < sizeof(page) || !log_is_clean(page)))
            status = ntfs_judge(&check->judge, NTFS_RULE_LOG_DIRTY, err,
                                "$LogFile holds changes that the volume may not have yet");
    }
    ntfs_file_free(&file);
    return status < 0 ? -1 : 0;
}

/* ---- all of them ---- */

/* They come first: all else is judged later, with the table of letters. */
int ntfs_check_tables(struct ntfs_check *check, struct error *err)
{
    return upcase_check(check, err) < 0 ? -1 : definitions_size_check(check, err);
}

static int present_check(struct ntfs_check *check, struct error *err)
{
    for (uint64_t i = 0; i < NTFS_RESERVED_END; i++) {
        if (!ntfs_facts_of(check, i) &&
            ntfs_judge(&check->judge, NTFS_RULE_SYSTEM_FILE, err,
                       "record %" PRIu64 ", which belongs to the system, is not in use", i) < 0)
            return -1;
    }
    return 0;
}

int ntfs_check_system(struct ntfs_check *check, struct error *err)
{
    if (present_check(check, err) < 0 || mirror_check(check, err) < 0 ||
        definitions_check(check, err) < 0 || volume_check(check, err) < 0)
        return -1;
    return log_check(check, err);
}
