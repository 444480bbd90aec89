/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VM_INIT is its file, which the Makefile builds first. */
#include "install/run/vm_init.h"

__asm__(".section .rodata\n"
        ".balign 8\n"
        ".globl vm_init\n"
        "vm_init:\n"
        ".incbin \"" VM_INIT "\"\n"
        "1:\n"
        ".balign 8\n"
        ".globl vm_init_bytes\n"
        "vm_init_bytes:\n"
        ".quad 1b - vm_init\n"
        ".previous\n");
