/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log as part of opening a file: where it lies, and what waits in it. */
#include "vhdx/vhdx_commit.h"
#include "vhdx/vhdx_file.h"
#include "vhdx/vhdx_log.h"

static int place_check(struct vhdx_file *file, struct vhdx_judge *judge, struct error *err)
{
    const struct vhdx_header *header = &file->header;
    uint64_t length = file->medium->length;
    file->log_placed = header->log_offset >= VHDX_HEADER_SECTION &&
                       header->log_offset % VHDX_MIB == 0 && header->log_length % VHDX_MIB == 0 &&
                       header->log_length > 0 && header->log_offset <= length &&
                       header->log_length <= length - header->log_offset;
    if (file->log_placed)
        return 0;
    return vhdx_judge(judge, VHDX_RULE_LOG_PLACE, err,
                      "the log of %lu bytes at byte %llu does not lie within the file at multiples "
                      "of 1 MiB",
                      (unsigned long)header->log_length, (unsigned long long)header->log_offset);
}

static int version_check(const struct vhdx_file *file, struct vhdx_judge *judge, bool dirty,
                         struct error *err)
{
    if (file->header.log_version == 0)
        return 0;
    if (!dirty)
        return vhdx_judge(judge, VHDX_RULE_LOG_VERSION, err,
                          "the log has version %u; only version 0 is known",
                          file->header.log_version);
    return vhdx_judge(judge, VHDX_RULE_LOG_UNKNOWN, err,
                      "the log is in use and has version %u; only version 0 is known: open the "
                      "disk once with the program that made it",
                      file->header.log_version);
}

/* Takes in what waits in the log. */
static int replay(struct vhdx_file *file, struct vhdx_judge *judge, struct error *err)
{
    struct vhdx_log log CLEANUP(vhdx_log_free) = {0};
    bool found;
    if (vhdx_log_load(&log, file->medium, &file->header, judge, &found, err) < 0)
        return -1;
    if (!found)
        return 0;
    file->log_entries = log.n_entries;
    if (vhdx_judge(judge, VHDX_RULE_LOG_DIRTY, err,
                   "the log holds changes that the file does not have yet (%zu entries): the "
                   "virtual machine or Windows died; what follows is the disk with them. lxvhdx "
                   "check --repair writes them",
                   log.n_entries) < 0)
        return -1;
    if (file->medium->writable)
        return vhdx_commit_replay(file, &log, err);
    return vhdx_log_overlay(&file->medium, steal(&file->medium), &log, err);
}

int vhdx_file_log(struct vhdx_file *file, struct vhdx_judge *judge, struct error *err)
{
    bool dirty = !guid_is_zero(&file->header.log);
    if (!file->has_header)
        return 0;
    if (version_check(file, judge, dirty, err) < 0 || place_check(file, judge, err) < 0)
        return -1;
    if (!dirty || file->header.log_version != 0)
        return 0;
    if (!file->log_placed)
        return vhdx_judge(judge, VHDX_RULE_LOG_NOTHING, err,
                          "the log is marked as in use, and cannot be found");
    return replay(file, judge, err);
}
