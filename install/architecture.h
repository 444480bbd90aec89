/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Architectures, by Debian's words: amd64, arm64 ... */
#ifndef LXKIT_INSTALL_ARCHITECTURE_H
#define LXKIT_INSTALL_ARCHITECTURE_H

#include <stdbool.h>

#define ARCHITECTURES "amd64, arm64, armhf, i386, ppc64el, riscv64, s390x"

/* Whether word is one of ARCHITECTURES. */
bool architecture_is(const char *word);
/* The word for what else it may be called (x86_64, aarch64 ...); NULL for anything unknown. */
const char *architecture_by_alias(const char *alias);
/* The one that this program was built for. */
const char *architecture_host(void);

#endif
