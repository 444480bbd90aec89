/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extended attributes as WSL packs them. The bytes are those that ntfs-3g and Windows 10 left on
 * disks, not our own. */
#include "image/ntfs/ntfs_eas.h"

#include <sys/stat.h>

#include "tests/unit/support.h"

enum {
    VALUE_BYTES = 65536,
};

static void eas_are(const struct tree_file *file, uint32_t mode, const char *expected, size_t n,
                    size_t packed)
{
    struct ntfs_eas *eas AUTO_FREE = calloc(1, sizeof(*eas));
    ntfs_eas_make(eas, file, mode);
    assert_int_equal(eas->n, n);
    assert_memory_equal(eas->bytes, expected, n);
    assert_int_equal(eas->packed, packed);
}

static void of_a_file(void **state UNUSED)
{
    static const char expected[] = "\x14\0\0\0\0\x06\x04\0$LXUID\0\0\0\0\0\0"
                                   "\x14\0\0\0\0\x06\x04\0$LXGID\0\0\0\0\0\0"
                                   "\x14\0\0\0\0\x06\x04\0$LXMOD\0\xa4\x81\0\0\0";
    eas_are(&(struct tree_file){.type = ENTRY_FILE}, S_IFREG | 0644, expected, 60, 45);
}

static void of_a_device(void **state UNUSED)
{
    static const char expected[] = "\x14\0\0\0\0\x06\x04\0$LXUID\0\xe8\x03\0\0\0"
                                   "\x14\0\0\0\0\x06\x04\0$LXGID\0\x05\0\0\0\0"
                                   "\x14\0\0\0\0\x06\x04\0$LXMOD\0\xb6\x21\0\0\0"
                                   "\x18\0\0\0\0\x06\x08\0$LXDEV\0\x05\0\0\0\x01\0\0\0\0";
    const struct tree_file device = {
        .type = ENTRY_CHARACTER, .uid = 1000, .gid = 5, .major = 5, .minor = 1};
    eas_are(&device, S_IFCHR | 0666, expected, 84, 64);
}

static void of_other_types(void **state UNUSED)
{
    static const struct {
        enum entry_type type;
        uint32_t mode;
        const char *bytes;
    } rows[] = {
        {ENTRY_DIRECTORY, S_IFDIR | 0755, "\xed\x41"}, {ENTRY_SYMLINK, S_IFLNK | 0777, "\xff\xa1"},
        {ENTRY_FIFO, S_IFIFO | 0644, "\xa4\x11"},      {ENTRY_SOCKET, S_IFSOCK | 0755, "\xed\xc1"},
        {ENTRY_BLOCK, S_IFBLK | 0660, "\xb0\x61"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        struct ntfs_eas *eas AUTO_FREE = calloc(1, sizeof(*eas));
        ntfs_eas_make(eas, &(struct tree_file){.type = rows[i].type}, rows[i].mode);
        assert_memory_equal(eas->bytes + 55, rows[i].bytes, 2);
        assert_int_equal(eas->n, rows[i].type == ENTRY_BLOCK ? 84 : 60);
    }
}

/* A capability, and one without a value, which "lxea" makes possible. */
static void linux_attributes(void **state UNUSED)
{
    struct tree_xattr xattrs[] = {
        {.name = "security.capability", .value = "cap", .size = 3},
        {.name = "system.posix_acl_access", .value = "acl", .size = 3},
        {.name = "security.selinux", .value = "u:r", .size = 3},
        {.name = "user.Note", .value = "", .size = 0},
        {.name = "user.nOTE", .value = "second", .size = 6},
    };
    static const char expected[] = "\x28\0\0\0\0\x16\x07\0LX.SECURITY.CAPABILITY\0lxeacap\0\0"
                                   "\x1c\0\0\0\0\x0c\x04\0LX.USER.NOTE\0lxea\0\0";
    const struct tree_file file = {.type = ENTRY_FILE, .xattrs = xattrs, .n_xattrs = 5};
    struct ntfs_eas *eas AUTO_FREE = calloc(1, sizeof(*eas));
    ntfs_eas_make(eas, &file, S_IFREG);
    assert_int_equal(eas->n, 60 + 40 + 28);
    assert_memory_equal(eas->bytes + 60, expected, 68);
    assert_int_equal(eas->packed, 45 + (5 + 22 + 7) + (5 + 12 + 4));
}

static void fates(void **state UNUSED)
{
    static const struct {
        const char *name;
        enum ntfs_xattr_fate fate;
    } rows[] = {
        {"user.a", NTFS_XATTR_KEPT},       {"trusted.overlay.opaque", NTFS_XATTR_KEPT},
        {"user.A", NTFS_XATTR_FOLDED},     {"system.posix_acl_default", NTFS_XATTR_ACL},
        {"security.ima", NTFS_XATTR_HOST}, {"system.other", NTFS_XATTR_SPACE},
        {"user.a b", NTFS_XATTR_NAME},     {"user.a[b]", NTFS_XATTR_NAME},
        {"user.a:b", NTFS_XATTR_NAME},     {"user.\xc3\xa9", NTFS_XATTR_NAME},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        size_t used = NTFS_EAS_BASE_BYTES;
        assert_int_equal(ntfs_xattr_fate(rows[i].name, 10, &used), rows[i].fate);
        assert_int_equal(ntfs_xattr_is_kept(rows[i].fate), used > NTFS_EAS_BASE_BYTES);
    }
}

/* The lengths in EA_INFORMATION have 16 bits. */
static void up_to_64_kib(void **state UNUSED)
{
    char *value AUTO_FREE = calloc(1, VALUE_BYTES);
    struct ntfs_eas *eas AUTO_FREE = calloc(1, sizeof(*eas));
    uint32_t largest = 0;
    for (uint32_t size = 65000; size < VALUE_BYTES; size++) {
        size_t used = NTFS_EAS_BASE_BYTES;
        if (ntfs_xattr_fate("user.a", size, &used) == NTFS_XATTR_KEPT)
            largest = size;
    }
    assert_in_range(largest, 65300, 65535);
    struct tree_xattr xattrs[] = {
        {.name = "user.a", .value = value, .size = largest},
        {.name = "user.b", .value = value, .size = 100},
    };
    const struct tree_file file = {.type = ENTRY_BLOCK, .xattrs = xattrs, .n_xattrs = 2};
    ntfs_eas_make(eas, &file, S_IFBLK);
    assert_in_range(eas->n, largest, 65535);
    assert_true(eas->packed <= 65535);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_file),      cmocka_unit_test(of_a_device),
        cmocka_unit_test(of_other_types), cmocka_unit_test(linux_attributes),
        cmocka_unit_test(fates),          cmocka_unit_test(up_to_64_kib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
