/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Losses: what a sink's features leave out, how they are counted, and the report. */
#include <stdlib.h>
#include <string.h>

#include "core/loss_counts.h"
#include "image/loss_examine.h"
#include "image/loss_report.h"
#include "tests/unit/list_source.h"
#include "tests/unit/support.h"

enum {
    HEARD_BYTES = 4096,
};

/* Losses, one a line: "id path: text". */
struct heard {
    struct events events;
    char text[HEARD_BYTES];
};

static void heard_report(struct events *events, const struct event *event)
{
    struct heard *heard = (struct heard *)events;
    size_t n = strlen(heard->text);
    if (event->kind == EVENT_LOSS)
        snprintf(heard->text + n, sizeof(heard->text) - n, "%s %s: %s\n", event->id, event->path,
                 event->text);
}

/* ---- features ---- */

static const struct xattr attributes[] = {
    {"system.posix_acl_access", "x", 1},
    {"user.x", "y", 1},
};

static const struct list_member tree[] = {
    LIST_ENTRY(.path = "", .type = ENTRY_DIRECTORY, .mode = 0755),
    LIST_ENTRY(.path = "a", .xattrs = attributes, .n_xattrs = array_length(attributes)),
    LIST_ENTRY(.path = "b", .type = ENTRY_BLOCK, .xattrs = attributes,
               .n_xattrs = array_length(attributes)),
    LIST_ENTRY(.path = "c", .type = ENTRY_CHARACTER),
    LIST_ENTRY(.path = "fifo", .type = ENTRY_FIFO),
    LIST_ENTRY(.path = "flags", .flags = ENTRY_APPEND | ENTRY_IMMUTABLE),
    LIST_ENTRY(.path = "l", .type = ENTRY_LINK, .target = "s", .flags = ENTRY_APPEND),
    LIST_ENTRY(.path = "s", .type = ENTRY_SOCKET),
    LIST_ENTRY(.path = "t", .mtime = {.seconds = 1, .nanoseconds = 1}),
};

static void features_tell_what_goes(void **state UNUSED)
{
    static const unsigned all = SINK_OWNERS | SINK_MODES | SINK_NANOSECONDS | SINK_XATTRS |
                                SINK_ACLS | SINK_DEVICES | SINK_SOCKETS | SINK_HOLES | SINK_FLAGS;
    static const struct {
        unsigned lacking;
        const char *heard;
    } rows[] = {
        {0, ""},
        {SINK_HOLES, ""},
        {SINK_SOCKETS, "socket s: socket (why)\n"},
        {SINK_FLAGS, "flags flags: flags sappnd,schg (why)\n"},
        {SINK_NANOSECONDS, "time t: the fraction of a second (why)\n"},
        {SINK_ACLS, "acl a: access control list system.posix_acl_access (why)\n"
                    "acl b: access control list system.posix_acl_access (why)\n"},
        {SINK_XATTRS, "xattr a: extended attribute user.x (why)\n"
                      "xattr b: extended attribute user.x (why)\n"},
        {SINK_DEVICES | SINK_XATTRS, "xattr a: extended attribute user.x (why)\n"
                                     "device b: block device (why)\n"
                                     "device c: character device (why)\n"},
    };
    struct error err;
    for (size_t i = 0; i < array_length(rows); i++) {
        const struct sink_ops ops = {.features = all & ~rows[i].lacking, .reason = "why"};
        struct heard heard = {.events = {.report = heard_report}};
        struct sink sink = {.ops = &ops, .events = &heard.events};
        struct list_source source = list_source(tree, array_length(tree));
        assert_ok(loss_examine_tree(&sink, &source.source, &err));
        assert_string_equal(heard.text, rows[i].heard);
    }
}

static void a_bad_tree_is_no_loss(void **state UNUSED)
{
    const struct sink_ops ops = {.reason = "why"};
    struct sink sink = {.ops = &ops};
    struct list_source source = list_source(tree, array_length(tree));
    struct error err;
    source.fails = ERROR_DAMAGED;
    assert_fails(loss_examine_tree(&sink, &source.source, &err), ERROR_DAMAGED, "ends badly");
}

/* ---- counts ---- */

static void counts_are_words(void **state UNUSED)
{
    char words[LOSS_WORDS_BYTES];
    struct loss_counts counts = {0};
    loss_counts_words(&counts, words);
    assert_string_equal(words, "");
    loss_counts_add(&counts, "xattr");
    loss_counts_words(&counts, words);
    assert_string_equal(words, "1 attribute");
    loss_counts_add(&counts, "socket");
    loss_counts_add(&counts, "socket");
    loss_counts_add(&counts, "no such kind");
    loss_counts_words(&counts, words);
    assert_string_equal(words, "2 sockets, 1 attribute, 1 other thing");
    assert_int_equal(counts.all, 4);

    for (size_t i = 0; i < LOSS_KINDS; i++)
        counts.of[i] = UINT64_MAX;
    loss_counts_words(&counts, words);
    assert_non_null(strstr(words, " attributes, 18446744073709551615 other things"));
}

/* ---- the report ---- */

static const struct image_target target = {.path = "out", .report = "report"};
static const struct image_target strict = {.path = "out", .report = "report", .strict = true};

static void lines_and_sum(void **state UNUSED)
{
    struct heard heard = {.events = {.report = heard_report}};
    AUTO_LOSS_REPORT struct loss_report report = {0};
    struct error err;
    assert_ok(loss_report_open(&report, "in", &target, &heard.events, &err));
    event_step(&report.events, "working");
    event_loss(&report.events, "time", "a\nb", "%s", "early");
    event_loss(&report.events, "xattr", "latin\xe9", "%s", "user.x");
    assert_ok(event_check(&report.events, &err));
    assert_ok(loss_report_seal(&report, &err));
    assert_int_equal(access("report", F_OK), -1);
    assert_ok(loss_report_finish(&report, 0, &err));
    assert_file("report",
                "{\"version\":1,\"loss\":\"time\",\"path\":\"a\\nb\",\"text\":\"early\"}\n"
                "{\"version\":1,\"loss\":\"xattr\",\"path\":\"latin\xef\xbf\xbd\",\"text\":"
                "\"user.x\",\"inexact\":true}\n"
                "{\"version\":1,\"losses\":2,\"counts\":{\"time\":1,\"xattr\":1},\"input\":\"in\","
                "\"output\":\"out\",\"written\":true,\"complete\":true}\n");
    assert_string_equal(heard.text, "time a\nb: early\nxattr latin\xe9: user.x\n");
}

static void no_loss_is_a_sum(void **state UNUSED)
{
    AUTO_LOSS_REPORT struct loss_report report = {0};
    struct error err;
    assert_ok(loss_report_open(&report, "in", &strict, NULL, &err));
    assert_ok(loss_report_examined(&report, &err));
    assert_ok(event_check(&report.events, &err));
    assert_ok(loss_report_seal(&report, &err));
    assert_ok(loss_report_finish(&report, 0, &err));
    assert_file("report", "{\"version\":1,\"losses\":0,\"counts\":{},\"input\":\"in\",\"output\":"
                          "\"out\",\"written\":true,\"complete\":true}\n");
}

/* What was found before is not told, written or counted once more. */
static void beginning_anew_repeats_nothing(void **state UNUSED)
{
    struct heard heard = {.events = {.report = heard_report}};
    AUTO_LOSS_REPORT struct loss_report report = {0};
    struct error err;
    assert_ok(loss_report_open(&report, "in", &target, &heard.events, &err));
    event_loss(&report.events, "time", "a", "first");
    loss_report_again(&report);
    event_loss(&report.events, "time", "a", "first");
    loss_report_again(&report);
    event_loss(&report.events, "time", "a", "first");
    event_loss(&report.events, "time", "b", "second");
    assert_string_equal(heard.text, "time a: first\ntime b: second\n");
    assert_int_equal(report.counts.all, 2);
}

static void strictness_refuses(void **state UNUSED)
{
    static const struct {
        bool examined;
        const char *words, *complete;
    } rows[] = {
        {true, "out cannot hold 1 socket, 1 timestamp of in; the first: /s: text", "true"},
        {false, "out cannot hold at least 1 socket, 1 timestamp of in", "false"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_LOSS_REPORT struct loss_report report = {0};
        char expected[HEARD_BYTES];
        struct error err;
        assert_ok(loss_report_open(&report, "in", &strict, NULL, &err));
        event_loss(&report.events, "socket", "s", "text");
        event_loss(&report.events, "time", "t", "text");
        assert_fails(rows[i].examined ? loss_report_examined(&report, &err)
                                      : event_check(&report.events, &err),
                     ERROR_LOSSY, rows[i].words);
        assert_non_null(strstr(err.text, "report lists"));
        assert_int_equal(loss_report_finish(&report, -1, &err), -1);
        assert_int_equal(err.code, ERROR_LOSSY);
        snprintf(expected, sizeof(expected),
                 "{\"version\":1,\"loss\":\"socket\",\"path\":\"s\",\"text\":\"text\"}\n"
                 "{\"version\":1,\"loss\":\"time\",\"path\":\"t\",\"text\":\"text\"}\n"
                 "{\"version\":1,\"losses\":2,\"counts\":{\"socket\":1,\"time\":1},\"input\":"
                 "\"in\",\"output\":\"out\",\"written\":false,\"complete\":%s}\n",
                 rows[i].complete);
        assert_file("report", expected);
        assert_int_equal(unlink("report"), 0);
    }
}

/* A report of work that failed would be one of what never was. */
static void failure_leaves_no_report(void **state UNUSED)
{
    struct error err;
    {
        AUTO_LOSS_REPORT struct loss_report report = {0};
        assert_ok(loss_report_open(&report, "in", &strict, NULL, &err));
        error_set(&err, ERROR_NO_SPACE, "full");
        assert_int_equal(loss_report_finish(&report, -1, &err), -1);
        assert_int_equal(err.code, ERROR_NO_SPACE);
    }
    assert_int_equal(access("report", F_OK), -1);
}

static void the_report_has_a_file_of_its_own(void **state UNUSED)
{
    static const struct image_target same = {.path = "out", .report = "out"};
    static const struct image_target standard = {.path = "out", .report = "-"};
    struct error err;
    file_make("report", "mine", 4);
    const struct {
        const struct image_target *target;
        enum error_code code;
    } rows[] = {{&target, ERROR_EXISTS}, {&same, ERROR_USAGE}, {&standard, ERROR_USAGE}};
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_LOSS_REPORT struct loss_report report = {0};
        assert_fails(loss_report_open(&report, "in", rows[i].target, NULL, &err), rows[i].code,
                     rows[i].target->report);
    }
    assert_file("report", "mine");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_enter, scratch_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_tell_what_goes),
        cmocka_unit_test(a_bad_tree_is_no_loss),
        cmocka_unit_test(counts_are_words),
        TEST(lines_and_sum),
        TEST(no_loss_is_a_sum),
        TEST(beginning_anew_repeats_nothing),
        TEST(strictness_refuses),
        TEST(failure_leaves_no_report),
        TEST(the_report_has_a_file_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
