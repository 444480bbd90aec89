/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Importing is decided by what a file is, whatever it is called; planning touches nothing. */
#include "core/paths.h"
#include "image/image.h"
#include "install/import_plan.h"
#include "tests/unit/plan_home.h"
#include "tests/unit/support.h"

enum {
    DISK_BYTES = 16 << 20,
};

/* Below TOP, which is the current directory too. A row's made: what the file is. */
static const struct {
    const char *path;
    const char *made; /* container of a disk with tree/ in it; NULL: some bytes */
} files[] = {
    {"tree/etc/os-release", NULL}, {"archive.vhdx", NULL},      {"disk/vhdx.tar", "vhdx"},
    {"disk/raw.tar", "raw"},       {"there/ext4.vhdx", NULL},   {"mine/my.VHDX", "vhdx"},
    {"mine/raw.vhdx", "raw"},      {"taken/ext4.vhdx", "vhdx"},
};
static const char *const directories[] = {"tree/etc", "tree", "disk", "there", "mine", "taken"};

static void make_disk(const char *path, const char *container)
{
    struct error err = {0};
    const struct image_target target = {
        .path = path,
        .format = "ext4",
        .container = container,
        .size = DISK_BYTES,
        .no_sync = true,
    };
    if (image_build("tree", &target, NULL, &err) < 0)
        fail_msg("%s", err.text);
}

static int setup(void **state)
{
    assert_int_equal(plan_home_enter(state), 0);
    for (size_t i = 0; i < array_length(directories); i++)
        assert_int_equal(paths_make(directories[i], 0700, NULL), 0);
    for (size_t i = 0; i < array_length(files); i++) {
        if (files[i].made)
            make_disk(files[i].path, files[i].made);
        else
            file_make(files[i].path, "ID=tiny\n", strlen("ID=tiny\n"));
    }
    plan_home_made(*state);
    return 0;
}

static void import_decided(void **state)
{
    static const struct {
        struct import_request request;
        enum install_method method;
        uint64_t size;
        const char *flavor;
    } rows[] = {
        {{.file = "archive.vhdx"}, METHOD_BUILD, UINT64_C(1) << 40, ""},
        {{.file = "archive.vhdx", .size = DISK_BYTES}, METHOD_BUILD, DISK_BYTES, ""},
        {{.file = "tree"}, METHOD_BUILD, UINT64_C(1) << 40, ""},
        {{.file = "-"}, METHOD_BUILD, UINT64_C(1) << 40, ""},
        {{.file = "-", .vhd = true}, METHOD_COPY, 0, ""},
        {{.file = "disk/vhdx.tar"}, METHOD_COPY, DISK_BYTES, "tiny"},
        {{.file = "disk/vhdx.tar", .vhd = true}, METHOD_COPY, DISK_BYTES, "tiny"},
        {{.file = "disk/raw.tar"}, METHOD_COPY, DISK_BYTES, "tiny"},
    };
    const struct plan_home *home = *state;
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_INSTALL_PLAN struct install_plan *plan = NULL;
        struct error err = {0};
        struct import_request request = rows[i].request;
        request.name = "new";
        request.location = "where/ever";
        if (import_plan(&plan, &request, home->registry, &err) < 0)
            fail_msg("row %zu: %s", i, err.text);
        assert_int_equal(plan->method, rows[i].method);
        assert_int_equal(plan->size, rows[i].size);
        assert_string_equal(plan->found.flavor, rows[i].flavor);
        assert_false(plan->first_run);
        assert_false(plan->becomes_default);
        assert_string_equal(plan->name, "new");
        assert_string_equal(plan->disk + strlen(home->top), "/where/ever/ext4.vhdx");
    }
}

static void import_refused(void **state)
{
    static const struct {
        struct import_request request;
        enum error_code code;
        const char *reason;
    } rows[] = {
        {{.name = "a b", .location = "new", .file = "tree"}, ERROR_NAME_ILLEGAL, "its character 2"},
        {{.name = "Taken", .location = "new", .file = "tree"}, ERROR_EXISTS, "already registered"},
        {{.name = "x", .location = "taken", .file = "tree"}, ERROR_EXISTS, "belongs to"},
        {{.name = "x", .location = "there", .file = "tree"},
         ERROR_EXISTS,
         "lxinstall import-in-place x"},
        {{.name = "x", .location = "archive.vhdx", .file = "tree"},
         ERROR_EXISTS,
         "not a directory"},
        {{.name = "x", .location = "new", .file = "missing"}, ERROR_NOT_FOUND, "missing"},
        {{.name = "x", .location = "new", .file = "https://a.example/b.tar"},
         ERROR_USAGE,
         "is a URL"},
        {{.name = "x", .location = "new", .file = "disk/raw.tar", .size = DISK_BYTES},
         ERROR_USAGE,
         "--size"},
        {{.name = "x", .location = "new", .file = "-", .size = DISK_BYTES, .vhd = true},
         ERROR_USAGE,
         "--size"},
        {{.name = "x", .location = "new", .file = "archive.vhdx", .vhd = true},
         ERROR_WRONG_KIND,
         "neither ext4"},
    };
    const struct plan_home *home = *state;
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_INSTALL_PLAN struct install_plan *plan = NULL;
        struct error err = {0};
        int rc = import_plan(&plan, &rows[i].request, home->registry, &err);
        if (rc != -1 || err.code != rows[i].code || !strstr(err.text, rows[i].reason))
            fail_msg("row %zu: %d, '%s' lacks '%s'", i, err.code, err.text, rows[i].reason);
        assert_null(plan);
    }
}

static void in_place_decided(void **state)
{
    const struct plan_home *home = *state;
    AUTO_INSTALL_PLAN struct install_plan *plan = NULL;
    const struct import_in_place_request request = {"new", "tree/../mine/./my.VHDX", true};
    struct error err = {0};
    if (import_plan_in_place(&plan, &request, home->registry, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(plan->method, METHOD_IN_PLACE);
    assert_int_equal(plan->size, DISK_BYTES);
    assert_string_equal(plan->base_path + strlen(home->top), "/mine");
    assert_string_equal(plan->disk + strlen(home->top), "/mine/my.VHDX");
    assert_string_equal(plan->found.flavor, "tiny");
    assert_true(plan->becomes_default);
    assert_false(plan->first_run);
}

static void in_place_refused(void **state)
{
    static const struct {
        struct import_in_place_request request;
        enum error_code code;
        const char *reason;
    } rows[] = {
        {{"..", "mine/my.VHDX", false}, ERROR_NAME_ILLEGAL, "'..'"},
        {{"TAKEN", "mine/my.VHDX", false}, ERROR_EXISTS, "already registered as 'taken'"},
        {{"x", "taken/ext4.vhdx", false}, ERROR_EXISTS, "registered already, as 'taken'"},
        {{"x", "missing.vhdx", false}, ERROR_NOT_FOUND, "missing.vhdx"},
        {{"x", "mine", false}, ERROR_WRONG_KIND, "no VHDX"},
        {{"x", "mine/raw.vhdx", false}, ERROR_WRONG_KIND, "lxvhdx convert"},
        {{"x", "disk/vhdx.tar", false}, ERROR_UNSUPPORTED, "rename"},
        {{"x", "archive.vhdx", false}, ERROR_WRONG_KIND, "no VHDX"},
    };
    const struct plan_home *home = *state;
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_INSTALL_PLAN struct install_plan *plan = NULL;
        struct error err = {0};
        int rc = import_plan_in_place(&plan, &rows[i].request, home->registry, &err);
        if (rc != -1 || err.code != rows[i].code || !strstr(err.text, rows[i].reason))
            fail_msg("row %zu: %d, '%s' lacks '%s'", i, err.code, err.text, rows[i].reason);
        assert_null(plan);
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, plan_home_leave)
    const struct CMUnitTest tests[] = {TEST(import_decided), TEST(import_refused),
                                       TEST(in_place_decided), TEST(in_place_refused)};
    return cmocka_run_group_tests_name("plan_import", tests, NULL, NULL);
}
