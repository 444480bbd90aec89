/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The carrier of a file, less its head: length and checksum, which no change would get by, are put
 * before it. Whatever it says is applied to a file that has attributes of its own. */
#include "core/attributes.h"
#include "image/ntfs/ntfs_carrier_apply.h"
#include "tests/fuzz/fuzz.h"

static void apply(const struct ntfs_carrier *carrier)
{
    static const struct ntfs_visible visible = {.mode = 0100644, .size = 5, .uid = UINT32_MAX};
    struct tree_xattr xattr = {.name = "user.capital", .value = "c", .size = 1};
    struct tree_file file = {.type = ENTRY_FILE, .xattrs = &xattr, .n_xattrs = 1};
    struct arena arena = {0};
    struct ntfs_carried carried;

    if (ntfs_carrier_apply(&file, carrier, &visible, &arena, &carried, NULL) == 0) {
        for (size_t i = 0; i < file.n_xattrs; i++) {
            fuzz_touch_text(file.xattrs[i].name, false);
            fuzz_touch(file.xattrs[i].value, file.xattrs[i].size);
        }
        if (ntfs_carrier_name(carrier, (const uint8_t *)"a\0b", 2))
            abort(); /* which reads back as it is, and so has no carrier */
    }
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ntfs_carrier_disk head = {.version = le16_put(NTFS_CARRIER_VERSION)};
    struct ntfs_carrier carrier;
    size_t n = sizeof(head) + size;
    AUTO_FREE uint8_t *bytes = malloc(n);

    if (!bytes)
        return 0;
    head.length = le32_put((uint32_t)n);
    memcpy(bytes, &head, sizeof(head));
    if (size > 0)
        memcpy(bytes + sizeof(head), data, size);
    head.checksum = le32_put(ntfs_carrier_checksum(bytes, n));
    memcpy(bytes, &head, sizeof(head));
    if (ntfs_carrier_open(&carrier, bytes, n, NULL) == 0)
        apply(&carrier);
    return 0;
}
