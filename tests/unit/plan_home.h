/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where plans are made in tests: a directory of its own, which is the current one, with a registry
 * that holds "taken" at TOP/taken. Planning touches nothing. */
#ifndef LXKIT_TESTS_UNIT_PLAN_HOME_H
#define LXKIT_TESTS_UNIT_PLAN_HOME_H

#include <stddef.h>

#include "install/registry.h"

struct plan_home {
    char *top;
    struct registry *registry;
    size_t n_entries; /* below top, when all was made */
};

/* As a setup of cmocka; what plans look at is to be made after it, ... */
int plan_home_enter(void **state);
/* ... and this said then. */
void plan_home_made(struct plan_home *home);
/* As a teardown; fails where there is more or less than was made. */
int plan_home_leave(void **state);

#endif
