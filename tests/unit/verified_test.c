/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disk that does not read back as it was written is told apart from one that does, and goes. */
#include "core/event.h"
#include "core/kind.h"
#include "image/image.h"
#include "image/tar/tar_sink.h"
#include "tests/unit/list_source.h"
#include "tests/unit/support.h"

#define CONTENT "this is what was written"

/* A listener that changes the finished disk when it is about to be read back. */
struct meddler {
    struct events events;
    void (*meddle)(int fd);
    unsigned met; /* how often the disk was there, under its name, to be read back */
};

static void meddler_report(struct events *events, const struct event *event)
{
    struct meddler *self = (struct meddler *)events;
    if (event->kind != EVENT_STEP || strcmp(event->text, "comparing") != 0)
        return;
    int fd AUTO_FD = open("out", O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    self->met++;
    if (self->meddle)
        self->meddle(fd);
}

/* One letter of the file. */
static void change_content(int fd)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    char *bytes AUTO_FREE = malloc((size_t)st.st_size);
    assert_non_null(bytes);
    assert_int_equal(pread(fd, bytes, (size_t)st.st_size, 0), st.st_size);
    const char *at = memmem(bytes, (size_t)st.st_size, CONTENT, strlen(CONTENT));
    assert_non_null(at);
    assert_int_equal(pwrite(fd, "T", 1, at - bytes), 1);
}

static void cut_off(int fd)
{
    assert_int_equal(ftruncate(fd, 70000), 0);
}

static void lose_all(int fd)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(ftruncate(fd, st.st_size), 0);
}

static const struct row {
    const char *format, *container;
} rows[] = {{"ext4", "raw"}, {"ext4", "vhdx"}, {"ntfs", "raw"}, {"ntfs", "vhdx"}};

static int build(const struct row *row, struct meddler *meddler, struct error *err)
{
    const struct image_target target = {
        .path = "out",
        .format = row->format,
        .container = row->container,
        .size = 16 << 20,
    };
    return image_build_verified("in.tar", &target, &meddler->events, err);
}

static int setup(void **state)
{
    static const struct list_member members[] = {
        LIST_ENTRY(.path = "", .type = ENTRY_DIRECTORY, .mode = 0755),
        LIST_FILE(CONTENT, .path = "file", .mode = 0644),
    };
    struct list_source list = list_source(members, array_length(members));
    struct error err = {0};
    if (scratch_enter(state) < 0)
        return -1;
    int fd AUTO_FD = open("in.tar", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    AUTO_SINK struct sink *sink = NULL;
    return tar_sink(&sink, fd, "in.tar", KIND_TAR, &(struct sink_options){0}, &err) < 0
               ? -1
               : image_copy(&list.source, sink, &err);
}

static void what_reads_back_stays(void **state UNUSED)
{
    for (size_t i = 0; i < array_length(rows); i++) {
        struct meddler meddler = {.events = {.report = meddler_report}};
        struct error err = {0};
        assert_ok(build(&rows[i], &meddler, &err));
        assert_int_equal(meddler.met, 1);
        assert_int_equal(unlink("out"), 0);
    }
}

static void what_differs_goes(void **state UNUSED)
{
    for (size_t i = 0; i < array_length(rows); i++) {
        struct meddler meddler = {.events = {.report = meddler_report}, .meddle = change_content};
        struct error err = {0};
        assert_fails(build(&rows[i], &meddler, &err), ERROR_VERIFY,
                     "out is not what in.tar holds: 1 difference, /file: content");
        assert_non_null(strstr(err.text, "it was deleted, and nothing else was changed"));
        assert_int_equal(meddler.met, 1);
        assert_true(access("out", F_OK) < 0);
        assert_int_equal(access("in.tar", F_OK), 0);
    }
}

/* Whatever is to blame for that. */
static void what_cannot_be_read_goes(void **state UNUSED)
{
    static void (*const ways[])(int) = {cut_off, lose_all};
    for (size_t i = 0; i < array_length(rows) * array_length(ways); i++) {
        struct meddler meddler = {.events = {.report = meddler_report},
                                  .meddle = ways[i % array_length(ways)]};
        struct error err = {0};
        assert_true(build(&rows[i / array_length(ways)], &meddler, &err) < 0);
        assert_int_not_equal(err.code, ERROR_NONE);
        assert_int_equal(meddler.met, 1);
        assert_true(access("out", F_OK) < 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_reads_back_stays, setup, scratch_leave),
        cmocka_unit_test_setup_teardown(what_differs_goes, setup, scratch_leave),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_goes, setup, scratch_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
