/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_locator.h"

#include <assert.h>
#include <string.h>

#include "core/le.h"
#include "vhdx/vhdx_text.h"

struct locator_disk {
    struct guid type;     /* +0x00: locator_type; there is no other */
    struct le16 reserved; /* +0x10: 0 */
    struct le16 n;        /* +0x12: of pairs */
};
static_assert(sizeof(struct locator_disk) == 20, "parent locator");

struct pair_disk {
    struct le32 key;          /* +0x0: offsets in the item */
    struct le32 value;        /* +0x4 */
    struct le16 key_length;   /* +0x8: in bytes, without a NUL */
    struct le16 value_length; /* +0xa */
};
static_assert(sizeof(struct pair_disk) == 12, "parent locator entry");

/* B04AEFB7-D19E-4A81-B789-25B8E9445913 */
static const struct guid locator_type = {{0xb7, 0xef, 0x4a, 0xb0, 0x9e, 0xd1, 0x81, 0x4a, 0xb7,
                                          0x89, 0x25, 0xb8, 0xe9, 0x44, 0x59, 0x13}};

enum {
    KEY_UNITS_MAX = 20, /* no key that is known is longer */
};

static const char *const path_keys[VHDX_PARENT_PATHS] = {
    [VHDX_PARENT_RELATIVE] = "relative_path",
    [VHDX_PARENT_VOLUME] = "volume_path",
    [VHDX_PARENT_ABSOLUTE] = "absolute_win32_path",
};

const char *vhdx_parent_path_key(enum vhdx_parent_path which)
{
    return path_keys[which];
}

static bool inside(size_t n, uint32_t offset, uint16_t length)
{
    return offset <= n && length <= n - offset && length % sizeof(struct le16) == 0;
}

/* False where the text has more than units. */
static bool text_get(char *text, const uint8_t *bytes, uint16_t length, size_t units)
{
    struct le16 copy[VHDX_PATH_UNITS];
    if (length / sizeof(*copy) > units)
        return false;
    memcpy(copy, bytes, length);
    vhdx_text_get(text, copy, length / sizeof(*copy));
    return true;
}

/* False where the value is of no use. */
static bool pair_take(struct vhdx_locator *out, const char *key, const uint8_t *value,
                      uint16_t length)
{
    char id[VHDX_UTF8_PER_UNIT * GUID_BRACED_BYTES + 1];
    for (int i = 0; i < VHDX_PARENT_PATHS; i++)
        if (strcmp(key, path_keys[i]) == 0)
            return out->paths[i][0] == '\0' &&
                   text_get(out->paths[i], value, length, VHDX_PATH_UNITS);
    bool second = strcmp(key, "parent_linkage2") == 0;
    if (!second && strcmp(key, "parent_linkage") != 0)
        return true;
    struct guid *linkage = second ? &out->linkage_2 : &out->linkage;
    return guid_is_zero(linkage) && text_get(id, value, length, GUID_BRACED_BYTES) &&
           guid_parse(linkage, id);
}

static int pairs_get(struct vhdx_locator *out, const uint8_t *bytes, size_t n,
                     struct vhdx_judge *judge, struct error *err)
{
    struct locator_disk head;
    memcpy(&head, bytes, sizeof(head));
    size_t n_pairs = le16_get(head.n);
    if (n_pairs > (n - sizeof(head)) / sizeof(struct pair_disk))
        return vhdx_judge(judge, VHDX_RULE_PARENT_UNKNOWN, err,
                          "the parent locator has %zu entries, more than it has space for",
                          n_pairs);
    for (size_t i = 0; i < n_pairs; i++) {
        char key[VHDX_UTF8_PER_UNIT * KEY_UNITS_MAX + 1];
        struct pair_disk pair;
        memcpy(&pair, bytes + sizeof(head) + i * sizeof(pair), sizeof(pair));
        uint32_t value = le32_get(pair.value);
        uint16_t length = le16_get(pair.value_length);
        bool good =
            inside(n, le32_get(pair.key), le16_get(pair.key_length)) && inside(n, value, length);
        if (good &&
            text_get(key, bytes + le32_get(pair.key), le16_get(pair.key_length), KEY_UNITS_MAX))
            good = pair_take(out, key, bytes + value, length);
        if (!good && vhdx_judge(judge, VHDX_RULE_PARENT_UNKNOWN, err,
                                "entry %zu of the parent locator lies outside of it, is there "
                                "twice, or has a value of no use",
                                i) < 0)
            return -1;
    }
    return 0;
}

int vhdx_locator_get(struct vhdx_locator *out, const uint8_t *bytes, size_t n,
                     struct vhdx_judge *judge, struct error *err)
{
    *out = (struct vhdx_locator){0};
    if (n < sizeof(struct locator_disk) || memcmp(bytes, &locator_type, sizeof(locator_type)) != 0)
        return vhdx_judge(judge, VHDX_RULE_PARENT_UNKNOWN, err,
                          "the parent locator is of an unknown type");
    if (pairs_get(out, bytes, n, judge, err) < 0)
        return -1;
    bool path = false;
    for (int i = 0; i < VHDX_PARENT_PATHS; i++)
        path |= out->paths[i][0] != '\0';
    if (!path)
        return vhdx_judge(judge, VHDX_RULE_PARENT_UNKNOWN, err, "the parent locator names no file");
    if (guid_is_zero(&out->linkage))
        return vhdx_judge(judge, VHDX_RULE_PARENT_UNKNOWN, err,
                          "the parent locator does not say which content its parent has");
    return 0;
}
