/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two headers: the valid one with the greater sequence number is current (MS-VHDX 2.2.2). */
#include <string.h>

#include "vhdx/vhdx_file.h"

static int header_seal(struct vhdx_judge *judge, int number, enum vhdx_seal seal, struct error *err)
{
    switch (seal) {
    case VHDX_SEAL_NO_SIGNATURE:
        return vhdx_judge(judge, VHDX_RULE_HEADER_SIGNATURE, err,
                          "header %d does not begin with \"head\"", number);
    case VHDX_SEAL_BAD_CHECKSUM:
        return vhdx_judge(judge, VHDX_RULE_HEADER_CHECKSUM, err,
                          "header %d does not fit its checksum", number);
    case VHDX_SEAL_GOOD:
        break;
    }
    return 0;
}

/* Both headers are valid and have the same number. disk2vhd writes such files; with equal content
 * it does not matter which one is taken. */
static int header_tie(struct vhdx_judge *judge, bool same, struct error *err)
{
    if (same)
        return vhdx_judge(judge, VHDX_RULE_HEADER_COPIES, err,
                          "both headers have the same sequence number; a greater one must tell "
                          "which is current");
    return vhdx_judge(judge, VHDX_RULE_HEADER_SEQUENCE, err,
                      "the two headers differ and have the same sequence number, so that neither "
                      "is current");
}

int vhdx_file_headers(struct vhdx_file *file, struct vhdx_judge *judge, struct error *err)
{
    static const uint64_t at[2] = {VHDX_HEADER_1, VHDX_HEADER_2};
    struct vhdx_header_disk disk[2];
    struct vhdx_header header[2];
    enum vhdx_seal seal[2];
    for (int i = 0; i < 2; i++) {
        if (vhdx_medium_read(file->medium, &disk[i], sizeof(disk[i]), at[i], err) < 0)
            return -1;
        seal[i] = vhdx_header_get(&header[i], &disk[i]);
        if (header_seal(judge, i + 1, seal[i], err) < 0)
            return -1;
    }
    bool good[2] = {seal[0] == VHDX_SEAL_GOOD, seal[1] == VHDX_SEAL_GOOD};
    if (!good[0] && !good[1])
        return vhdx_judge(judge, VHDX_RULE_HEADER_NONE, err, "neither header is valid");
    if (good[0] && good[1] && header[0].sequence == header[1].sequence &&
        header_tie(judge, memcmp(&disk[0], &disk[1], sizeof(disk[0])) == 0, err) < 0)
        return -1;
    file->current = good[1] && (!good[0] || header[1].sequence > header[0].sequence);
    if (good[0] && good[1] && header[0].sequence == header[1].sequence &&
        memcmp(&disk[0], &disk[1], sizeof(disk[0])) != 0)
        return 0;
    file->header = header[file->current];
    if (file->header.version != 1)
        return vhdx_judge(judge, VHDX_RULE_HEADER_VERSION, err,
                          "the format has version %u; only version 1 is known",
                          file->header.version);
    file->has_header = true;
    for (int i = 0; i < 2; i++) {
        if (good[i] && header[i].reserved_used &&
            vhdx_judge(judge, VHDX_RULE_HEADER_RESERVED, err,
                       "header %d has reserved bytes that are not 0", i + 1) < 0)
            return -1;
    }
    return 0;
}
