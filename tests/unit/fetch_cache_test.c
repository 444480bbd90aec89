/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cache on disk: parts, entries, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <time.h>

#include "fetch/fetch_cache.h"
#include "fetch/fetch_clock.h"
#include "fetch/fetch_part.h"

#define ABC        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define PATH_BYTES 512

struct fixture {
    char root[PATH_BYTES];
    struct fetch_cache cache;
    struct sha256 abc; /* of "abc" */
    char entry[PATH_BYTES];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    const char *temporary = getenv("TMPDIR");
    snprintf(f->root, sizeof(f->root), "%.200s/fetch.XXXXXX", temporary ? temporary : "/tmp");
    assert_non_null(mkdtemp(f->root));
    setenv("XDG_CACHE_HOME", f->root, 1);
    assert_int_equal(fetch_cache_open(&f->cache, NULL), 0);
    assert_true(sha256_parse(&f->abc, ABC));
    snprintf(f->entry, sizeof(f->entry), "%.300s/lxkit/sha256/%s", f->root, ABC);
    *state = f;
    return 0;
}

static int remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED,
                      struct FTW *ftw UNUSED)
{
    return remove(path);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    fetch_cache_close(&f->cache);
    nftw(f->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

static size_t count(const char *path)
{
    size_t n = 0;
    DIR *d = opendir(path);
    if (!d)
        return 0;
    for (const struct dirent *entry; (entry = readdir(d));)
        n += entry->d_name[0] != '.';
    closedir(d);
    return n;
}

static void file_make(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int find_abc(const struct fixture *f, struct fetch_result *out)
{
    struct checksum wanted = {.has_sha256 = true, .sha256 = f->abc};
    *out = (struct fetch_result){0};
    return fetch_cache_find(&f->cache, &wanted, NULL, out, NULL);
}

static struct fetch_part *part_open(const struct fixture *f, const struct fetch_part_plan *rules)
{
    struct fetch_part *part = NULL;
    struct fetch_part_plan plan = *rules;
    plan.directory = f->cache.partials;
    plan.key = plan.key ? plan.key : "key";
    plan.max = plan.max ? plan.max : UINT64_MAX;
    assert_int_equal(fetch_part_open(&part, &plan, fetch_clock_now(), NULL, NULL), 0);
    return part;
}

static const struct fetch_part_plan any = {0};
static const struct fetch_version tagged = {.url = "u", .tag = "\"t\""};

static void part_fill(struct fetch_part *part, const struct fetch_version *version,
                      const char *text)
{
    assert_int_equal(fetch_part_begin(part, 0, version, NULL), 0);
    assert_int_equal(fetch_part_write(part, text, strlen(text), NULL), 0);
}

/* Of a version that cannot be told from others. */
static struct fetch_part *part_make(const struct fixture *f, const char *text, uint64_t max)
{
    struct fetch_part *part = part_open(f, &(struct fetch_part_plan){.max = max});
    part_fill(part, &(struct fetch_version){0}, text);
    return part;
}

static void publish_abc(const struct fixture *f)
{
    struct checksum is;
    struct fetch_part *part = part_make(f, "abc", 3);
    assert_int_equal(fetch_part_finish(part, &is, NULL), 0);
    assert_true(sha256_equal(&is.sha256, &f->abc));
    AUTO_FD int fd = fetch_part_publish(part, f->entry, true, NULL);
    assert_true(fd >= 0);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
    fetch_part_free(part);
}

/* ---- */

static void an_entry_is_found(void **state)
{
    const struct fixture *f = *state;
    struct fetch_result found;
    assert_int_equal(find_abc(f, &found), 0);
    assert_int_equal(count(f->root), 0);

    publish_abc(f);
    assert_int_equal(count(f->cache.partials), 0);
    assert_int_equal(find_abc(f, &found), 1);
    assert_string_equal(found.path, f->entry);
    assert_int_equal(found.size, 3);
    assert_true(found.cached);
    char bytes[4] = "";
    assert_int_equal(read(found.fd, bytes, sizeof(bytes)), 3);
    assert_string_equal(bytes, "abc");
    assert_true(sha256_equal(&found.sha256, &f->abc));
    fetch_result_free(&found);
}

static void publishing_twice_is_fine(void **state)
{
    const struct fixture *f = *state;
    publish_abc(f);
    publish_abc(f);
    assert_int_equal(count(f->cache.entries), 1);
}

static void a_damaged_entry_goes(void **state)
{
    const struct fixture *f = *state;
    static const char *const bytes[] = {"", "ab", "abd", "abcd"};
    for (size_t i = 0; i < array_length(bytes); i++) {
        struct fetch_result found;
        publish_abc(f);
        file_make(f->entry, bytes[i]);
        assert_int_equal(find_abc(f, &found), 0);
        assert_null(found.path);
        assert_int_equal(count(f->cache.entries), 0);
    }
}

static void a_symbolic_link_is_no_entry(void **state)
{
    const struct fixture *f = *state;
    struct fetch_result found;
    char target[PATH_BYTES + 8];
    publish_abc(f);
    snprintf(target, sizeof(target), "%s.moved", f->entry);
    assert_int_equal(rename(f->entry, target), 0);
    assert_int_equal(symlink(target, f->entry), 0);
    assert_int_equal(find_abc(f, &found), 0);
    assert_int_equal(access(f->entry, F_OK), -1);
    assert_int_equal(access(target, F_OK), 0);
}

static void names_lead_to_entries(void **state)
{
    const struct fixture *f = *state;
    struct sha256 sum;
    publish_abc(f);
    assert_false(fetch_cache_recall(&f->cache, "name", &sum));
    fetch_cache_remember(&f->cache, "name", &(struct sha256){{1}});
    fetch_cache_remember(&f->cache, "name", &f->abc);
    assert_true(fetch_cache_recall(&f->cache, "name", &sum));
    assert_true(sha256_equal(&sum, &f->abc));

    fetch_cache_tidy_names(&f->cache);
    assert_int_equal(count(f->cache.names), 1);
    assert_int_equal(unlink(f->entry), 0);
    fetch_cache_tidy_names(&f->cache);
    assert_int_equal(count(f->cache.names), 0);
}

static void a_copy_is_checked(void **state)
{
    const struct fixture *f = *state;
    struct fetch_result entry;
    struct error err = {0};
    char bytes[4] = "";
    publish_abc(f);
    assert_int_equal(find_abc(f, &entry), 1);

    AUTO_FD int fd = open(f->root, O_TMPFILE | O_RDWR, 0600);
    if (fd < 0)
        skip();
    assert_int_equal(fetch_cache_copy(&entry, fd, "copy", NULL), 0);
    assert_int_equal(pread(fd, bytes, sizeof(bytes), 0), 3);
    assert_string_equal(bytes, "abc");

    file_make(f->entry, "abd");
    assert_int_equal(fetch_cache_copy(&entry, fd, "copy", &err), -1);
    assert_int_equal(err.code, ERROR_VERIFY);
    fetch_result_free(&entry);
}

/* What was found is used even where another file takes its name. */
static void a_copy_is_of_what_was_hashed(void **state)
{
    const struct fixture *f = *state;
    struct fetch_result entry;
    char bytes[4] = "";
    publish_abc(f);
    assert_int_equal(find_abc(f, &entry), 1);
    assert_int_equal(unlink(f->entry), 0);
    file_make(f->entry, "abd");

    AUTO_FD int fd = open(f->root, O_TMPFILE | O_RDWR, 0600);
    if (fd < 0)
        skip();
    assert_int_equal(fetch_cache_copy(&entry, fd, "copy", NULL), 0);
    assert_int_equal(pread(fd, bytes, sizeof(bytes), 0), 3);
    assert_string_equal(bytes, "abc");
    fetch_result_free(&entry);
}

static void a_cache_of_others_is_refused(void **state)
{
    const struct fixture *f = *state;
    struct fetch_cache cache;
    struct error err = {0};
    char root[PATH_BYTES];
    publish_abc(f);
    snprintf(root, sizeof(root), "%.300s/lxkit", f->root);
    assert_int_equal(chmod(root, 0777), 0);
    assert_int_equal(fetch_cache_open(&cache, &err), -1);
    assert_int_equal(err.code, ERROR_DENIED);
}

/* ---- parts ---- */

static void a_part_has_a_limit(void **state)
{
    const struct fixture *f = *state;
    struct error err = {0};
    struct fetch_part *part = part_make(f, "ab", 3);
    assert_int_equal(fetch_part_write(part, "cd", 2, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_int_equal(fetch_part_write(part, "c", 1, NULL), 0);
    assert_int_equal(fetch_part_write(part, "d", 1, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_int_equal(fetch_part_begin(part, 0, &(struct fetch_version){.total = 3}, NULL), 0);
    assert_int_equal(fetch_part_begin(part, 0, &(struct fetch_version){.total = 4}, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
    fetch_part_free(part);
    assert_int_equal(count(f->cache.partials), 0);
}

static void a_part_has_an_exact_size(void **state)
{
    const struct fixture *f = *state;
    struct checksum is;
    struct error err = {0};
    struct fetch_part *part = part_open(f, &(struct fetch_part_plan){.exact = 3});
    for (unsigned total = 1; total < 6; total++) {
        int rc = fetch_part_begin(part, 0, &(struct fetch_version){.total = total}, &err);
        assert_int_equal(rc, total == 3 ? 0 : -1);
        assert_true(rc == 0 || err.code == ERROR_VERIFY);
    }
    part_fill(part, &(struct fetch_version){0}, "ab");
    assert_int_equal(fetch_part_finish(part, &is, &err), -1);
    assert_int_equal(err.code, ERROR_VERIFY);
    assert_int_equal(fetch_part_write(part, "cd", 2, &err), -1);
    assert_int_equal(err.code, ERROR_VERIFY);
    assert_int_equal(fetch_part_write(part, "c", 1, NULL), 0);
    assert_int_equal(fetch_part_finish(part, &is, NULL), 0);
    assert_true(sha256_equal(&is.sha256, &f->abc));
    fetch_part_free(part);
}

static void a_part_that_cannot_fit_is_refused(void **state)
{
    const struct fixture *f = *state;
    struct error err = {0};
    struct fetch_part *part = part_open(f, &any);
    assert_int_equal(fetch_part_begin(part, 0, &(struct fetch_version){.total = UINT64_MAX}, &err),
                     -1);
    assert_int_equal(err.code, ERROR_NO_SPACE);
    fetch_part_free(part);
}

static void a_part_is_taken_over(void **state)
{
    const struct fixture *f = *state;
    struct checksum is;
    struct fetch_part *part = part_open(f, &any);
    part_fill(part, &tagged, "ab");
    fetch_part_free(part);
    assert_int_equal(count(f->cache.partials), 2);

    part = part_open(f, &any);
    assert_int_equal(part->size, 2);
    assert_true(part->pieced);
    assert_string_equal(part->version.tag, tagged.tag);
    assert_int_equal(fetch_part_begin(part, 1, &tagged, NULL), -1);
    assert_int_equal(fetch_part_begin(part, 2, &tagged, NULL), 0);
    assert_int_equal(fetch_part_write(part, "c", 1, NULL), 0);
    assert_int_equal(fetch_part_finish(part, &is, NULL), 0);
    assert_true(sha256_equal(&is.sha256, &f->abc));
    AUTO_FD int fd = fetch_part_publish(part, f->entry, false, NULL);
    assert_true(fd >= 0);
    fetch_part_free(part);
    assert_int_equal(count(f->cache.partials), 0);
}

/* What is left of a part, for the next who opens it under these rules. */
static void a_part_of_no_use_is_begun_anew(void **state)
{
    const struct fixture *f = *state;
    static const struct {
        struct fetch_version version;
        struct fetch_part_plan plan;
        uint64_t kept;
    } rows[] = {
        {{.url = "u", .tag = "\"t\""}, {0}, 3},
        {{.url = "u", .modified = "Wed, 25 Nov 2026 10:00:00 GMT"}, {0}, 3},
        {{.url = "u"}, {0}, 0},
        {{.url = "u", .tag = "\"t\"", .total = 3}, {0}, 3},
        {{.url = "u", .tag = "\"t\"", .total = 2}, {0}, 0},
        {{.url = "u", .tag = "\"t\""}, {.max = 2}, 0},
        {{.url = "u", .tag = "\"t\""}, {.exact = 2}, 0},
        {{.url = "u", .tag = "\"t\""}, {.exact = 4}, 3},
        {{.url = "u", .tag = "\"t\""}, {.key = "other"}, 0},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        struct fetch_part *part = part_open(f, &any);
        part_fill(part, &rows[i].version, "abc");
        fetch_part_free(part);
        part = part_open(f, &rows[i].plan);
        assert_int_equal(part->size, rows[i].kept);
        assert_int_equal(fetch_part_forget(part, NULL), 0);
        fetch_part_free(part);
        part = part_open(f, &any);
        assert_int_equal(fetch_part_forget(part, NULL), 0);
        fetch_part_free(part);
        assert_int_equal(count(f->cache.partials), 0);
    }
}

static void what_is_forgotten_is_not_hashed(void **state)
{
    const struct fixture *f = *state;
    struct checksum is;
    struct fetch_part *part = part_open(f, &any);
    part_fill(part, &tagged, "something else");
    part_fill(part, &tagged, "abc");
    assert_false(part->pieced);
    assert_int_equal(fetch_part_finish(part, &is, NULL), 0);
    assert_true(sha256_equal(&is.sha256, &f->abc));
    fetch_part_free(part);
}

static void a_part_has_one_writer(void **state)
{
    const struct fixture *f = *state;
    struct fetch_part *first = part_open(f, &any);
    struct fetch_part *second = NULL;
    struct fetch_part_plan plan = {.directory = f->cache.partials, .key = "key", .max = 1};
    struct error err = {0};
    int64_t soon = fetch_clock_now() + 100;
    assert_int_equal(fetch_part_open(&second, &plan, soon, NULL, &err), -1);
    assert_int_equal(err.code, ERROR_BUSY);
    assert_true(fetch_clock_now() >= soon);
    fetch_part_free(first);
    fetch_part_free(part_open(f, &any));
}

static void age(const char *path, int days)
{
    struct timespec then = {.tv_sec = time(NULL) - days * 24 * 3600};
    assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[]){then, then}, 0), 0);
}

static void old_parts_go_and_others_stay(void **state)
{
    const struct fixture *f = *state;
    char old[PATH_BYTES];
    char young[PATH_BYTES];
    struct fetch_part *living = part_open(f, &(struct fetch_part_plan){.key = "living"});
    snprintf(old, sizeof(old), "%.400s/old.part", f->cache.partials);
    snprintf(young, sizeof(young), "%.400s/young.part", f->cache.partials);
    file_make(old, "left behind");
    file_make(young, "left behind too");
    age(old, FETCH_PART_DAYS + 1);
    age(young, FETCH_PART_DAYS - 1);
    age(living->path, FETCH_PART_DAYS + 1);

    struct fetch_part *next = part_open(f, &any);
    assert_int_equal(access(old, F_OK), -1);
    assert_int_equal(access(young, F_OK), 0);
    assert_int_equal(access(living->path, F_OK), 0);
    fetch_part_free(next);
    fetch_part_free(living);
}

static void a_part_is_known_by_its_first_bytes(void **state)
{
    const struct fixture *f = *state;
    static const struct {
        const char *text;
        enum kind kind;
    } rows[] = {{"<!DOCTYPE html><html>", KIND_HTML}, {"", KIND_EMPTY}, {"abc", KIND_UNKNOWN}};
    for (size_t i = 0; i < array_length(rows); i++) {
        struct fetch_part *part = part_make(f, rows[i].text, 100);
        assert_int_equal(fetch_part_kind(part), rows[i].kind);
        fetch_part_free(part);
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_entry_is_found),
        TEST(publishing_twice_is_fine),
        TEST(a_damaged_entry_goes),
        TEST(a_symbolic_link_is_no_entry),
        TEST(names_lead_to_entries),
        TEST(a_copy_is_checked),
        TEST(a_copy_is_of_what_was_hashed),
        TEST(a_cache_of_others_is_refused),
        TEST(a_part_has_a_limit),
        TEST(a_part_that_cannot_fit_is_refused),
        TEST(a_part_has_an_exact_size),
        TEST(a_part_is_taken_over),
        TEST(a_part_of_no_use_is_begun_anew),
        TEST(what_is_forgotten_is_not_hashed),
        TEST(a_part_has_one_writer),
        TEST(old_parts_go_and_others_stay),
        TEST(a_part_is_known_by_its_first_bytes),
    };
    return cmocka_run_group_tests_name("fetch_cache", tests, NULL, NULL);
}
