/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The modules that a kernel needs for our machine: found, with what they depend on, in the order in
 * which they can be loaded.
 *
 * modules.dep is made on the machine where a kernel is installed, so what a module depends on is
 * read from itself, as depmod does. */
#ifndef LXKIT_INSTALL_RUN_VM_MODULES_H
#define LXKIT_INSTALL_RUN_VM_MODULES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

enum {
    MODULE_BYTES_MAX = 64 << 20, /* of one module */
    MODULES_MAX = 50000,         /* of one kernel */
};

struct module {
    char *name; /* with "_" for "-" */
    char *path; /* for who reads it */
    void *bytes;
    size_t n;
    char *depends;                 /* names with commas between them */
    bool wanted, optional, placed; /* for modules_choose() */
};

/* All modules of one kernel, and where their content comes from. */
struct modules {
    struct module *all;
    size_t n;
    char *builtin; /* modules.builtin; NULL: not known */
    struct module **chosen;
    size_t n_chosen;
};

/* Reads the content of some of them, as it is stored, into bytes and n. */
struct module_reader {
    int (*read)(struct module_reader *self, struct module **batch, size_t n, struct error *err);
};

/* Adds the module at path, if that is the name of one. */
int modules_add(struct modules *modules, const char *path, struct error *err) MUST_CHECK;
/* Fills chosen with what the machine needs, loaded and decompressed, each behind those that it
 * depends on. UNSUPPORTED, naming the kernel, where the kernel lacks something that is needed;
 * nothing is chosen where it has no modules at all. *network becomes whether there is one. */
int modules_choose(struct modules *modules, struct module_reader *reader, const char *kernel,
                   bool *network, struct error *err) MUST_CHECK;
void modules_free(struct modules *modules);

/* The directory lib/modules/RELEASE of a machine's own file system. */
struct module_directory {
    struct module_reader reader;
};
int modules_scan(struct modules *modules, struct module_directory *out, const char *directory,
                 struct error *err) MUST_CHECK;

#endif
