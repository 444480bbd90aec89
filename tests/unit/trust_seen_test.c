/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was seen cannot be gone back from: rollback, freeze, fast-forward; days and windows. */
#include <sys/wait.h>

#include "core/paths.h"
#include "fetch/trust/day.h"
#include "fetch/trust/seen.h"
#include "tests/unit/support.h"

enum {
    NOW = 1700000000,
    DAY = 86400,
};

static int setup(void **state)
{
    if (scratch_enter(state) < 0)
        return -1;
    return setenv("XDG_STATE_HOME", *state, 1);
}

static int teardown(void **state)
{
    return scratch_leave(state);
}

static struct sighting of(int64_t date, uint64_t version)
{
    return (struct sighting){.subject = "list", .date = date, .version = version, .now = NOW};
}

static void test_rollback(void **state UNUSED)
{
    struct sighting older = of(NOW - 10, 0), newer = of(NOW - 5, 0), none = of(0, 0);
    struct sighting other = of(NOW - 100, 0);
    struct error err;
    other.subject = "other list";

    assert_ok(seen_check(&older, &err));
    assert_int_equal(access("lxkit", F_OK), -1);
    assert_ok(seen_remember(&older, &err));
    assert_ok(seen_remember(&newer, &err));
    assert_fails(seen_check(&older, &err), ERROR_VERIFY, "seen before");
    assert_fails(seen_remember(&older, &err), ERROR_VERIFY, "seen before");
    assert_fails(seen_check(&none, &err), ERROR_VERIFY, "has lost its date");
    assert_ok(seen_check(&newer, &err));
    assert_ok(seen_remember(&newer, &err));
    assert_ok(seen_remember(&other, &err));
    assert_fails(seen_check(&older, &err), ERROR_VERIFY, "seen before");
}

static void test_version(void **state UNUSED)
{
    struct sighting two = of(NOW, 2), one = of(NOW, 1), none = of(NOW, 0), three = of(NOW, 3);
    struct error err;
    assert_ok(seen_remember(&two, &err));
    assert_fails(seen_check(&one, &err), ERROR_VERIFY, "version 1, and 2 was seen");
    assert_fails(seen_check(&none, &err), ERROR_VERIFY, "has lost");
    assert_ok(seen_remember(&three, &err));
    assert_fails(seen_check(&two, &err), ERROR_VERIFY, "version 2, and 3 was seen");
}

static void test_limits(void **state UNUSED)
{
    struct sighting expired = of(NOW - 10, 0), ahead = of(NOW + DAY + 1, 0),
                    near = of(NOW + DAY, 0);
    struct sighting early = of(NOW - 10, 0), stale = of(NOW - 15 * DAY, 0);
    struct error err;
    expired.expires = NOW - 1;
    early.min_date = NOW - 9;
    stale.max_age = 14 * DAY;
    assert_fails(seen_check(&expired, &err), ERROR_VERIFY, "expired");
    assert_fails(seen_check(&ahead, &err), ERROR_VERIFY, "future");
    assert_fails(seen_check(&early, &err), ERROR_VERIFY, "nothing before");
    assert_fails(seen_check(&stale, &err), ERROR_VERIFY, "every 14 days");
    assert_fails(seen_remember(&stale, &err), ERROR_VERIFY, "every 14 days");
    expired.expires = NOW;
    early.min_date = NOW - 10;
    stale.max_age = 15 * DAY;
    assert_ok(seen_check(&near, &err));
    assert_ok(seen_check(&expired, &err));
    assert_ok(seen_check(&early, &err));
    assert_ok(seen_check(&stale, &err));
}

static void test_damaged(void **state UNUSED)
{
    static const struct {
        const char *text;
        enum error_code code;
    } rows[] = {
        {"", ERROR_DAMAGED},
        {"{", ERROR_DAMAGED},
        {"[]", ERROR_DAMAGED},
        {"{\"seen\": {}}", ERROR_DAMAGED},
        {"{\"version\": 1}", ERROR_DAMAGED},
        {"{\"version\": 1, \"seen\": {\"list\": 5}}", ERROR_DAMAGED},
        {"{\"version\": 1, \"version\": 1, \"seen\": {}}", ERROR_DAMAGED},
        {"{\"version\": 2, \"seen\": {}}", ERROR_UNSUPPORTED},
    };
    struct sighting s = of(NOW, 0);
    struct error err;
    assert_ok(paths_make("lxkit", 0700, &err));
    for (size_t i = 0; i < array_length(rows); i++) {
        file_make("lxkit/seen.json", rows[i].text, strlen(rows[i].text));
        assert_fails(seen_check(&s, &err), rows[i].code, "seen.json");
        assert_fails(seen_remember(&s, &err), rows[i].code, "seen.json");
        assert_file("lxkit/seen.json", rows[i].text);
    }
}

/* Several processes at once: none undoes what another has remembered. */
static void test_concurrent(void **state UNUSED)
{
    enum { PROCESSES = 4, SUBJECTS = 8 };
    struct error err;
    pid_t children[PROCESSES];
    char subject[32];
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        for (int k = 0; children[i] == 0; k++) {
            struct sighting s = of(NOW, 0);
            snprintf(subject, sizeof(subject), "list %d of %d", k, i);
            s.subject = subject;
            if (k == SUBJECTS || seen_remember(&s, &err) < 0)
                _exit(k != SUBJECTS);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
        for (int k = 0; k < SUBJECTS; k++) {
            struct sighting s = of(NOW - 1, 0);
            snprintf(subject, sizeof(subject), "list %d of %d", k, i);
            s.subject = subject;
            assert_fails(seen_check(&s, &err), ERROR_VERIFY, "seen before");
        }
    }
}

static void test_days(void **state UNUSED)
{
    static const char *const wrong[] = {"",         "2024", "2024-13-01", "2024-1-1", "2024-01-01x",
                                        "24-01-01", "-",    "2024-01-1 "};
    int64_t first, last;
    char day[DAY_BYTES], instant[INSTANT_BYTES];
    assert_true(day_parse("2023-11-14", &first, &last));
    assert_true(first <= NOW && NOW <= last && last - first == DAY - 1);
    assert_string_equal(day_format(NOW, day), "2023-11-14");
    assert_string_equal(instant_format(NOW, instant), "2023-11-14T22:13:20Z");
    assert_string_equal(instant_format(INT64_MAX, instant), "?");
    for (size_t i = 0; i < array_length(wrong); i++)
        assert_false(day_parse(wrong[i], &first, &last));
}

static void test_window(void **state UNUSED)
{
    static const struct {
        int64_t at;
        const char *words; /* NULL: accepted */
    } rows[] = {{NOW, NULL},
                {NOW - 10, NULL},
                {NOW - 11, "accepted from"},
                {NOW + 10, NULL},
                {NOW + 11, "accepted until"},
                {NOW + DAY + 1, "future"}};
    struct trust_key key = {.name = (char[]){"k"}, .use_from = NOW - 10, .use_until = NOW + 10};
    char reason[200];
    for (size_t i = 0; i < array_length(rows); i++) {
        bool taken = day_window_check(&key, rows[i].at, NOW, reason, sizeof(reason));
        assert_int_equal(taken, rows[i].words == NULL);
        if (!taken)
            assert_non_null(strstr(reason, rows[i].words));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rollback, setup, teardown),
        cmocka_unit_test_setup_teardown(test_version, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_concurrent, setup, teardown),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
