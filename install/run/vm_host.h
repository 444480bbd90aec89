/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the machine around us can do. */
#ifndef LXKIT_INSTALL_RUN_VM_HOST_H
#define LXKIT_INSTALL_RUN_VM_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "install/run/vm_plan.h"

struct vm_host_facts {
    char hostname[256];
    char timezone[128]; /* "Europe/Berlin"; "": not known */
};

void vm_host_facts(struct vm_host_facts *out);
uint64_t vm_host_memory(void); /* bytes */
unsigned vm_host_cpus(void);
/* UNSUPPORTED where there is no VM for this architecture (NULL), NOT_FOUND where there is no QEMU.
 */
int vm_host_check(const struct vm_architecture *architecture, struct error *err) MUST_CHECK;
/* Whether KVM is worth a try: processor and device are there, and it did not fail since the machine
 * was started. */
bool vm_host_has_kvm(void);
/* It failed: it is not tried again until the machine is started anew. */
void vm_host_kvm_forget(void);

#endif
