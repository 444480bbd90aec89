/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan decides everything, and touches nothing. */
#include "core/paths.h"
#include "install/architecture.h"
#include "install/install_plan.h"
#include "tests/unit/plan_home.h"
#include "tests/unit/support.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Below TOP, which is the current directory too. */
static const char *const files[] = {"m.yaml", "root.tar.gz", "plain", "old/ext4.vhdx"};
static const char *const directories[] = {"old", "debian"};

static int setup(void **state)
{
    assert_int_equal(plan_home_enter(state), 0);
    for (size_t i = 0; i < array_length(directories); i++)
        assert_int_equal(paths_make(directories[i], 0700, NULL), 0);
    for (size_t i = 0; i < array_length(files); i++)
        file_make(files[i], "some bytes", strlen("some bytes"));

    char text[1024];
    snprintf(text, sizeof(text),
             "version: 1\ndistributions:\n  debian:\n    title: D\n    releases:\n"
             "      - {name: '13', architectures: {%s: {url: d.tar, sha256: %s, size: 77}}}\n"
             "  huge:\n    title: H\n    releases:\n"
             "      - {name: '1', architectures: {%s: {url: h.tar, sha256: %s, size: %s}}}\n",
             architecture_host(), HEX, architecture_host(), HEX, "9000000000000000000");
    file_make("m.yaml", text, strlen(text));
    setenv("LXKIT_MANIFESTS", "m.yaml", 1);
    plan_home_made(*state);
    return 0;
}

static void decided(void **state)
{
    static const struct {
        struct install_request request;
        enum install_origin origin;
        const char *source; /* below TOP where it is relative */
        const char *name;
        const char *location; /* below TOP */
        uint64_t source_size;
        bool verified;
    } rows[] = {
        {{.operand = "root.tar.gz"},
         ORIGIN_FILE,
         "root.tar.gz",
         "root",
         "lxkit/distributions/root",
         10,
         false},
        {{.operand = "./root.tar.gz",
          .name = "x",
          .location = "old/../new/x",
          .proof = {.sha256 = HEX}},
         ORIGIN_FILE,
         "root.tar.gz",
         "x",
         "new/x",
         10,
         true},
        {{.operand = "plain"},
         ORIGIN_FILE,
         "plain",
         "plain",
         "lxkit/distributions/plain",
         10,
         false},
        {{.operand = "./old/"}, ORIGIN_FILE, "old", "old", "lxkit/distributions/old", 0, false},
        {{.operand = "old"}, ORIGIN_FILE, "old", "old", "lxkit/distributions/old", 0, false},
        {{.operand = "-", .name = "x"}, ORIGIN_FILE, "-", "x", "lxkit/distributions/x", 0, false},
        {{.operand = "https://a.example/b/c.tar.xz?d=/e.tar"},
         ORIGIN_URL,
         "https://a.example/b/c.tar.xz?d=/e.tar",
         "c",
         "lxkit/distributions/c",
         0,
         false},
        {{.operand = "debian"},
         ORIGIN_MANIFEST,
         "d.tar",
         "debian",
         "lxkit/distributions/debian",
         77,
         true},
        {{.operand = "Debian-13"},
         ORIGIN_MANIFEST,
         "d.tar",
         "debian-13",
         "lxkit/distributions/debian-13",
         77,
         true},
        {{.operand = "debian", .release = "13", .name = "Lab"},
         ORIGIN_MANIFEST,
         "d.tar",
         "Lab",
         "lxkit/distributions/Lab",
         77,
         true},
    };
    const struct plan_home *home = *state;
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_INSTALL_PLAN struct install_plan *plan = NULL;
        struct error err = {0};
        if (install_plan(&plan, &rows[i].request, home->registry, &err) < 0)
            fail_msg("%s: %s", rows[i].request.operand, err.text);

        AUTO_FREE char *source = NULL, *location = NULL;
        bool as_it_is = rows[i].source[0] == '-' || strstr(rows[i].source, "://");
        assert_int_equal(paths_join(&source, home->top, rows[i].source, NULL), 0);
        assert_int_equal(paths_join(&location, home->top, rows[i].location, NULL), 0);
        assert_int_equal(plan->method, METHOD_BUILD);
        assert_true(plan->first_run);
        assert_int_equal(plan->origin, rows[i].origin);
        assert_string_equal(plan->source, as_it_is ? rows[i].source : source);
        assert_string_equal(plan->name, rows[i].name);
        assert_int_equal(plan->source_size, rows[i].source_size);
        assert_int_equal(plan->proof.has_sha256, rows[i].verified);
        assert_int_equal(plan->size, UINT64_C(1) << 40);
        assert_false(plan->becomes_default);
        assert_memory_equal(plan->disk, plan->base_path, strlen(plan->base_path));
        assert_string_equal(plan->disk + strlen(plan->base_path), "/ext4.vhdx");
        assert_string_equal(plan->base_path, location);
    }
}

static void refused(void **state)
{
    static const struct {
        struct install_request request;
        enum error_code code;
        const char *reason;
    } rows[] = {
        {{.operand = "root.tar.gz", .name = "a b"}, ERROR_NAME_ILLEGAL, "its character 2"},
        {{.operand = "root.tar.gz", .name = ".."}, ERROR_NAME_ILLEGAL, "'..'"},
        {{.operand = "root.tar.gz", .name = "Taken"}, ERROR_EXISTS, "already registered"},
        {{.operand = "root.tar.gz", .location = "taken"}, ERROR_EXISTS, "belongs to"},
        {{.operand = "root.tar.gz", .location = "old"}, ERROR_EXISTS, "ext4.vhdx is there"},
        {{.operand = "root.tar.gz", .location = "plain"}, ERROR_EXISTS, "not a directory"},
        {{.operand = "root.tar.gz", .location = "\xff"}, ERROR_UNSUPPORTED, "UTF-8"},
        {{.operand = "root.tar.gz", .proof = {.sha256 = "12"}}, ERROR_USAGE, "64 hexadecimal"},
        {{.operand = "root.tar.gz", .release = "1"}, ERROR_USAGE, "--release"},
        {{.operand = "root.tar.gz", .architecture = "pdp11"}, ERROR_USAGE, "--arch"},
        {{.operand = "https://a.example/b.tar", .manifest = "m"}, ERROR_USAGE, "--manifest"},
        {{.operand = "https://a.example/"}, ERROR_NAME_ILLEGAL, "--name"},
        {{.operand = "-"}, ERROR_USAGE, "--name"},
        {{.operand = "missing.tar"}, ERROR_NOT_FOUND, "missing.tar"},
        {{.operand = "./missing"}, ERROR_NOT_FOUND, "./missing"},
        {{.operand = "./old", .proof = {.sha256 = HEX}}, ERROR_USAGE, "a directory"},
        {{.operand = "missing"}, ERROR_NOT_FOUND, "no distribution 'missing'"},
        {{.operand = "a b"}, ERROR_NAME_ILLEGAL, "its character 2"},
        {{.operand = "huge"}, ERROR_NO_SPACE, "are needed"},
        {{.operand = "debian", .proof = {.sha256 = HEX}}, ERROR_USAGE, "--sha256"},
        {{.operand = "debian", .architecture = "pdp11"}, ERROR_USAGE, "--arch"},
        {{.operand = "debian", .release = "1"}, ERROR_NOT_FOUND, "it has: 13"},
    };
    const struct plan_home *home = *state;
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_INSTALL_PLAN struct install_plan *plan = NULL;
        struct error err = {0};
        int rc = install_plan(&plan, &rows[i].request, home->registry, &err);
        if (rc != -1 || err.code != rows[i].code || !strstr(err.text, rows[i].reason))
            fail_msg("row %zu: %d, '%s' lacks '%s'", i, err.code, err.text, rows[i].reason);
        assert_null(plan);
    }
}

static void secrets_are_not_shown(void **state)
{
    const struct plan_home *home = *state;
    AUTO_INSTALL_PLAN struct install_plan *plan = NULL;
    struct install_request request = {.operand = "https://me:secret@a.example/b.tar?token=c#d",
                                      .set_default = true};
    assert_int_equal(install_plan(&plan, &request, home->registry, NULL), 0);
    assert_string_equal(plan->source, request.operand);
    assert_string_equal(plan->source_shown, "https://a.example/b.tar");
    assert_true(plan->becomes_default);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, plan_home_leave)
    const struct CMUnitTest tests[] = {TEST(decided), TEST(refused), TEST(secrets_are_not_shown)};
    return cmocka_run_group_tests_name("plan_decide", tests, NULL, NULL);
}
