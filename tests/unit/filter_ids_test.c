/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owners, access control lists and capabilities under an id map. */
#include "image/filter/filter_ids.h"
#include "tests/unit/filter_source.h"

static struct source *mapped(const char *tree, const struct entry *like, const char *map)
{
    struct error err = {0};
    struct source *source = NULL;
    assert_ok(filter_ids(&source, words_source(tree, like), map, &err));
    return source;
}

static void ids_are_shifted(void **state UNUSED)
{
    static const struct {
        const char *map;
        uint32_t uid, gid, to_uid, to_gid;
        const char *words; /* of the refusal */
    } cases[] = {
        {"0:100000:65536", 0, 65535, 100000, 165535, NULL},
        {"100000:0:65536", 100000, 101000, 0, 1000, NULL},
        {"0:5:1,1:0:5", 0, 5, 5, 4, NULL},
        {"1000:0:1,0:1000:1", 1000, 0, 0, 1000, NULL},
        {"0:0:4294967295", 7, 4294967294u, 7, 4294967294u, NULL},
        {"4294967294:0:1", 4294967294u, 4294967294u, 0, 0, NULL},
        {"100:0:10", 99, 100, 0, 0, "etc/a has the user 99,"},
        {"100:0:10", 110, 100, 0, 0, "etc/a has the user 110,"},
        {"100:0:10", 100, 0, 0, 0, "etc/a has the group 0,"},
        {"0:0:10", 10, 0, 0, 0, "such as 10:10:1"},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        struct entry like = {.uid = cases[i].uid, .gid = cases[i].gid};
        struct error err = {0};
        const struct entry *entry;
        AUTO_SOURCE struct source *source = mapped("etc/a=1", &like, cases[i].map);
        if (cases[i].words) {
            assert_fails(source_next(source, &entry, &err), ERROR_UNSUPPORTED, cases[i].words);
            continue;
        }
        assert_int_equal(source_next(source, &entry, &err), 1);
        assert_int_equal(entry->uid, cases[i].to_uid);
        assert_int_equal(entry->gid, cases[i].to_gid);
    }
}

static void links_have_no_owner(void **state UNUSED)
{
    static const struct filter_case c = {"a>b", "a>b", 0, NULL};
    AUTO_SOURCE struct source *source = mapped(c.tree, NULL, "100:0:10");
    filter_case_check(source, &c);
}

static void maps_are_refused(void **state UNUSED)
{
    static const struct {
        const char *map, *words;
    } cases[] = {
        {"", "'' is not FROM:TO:COUNT"},
        {"1", "not FROM:TO:COUNT"},
        {"1:2", "not FROM:TO:COUNT"},
        {"1:2:", "not FROM:TO:COUNT"},
        {"1:2:3:4", "not FROM:TO:COUNT"},
        {"1,2,3", "not FROM:TO:COUNT"},
        {"1:2:3,", "'' is not FROM:TO:COUNT"},
        {",1:2:3", "not FROM:TO:COUNT"},
        {"1:2:3 ", "not FROM:TO:COUNT"},
        {" 1:2:3", "not FROM:TO:COUNT"},
        {"-1:2:3", "not FROM:TO:COUNT"},
        {"0x1:2:3", "not FROM:TO:COUNT"},
        {"1:2:3,a:b:c", "'a:b:c' is not FROM:TO:COUNT"},
        {"4294967296:0:1", "not FROM:TO:COUNT"},
        {"99999999999:0:1", "not FROM:TO:COUNT"},
        {"1:2:0", "no range of ids"},
        {"4294967295:0:1", "no range of ids"},
        {"0:4294967295:1", "no range of ids"},
        {"1:0:4294967295", "no range of ids"},
        {"0:1:4294967295", "no range of ids"},
        {"4294967295:0:4294967295", "no range of ids"},
        {"0:100:10,9:200:1", "0:100:10 and 9:200:1 overlap"},
        {"9:200:1,0:100:10", "overlap"},
        {"0:100:10,0:200:10", "overlap"},
        {"0:100:10,50:109:1", "overlap"},
        {"50:109:1,0:100:10", "overlap"},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        struct error err = {0};
        struct source *source;
        assert_fails(filter_ids(&source, words_source("a=1", NULL), cases[i].map, &err),
                     ERROR_USAGE, cases[i].words);
    }
}

static void the_number_of_ranges_is_limited(void **state UNUSED)
{
    char map[(ID_RANGES_MAX + 1) * sizeof("1000:1000:1,")] = "";
    struct error err = {0};
    size_t n = 0;
    for (int i = 0; i < ID_RANGES_MAX; i++)
        n += (size_t)snprintf(map + n, sizeof(map) - n, "%s%d:%d:1", i ? "," : "", i, i);
    AUTO_SOURCE struct source *source = mapped("a=1", NULL, map);
    assert_non_null(source);
    snprintf(map + n, sizeof(map) - n, ",9999:9999:1");
    struct source *none;
    assert_fails(filter_ids(&none, words_source("a=1", NULL), map, &err), ERROR_USAGE,
                 "at most 340 ranges");
}

/* ---- attributes ---- */

/* user::rw-, user:USER:r--, group::r--, group:GROUP:rw-, mask::rw-, other::r--; as setfacl has the
 * kernel write it. */
#define ACL(user, group)                          \
    "\2\0\0\0"                                    \
    "\1\0\6\0\xff\xff\xff\xff"                    \
    "\2\0\4\0" user "\4\0\4\0\xff\xff\xff\xff"    \
    "\10\0\6\0" group "\20\0\6\0\xff\xff\xff\xff" \
    "\40\0\4\0\xff\xff\xff\xff"
/* cap_net_raw+ep with a root user, without, and of an older kernel. */
#define CAPABILITY(magic, root) magic "\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0" root
#define BYTES(text)             text, sizeof(text) - 1

static void ids_in_attributes_are_shifted(void **state UNUSED)
{
    static const struct {
        const char *name, *value;
        size_t n;
        const char *expected;
        size_t expected_n;
    } cases[] = {
        {"system.posix_acl_access", BYTES(ACL("\xe8\3\0\0", "\xe9\3\0\0")),
         BYTES(ACL("\xd0\7\0\0", "\xd1\7\0\0"))},
        {"system.posix_acl_default", BYTES(ACL("\xe8\3\0\0", "\xe8\3\0\0")),
         BYTES(ACL("\xd0\7\0\0", "\xd0\7\0\0"))},
        {"system.posix_acl_default", BYTES("\2\0\0\0"), BYTES("\2\0\0\0")},
        {"user.acl", BYTES(ACL("\xe8\3\0\0", "\xe9\3\0\0")),
         BYTES(ACL("\xe8\3\0\0", "\xe9\3\0\0"))},
        {"security.capability", BYTES(CAPABILITY("\1\0\0\3", "\xe8\3\0\0")),
         BYTES(CAPABILITY("\1\0\0\3", "\xd0\7\0\0"))},
        {"security.capability", BYTES(CAPABILITY("\1\0\0\2", "")),
         BYTES(CAPABILITY("\1\0\0\2", ""))},
        {"security.capability", BYTES("\1\0\0\1\0\x20\0\0\0\0\0\0"),
         BYTES("\1\0\0\1\0\x20\0\0\0\0\0\0")},
        {"security.capability", BYTES(CAPABILITY("\1\0\0\4", "\xe8\3\0\0")),
         BYTES(CAPABILITY("\1\0\0\4", "\xe8\3\0\0"))},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        const struct xattr xattrs[] = {
            {"user.before", "x", 1},
            {cases[i].name, cases[i].value, cases[i].n},
            /* One more that changes, so that neither's new value overwrites the other's. */
            {"system.posix_acl_access", BYTES(ACL("\xe8\3\0\0", "\xe8\3\0\0"))},
        };
        struct entry like = {.uid = 1000, .gid = 1000, .xattrs = xattrs, .n_xattrs = 3};
        struct error err = {0};
        const struct entry *entry;
        AUTO_SOURCE struct source *source = mapped("a=1 b/", &like, "1000:2000:10");
        for (int n = 0; n < 2; n++) {
            assert_int_equal(source_next(source, &entry, &err), 1);
            assert_int_equal(entry->n_xattrs, 3);
            assert_string_equal(entry->xattrs[1].name, cases[i].name);
            assert_int_equal(entry->xattrs[1].size, cases[i].expected_n);
            assert_memory_equal(entry->xattrs[1].value, cases[i].expected, cases[i].expected_n);
            assert_memory_equal(entry->xattrs[2].value, ACL("\xd0\7\0\0", "\xd0\7\0\0"), 52);
            assert_ptr_equal(entry->xattrs[0].value, xattrs[0].value);
        }
    }
}

static void attributes_that_cannot_be_mapped_are_refused(void **state UNUSED)
{
    static const struct {
        const char *name, *value;
        size_t n;
        enum error_code code;
        const char *words;
    } cases[] = {
        {"system.posix_acl_access", BYTES(ACL("\1\0\0\0", "\xe8\3\0\0")), ERROR_UNSUPPORTED,
         "a has the access control user 1,"},
        {"system.posix_acl_access", BYTES(ACL("\xe8\3\0\0", "\1\0\0\0")), ERROR_UNSUPPORTED,
         "a has the access control group 1,"},
        {"security.capability", BYTES(CAPABILITY("\1\0\0\3", "\0\0\0\0")), ERROR_UNSUPPORTED,
         "a has the capability root user 0,"},
        {"system.posix_acl_access", BYTES("\2\0\0"), ERROR_DAMAGED, "cannot be read"},
        {"system.posix_acl_access", BYTES("\1\0\0\0"), ERROR_DAMAGED, "cannot be read"},
        {"system.posix_acl_access", BYTES("\2\0\0\0\1\0\6\0"), ERROR_DAMAGED, "cannot be read"},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        const struct xattr xattr = {cases[i].name, cases[i].value, cases[i].n};
        struct entry like = {.uid = 1000, .gid = 1000, .xattrs = &xattr, .n_xattrs = 1};
        struct error err = {0};
        const struct entry *entry;
        AUTO_SOURCE struct source *source = mapped("a=1", &like, "1000:2000:10");
        assert_fails(source_next(source, &entry, &err), cases[i].code, cases[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_shifted),
        cmocka_unit_test(links_have_no_owner),
        cmocka_unit_test(maps_are_refused),
        cmocka_unit_test(the_number_of_ranges_is_limited),
        cmocka_unit_test(ids_in_attributes_are_shifted),
        cmocka_unit_test(attributes_that_cannot_be_mapped_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
