/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/architecture.h"

#include <string.h>
#include <strings.h>

#include "core/attributes.h"

static const struct {
    const char *name;
    const char *machine; /* as uname -m says */
} architectures[] = {
    {"amd64", "x86_64"},    {"arm64", "aarch64"},   {"armhf", "armv7l"}, {"i386", "i686"},
    {"ppc64el", "ppc64le"}, {"riscv64", "riscv64"}, {"s390x", "s390x"},
};

bool architecture_is(const char *word)
{
    for (size_t i = 0; i < array_length(architectures); i++) {
        if (strcmp(word, architectures[i].name) == 0)
            return true;
    }
    return false;
}

const char *architecture_by_alias(const char *alias)
{
    for (size_t i = 0; i < array_length(architectures); i++) {
        if (strcasecmp(alias, architectures[i].name) == 0 ||
            strcasecmp(alias, architectures[i].machine) == 0)
            return architectures[i].name;
    }
    return NULL;
}

/* The program's own, which is what its user space can run; the kernel may be another. */
const char *architecture_host(void)
{
#if defined(__x86_64__)
    return "amd64";
#elif defined(__aarch64__)
    return "arm64";
#elif defined(__arm__)
    return "armhf";
#elif defined(__i386__)
    return "i386";
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
    return "ppc64el";
#elif defined(__riscv) && __riscv_xlen == 64
    return "riscv64";
#elif defined(__s390x__)
    return "s390x";
#else
#error "name this architecture in Debian's word"
#endif
}
