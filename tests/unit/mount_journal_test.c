/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a process that died has changed in a mounted tree is there again, as far as its journal
 * reaches; and no journal does harm. */
#include "image/mount/mount_journal.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "image/image.h"
#include "image/mount/mount.h"
#include "image/mount/mount_content.h"
#include "image/mount/mount_record.h"
#include "image/tar/tar_sink.h"
#include "tests/unit/directory_support.h"
#include "tests/unit/prng.h"
#include "tests/unit/seeds.h"
#include "tests/unit/support.h"
#include "tests/unit/tree_facts.h"

#define BASE    "base.tar"
#define JOURNAL "journal"

enum {
    CHANGES = 60,
    NAMES = 6,
    BYTES = 9000, /* of one write, at most: three chunks */
    HEADER_BYTES = 64,
};

static void base_make(const char *path, int64_t seconds)
{
    const struct entry rows[] = {
        {.path = "", .type = ENTRY_DIRECTORY, .mode = 0755, .mtime = {seconds, 0}},
        {.path = "a", .type = ENTRY_DIRECTORY, .mode = 02775, .gid = 7},
        {.path = "a/b", .type = ENTRY_FILE, .mode = 0644, .size = 5, .target = "hello"},
        {.path = "c", .type = ENTRY_SYMLINK, .mode = 0777, .target = "a/b"},
        {.path = "d", .type = ENTRY_FILE, .mode = 0600, .size = 3, .target = "abc"},
    };
    struct table_source source = table_source(rows, array_length(rows));
    const struct sink_options options = {0};
    struct error err = {0};
    AUTO_SINK struct sink *sink = NULL;
    int fd AUTO_FD = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);

    assert_true(fd >= 0);
    assert_ok(tar_sink(&sink, fd, path, KIND_TAR, &options, &err));
    assert_ok(image_copy(&source.source, sink, &err));
}

static int open_at(struct mount **out, const char *base, const char *journal, struct error *err)
{
    const struct mount_options options = {.writable = true, .spool = ".", .journal = journal};
    return mount_open(out, base, &options, err);
}

static struct mount *base_open(const char *journal)
{
    struct error err = {0};
    struct mount *mount = NULL;
    assert_ok(open_at(&mount, BASE, journal, &err));
    return mount;
}

static int enter(void **state)
{
    if (scratch_enter(state) < 0)
        return -1;
    base_make(BASE, 1000);
    return 0;
}

/* ---- random changes ---- */

static const char *const names[NAMES] = {"a", "b", "c", "d", "e", "long name with \xff in it"};
static uint8_t noise[BYTES];

static bool is_below(const struct tree_file *file, const struct tree_file *directory)
{
    while (file != directory && file->name)
        file = file->name->directory;
    return file == directory;
}

/* Whether the kernel would ask for it. */
static bool can_be(const struct mount *mount, const struct mount_change *change)
{
    const struct tree_file *file = mount->files[change->file], *other = mount->files[change->other];
    const struct tree_name *name;

    if (change->kind == CHANGE_ATTRIBUTES)
        return file->type == ENTRY_FILE || !(change->set & SET_SIZE);
    if (change->kind <= CHANGE_XATTR_REMOVE)
        return true;
    if (change->kind <= CHANGE_PUNCH)
        return file->type == ENTRY_FILE;
    if (file->type != ENTRY_DIRECTORY)
        return false;
    if (change->kind == CHANGE_LINK)
        return other->type != ENTRY_DIRECTORY;
    if (change->kind != CHANGE_MOVE)
        return true;
    name = tree_child(&mount->tree, file, change->name, strlen(change->name));
    return other->type == ENTRY_DIRECTORY &&
           (!name || name->file->type != ENTRY_DIRECTORY || !is_below(other, name->file));
}

static struct mount_change change_any(struct prng *prng, const struct mount *mount)
{
    struct mount_change change;
    do {
        change = (struct mount_change){
            .kind = (enum mount_change_kind)prng_between(prng, CHANGE_ATTRIBUTES, CHANGE_MOVE),
            .set = prng_below(prng, 256),
            .file = prng_below(prng, (uint32_t)mount->n_files),
            .other = prng_below(prng, (uint32_t)mount->n_files),
            .name = names[prng_below(prng, NAMES)],
            .bytes = noise,
            .n = prng_below(prng, BYTES),
            .offset = prng_below(prng, 20000),
            .length = prng_below(prng, 20000),
            .type = (enum entry_type)prng_between(prng, ENTRY_FILE, ENTRY_SOCKET),
            .mode = prng_below(prng, 010000),
            .uid = prng_below(prng, 9),
            .gid = prng_below(prng, 9),
            .atime = {prng_below(prng, 99), 100},
            .mtime = {prng_below(prng, 99), 200},
        };
    } while (!can_be(mount, &change));
    if (change.kind == CHANGE_MOVE)
        change.text = names[prng_below(prng, NAMES)];
    if (change.kind == CHANGE_MAKE && change.type == ENTRY_SYMLINK)
        change.text = "target";
    if (change.kind == CHANGE_XATTR_SET || change.kind == CHANGE_XATTR_REMOVE) {
        change.name = prng_one_in(prng, 2) ? "user.one" : "user.two";
        change.set = 0;
    }
    if (change.kind != CHANGE_XATTR_SET && change.kind != CHANGE_WRITE)
        change.n = 0;
    return change;
}

/* Makes changes, and keeps those that were made. */
static size_t changes_make(struct mount *mount, struct mount_change *made, size_t n, uint64_t seed)
{
    struct prng prng = {seed};
    size_t good = 0;
    for (size_t i = 0; i < BYTES; i++)
        noise[i] = (uint8_t)(i * 7 + i / 256);
    for (size_t i = 0; i < n; i++) {
        struct mount_change change = change_any(&prng, mount);
        struct tree_file *file;
        if (mount_change(mount, &change, &file) == 0)
            made[good++] = change;
    }
    return good;
}

/* ---- what a tree holds ---- */

static void facts_of(struct tree_facts *facts, struct mount *mount)
{
    AUTO_SOURCE struct source *source = NULL;
    struct error err = {0};
    assert_ok(mount_source(&source, mount, &err));
    assert_ok(tree_facts_read(facts, source, &err));
}

static void assert_same(struct mount *a, struct mount *b, const char *where, uint64_t number)
{
    struct tree_facts in_a, in_b;
    char text[FACTS_TEXT_BYTES];
    facts_of(&in_a, a);
    facts_of(&in_b, b);
    if (!tree_facts_same(&in_a, &in_b, FACT_ALL, text))
        fail_msg("%s %llu: %s", where, (unsigned long long)number, text);
    tree_facts_free(&in_a);
    tree_facts_free(&in_b);
}

static off_t journal_size(void)
{
    struct stat st;
    return stat(JOURNAL, &st) == 0 ? st.st_size : -1;
}

/* ---- tests ---- */

/* A mount that is closed without a word to its journal is one that died. */
static void one_seed(uint64_t seed)
{
    struct mount_change made[CHANGES];
    AUTO_MOUNT struct mount *first = base_open(JOURNAL);
    size_t half = changes_make(first, made, CHANGES / 2, seed);
    AUTO_MOUNT struct mount *second = base_open(JOURNAL), *third = base_open(JOURNAL);
    assert_same(first, third, "seed", seed);
    /* And once more, from where it left off. */
    size_t rest = changes_make(second, made, CHANGES / 2, ~seed);
    AUTO_MOUNT struct mount *fourth = base_open(JOURNAL);
    assert_same(second, fourth, "seed, again,", seed);
    assert_true(half + rest == 0 || mount_changed(fourth));
    unlink(JOURNAL);
}

static void changes_are_there_again(void **state UNUSED)
{
    each_seed(one_seed);
}

static void no_change_makes_no_journal(void **state UNUSED)
{
    AUTO_MOUNT struct mount *mount = base_open(JOURNAL);
    assert_int_equal(journal_size(), -1);
    assert_false(mount_changed(mount));
}

/* Wherever the file ends, what is whole before that counts; the record after the cut does not. */
static void a_cut_journal_is_a_beginning(void **state UNUSED)
{
    struct mount_change made[CHANGES];
    struct mount *first = base_open(JOURNAL);
    size_t n = changes_make(first, made, 24, 3), whole = 0;
    mount_close(first);
    off_t ends[CHANGES + 1] = {HEADER_BYTES}, size = journal_size();
    for (size_t i = 0; i < n; i++)
        ends[i + 1] = ends[i] + (off_t)mount_record_bytes(&made[i]);
    assert_int_equal(ends[n], size);
    assert_int_equal(rename(JOURNAL, "all"), 0);

    AUTO_FREE uint8_t *bytes = malloc((size_t)size);
    int fd AUTO_FD = open("all", O_RDONLY);
    assert_int_equal(read(fd, bytes, (size_t)size), size);
    AUTO_MOUNT struct mount *expected = base_open(NULL);
    for (off_t cut = HEADER_BYTES; cut <= size; cut += 1 + (cut / 16)) {
        for (struct tree_file *file; whole < n && ends[whole + 1] <= cut; whole++)
            assert_int_equal(mount_change_apply(expected, &made[whole], &file), 0);
        file_make(JOURNAL, bytes, (size_t)cut);
        AUTO_MOUNT struct mount *mount = base_open(JOURNAL);
        assert_same(expected, mount, "cut at", (uint64_t)cut);
        assert_int_equal(journal_size(), cut);
        /* What was cut off is gone when the next change comes. */
        struct mount_change touch = {.kind = CHANGE_RESERVE, .file = 2};
        assert_int_equal(mount_change(mount, &touch, NULL), 0);
        assert_int_equal(journal_size(), ends[whole] + (off_t)mount_record_bytes(&touch));
    }
    assert_true(whole > n / 2);
}

static void a_changed_byte_ends_it(void **state UNUSED)
{
    struct mount_change made[CHANGES];
    struct mount *first = base_open(JOURNAL);
    size_t n = changes_make(first, made, 8, 5);
    struct tree_file *file;
    mount_close(first);
    assert_true(n >= 2);
    off_t second = HEADER_BYTES + (off_t)mount_record_bytes(&made[0]);
    int fd AUTO_FD = open(JOURNAL, O_RDWR);
    assert_int_equal(pwrite(fd, "\x55", 1, second + 50), 1);

    AUTO_MOUNT struct mount *expected = base_open(NULL);
    assert_int_equal(mount_change_apply(expected, &made[0], &file), 0);
    AUTO_MOUNT struct mount *mount = base_open(JOURNAL);
    assert_same(expected, mount, "byte", 0);
}

static void another_tree_is_left_alone(void **state UNUSED)
{
    struct mount_change made[CHANGES];
    struct error err = {0};
    AUTO_MOUNT struct mount *mount = base_open(JOURNAL), *other = NULL;
    assert_true(changes_make(mount, made, 8, 5) > 0);
    off_t size = journal_size();
    base_make("other.tar", 2000);
    assert_fails(open_at(&other, "other.tar", JOURNAL, &err), ERROR_EXISTS, "move that file away");
    assert_int_equal(journal_size(), size);

    /* Nor does it help that it is done, where a third tree is mounted. */
    assert_ok(mount_settle(mount, BASE, &err));
    assert_fails(open_at(&other, "other.tar", JOURNAL, &err), ERROR_EXISTS, "move that file away");
    /* It is in the way of nobody where it made what is mounted. */
    assert_ok(mount_settle(mount, "other.tar", &err));
    assert_ok(open_at(&other, "other.tar", JOURNAL, &err));
    assert_int_equal(journal_size(), -1);
    assert_false(mount_changed(other));
}

/* The new image was made, but never took the old one's place. */
static void settled_changes_count_in_the_old_tree(void **state UNUSED)
{
    struct mount_change made[CHANGES];
    struct error err = {0};
    AUTO_MOUNT struct mount *mount = base_open(JOURNAL);
    assert_true(changes_make(mount, made, 8, 5) > 0);
    assert_ok(mount_settle(mount, BASE, &err));
    AUTO_MOUNT struct mount *again = base_open(JOURNAL);
    assert_same(mount, again, "settled", 0);
    assert_ok(mount_forget_journal(again, &err));
    assert_int_equal(journal_size(), -1);
}

static void read_alone_it_stays_as_it_is(void **state UNUSED)
{
    struct mount_options options = {
        .writable = true, .spool = ".", .journal = JOURNAL, .journal_stays = true};
    struct mount_change made[CHANGES];
    struct error err = {0};
    AUTO_MOUNT struct mount *mount = base_open(JOURNAL), *again = NULL;
    assert_true(changes_make(mount, made, 8, 5) > 0);
    off_t size = journal_size();
    assert_ok(mount_open(&again, BASE, &options, &err));
    assert_same(mount, again, "read alone", 0);
    changes_make(again, made, 8, 6);
    assert_int_equal(journal_size(), size);
}

/* With checksums that are right. File 0 is the root, 1 is a, 2 is a/b, 3 is c. */
static void impossible_changes_are_refused(void **state UNUSED)
{
    static const struct mount_change table[] = {
        {.kind = 12},
        {.kind = CHANGE_WRITE, .file = 999},
        {.kind = CHANGE_LINK, .name = "x", .other = 999},
        {.kind = CHANGE_WRITE, .file = 1},
        {.kind = CHANGE_PUNCH, .file = 1},
        {.kind = CHANGE_RESERVE, .file = 3},
        {.kind = CHANGE_WRITE, .file = 2, .offset = UINT64_MAX},
        {.kind = CHANGE_ATTRIBUTES, .file = 0, .set = SET_SIZE},
        {.kind = CHANGE_XATTR_SET, .file = 2},
        {.kind = CHANGE_XATTR_REMOVE, .file = 2, .name = ""},
        {.kind = CHANGE_MAKE, .file = 2, .name = "x"},
        {.kind = CHANGE_MAKE, .file = 0},
        {.kind = CHANGE_MAKE, .file = 0, .name = ""},
        {.kind = CHANGE_MAKE, .file = 0, .name = ".."},
        {.kind = CHANGE_MAKE, .file = 0, .name = "x/y"},
        {.kind = CHANGE_MAKE, .file = 0, .name = "x", .type = ENTRY_LINK},
        {.kind = CHANGE_MAKE, .file = 0, .name = "x", .type = ENTRY_SYMLINK},
        {.kind = CHANGE_LINK, .file = 0, .name = "x", .other = 1},
        {.kind = CHANGE_REMOVE, .file = 3, .name = "x"},
        {.kind = CHANGE_MOVE, .file = 0, .name = "a", .other = 1, .text = "a"},
        {.kind = CHANGE_MOVE, .file = 0, .name = "a", .other = 2, .text = "a"},
        {.kind = CHANGE_MOVE, .file = 0, .name = "a", .other = 0},
    };
    struct mount_change made[CHANGES];
    struct mount *first = base_open(JOURNAL);
    struct error err = {0};
    assert_true(changes_make(first, made, 1, 5) > 0);
    mount_close(first);

    for (size_t i = 0; i < array_length(table); i++) {
        uint8_t record[4096];
        struct mount *mount = NULL;
        size_t n = mount_record_bytes(&table[i]);
        mount_record_put(record, &table[i]);
        int fd AUTO_FD = open(JOURNAL, O_RDWR);
        assert_int_equal(ftruncate(fd, HEADER_BYTES), 0);
        assert_int_equal(pwrite(fd, record, n, HEADER_BYTES), n);
        if (open_at(&mount, BASE, JOURNAL, &err) == 0)
            fail_msg("impossible change %zu was made", i);
        assert_int_equal(err.code, ERROR_DAMAGED);
        assert_int_equal(journal_size(), HEADER_BYTES + (off_t)n);
    }
}

static void what_is_no_journal_is_kept(void **state UNUSED)
{
    struct mount *mount = NULL;
    struct error err = {0};
    uint8_t bytes[100] = "somebody's notes";
    file_make(JOURNAL, bytes, sizeof(bytes));
    assert_fails(open_at(&mount, BASE, JOURNAL, &err), ERROR_EXISTS, "is not a journal");
    assert_int_equal(journal_size(), sizeof(bytes));
    unlink(JOURNAL);
    assert_int_equal(mkfifo(JOURNAL, 0600), 0);
    assert_fails(open_at(&mount, BASE, JOURNAL, &err), ERROR_EXISTS, "is not a journal");
    unlink(JOURNAL);
    assert_int_equal(symlink("elsewhere", JOURNAL), 0);
    assert_fails(open_at(&mount, BASE, JOURNAL, &err), ERROR_IO, JOURNAL);
}

static int limited(struct mount *mount, struct mount_change *change, off_t bytes,
                   struct tree_file **made)
{
    const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){(rlim_t)bytes, RLIM_INFINITY});
    int wrong = mount_change(mount, change, made);
    setrlimit(RLIMIT_FSIZE, &none);
    return wrong;
}

/* A change that the journal has no room for is not made, and the file stays whole. */
static void a_full_disk_is_told(void **state UNUSED)
{
    struct mount_change made[CHANGES];
    struct mount_change make = {.kind = CHANGE_MAKE, .name = "new", .type = ENTRY_FILE};
    struct mount_change write = {.kind = CHANGE_WRITE, .bytes = noise, .n = 1};
    struct tree_file *file;
    AUTO_MOUNT struct mount *mount = base_open(JOURNAL);
    assert_true(changes_make(mount, made, 8, 5) > 0);
    off_t size = journal_size();

    assert_int_not_equal(limited(mount, &make, size + 60, &file), 0);
    assert_int_equal(journal_size(), size);
    assert_int_equal(mount_change(mount, &make, &file), 0);
    write.file = file->number;
    assert_int_equal(mount_change(mount, &write, &file), 0);
    AUTO_MOUNT struct mount *again = base_open(JOURNAL);
    assert_same(mount, again, "full", 0);
}

static void a_header_that_fails_is_made_again(void **state UNUSED)
{
    struct mount_change make = {.kind = CHANGE_MAKE, .name = "new", .type = ENTRY_FILE};
    struct tree_file *file;
    AUTO_MOUNT struct mount *mount = base_open(JOURNAL);
    assert_int_not_equal(limited(mount, &make, 20, &file), 0);
    assert_int_equal(journal_size(), -1);
    assert_int_equal(mount_change(mount, &make, &file), 0);
    AUTO_MOUNT struct mount *again = base_open(JOURNAL);
    assert_same(mount, again, "header", 0);
}

/* What fails leaves neither a record nor a gap in the numbers. */
static void what_fails_leaves_nothing(void **state UNUSED)
{
    struct error err = {0};
    struct tree_file *file = NULL;
    uint32_t directory = 0;
    AUTO_MOUNT struct mount *mount = base_open(JOURNAL);
    struct mount_change remove = {.kind = CHANGE_REMOVE_DIRECTORY, .name = "a"};
    assert_int_equal(mount_change(mount, &remove, NULL), ENOTEMPTY);
    assert_int_equal(journal_size(), HEADER_BYTES);
    assert_false(mount_changed(mount));

    int wrong = 0;
    for (int depth = 0; depth <= TREE_DEPTH_MAX && !wrong; depth++) {
        struct mount_change make = {.kind = CHANGE_MAKE,
                                    .file = directory,
                                    .name = "x",
                                    .type = ENTRY_DIRECTORY,
                                    .mode = 0755};
        wrong = mount_change(mount, &make, &file);
        directory = file->number;
    }
    assert_int_equal(wrong, ENOSPC);
    struct mount_change make = {.kind = CHANGE_MAKE, .name = "after", .type = ENTRY_FILE};
    assert_int_equal(mount_change(mount, &make, &file), 0);
    struct mount_change write = {
        .kind = CHANGE_WRITE, .file = file->number, .bytes = noise, .n = 100};
    assert_int_equal(mount_change(mount, &write, NULL), 0);
    AUTO_MOUNT struct mount *again = NULL;
    assert_ok(open_at(&again, BASE, JOURNAL, &err));
    assert_int_equal(again->n_files, mount->n_files);
    assert_int_equal(again->files[write.file]->size, 100);
}

/* Where what was taken over does not find the room it had, nothing is taken over. */
static void without_room_it_stays(void **state UNUSED)
{
    const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    struct mount_change write = {
        .kind = CHANGE_WRITE, .file = 2, .bytes = noise, .n = BYTES, .offset = 1 << 20};
    struct mount *again = NULL;
    struct error err = {0};
    AUTO_MOUNT struct mount *mount = base_open(JOURNAL);
    assert_int_equal(mount_change(mount, &write, NULL), 0);
    off_t size = journal_size();

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){12000, RLIM_INFINITY});
    int rc = open_at(&again, BASE, JOURNAL, &err);
    setrlimit(RLIMIT_FSIZE, &none);
    assert_int_equal(rc, -1);
    if (!strstr(err.text, "change 1 of journal"))
        fail_msg("%s", err.text);
    assert_int_equal(journal_size(), size);
    assert_ok(open_at(&again, BASE, JOURNAL, &err));
    assert_same(mount, again, "room", 0);
    mount_close(again);
}

/* The kernel lets a hole begin and end anywhere. */
static void any_hole_can_be_made_again(void **state UNUSED)
{
    struct mount_change holes[] = {
        {.kind = CHANGE_PUNCH, .file = 2, .offset = 1, .length = UINT64_C(1) << 45},
        {.kind = CHANGE_PUNCH, .file = 2, .offset = UINT64_C(1) << 46, .length = 5},
        {.kind = CHANGE_RESERVE, .file = 2, .length = mount_content_bytes_max},
        {.kind = CHANGE_PUNCH, .file = 2, .offset = 3, .length = INT64_MAX},
    };
    AUTO_MOUNT struct mount *mount = base_open(JOURNAL);
    for (size_t i = 0; i < array_length(holes); i++)
        assert_int_equal(mount_change(mount, &holes[i], NULL), 0);
    AUTO_MOUNT struct mount *again = base_open(JOURNAL);
    assert_int_equal(again->files[2]->size, mount_content_bytes_max);
    assert_true(mount_changed(again));
}

/* Between the record and the change that fails, the process died. */
static void the_last_one_may_be_impossible(void **state UNUSED)
{
    struct mount_change fine = {.kind = CHANGE_MAKE, .name = "x", .type = ENTRY_FILE};
    const struct mount_change fails = {.kind = CHANGE_MAKE, .name = "a", .type = ENTRY_FILE};
    struct mount *again = NULL;
    struct error err = {0};
    struct tree_file *file;
    AUTO_MOUNT struct mount *mount = base_open(JOURNAL);
    assert_int_equal(mount_change(mount, &fine, &file), 0);
    off_t size = journal_size();
    assert_ok(mount_journal_put(mount->journal, &fails, &err));
    assert_ok(open_at(&again, BASE, JOURNAL, &err));
    assert_int_equal(journal_size(), size);
    assert_same(mount, again, "last", 0);

    /* No other may. */
    AUTO_MOUNT struct mount *third = NULL;
    assert_ok(mount_journal_put(again->journal, &fails, &err));
    assert_ok(mount_journal_put(again->journal, &fails, &err));
    assert_fails(open_at(&third, BASE, JOURNAL, &err), ERROR_DAMAGED, "change 2 is impossible");
    mount_close(again);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, enter, scratch_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(changes_are_there_again),
        TEST(no_change_makes_no_journal),
        TEST(a_cut_journal_is_a_beginning),
        TEST(a_changed_byte_ends_it),
        TEST(another_tree_is_left_alone),
        TEST(settled_changes_count_in_the_old_tree),
        TEST(read_alone_it_stays_as_it_is),
        TEST(impossible_changes_are_refused),
        TEST(what_is_no_journal_is_kept),
        TEST(a_full_disk_is_told),
        TEST(a_header_that_fails_is_made_again),
        TEST(what_fails_leaves_nothing),
        TEST(without_room_it_stays),
        TEST(any_hole_can_be_made_again),
        TEST(the_last_one_may_be_impossible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
