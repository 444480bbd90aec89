/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a tree says about itself as it goes by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/attributes.h"
#include "image/distribution.h"

struct member {
    const char *path, *content;
};

/* A source of a few files. */
struct list {
    struct source source;
    const struct member *members;
    size_t n, at;
    struct entry entry;
    bool told;
};

static int list_next(struct source *source, const struct entry **out, struct error *err)
{
    struct list *self = (struct list *)source;
    (void)err;
    if (self->at == self->n)
        return 0;
    const struct member *member = &self->members[self->at++];
    self->entry = (struct entry){.path = member->path,
                                 .type = member->content ? ENTRY_FILE : ENTRY_DIRECTORY,
                                 .size = member->content ? strlen(member->content) : 0};
    self->told = false;
    *out = &self->entry;
    return 1;
}

static int list_content(struct source *source, struct content *out, struct error *err)
{
    struct list *self = (struct list *)source;
    (void)err;
    if (self->told || !self->members[self->at - 1].content)
        return 0;
    self->told = true;
    *out = (struct content){.bytes = self->members[self->at - 1].content, .n = self->entry.size};
    return 1;
}

static void list_close(struct source *source)
{
    (void)source;
}

static const struct source_ops list_ops = {
    .next = list_next, .content = list_content, .close = list_close};

static int watch(const struct member *members, size_t n, struct distribution *found,
                 struct error *err)
{
    struct list list = {.source.ops = &list_ops, .members = members, .n = n};
    AUTO_SOURCE struct source *source = NULL;
    const struct entry *entry;
    struct content content;
    int rc;
    assert_int_equal(source_distribution(&source, &list.source, found, err), 0);
    while ((rc = source_next(source, &entry, err)) > 0) {
        while (source_content(source, &content, err) > 0)
            ;
    }
    return rc;
}

static void os_release_is_read_as_the_runtime_does(void **state)
{
    static const struct {
        const char *text, *flavor, *version;
    } cases[] = {
        {"ID=debian\nVERSION_ID=\"12\"\n", "debian", "12"},
        {"NAME=x\nID=\"opensuse-leap\"\nVERSION_ID=15.6", "opensuse-leap", "15.6"},
        {"ID=first\nID=second\n", "first", ""},
        {" ID=indented\nMY_ID=other\n", "", ""},
        {"ID='single'\nVERSION_ID=a b\n", "", ""},
        {"ID=\nVERSION_ID=\"\"\n", "", ""},
        {"", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < array_length(cases); i++) {
        struct member members[] = {{"etc/os-release", cases[i].text}};
        struct distribution found;
        assert_int_equal(watch(members, 1, &found, NULL), 0);
        assert_string_equal(found.flavor, cases[i].flavor);
        assert_string_equal(found.os_version, cases[i].version);
    }
}

static void a_distribution_has_etc_or_a_shell(void **state)
{
    static const struct {
        struct member member;
        bool is;
    } cases[] = {
        {{"etc", NULL}, true},          {{"etc/passwd", ""}, true}, {{"bin/sh", ""}, true},
        {{"usr/bin/sh", ""}, false},    {{"etcetera", ""}, false},  {{"root/etc", NULL}, false},
        {{"bin/sh.static", ""}, false},
    };
    (void)state;
    for (size_t i = 0; i < array_length(cases); i++) {
        struct error err = {0};
        struct distribution found;
        int rc = watch(&cases[i].member, 1, &found, &err);
        assert_int_equal(rc, cases[i].is ? 0 : -1);
        assert_int_equal(err.code, cases[i].is ? ERROR_NONE : ERROR_NOT_A_DISTRIBUTION);
    }
}

static void etc_counts_before_usr(void **state)
{
    static const struct member members[] = {
        {"etc/os-release", "ID=etc\n"},
        {"usr/lib/os-release", "ID=usr\nVERSION_ID=1\n"},
        {"usr/share/os-release", "ID=share\n"},
    };
    struct distribution found;
    (void)state;
    assert_int_equal(watch(members, array_length(members), &found, NULL), 0);
    assert_string_equal(found.flavor, "etc");
    assert_string_equal(found.os_version, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(os_release_is_read_as_the_runtime_does),
        cmocka_unit_test(a_distribution_has_etc_or_a_shell),
        cmocka_unit_test(etc_counts_before_usr),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
