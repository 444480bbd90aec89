/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_log.h"

#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "core/crc32c.h"
#include "vhdx/vhdx.h"
#include "vhdx/vhdx_log_format.h"

enum {
    CHECKSUM_AT = offsetof(struct vhdx_log_entry_disk, checksum),
    /* Sectors are summed at most that often: entries of one log lie side by side, but a hostile
     * log can nest them. */
    SUMS_PER_SECTOR = 64,
};

/* The log as a ring of sectors. */
struct ring {
    uint8_t *bytes;
    uint32_t n; /* sectors */
    const struct guid *id;
    uint64_t sums_left; /* sectors that may still be summed */
};

/* Entries that follow each other. */
struct run {
    uint32_t first;    /* sector */
    uint32_t n;        /* sectors, all entries together */
    size_t n_entries;  /* 0: the run is empty */
    uint64_t sequence; /* of the last entry, as all below */
    uint32_t tail;     /* sector */
    uint64_t flushed, last;
};

static uint8_t *sector_at(const struct ring *ring, uint64_t number)
{
    return ring->bytes + number % ring->n * VHDX_LOG_SECTOR;
}

static void descriptor_at(const struct ring *ring, uint32_t first, uint32_t i,
                          struct vhdx_descriptor_disk *out)
{
    uint64_t at = sizeof(struct vhdx_log_entry_disk) + (uint64_t)i * sizeof(*out);
    memcpy(out, sector_at(ring, first + at / VHDX_LOG_SECTOR) + at % VHDX_LOG_SECTOR, sizeof(*out));
}

static bool checksum_good(struct ring *ring, uint32_t first, uint32_t n)
{
    static const uint8_t no_checksum[sizeof(struct le32)] = {0};
    enum {
        REST = CHECKSUM_AT + sizeof(no_checksum),
    };
    struct le32 stored;
    if (n > ring->sums_left)
        return false;
    ring->sums_left -= n;
    const uint8_t *head = sector_at(ring, first);
    memcpy(&stored, head + CHECKSUM_AT, sizeof(stored));
    uint32_t crc = crc32c(~UINT32_C(0), head, CHECKSUM_AT);
    crc = crc32c(crc, no_checksum, sizeof(no_checksum));
    crc = crc32c(crc, head + REST, VHDX_LOG_SECTOR - REST);
    for (uint32_t i = 1; i < n; i++)
        crc = crc32c(crc, sector_at(ring, (uint64_t)first + i), VHDX_LOG_SECTOR);
    return ~crc == le32_get(stored);
}

/* Descriptors and data sectors of an entry, whose head is sane. */
static bool body_good(const struct ring *ring, uint32_t first, const struct vhdx_log_entry *entry)
{
    uint64_t sector = vhdx_log_descriptor_sectors(entry->n);
    uint64_t n = entry->length / VHDX_LOG_SECTOR;
    if (sector > n)
        return false;
    for (uint32_t i = 0; i < entry->n; i++) {
        struct vhdx_descriptor_disk disk;
        struct vhdx_descriptor descriptor;
        descriptor_at(ring, first, i, &disk);
        if (!vhdx_descriptor_get(&descriptor, &disk, entry->sequence))
            return false;
        if (descriptor.zero)
            continue;
        if (sector == n || !vhdx_data_sector_is(sector_at(ring, first + sector), entry->sequence))
            return false;
        sector++;
    }
    return true;
}

static bool entry_good(struct ring *ring, uint32_t first, uint32_t room,
                       struct vhdx_log_entry *entry)
{
    return vhdx_log_entry_get(entry, sector_at(ring, first)) && entry->length > 0 &&
           entry->length % VHDX_LOG_SECTOR == 0 && entry->length / VHDX_LOG_SECTOR <= room &&
           entry->tail % VHDX_LOG_SECTOR == 0 && entry->tail / VHDX_LOG_SECTOR < ring->n &&
           entry->sequence > 0 && guid_equal(&entry->log, ring->id) &&
           body_good(ring, first, entry) &&
           checksum_good(ring, first, entry->length / VHDX_LOG_SECTOR);
}

/* The longest run of good entries from a sector on. *contained: its last entry's tail is one of
 * them. */
static void run_read(struct ring *ring, uint32_t first, struct run *out, bool *contained)
{
    struct vhdx_log_entry entry;
    *out = (struct run){.first = first};
    while (entry_good(ring, (uint32_t)(((uint64_t)first + out->n) % ring->n), ring->n - out->n,
                      &entry)) {
        if (out->n_entries > 0 && entry.sequence != out->sequence + 1)
            break;
        out->n += entry.length / VHDX_LOG_SECTOR;
        out->n_entries++;
        out->sequence = entry.sequence;
        out->tail = entry.tail / VHDX_LOG_SECTOR;
        out->flushed = entry.flushed;
        out->last = entry.last;
    }
    *contained = false;
    for (uint32_t n = 0; n < out->n; n += entry.length / VHDX_LOG_SECTOR) {
        uint32_t at = (uint32_t)(((uint64_t)first + n) % ring->n);
        vhdx_log_entry_get(&entry, sector_at(ring, at));
        *contained |= at == out->tail;
    }
}

/* The newest run that is whole; empty where there is none. */
static int run_find(struct ring *ring, struct run *out, struct error *err)
{
    *out = (struct run){0};
    for (uint64_t sector = 0; sector < ring->n;) {
        struct run run;
        bool contained;
        if (cancel_check(err) < 0)
            return -1;
        run_read(ring, (uint32_t)sector, &run, &contained);
        if (contained && run.sequence > out->sequence)
            *out = run;
        /* A run whose tail is not in it does not become whole by losing its first entries, so it is
         * passed over like a whole one. */
        sector += run.n > 0 ? run.n : 1;
    }
    return 0;
}

/* Adds the updates of one entry. */
static void entry_take(struct vhdx_log *log, const struct ring *ring, uint32_t first,
                       const struct vhdx_log_entry *entry)
{
    uint64_t sector = vhdx_log_descriptor_sectors(entry->n);
    for (uint32_t i = 0; i < entry->n; i++) {
        struct vhdx_descriptor_disk disk;
        struct vhdx_descriptor descriptor;
        descriptor_at(ring, first, i, &disk);
        vhdx_descriptor_get(&descriptor, &disk, entry->sequence);
        struct vhdx_update update = {.offset = descriptor.offset, .length = descriptor.length};
        if (!descriptor.zero) {
            uint8_t *bytes = sector_at(ring, first + sector++);
            vhdx_data_sector_restore(bytes, &descriptor);
            update.bytes = bytes;
        }
        if (update.length > 0)
            log->updates[log->n_updates++] = update;
    }
}

static int run_take(struct vhdx_log *log, const struct ring *ring, const struct run *run,
                    struct error *err)
{
    /* Every descriptor lies in the log. */
    size_t most = (size_t)run->n * (VHDX_LOG_SECTOR / sizeof(struct vhdx_descriptor_disk));
    struct vhdx_log_entry entry;
    log->updates = malloc(most * sizeof(*log->updates));
    if (!log->updates)
        return error_no_memory(err);
    bool active = false;
    for (uint32_t n = 0; n < run->n; n += entry.length / VHDX_LOG_SECTOR) {
        uint32_t at = (uint32_t)(((uint64_t)run->first + n) % ring->n);
        vhdx_log_entry_get(&entry, sector_at(ring, at));
        active |= at == run->tail;
        if (!active)
            continue;
        log->n_entries++;
        entry_take(log, ring, at, &entry);
    }
    return 0;
}

/* An update may change region tables, metadata and BAT; headers and log are written otherwise. */
static int updates_check(struct vhdx_log *log, const struct vhdx_header *header,
                         struct vhdx_judge *judge, bool *found, struct error *err)
{
    for (size_t i = 0; i < log->n_updates; i++) {
        const struct vhdx_update *update = &log->updates[i];
        uint64_t end = update->offset + update->length;
        bool sane = end > update->offset && end <= VHDX_FILE_MAX;
        if (!sane || update->offset < VHDX_REGION_TABLE_1 ||
            (update->offset < header->log_offset + header->log_length &&
             header->log_offset < end)) {
            *found = false;
            return vhdx_judge(judge, VHDX_RULE_LOG_TARGET, err,
                              "the log wants to write %llu bytes at byte %llu of the file, where "
                              "no log may write",
                              (unsigned long long)update->length,
                              (unsigned long long)update->offset);
        }
        if (end > log->file_length)
            log->file_length = end;
    }
    return 0;
}

static int ring_read(struct ring *ring, struct vhdx_log *log, struct vhdx_medium *medium,
                     const struct vhdx_header *header, struct error *err)
{
    log->bytes = malloc(header->log_length);
    if (!log->bytes)
        return error_no_memory(err);
    *ring = (struct ring){
        .bytes = log->bytes,
        .n = header->log_length / VHDX_LOG_SECTOR,
        .id = &header->log,
        .sums_left = (uint64_t)header->log_length / VHDX_LOG_SECTOR * SUMS_PER_SECTOR,
    };
    return vhdx_medium_read(medium, log->bytes, header->log_length, header->log_offset, err);
}

int vhdx_log_load(struct vhdx_log *out, struct vhdx_medium *medium,
                  const struct vhdx_header *header, struct vhdx_judge *judge, bool *found,
                  struct error *err)
{
    struct ring ring = {0};
    struct run run;
    *out = (struct vhdx_log){0};
    *found = false;
    if (header->log_length > VHDX_LOG_MAX)
        return vhdx_judge(judge, VHDX_RULE_LOG_LONG, err,
                          "the log has %lu bytes; one of more than 64 MiB is not replayed",
                          (unsigned long)header->log_length);
    if (ring_read(&ring, out, medium, header, err) < 0 || run_find(&ring, &run, err) < 0)
        return -1;
    if (run.n_entries == 0)
        return vhdx_judge(judge, VHDX_RULE_LOG_NOTHING, err,
                          "the log is marked as in use, but holds no whole entry; lxvhdx check "
                          "--repair --drop-log takes the disk as it is without it");
    if (run.flushed > medium->length)
        return vhdx_judge(judge, VHDX_RULE_LOG_CUT_OFF, err,
                          "the file has %llu bytes and had %llu when the log was written: it was "
                          "cut off",
                          (unsigned long long)medium->length, (unsigned long long)run.flushed);
    if (run.last > VHDX_FILE_MAX)
        return vhdx_judge(judge, VHDX_RULE_LOG_TARGET, err, "the log wants a file of %llu bytes",
                          (unsigned long long)run.last);
    out->file_length = run.last;
    *found = true;
    if (run_take(out, &ring, &run, err) < 0)
        return -1;
    return updates_check(out, header, judge, found, err);
}

void vhdx_log_free(struct vhdx_log *log)
{
    free(log->bytes);
    free(log->updates);
    *log = (struct vhdx_log){0};
}

int vhdx_log_replay(const struct vhdx_log *log, struct vhdx_medium *medium, struct error *err)
{
    if (log->file_length > medium->length && vhdx_medium_resize(medium, log->file_length, err) < 0)
        return -1;
    for (size_t i = 0; i < log->n_updates; i++) {
        const struct vhdx_update *update = &log->updates[i];
        int status = update->bytes ? vhdx_medium_write(medium, update->bytes,
                                                       (size_t)update->length, update->offset, err)
                                   : vhdx_medium_zero(medium, update->length, update->offset, err);
        if (status < 0 || cancel_check(err) < 0)
            return -1;
    }
    return vhdx_medium_flush(medium, err);
}
