/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/vm_plan.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "install/run/frame.h"

#define MiB (UINT64_C(1) << 20)

enum {
    MEMORY_MIN_MIB = 256,
    MEMORY_MAX_MIB = 4096,
    CPUS_MAX = 8,
    ARGUMENTS_MAX = 48,
};

static const struct vm_architecture architectures[] = {
    {"amd64", "qemu-system-x86_64", "qemu-system-x86", "q35", "ttyS0", "linux-image-cloud-amd64"},
    {"arm64", "qemu-system-aarch64", "qemu-system-arm", "virt", "ttyAMA0",
     "linux-image-cloud-arm64"},
};

const struct vm_architecture *vm_architecture(const char *name)
{
    for (size_t i = 0; i < array_length(architectures); i++) {
        if (strcmp(architectures[i].name, name) == 0)
            return &architectures[i];
    }
    return NULL;
}

uint64_t vm_memory_default(uint64_t host_bytes)
{
    uint64_t half = host_bytes / 2 / MiB;
    half = half < MEMORY_MIN_MIB ? MEMORY_MIN_MIB : half > MEMORY_MAX_MIB ? MEMORY_MAX_MIB : half;
    return half * MiB;
}

unsigned vm_cpus_default(unsigned host)
{
    return host == 0 ? 1 : host > CPUS_MAX ? CPUS_MAX : host;
}

/* ---- the list ---- */

struct arguments {
    char **list;
    size_t n;
    bool failed;
};

PRINTF_LIKE(2, 3) static void add(struct arguments *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (a->n + 1 >= ARGUMENTS_MAX || vasprintf(&a->list[a->n], format, args) < 0) {
        a->list[a->n] = NULL;
        a->failed = true;
    } else {
        a->n++;
    }
    va_end(args);
}

/* QEMU takes ",," for a comma within a value. */
static char *commas_double(const char *value)
{
    char *out = malloc(2 * strlen(value) + 1), *at = out;
    while (out && *value) {
        if (*value == ',')
            *at++ = ',';
        *at++ = *value++;
    }
    if (out)
        *at = '\0';
    return out;
}

static void add_disk(struct arguments *a, const struct vm_plan *plan)
{
    AUTO_FREE char *disk = commas_double(plan->disk);
    if (!disk) {
        a->failed = true;
        return;
    }
    add(a, "-drive");
    add(a, "file=%s,format=%s,if=none,id=disk,discard=unmap,%s", disk, plan->format,
        plan->ephemeral ? "snapshot=on,cache=unsafe" : "snapshot=off,cache=writeback");
    add(a, "-device");
    add(a, "virtio-blk-pci,drive=disk");
}

int vm_plan_arguments(char ***out, const struct vm_plan *plan, struct error *err)
{
    struct arguments a = {.list = calloc(ARGUMENTS_MAX, sizeof(char *))};
    if (!a.list)
        return error_no_memory(err);
    add(&a, "%s", plan->architecture->qemu);
    for (const char *const *word =
             (const char *const[]){"-nodefaults", "-no-user-config", "-display", "none",
                                   "-no-reboot", "-serial", "stdio", NULL};
         *word; word++)
        add(&a, "%s", *word);
    add(&a, "-machine");
    add(&a, "%s,accel=%s", plan->architecture->machine, plan->kvm ? "kvm" : "tcg");
    add(&a, "-cpu");
    add(&a, "%s", plan->kvm ? "host" : "max");
    add(&a, "-m");
    add(&a, "%" PRIu64, plan->memory_bytes / MiB);
    add(&a, "-smp");
    add(&a, "%u", plan->cpus);
    add(&a, "-kernel");
    add(&a, "/proc/self/fd/%d", plan->kernel);
    add(&a, "-initrd");
    add(&a, "/proc/self/fd/%d", plan->initramfs);
    add(&a, "-append");
    add(&a, "console=%s panic=-1 net.ifnames=0%s", plan->architecture->console,
        plan->quiet ? " quiet" : "");
    add_disk(&a, plan);
    add(&a, "-device");
    add(&a, "virtio-serial-pci");
    add(&a, "-chardev");
    add(&a, "socket,id=channel,fd=%d", plan->channel);
    add(&a, "-device");
    add(&a, "virtserialport,chardev=channel,name=" FRAME_PORT);
    if (plan->network) {
        add(&a, "-netdev");
        add(&a, "user,id=network");
        add(&a, "-device");
        add(&a, "virtio-net-pci,netdev=network,romfile=");
    }
    if (a.failed) {
        vm_arguments_free(a.list);
        return error_no_memory(err);
    }
    *out = a.list;
    return 0;
}

void vm_arguments_free(char **arguments)
{
    for (char **argument = arguments; argument && *argument; argument++)
        free(*argument);
    free(arguments);
}
