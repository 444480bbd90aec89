/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The machine that runs a distribution, as QEMU's command line. Pure. */
#ifndef LXKIT_INSTALL_RUN_VM_PLAN_H
#define LXKIT_INSTALL_RUN_VM_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* What there is for one architecture. */
struct vm_architecture {
    const char *name;    /* in Debian's word */
    const char *qemu;    /* program */
    const char *package; /* that has it, in Debian */
    const char *machine; /* -machine */
    const char *console; /* the kernel's name of the serial port */
    const char *kernel;  /* a package with a kernel that has all that is needed */
};

/* NULL: there is nothing for it. */
const struct vm_architecture *vm_architecture(const char *name);

struct vm_plan {
    const struct vm_architecture *architecture;
    const char *disk;   /* absolute path */
    const char *format; /* of it: "vhdx" or "raw" */
    bool ephemeral;
    bool kvm;
    bool network;
    bool quiet; /* the kernel says nothing but what is wrong */
    uint64_t memory_bytes;
    unsigned cpus;
    int kernel, initramfs, channel; /* descriptors that QEMU inherits; channel is a socket */
};

/* Memory and processors where the user says nothing: half of the host's memory, within limits; the
 * host's processors, up to a limit. */
uint64_t vm_memory_default(uint64_t host_bytes);
unsigned vm_cpus_default(unsigned host);

/* argv, malloc'd like its elements, ends with NULL. */
int vm_plan_arguments(char ***out, const struct vm_plan *plan, struct error *err) MUST_CHECK;
void vm_arguments_free(char **arguments); /* NULL is fine */

#endif
