/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The machine that is planned, and the modules that are chosen for it. */
#include "install/run/vm_modules.h"
#include "install/run/vm_plan.h"
#include "tests/unit/support.h"

static char *joined(const struct vm_plan *plan)
{
    struct error err;
    char **arguments = NULL;
    char *text = calloc(1, 4096);
    assert_ok(vm_plan_arguments(&arguments, plan, &err));
    for (char **argument = arguments; *argument; argument++) {
        strcat(text, *argument);
        strcat(text, " ");
    }
    vm_arguments_free(arguments);
    return text;
}

static void test_arguments(void **state UNUSED)
{
    struct vm_plan plan = {
        .architecture = vm_architecture("amd64"),
        .disk = "/a, b/x.vhdx",
        .format = "vhdx",
        .network = true,
        .memory_bytes = UINT64_C(512) << 20,
        .cpus = 3,
        .kernel = 10,
        .initramfs = 11,
        .channel = 12,
    };
    AUTO_FREE char *plain = joined(&plan);
    const char *const parts[] = {
        "qemu-system-x86_64 ",
        "accel=tcg -cpu max -m 512 -smp 3 ",
        "-kernel /proc/self/fd/10 ",
        "file=/a,, b/x.vhdx,format=vhdx,",
        "snapshot=off,cache=writeback",
        "socket,id=channel,fd=12 ",
        "-netdev user,",
    };
    for (size_t i = 0; i < array_length(parts); i++) {
        if (!strstr(plain, parts[i]))
            fail_msg("no %s in %s", parts[i], plain);
    }
    plan.kvm = plan.ephemeral = true;
    plan.network = false;
    AUTO_FREE char *other = joined(&plan);
    assert_non_null(strstr(other, "accel=kvm -cpu host "));
    assert_non_null(strstr(other, "snapshot=on,"));
    assert_null(strstr(other, "-netdev"));
    assert_null(vm_architecture("s390x"));
}

static void test_defaults(void **state UNUSED)
{
    assert_true(vm_memory_default(UINT64_C(64) << 30) == UINT64_C(4) << 30);
    assert_true(vm_memory_default(UINT64_C(2) << 30) == UINT64_C(1) << 30);
    assert_true(vm_memory_default(0) == UINT64_C(256) << 20);
    assert_int_equal(vm_cpus_default(0), 1);
    assert_int_equal(vm_cpus_default(2), 2);
    assert_int_equal(vm_cpus_default(64), 8);
}

/* No module says what it depends on, since none is one; the choice is all the same. */
static int nothing_read(struct module_reader *self UNUSED, struct module **batch, size_t n,
                        struct error *err UNUSED)
{
    for (size_t i = 0; i < n; i++) {
        batch[i]->bytes = strdup("no module");
        batch[i]->n = strlen("no module");
    }
    return 0;
}

static void test_modules(void **state UNUSED)
{
    static const char *const paths[] = {
        "kernel/drivers/virtio/virtio_pci.ko",
        "kernel/drivers/block/virtio_blk.ko",
        "kernel/drivers/char/virtio_console.ko",
        "modules.dep",
        "kernel/fs/other-one.ko",
    };
    struct error err;
    struct modules modules = {0};
    struct module_reader reader = {nothing_read};
    bool network;
    for (size_t i = 0; i < array_length(paths); i++)
        assert_ok(modules_add(&modules, paths[i], &err));
    assert_int_equal(modules.n, 4);
    assert_string_equal(modules.all[3].name, "other_one");
    assert_fails(modules_choose(&modules, &reader, "vmlinuz-9", &network, &err), ERROR_UNSUPPORTED,
                 "vmlinuz-9 lacks the module ext4");
    modules.builtin = strdup("kernel/lib/x.ko\nkernel/fs/ext4/ext4.ko\n");
    assert_ok(modules_choose(&modules, &reader, "vmlinuz-9", &network, &err));
    assert_false(network);
    assert_int_equal(modules.n_chosen, 3);
    modules_free(&modules);

    /* A kernel without any is taken at its word. */
    assert_ok(modules_choose(&modules, &reader, "vmlinuz-9", &network, &err));
    assert_true(network);
    assert_int_equal(modules.n_chosen, 0);
    modules_free(&modules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_modules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
