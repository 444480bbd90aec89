/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The carrier: byte for byte as the manual has it, believed field by field, and read safely
 * whatever it says. The golden bytes were put together from the manual by a program of their own.
 */
#include "image/ntfs/ntfs_carrier_apply.h"
#include "image/ntfs/ntfs_carrier_make.h"
#include "image/ntfs/ntfs_carrier_table.h"
#include "image/ntfs/ntfs_values.h"
#include "tests/unit/support.h"

enum {
    UIDS = 4,
    PARTS = 5,
    XATTRS_MAX = 16,
};

#define NAME_LOST "a\xff"

/* ---- a file with everything ---- */

static const struct tree_xattr all_xattrs[] = {
    {.name = "user.plain", .value = "p", .size = 1},
    {.name = "user.Capital", .value = "c", .size = 1},
    {.name = "user.CAPITAL", .value = "t", .size = 1},
    {.name = "user.a:b", .value = "n", .size = 1},
    {.name = "system.posix_acl_access", .value = "acl", .size = 3},
    {.name = "system.posix_acl_default", .value = "def", .size = 3},
    {.name = "security.selinux", .value = "label", .size = 5},
    {.name = "security.ima", .value = "sum", .size = 3},
};

struct subject {
    struct tree tree;
    struct tree_file *file;
    struct tree_name *name;
    struct ntfs_eas eas;
    struct ntfs_carrier_made made;
    struct ntfs_visible visible;
};

/* A file named NAME_LOST with xattrs (borrowed). */
static void subject_make(struct subject *self, const struct tree_xattr *xattrs, size_t n)
{
    struct error err = {0};
    struct tree_xattr *copy;

    *self = (struct subject){0};
    assert_ok(tree_init(&self->tree, &err));
    const struct entry entry = {.path = NAME_LOST,
                                .type = ENTRY_FILE,
                                .mode = 0640,
                                .flags = ENTRY_NO_DUMP,
                                .uid = UINT32_MAX,
                                .gid = UIDS,
                                .mtime = {1, 123456789},
                                .atime = {2, 100},
                                .ctime = {3, 7},
                                .crtime = {-11644473601, 0},
                                .size = 5};
    assert_ok(tree_put(&self->tree, &entry, &self->file, &err));
    copy = arena_copy(&self->tree.arena, xattrs, n * sizeof(*xattrs));
    assert_non_null(copy);
    self->file->xattrs = copy;
    self->file->n_xattrs = (uint16_t)n;
    self->name = self->file->name;
}

static void subject_carry(struct subject *self, uint64_t links)
{
    const struct tree_name *const names[] = {self->name};
    const struct ntfs_carrier_input input = {
        .file = self->file,
        .mode = ntfs_mode(self->file),
        .names = names,
        .n_names = 1,
        .links = links,
        .eas = &self->eas,
    };
    struct error err = {0};
    bool exact;

    ntfs_eas_make(&self->eas, self->file, input.mode);
    assert_ok(ntfs_carrier_make(&self->made, &input, &err));
    self->visible = (struct ntfs_visible){
        .mode = input.mode,
        .uid = self->file->uid,
        .gid = self->file->gid,
        .size = self->file->size,
        .created = ntfs_time(&self->file->crtime, &exact),
        .modified = ntfs_time(&self->file->mtime, &exact),
        .changed = ntfs_time(&self->file->ctime, &exact),
        .accessed = ntfs_time(&self->file->atime, &exact),
        .attributes = self->eas.sum,
    };
}

static void subject_free(struct subject *self)
{
    ntfs_carrier_free(&self->made);
    tree_free(&self->tree);
}

/* ---- golden ---- */

static void bytes_are_as_the_manual_has_them(void **state UNUSED)
{
    static const uint8_t golden[] = {
        0x01, 0x00, 0x00, 0x00, 0xbb, 0x01, 0xda, 0xc9, 0x06, 0x11, 0xc9, 0x4f, 0x2d, 0x01, 0x00,
        0x00, 0x01, 0x07, 0x00, 0x00, 0x24, 0x00, 0x00, 0x00, 0x00, 0xff, 0x6e, 0xef, 0x49, 0xfd,
        0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x15, 0xcd, 0x5b, 0x07, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00,
        0x00, 0x02, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00, 0x03,
        0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x61, 0xff, 0x00, 0x05, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x75, 0x73, 0x65,
        0x72, 0x2e, 0x43, 0x61, 0x70, 0x69, 0x74, 0x61, 0x6c, 0x00, 0x06, 0x00, 0x08, 0x00, 0x01,
        0x00, 0x00, 0x00, 0x75, 0x73, 0x65, 0x72, 0x2e, 0x61, 0x3a, 0x62, 0x00, 0x6e, 0x06, 0x00,
        0x18, 0x00, 0x03, 0x00, 0x00, 0x00, 0x73, 0x79, 0x73, 0x74, 0x65, 0x6d, 0x2e, 0x70, 0x6f,
        0x73, 0x69, 0x78, 0x5f, 0x61, 0x63, 0x6c, 0x5f, 0x64, 0x65, 0x66, 0x61, 0x75, 0x6c, 0x74,
        0x00, 0x64, 0x65, 0x66, 0x06, 0x00, 0x10, 0x00, 0x05, 0x00, 0x00, 0x00, 0x73, 0x65, 0x63,
        0x75, 0x72, 0x69, 0x74, 0x79, 0x2e, 0x73, 0x65, 0x6c, 0x69, 0x6e, 0x75, 0x78, 0x00, 0x6c,
        0x61, 0x62, 0x65, 0x6c, 0x07, 0x00, 0x0c, 0x00, 0x01, 0x00, 0x00, 0x00, 0x75, 0x73, 0x65,
        0x72, 0x2e, 0x43, 0x41, 0x50, 0x49, 0x54, 0x41, 0x4c, 0x00, 0x74, 0x08, 0x00, 0x17, 0x00,
        0x07, 0x00, 0x00, 0x00, 0x73, 0x79, 0x73, 0x74, 0x65, 0x6d, 0x2e, 0x70, 0x6f, 0x73, 0x69,
        0x78, 0x5f, 0x61, 0x63, 0x6c, 0x5f, 0x61, 0x63, 0x63, 0x65, 0x73, 0x73, 0x00, 0xa0, 0x81,
        0x00, 0x00, 0x61, 0x63, 0x6c, 0x09, 0x00, 0x0c, 0x00, 0x03, 0x00, 0x00, 0x00, 0x73, 0x65,
        0x63, 0x75, 0x72, 0x69, 0x74, 0x79, 0x2e, 0x69, 0x6d, 0x61, 0x00, 0x73, 0x75, 0x6d, 0x0a,
        0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00,
    };
    struct subject subject;
    subject_make(&subject, all_xattrs, array_length(all_xattrs));
    subject_carry(&subject, 64);
    assert_int_equal(subject.made.n, sizeof(golden));
    assert_memory_equal(subject.made.bytes, golden, sizeof(golden));
    subject_free(&subject);
}

static void what_needs_nothing_carries_nothing(void **state UNUSED)
{
    struct subject subject;
    subject_make(&subject, all_xattrs, 1);
    subject.file->flags = 0;
    subject.file->uid = 0;
    subject.file->mtime = subject.file->ctime = subject.file->crtime = (struct entry_time){1, 100};
    memcpy(subject.name->text, "ab", 2);
    subject_carry(&subject, 0);
    assert_int_equal(subject.made.n, 0);
    subject_free(&subject);
}

/* ---- field by field ---- */

/* What is left of everything after a change; a word each. */
static void words_of(const struct subject *subject, const struct tree_file *file,
                     const struct ntfs_carried *carried, char *words, size_t n)
{
    static const char *const names[] = {"?", "created", "modified", "changed"};
    const struct entry_time *const old[] = {&subject->file->atime, &subject->file->crtime,
                                            &subject->file->mtime, &subject->file->ctime};
    const struct entry_time *const now[] = {&file->atime, &file->crtime, &file->mtime,
                                            &file->ctime};
    size_t used = 0;

    words[0] = '\0';
    for (size_t i = 1; i < array_length(names); i++) {
        if (old[i]->seconds == now[i]->seconds && old[i]->nanoseconds == now[i]->nanoseconds)
            used += (size_t)snprintf(words + used, n - used, "%s ", names[i]);
    }
    used +=
        (size_t)snprintf(words + used, n - used, "%s%s%s", file->flags ? "flags " : "",
                         file->uid == UINT32_MAX ? "user " : "", carried->links ? "links " : "");
    for (size_t i = 0; i < file->n_xattrs; i++)
        used += (size_t)snprintf(words + used, n - used, "%s=%.*s ", file->xattrs[i].name,
                                 (int)file->xattrs[i].size, (const char *)file->xattrs[i].value);
}

#define TIMES   "created modified changed "
#define VISIBLE "user.plain=p user.Capital=c "
#define ASIDE   "user.a:b=n system.posix_acl_default=def security.selinux=label "

static const struct change {
    const char *text;
    struct ntfs_visible set; /* what is not 0 replaces the visible value */
    const char *visible[3];  /* attributes that are visible; NULL: as they were */
    const char *left;
} changes[] = {
    {"nothing",
     {0},
     {NULL},
     TIMES "flags user links " VISIBLE ASIDE
           "user.CAPITAL=t system.posix_acl_access=acl security.ima=sum "},
    {"read",
     {.accessed = 9},
     {NULL},
     TIMES "flags user links " VISIBLE ASIDE
           "user.CAPITAL=t system.posix_acl_access=acl security.ima=sum "},
    {"written",
     {.size = 6, .modified = 8, .changed = 8},
     {NULL},
     "created flags user " VISIBLE ASIDE "user.CAPITAL=t system.posix_acl_access=acl "},
    {"touched",
     {.modified = 8},
     {NULL},
     "created changed flags user " VISIBLE ASIDE "user.CAPITAL=t system.posix_acl_access=acl "},
    {"chmod", {.mode = 0100600}, {NULL}, TIMES "flags user " VISIBLE ASIDE "user.CAPITAL=t "},
    {"chown",
     {.uid = 1},
     {NULL},
     TIMES "flags " VISIBLE ASIDE "user.CAPITAL=t system.posix_acl_access=acl "},
    {"an attribute changed",
     {.attributes = 1},
     {NULL},
     TIMES "flags user " VISIBLE ASIDE "user.CAPITAL=t system.posix_acl_access=acl "},
    {"an attribute removed",
     {.attributes = 1},
     {"user.plain", ""},
     TIMES "flags user user.plain=v " ASIDE "system.posix_acl_access=acl "},
    {"an attribute set that was not visible",
     {.attributes = 1},
     {"user.capital", "security.selinux", ""},
     TIMES "flags user user.Capital=v security.selinux=v user.a:b=n "
           "system.posix_acl_default=def user.CAPITAL=t system.posix_acl_access=acl "},
};

/* The file as the visible values make it. */
static void visible_file(const struct subject *subject, const struct change *change,
                         struct tree_file *file, struct tree_xattr list[XATTRS_MAX])
{
    static const struct tree_xattr as_they_were[] = {
        {.name = "user.plain", .value = "p", .size = 1},
        {.name = "user.capital", .value = "c", .size = 1},
    };
    *file = *subject->file;
    file->flags = 0;
    file->uid = 0;
    file->atime = file->mtime = file->ctime = file->crtime = (struct entry_time){0, 0};
    file->xattrs = list;
    file->n_xattrs = 0;
    for (size_t i = 0; change->visible[i] && change->visible[i][0]; i++)
        list[file->n_xattrs++] =
            (struct tree_xattr){.name = change->visible[i], .value = "v", .size = 1};
    if (file->n_xattrs > 0)
        return;
    memcpy(list, as_they_were, sizeof(as_they_were));
    file->n_xattrs = array_length(as_they_were);
}

static void set(struct ntfs_visible *visible, const struct ntfs_visible *to)
{
    visible->mode = to->mode ? to->mode : visible->mode;
    visible->uid = to->uid ? to->uid : visible->uid;
    visible->size = to->size ? to->size : visible->size;
    visible->modified = to->modified ? to->modified : visible->modified;
    visible->changed = to->changed ? to->changed : visible->changed;
    visible->accessed = to->accessed ? to->accessed : visible->accessed;
    visible->attributes = to->attributes ? to->attributes : visible->attributes;
}

static void a_field_is_believed_while_it_fits(void **state UNUSED)
{
    for (size_t i = 0; i < array_length(changes); i++) {
        const struct change *change = &changes[i];
        struct tree_xattr list[XATTRS_MAX];
        struct ntfs_carrier carrier;
        struct ntfs_carried carried;
        struct tree_file file;
        struct subject subject;
        struct error err = {0};
        char words[1024];

        subject_make(&subject, all_xattrs, array_length(all_xattrs));
        subject_carry(&subject, 64);
        set(&subject.visible, &change->set);
        visible_file(&subject, change, &file, list);
        assert_ok(ntfs_carrier_open(&carrier, subject.made.bytes, subject.made.n, &err));
        assert_ok(ntfs_carrier_apply(&file, &carrier, &subject.visible, &subject.tree.arena,
                                     &carried, &err));
        words_of(&subject, &file, &carried, words, sizeof(words));
        if (strcmp(words, change->left) != 0)
            fail_msg("%s:\n  got      %s\n  expected %s", change->text, words, change->left);
        assert_true(carried.has_names);
        subject_free(&subject);
    }
}

static void a_name_is_found_by_what_it_became(void **state UNUSED)
{
    struct ntfs_name name;
    struct ntfs_carrier carrier;
    struct subject subject;
    struct error err = {0};
    uint8_t units[2 * NTFS_NAME_UNITS_MAX];

    subject_make(&subject, NULL, 0);
    subject_carry(&subject, 0);
    assert_ok(ntfs_carrier_open(&carrier, subject.made.bytes, subject.made.n, &err));
    assert_false(ntfs_name_make(&name, NAME_LOST, strlen(NAME_LOST)));
    for (size_t i = 0; i < name.length; i++) {
        units[2 * i] = (uint8_t)name.units[i];
        units[2 * i + 1] = (uint8_t)(name.units[i] >> 8);
    }
    assert_string_equal(ntfs_carrier_name(&carrier, units, name.length), NAME_LOST);
    assert_null(ntfs_carrier_name(&carrier, units, name.length - 1u));
    units[0] ^= 1; /* renamed */
    assert_null(ntfs_carrier_name(&carrier, units, name.length));
    subject_free(&subject);
}

/* ---- files that were one ---- */

static void parts_find_their_first(void **state UNUSED)
{
    static const struct {
        uint32_t number;
        uint64_t links;
        uint32_t digest, whole;
    } files[PARTS] = {
        {70, 70, 1, 70}, /* the first */
        {71, 0, 1, 71},  /* none of them */
        {80, 70, 1, 70}, /* a part */
        {81, 70, 2, 81}, /* changed since */
        {82, 60, 1, 82}, /* of one that is not there */
    };
    struct ntfs_carrier_table table = {0};
    struct error err = {0};
    for (size_t i = 0; i < array_length(files); i++) {
        const struct tree_file file = {.number = files[i].number, .type = ENTRY_FILE};
        const struct ntfs_carrier carrier = {.digest = files[i].digest};
        const struct ntfs_carried carried = {.links = files[i].links};
        assert_ok(ntfs_carrier_table_add(&table, &file, &carrier, &carried, &err));
    }
    for (size_t i = 0; i < array_length(files); i++)
        assert_int_equal(ntfs_carrier_table_whole(&table, files[i].number), files[i].whole);
    ntfs_carrier_table_free(&table);
}

/* ---- hostile ---- */

/* Reads n bytes, in memory of just that size, as far as they are taken. */
static bool is_taken(const uint8_t *bytes, size_t n)
{
    struct ntfs_visible visible = {.modified = 1};
    struct tree_file file = {.type = ENTRY_FILE};
    struct arena arena = {0};
    struct ntfs_carrier carrier;
    struct ntfs_carried carried;
    struct error err = {0};
    uint8_t *copy = malloc(n + !n);

    assert_non_null(copy);
    memcpy(copy, bytes, n);
    if (n >= sizeof(struct ntfs_carrier_disk)) {
        struct le32 sum = le32_put(ntfs_carrier_checksum(copy, n));
        struct le32 length = le32_put((uint32_t)n);
        memcpy(copy + offsetof(struct ntfs_carrier_disk, length), &length, sizeof(length));
        sum = le32_put(ntfs_carrier_checksum(copy, n));
        memcpy(copy + offsetof(struct ntfs_carrier_disk, checksum), &sum, sizeof(sum));
    }
    bool taken = ntfs_carrier_open(&carrier, copy, n, &err) == 0;
    if (taken) {
        assert_ok(ntfs_carrier_apply(&file, &carrier, &visible, &arena, &carried, &err));
        assert_null(ntfs_carrier_name(&carrier, (const uint8_t *)"", 0));
    }
    free(copy);
    arena_free(&arena);
    return taken;
}

static void hostile_bytes_are_refused_or_harmless(void **state UNUSED)
{
    static const uint8_t values[] = {0, 1, 5, 9, 0x0b, 0x7f, 0x80, 0xff};
    struct subject subject;
    unsigned refused = 0;

    subject_make(&subject, all_xattrs, array_length(all_xattrs));
    subject_carry(&subject, 64);
    uint8_t *bytes = subject.made.bytes;
    size_t n = subject.made.n;
    assert_true(is_taken(bytes, n));
    for (size_t i = 0; i < n; i++)
        refused += !is_taken(bytes, i);
    assert_true(refused > n - array_length(all_xattrs) - 8); /* but for whole fields */
    for (size_t i = 0; i < n; i++) {
        uint8_t was = bytes[i];
        for (size_t k = 0; k < array_length(values); k++) {
            bytes[i] = values[k];
            is_taken(bytes, n);
        }
        bytes[i] = was;
    }
    subject_free(&subject);
}

static const struct hostile {
    const char *what;
    uint8_t bytes[48];
    size_t n;
} hostile[] = {
    {"a kind that there is not", {11, 0, 0, 0, 0, 0, 0, 0, 0}, 9},
    {"kind 0", {0, 0, 0, 0, 0, 0, 0, 0, 0}, 9},
    {"a name of a file with a slash", {4, 0, 3, 0, 0, 0, 0, 0, 'a', '/', 'b', 0}, 12},
    {"a file called ..", {4, 0, 2, 0, 0, 0, 0, 0, '.', '.', 0}, 11},
    {"a name with a NUL", {4, 0, 3, 0, 0, 0, 0, 0, 'a', 0, 'b', 0}, 12},
    {"a name without an end", {4, 0, 3, 0, 0, 0, 0, 0, 'a', 'b', 'c', 'd'}, 12},
    {"an attribute without a name", {6, 0, 0, 0, 1, 0, 0, 0, 0, 'v'}, 10},
    {"a value that ends behind", {6, 0, 1, 0, 2, 0, 0, 0, 'a', 0, 'v'}, 11},
    {"a value of 4 GiB", {6, 0, 1, 0, 0xff, 0xff, 0xff, 0xff, 'a', 0, 'v'}, 11},
    {"a list of rights without a mode", {8, 0, 1, 0, 3, 0, 0, 0, 'a', 0, 1, 2, 3}, 13},
    {"times that none are", {1, 0, 0, 0, 0, 0, 0, 0, 0}, 9},
    {"a fifth time", {1, 16, 0, 0, 12, 0, 0, 0, 0, [20] = 0}, 21},
    {"a time with a second of ns", {1, 1, 0, 0, 12, 0, 0, 0, 0, [17] = 0, 0xca, 0x9a, 0x3b}, 21},
    {"flags twice", {2, 0, 0, 0, 4, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 4, [25] = 0}, 26},
    {"disorder", {4, 0, 1, 0, 0, 0, 0, 0, 'a', 0, 2, 0, 0, 0, 4, [22] = 0}, 23},
    {"nothing at all", {0}, 0},
};

static void fields_against_the_rules_are_refused(void **state UNUSED)
{
    for (size_t i = 0; i < array_length(hostile); i++) {
        uint8_t bytes[sizeof(struct ntfs_carrier_disk) + sizeof(hostile[i].bytes)] = {1};
        memcpy(bytes + sizeof(struct ntfs_carrier_disk), hostile[i].bytes, hostile[i].n);
        if (is_taken(bytes, sizeof(struct ntfs_carrier_disk) + hostile[i].n))
            fail_msg("%s is taken", hostile[i].what);
    }
}

static void a_wrong_checksum_version_or_length_is_refused(void **state UNUSED)
{
    static const size_t places[] = {0, 2, 4, 8, 12, 20};
    struct ntfs_carrier carrier;
    struct subject subject;
    struct error err = {0};

    subject_make(&subject, NULL, 0);
    subject_carry(&subject, 0);
    for (size_t i = 0; i < array_length(places); i++) {
        subject.made.bytes[places[i]] ^= 2;
        assert_int_equal(ntfs_carrier_open(&carrier, subject.made.bytes, subject.made.n, &err), -1);
        assert_int_equal(err.code, ERROR_DAMAGED);
        subject.made.bytes[places[i]] ^= 2;
    }
    assert_ok(ntfs_carrier_open(&carrier, subject.made.bytes, subject.made.n, &err));
    subject_free(&subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_as_the_manual_has_them),
        cmocka_unit_test(what_needs_nothing_carries_nothing),
        cmocka_unit_test(a_field_is_believed_while_it_fits),
        cmocka_unit_test(a_name_is_found_by_what_it_became),
        cmocka_unit_test(parts_find_their_first),
        cmocka_unit_test(hostile_bytes_are_refused_or_harmless),
        cmocka_unit_test(fields_against_the_rules_are_refused),
        cmocka_unit_test(a_wrong_checksum_version_or_length_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
