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

#include "fetch/fetch_cache.h"
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

static struct fetch_part *part_make(const struct fixture *f, const char *text, uint64_t max)
{
    struct fetch_part *part = NULL;
    assert_int_equal(fetch_part_create(&part, f->cache.partials, max, NULL), 0);
    assert_int_equal(fetch_part_write(part, text, strlen(text), NULL), 0);
    return part;
}

static void publish_abc(const struct fixture *f)
{
    struct sha256 sum;
    struct fetch_part *part = part_make(f, "abc", 3);
    assert_int_equal(fetch_part_finish(part, &sum, NULL), 0);
    assert_true(sha256_equal(&sum, &f->abc));
    assert_int_equal(fetch_part_publish(part, f->entry, NULL), 0);
    fetch_part_free(part);
}

/* ---- */

static void an_entry_is_found(void **state)
{
    const struct fixture *f = *state;
    struct fetch_result found = {0};
    assert_int_equal(fetch_cache_find(&f->cache, &f->abc, NULL, &found, NULL), 0);
    assert_int_equal(count(f->root), 0);

    publish_abc(f);
    assert_int_equal(count(f->cache.partials), 0);
    assert_int_equal(fetch_cache_find(&f->cache, &f->abc, NULL, &found, NULL), 1);
    assert_string_equal(found.path, f->entry);
    assert_int_equal(found.size, 3);
    assert_true(found.cached);
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
        struct fetch_result found = {0};
        publish_abc(f);
        file_make(f->entry, bytes[i]);
        assert_int_equal(fetch_cache_find(&f->cache, &f->abc, NULL, &found, NULL), 0);
        assert_null(found.path);
        assert_int_equal(count(f->cache.entries), 0);
    }
}

static void a_symbolic_link_is_no_entry(void **state)
{
    const struct fixture *f = *state;
    struct fetch_result found = {0};
    char target[PATH_BYTES + 8];
    publish_abc(f);
    snprintf(target, sizeof(target), "%s.moved", f->entry);
    assert_int_equal(rename(f->entry, target), 0);
    assert_int_equal(symlink(target, f->entry), 0);
    assert_int_equal(fetch_cache_find(&f->cache, &f->abc, NULL, &found, NULL), 0);
    assert_int_equal(access(f->entry, F_OK), -1);
    assert_int_equal(access(target, F_OK), 0);
}

static void a_copy_is_checked(void **state)
{
    const struct fixture *f = *state;
    struct fetch_result entry = {.path = (char[PATH_BYTES]){0}, .sha256 = f->abc, .size = 3};
    struct error err = {0};
    char bytes[4] = "";
    strcpy(entry.path, f->entry);
    publish_abc(f);

    AUTO_FD int fd = open(f->root, O_TMPFILE | O_RDWR, 0600);
    if (fd < 0)
        skip();
    assert_int_equal(fetch_cache_copy(&entry, fd, "copy", NULL), 0);
    assert_int_equal(pread(fd, bytes, sizeof(bytes), 0), 3);
    assert_string_equal(bytes, "abc");

    file_make(f->entry, "abd");
    assert_int_equal(fetch_cache_copy(&entry, fd, "copy", &err), -1);
    assert_int_equal(err.code, ERROR_VERIFY);
}

static void a_part_has_a_limit(void **state)
{
    const struct fixture *f = *state;
    struct error err = {0};
    struct fetch_part *part = part_make(f, "ab", 3);
    assert_int_equal(fetch_part_expect(part, 3, NULL), 0);
    assert_int_equal(fetch_part_expect(part, 4, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_int_equal(fetch_part_write(part, "cd", 2, &err), -1);
    assert_int_equal(fetch_part_write(part, "c", 1, NULL), 0);
    assert_int_equal(fetch_part_write(part, "d", 1, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
    fetch_part_free(part);
    assert_int_equal(count(f->cache.partials), 0);
}

static void a_part_that_cannot_fit_is_refused(void **state)
{
    const struct fixture *f = *state;
    struct error err = {0};
    struct fetch_part *part = part_make(f, "", UINT64_MAX);
    assert_int_equal(fetch_part_expect(part, UINT64_MAX, &err), -1);
    assert_int_equal(err.code, ERROR_NO_SPACE);
    fetch_part_free(part);
}

static void dead_parts_go_and_living_ones_stay(void **state)
{
    const struct fixture *f = *state;
    char dead[PATH_BYTES];
    char other[PATH_BYTES];
    struct fetch_part *living = part_make(f, "abc", 3);
    snprintf(dead, sizeof(dead), "%.400s/dead.part", f->cache.partials);
    snprintf(other, sizeof(other), "%.400s/other", f->cache.partials);
    file_make(dead, "left behind");
    file_make(other, "not ours");

    struct fetch_part *next = part_make(f, "abc", 3);
    assert_int_equal(access(dead, F_OK), -1);
    assert_int_equal(access(other, F_OK), 0);
    assert_int_equal(access(living->path, F_OK), 0);
    fetch_part_free(next);
    fetch_part_free(living);
    assert_int_equal(count(f->cache.partials), 1);
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
        TEST(a_copy_is_checked),
        TEST(a_part_has_a_limit),
        TEST(a_part_that_cannot_fit_is_refused),
        TEST(dead_parts_go_and_living_ones_stay),
        TEST(a_part_is_known_by_its_first_bytes),
    };
    return cmocka_run_group_tests_name("fetch_cache", tests, NULL, NULL);
}
