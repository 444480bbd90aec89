/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What libarchive alone does not bring through an archive: names of attributes, the last second
 * before 1970, ids above an int, flags, and holes behind the first megabytes. */
#include "image/image.h"
#include "image/tar/tar_header.h"
#include "image/tar/tar_sink.h"
#include "image/tar/tar_xattr_name.h"
#include "tests/unit/list_source.h"
#include "tests/unit/support.h"

enum {
    MANY_BYTES = 700 << 10, /* of attributes: more than one chunk of a stream */
};

static void archive_make(const struct list_member *members, size_t n, const char *path)
{
    struct error err = {0};
    struct sink *sink AUTO_SINK = NULL;
    struct list_source list = list_source(members, n);
    int fd AUTO_FD = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_true(fd >= 0);
    assert_ok(tar_sink(&sink, fd, path, KIND_TAR, &(struct sink_options){0}, &err));
    assert_ok(image_copy(&list.source, sink, &err));
}

static struct source *archive_read(const char *path)
{
    struct error err = {0};
    struct source *source = NULL;
    assert_ok(image_open(&source, path, NULL, &err));
    return source;
}

static const struct xattr *xattr_find(const struct entry *entry, const char *name)
{
    for (size_t i = 0; i < entry->n_xattrs; i++) {
        if (strcmp(entry->xattrs[i].name, name) == 0)
            return &entry->xattrs[i];
    }
    fail_msg("%s has no %s", entry->path, name);
    return NULL;
}

static void assert_xattrs(const struct entry *entry, const struct xattr *expected, size_t n)
{
    assert_int_equal(entry->n_xattrs, n);
    for (size_t i = 0; i < n; i++) {
        const struct xattr *found = xattr_find(entry, expected[i].name);
        assert_int_equal(found->size, expected[i].size);
        assert_memory_equal(found->value, expected[i].value, expected[i].size);
    }
}

/* ---- names of attributes ---- */

static const struct xattr odd_names[] = {
    {"user.plain", "0", 1},    {"user.a b", "1", 1},
    {"user.a%b", "2", 1},      {"user.a%25b", "3", 1},
    {"user.a%2525b", "4", 1},  {"user.a=b", "5", 1},
    {"user.a%3Db", "6", 1},    {"user.a%3db", "7", 1},
    {"user.\xc3\xa9", "8", 1}, {"user.\xff\x01\n", "9", 1},
    {"user.%", "10", 2},       {"user.%20", "11", 2},
    {"user.empty=", "", 0},    {"user.\x7f=", "\0=\n\xff", 4},
};

static void names_come_back(void **state UNUSED)
{
    struct error err = {0};
    const struct entry *entry;
    const struct list_member members[] = {
        LIST_ENTRY(.path = "", .type = ENTRY_DIRECTORY, .xattrs = odd_names,
                   .n_xattrs = array_length(odd_names)),
        LIST_FILE("x", .path = "f", .mtime = {5, 5}, .xattrs = odd_names,
                  .n_xattrs = array_length(odd_names)),
        LIST_FILE("y", .path = "g", .mtime = {5, 0}, .xattrs = odd_names, .n_xattrs = 1),
    };
    archive_make(members, array_length(members), "names.tar");
    AUTO_SOURCE struct source *source = archive_read("names.tar");
    assert_int_equal(source_next(source, &entry, &err), 1);
    assert_xattrs(entry, odd_names, array_length(odd_names));
    assert_int_equal(source_next(source, &entry, &err), 1);
    struct content piece;
    assert_int_equal(source_content(source, &piece, &err), 1);
    assert_xattrs(entry, odd_names, array_length(odd_names));
    assert_int_equal(source_next(source, &entry, &err), 1);
    assert_xattrs(entry, odd_names, 1);
    assert_int_equal(source_next(source, &entry, &err), 0);
}

/* Between much else, so that headers lie across the chunks that a stream comes in. */
static void names_come_back_from_many_headers(void **state UNUSED)
{
    static const char value[MANY_BYTES / 8];
    static const struct xattr large[] = {
        {"user.large", value, sizeof(value)},      {"user.50%", value, sizeof(value) / 4},
        {"user.other", value, sizeof(value)},      {"user.=", "x", 1},
        {"trusted.third", value, sizeof(value)},   {"user.\xe2\x82\xac", "y", 1},
        {"security.fourth", value, sizeof(value)},
    };
    static struct list_member members[24];
    static char paths[array_length(members)][8];
    struct error err = {0};
    const struct entry *entry;

    for (size_t i = 0; i < array_length(members); i++) {
        snprintf(paths[i], sizeof(paths[i]), "%zu", i);
        members[i] = (struct list_member)LIST_FILE("content", .path = paths[i],
                                                   .mtime = {-1, 1 + (uint32_t)i}, .xattrs = large,
                                                   .n_xattrs = array_length(large));
    }
    archive_make(members, array_length(members), "many.tar");
    AUTO_SOURCE struct source *source = archive_read("many.tar");
    for (size_t i = 0; i < array_length(members); i++) {
        assert_int_equal(source_next(source, &entry, &err), 1);
        assert_int_equal(entry->mtime.seconds, -1);
        assert_int_equal(entry->mtime.nanoseconds, 1 + i);
        assert_xattrs(entry, large, array_length(large));
    }
}

static void names_are_encoded_as_others_do(void **state UNUSED)
{
    static const struct {
        const char *name, *gnu, *url;
        bool plain, direct;
    } table[] = {
        {"user.a", "user.a", "user.a", true, true},
        {"user.a b", "user.a b", "user.a%20b", true, false},
        {"user.a=b", "user.a%3Db", "user.a%3Db", false, false},
        {"user.a%3D", "user.a%253D", "user.a%253D", false, false},
        {"user.\xc3\xa9", "user.\xc3\xa9", "user.%C3%A9", true, false},
        {"user.\x7f", "user.\x7f", "user.%7F", true, false},
    };
    char text[64];
    for (size_t i = 0; i < array_length(table); i++) {
        assert_int_equal(tar_xattr_name_plain(table[i].name), table[i].plain);
        assert_int_equal(tar_xattr_name_direct(table[i].name), table[i].direct);
        tar_xattr_name_encode_gnu(text, table[i].name);
        assert_string_equal(text, table[i].gnu);
        tar_xattr_name_decode_gnu(text);
        assert_string_equal(text, table[i].name);
        tar_xattr_name_encode_url(text, table[i].name);
        assert_string_equal(text, table[i].url);
        tar_xattr_name_decode_url(text);
        assert_string_equal(text, table[i].name);
    }
    /* As GNU tar reads them: no other code, and none in lower case. */
    strcpy(text, "user.%3d%20%%25%3D%");
    tar_xattr_name_decode_gnu(text);
    assert_string_equal(text, "user.%3d%20%%=%");
}

/* ---- the header's bytes ---- */

/* A header block without what is not looked at. */
static void block_put(char *to, char type, size_t size)
{
    memset(to, 0, 512);
    snprintf(to + 124, 12, "%011zo", size);
    to[156] = type;
}

static void records_are_found(void **state UNUSED)
{
    static const char records[] = "11 a=bc\n=x\n6 k=v\n9 half=x\n";
    struct error err = {0};
    struct tar_header header = {0};
    AUTO_FREE struct tar_record *list = NULL;
    char bytes[5 * 512] = {0};
    size_t n;

    block_put(bytes, 'g', 100);
    block_put(bytes + 1024, 'x', 19);
    memcpy(bytes + 1536, records, sizeof(records));
    block_put(bytes + 2048, '0', 0);
    /* In three parts, of which the second is given twice, behind something older. */
    assert_ok(tar_header_keep(&header, 100, "0123456789", 10, 100, &err));
    assert_ok(tar_header_keep(&header, 105, bytes, 1000, 110, &err));
    assert_ok(tar_header_keep(&header, 110, bytes + 1000, 700, 1110, &err));
    assert_ok(tar_header_keep(&header, 110, bytes + 1000, 700, 1110, &err));
    assert_ok(tar_header_keep(&header, 110, bytes + 1700, 860, 1810, &err));
    assert_ok(tar_header_records(&header, 110, &list, &n, &err));
    assert_int_equal(n, 2);
    assert_memory_equal(list[0].key, "a", list[0].key_n);
    assert_int_equal(list[0].n, 5);
    assert_memory_equal(list[0].value, "bc\n=x", 5);
    assert_memory_equal(list[1].key, "k", list[1].key_n);
    assert_memory_equal(list[1].value, "v", list[1].n);
    free(list);
    /* What is not there whole has none. */
    assert_ok(tar_header_records(&header, 111, &list, &n, &err));
    assert_int_equal(n, 0);
    tar_header_free(&header);
}

/* ---- times, flags, lists ---- */

static void times_come_back(void **state UNUSED)
{
    static const struct entry_time times[] = {
        {-1, 750000000}, {-1, 1}, {-1, 999999999}, {-1, 0}, {0, 250000000}, {-2, 250000000}, {0, 0},
    };
    struct list_member members[array_length(times)];
    char paths[array_length(times)][4];
    struct error err = {0};
    const struct entry *entry;

    for (size_t i = 0; i < array_length(times); i++) {
        snprintf(paths[i], sizeof(paths[i]), "%zu", i);
        members[i] =
            (struct list_member)LIST_ENTRY(.path = paths[i], .type = ENTRY_FIFO, .mtime = times[i],
                                           .atime = times[(i + 1) % array_length(times)],
                                           .ctime = times[(i + 3) % array_length(times)]);
    }
    archive_make(members, array_length(members), "times.tar");
    AUTO_SOURCE struct source *source = archive_read("times.tar");
    for (size_t i = 0; i < array_length(times); i++) {
        assert_int_equal(source_next(source, &entry, &err), 1);
        assert_int_equal(entry->mtime.seconds, times[i].seconds);
        assert_int_equal(entry->mtime.nanoseconds, times[i].nanoseconds);
        assert_int_equal(entry->atime.seconds, members[i].entry.atime.seconds);
        assert_int_equal(entry->atime.nanoseconds, members[i].entry.atime.nanoseconds);
        assert_int_equal(entry->ctime.seconds, members[i].entry.ctime.seconds);
        assert_int_equal(entry->ctime.nanoseconds, members[i].entry.ctime.nanoseconds);
    }
}

static void flags_come_back(void **state UNUSED)
{
    struct error err = {0};
    const struct entry *entry;
    const unsigned all = ENTRY_APPEND | ENTRY_IMMUTABLE | ENTRY_NO_DUMP | ENTRY_NO_ATIME |
                         ENTRY_SYNC | ENTRY_SYNC_NAMES;
    struct list_member members[6];
    static const char *const paths[] = {"0", "1", "2", "3", "4", "5"};
    for (size_t i = 0; i < array_length(members); i++)
        members[i] = (struct list_member)LIST_ENTRY(.path = paths[i], .type = ENTRY_DIRECTORY,
                                                    .flags = (uint16_t)(1u << i));
    members[0].entry.flags = (uint16_t)all;
    archive_make(members, array_length(members), "flags.tar");
    AUTO_SOURCE struct source *source = archive_read("flags.tar");
    for (size_t i = 0; i < array_length(members); i++) {
        assert_int_equal(source_next(source, &entry, &err), 1);
        assert_int_equal(entry->flags, members[i].entry.flags);
    }
}

static void large_ids_in_lists_come_back(void **state UNUSED)
{
    /* u::rw- u:4000000000:r-- g::r-- m::r-- o::r-- */
    static const char value[] = "\2\0\0\0\1\0\6\0\xff\xff\xff\xff\2\0\4\0\0\x28\x6b\xee"
                                "\4\0\4\0\xff\xff\xff\xff\x10\0\4\0\xff\xff\xff\xff"
                                "\x20\0\4\0\xff\xff\xff\xff";
    static const struct xattr list = {"system.posix_acl_access", value, sizeof(value) - 1};
    const struct list_member members[] = {
        LIST_FILE("x", .path = "f", .mode = 0644, .xattrs = &list, .n_xattrs = 1),
    };
    struct error err = {0};
    const struct entry *entry;
    archive_make(members, 1, "ids.tar");
    AUTO_SOURCE struct source *source = archive_read("ids.tar");
    assert_int_equal(source_next(source, &entry, &err), 1);
    assert_int_equal(entry->mode, 0644);
    assert_xattrs(entry, &list, 1);
}

/* ---- holes ---- */

static struct data_extent holey_map[] = {{1 << 20, 3}, {40 << 20, 1 << 20}, {90 << 20, 1}};

static int holey_map_tell(struct source *self UNUSED, const struct data_extent **out, size_t *n,
                          struct error *err UNUSED)
{
    *out = holey_map;
    *n = array_length(holey_map);
    return 1;
}

static void a_map_keeps_holes_anywhere(void **state UNUSED)
{
    static const char mebibyte[1 << 20] = "m";
    const struct content pieces[] = {
        {"abc", 3, 1 << 20}, {mebibyte, 1 << 19, 40 << 20}, {"z", 1, 90 << 20}, {0}};
    const struct list_member members[] = {
        {.entry = {.path = "f", .size = 100 << 20}, .pieces = pieces},
        LIST_FILE("x", .path = "g"),
    };
    struct error err = {0};
    struct list_source list = list_source(members, 1);
    struct source_ops ops = *list.source.ops;
    struct sink *sink;
    const struct entry *entry;
    const struct data_extent *map;
    struct stat st;
    size_t n;

    ops.map = holey_map_tell;
    list.source.ops = &ops;
    int fd AUTO_FD = open("holes.tar", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_ok(tar_sink(&sink, fd, "holes.tar", KIND_TAR, &(struct sink_options){0}, &err));
    assert_ok(image_copy(&list.source, sink, &err));
    sink_close(sink);
    assert_int_equal(fstat(fd, &st), 0);
    assert_in_range(st.st_size, 1 << 20, (1 << 20) + 10240);

    AUTO_SOURCE struct source *source = archive_read("holes.tar");
    assert_int_equal(source_next(source, &entry, &err), 1);
    assert_int_equal(entry->size, 100 << 20);
    assert_int_equal(source_map(source, &map, &n, &err), 1);
    assert_int_equal(n, array_length(holey_map));
    assert_memory_equal(map, holey_map, sizeof(holey_map));
}

static void content_beside_its_map_is_refused(void **state UNUSED)
{
    const struct content pieces[] = {{"abc", 3, 2 << 20}, {0}};
    const struct list_member members[] = {
        {.entry = {.path = "f", .size = 100 << 20}, .pieces = pieces}};
    struct error err = {0};
    struct list_source list = list_source(members, 1);
    struct source_ops ops = *list.source.ops;
    struct sink *sink AUTO_SINK = NULL;

    ops.map = holey_map_tell;
    list.source.ops = &ops;
    int fd AUTO_FD = open("bad.tar", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_ok(tar_sink(&sink, fd, "bad.tar", KIND_TAR, &(struct sink_options){0}, &err));
    assert_fails(image_copy(&list.source, sink, &err), ERROR_DAMAGED, "its map has a hole");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_come_back),
        cmocka_unit_test(names_come_back_from_many_headers),
        cmocka_unit_test(names_are_encoded_as_others_do),
        cmocka_unit_test(records_are_found),
        cmocka_unit_test(times_come_back),
        cmocka_unit_test(flags_come_back),
        cmocka_unit_test(large_ids_in_lists_come_back),
        cmocka_unit_test(a_map_keeps_holes_anywhere),
        cmocka_unit_test(content_beside_its_map_is_refused),
    };
    return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
