/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host's attributes go, the tree's stay. */
#include "image/filter/filter_xattr.h"
#include "tests/unit/filter_source.h"

enum {
    XATTRS_MAX = 6,
};

static void host_attributes_go(void **state UNUSED)
{
    static const struct {
        const char *names[XATTRS_MAX]; /* until NULL */
        const char *expected;
    } cases[] = {
        {{NULL}, ""},
        {{"security.selinux"}, ""},
        {{"security.ima", "security.evm", "security.selinux"}, ""},
        {{"user.a", "security.selinux", "security.capability"}, "user.a security.capability "},
        {{"security.selinux", "user.selinux", "security.ima", "security.imaginary"},
         "user.selinux security.imaginary "},
        {{"user.security.evm", "trusted.x", "system.posix_acl_access"},
         "user.security.evm trusted.x system.posix_acl_access "},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        struct xattr xattrs[XATTRS_MAX] = {0};
        struct entry like = {.xattrs = xattrs};
        for (; cases[i].names[like.n_xattrs]; like.n_xattrs++)
            xattrs[like.n_xattrs] = (struct xattr){.name = cases[i].names[like.n_xattrs],
                                                   .value = cases[i].names[like.n_xattrs],
                                                   .size = 1 + like.n_xattrs};
        struct error err = {0};
        AUTO_SOURCE struct source *source = NULL;
        const struct entry *entry;
        assert_ok(filter_xattr(&source, words_source("a=1 b/", &like), &err));
        /* Twice: the second entry uses the list that the first one made. */
        for (int n = 0; n < 2; n++) {
            char text[TREE_TEXT_BYTES] = "";
            assert_int_equal(source_next(source, &entry, &err), 1);
            for (size_t k = 0; k < entry->n_xattrs; k++) {
                word_add(text, entry->xattrs[k].name);
                word_add(text, " ");
                assert_ptr_equal(entry->xattrs[k].value, entry->xattrs[k].name);
                assert_ptr_equal(entry->xattrs[k].name, cases[i].names[entry->xattrs[k].size - 1]);
            }
            assert_string_equal(text, cases[i].expected);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_attributes_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
