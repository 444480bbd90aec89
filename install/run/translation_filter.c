/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/translation_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* ---- capabilities ---- */

static const int given_up[] = {
    CAP_SYS_ADMIN, CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_BOOT, CAP_MKNOD, CAP_SYS_TIME,
};

static int capabilities_drop(struct error *err)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

    if (syscall(SYS_capget, &header, sets) < 0)
        return error_errno(err, errno, "ask for capabilities");
    for (size_t i = 0; i < array_length(given_up); i++) {
        struct __user_cap_data_struct *set = &sets[CAP_TO_INDEX(given_up[i])];
        uint32_t mask = ~CAP_TO_MASK(given_up[i]);
        if (prctl(PR_CAPBSET_DROP, given_up[i], 0, 0, 0) < 0)
            return error_errno(err, errno, "give up capabilities");
        set->effective &= mask;
        set->permitted &= mask;
        set->inheritable &= mask;
    }
    if (syscall(SYS_capset, &header, sets) < 0)
        return error_errno(err, errno, "give up capabilities");
    return 0;
}

/* ---- system calls ---- */

/* The machine's own system calls and those of its 32-bit programs, by their numbers. */
struct machine {
    uint32_t audit; /* how seccomp names it */
    const int *refused;
    size_t n_refused;
    int clone, unshare; /* refused with flags for name spaces */
    int clone3;         /* its flags cannot be looked at: it is not there, and clone is used */
};

static const int own_refused[] = {
    SYS_mount,         SYS_umount2, SYS_pivot_root, SYS_setns,   SYS_open_tree,
    SYS_move_mount,    SYS_fsopen,  SYS_fsconfig,   SYS_fsmount, SYS_fspick,
#ifdef SYS_mount_setattr
    SYS_mount_setattr,
#endif
};

#if defined(__x86_64__)
enum {
    OTHER_ABI_BIT = 0x40000000, /* x32, which nothing uses */
};
#define OWN_AUDIT AUDIT_ARCH_X86_64
/* arch/x86/entry/syscalls/syscall_32.tbl: mount, umount, umount2, pivot_root, setns, open_tree,
 * move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr */
static const int small_refused[] = {21, 22, 52, 217, 346, 428, 429, 430, 431, 432, 433, 442};
#define SMALL_MACHINE                                                              \
    {                                                                              \
        AUDIT_ARCH_I386, small_refused, array_length(small_refused), 120, 310, 435 \
    }
#elif defined(__aarch64__)
enum {
    OTHER_ABI_BIT = 0,
};
#define OWN_AUDIT AUDIT_ARCH_AARCH64
/* arch/arm/tools/syscall.tbl: the same but umount */
static const int small_refused[] = {21, 52, 218, 375, 428, 429, 430, 431, 432, 433, 442};
#define SMALL_MACHINE                                                             \
    {                                                                             \
        AUDIT_ARCH_ARM, small_refused, array_length(small_refused), 120, 337, 435 \
    }
#else
#error "name this machine's system calls here"
#endif

static const struct machine machines[] = {
    {OWN_AUDIT, own_refused, array_length(own_refused), SYS_clone, SYS_unshare, SYS_clone3},
    SMALL_MACHINE,
};

enum {
    NAME_SPACE_FLAGS = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC |
                       CLONE_NEWNET | CLONE_NEWCGROUP,
    PROGRAM_MAX = 128,
};

struct program {
    struct sock_filter lines[PROGRAM_MAX];
    unsigned short n;
};

static void add(struct program *program, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
    program->lines[program->n++] = (struct sock_filter){.code = code, .jt = yes, .jf = no, .k = k};
}

static void load(struct program *program, size_t field)
{
    add(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)field, 0, 0);
}

static void refuse(struct program *program, int errnum)
{
    add(program, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)errnum, 0, 0);
}

/* One machine's rules: the number is loaded already. */
static void machine_add(struct program *program, const struct machine *machine)
{
    const int with_flags[] = {machine->clone, machine->unshare};

    for (size_t i = 0; i < machine->n_refused; i++) {
        add(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)machine->refused[i], 0, 1);
        refuse(program, EPERM);
    }
    add(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)machine->clone3, 0, 1);
    refuse(program, ENOSYS);
    for (size_t i = 0; i < array_length(with_flags); i++) {
        add(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)with_flags[i], 0, 4);
        load(program, offsetof(struct seccomp_data, args[0])); /* little-endian: its low half */
        add(program, BPF_JMP | BPF_JSET | BPF_K, NAME_SPACE_FLAGS, 0, 1);
        refuse(program, EPERM);
        add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    }
    add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

static int filter_set(struct error *err)
{
    struct program program = {0};

    for (size_t i = 0; i < array_length(machines); i++) {
        load(&program, offsetof(struct seccomp_data, arch));
        add(&program, BPF_JMP | BPF_JEQ | BPF_K, machines[i].audit, 0, 0);
        unsigned short jump = (unsigned short)(program.n - 1);
        load(&program, offsetof(struct seccomp_data, nr));
        if (OTHER_ABI_BIT != 0 && i == 0) {
            add(&program, BPF_JMP | BPF_JSET | BPF_K, OTHER_ABI_BIT, 0, 1);
            refuse(&program, ENOSYS);
        }
        machine_add(&program, &machines[i]);
        program.lines[jump].jf = (uint8_t)(program.n - jump - 1);
    }
    refuse(&program, ENOSYS);
    const struct sock_fprog filter = {.len = program.n, .filter = program.lines};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0)
        return error_errno(err, errno, "filter system calls");
    return 0;
}

int translation_confine(struct error *err)
{
    return filter_set(err) < 0 || capabilities_drop(err) < 0 ? -1 : 0;
}
