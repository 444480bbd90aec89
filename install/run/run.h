/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a command in an installed distribution.
 *
 * The verb (install/verb_run.c) finds the distribution, takes its lock, and hands a request to the
 * backend that its disk is made for. What the command finds there - user, environment, host name,
 * files that are made at start - is the same for both: install/run/contract.h. */
#ifndef LXKIT_INSTALL_RUN_RUN_H
#define LXKIT_INSTALL_RUN_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"
#include "install/registry.h"

/* Exit statuses of a run that are not the command's own. */
enum run_status {
    RUN_FAILED = 125,         /* lxkit's own failure: the command was not tried */
    RUN_NOT_EXECUTABLE = 126, /* it is there and cannot be executed */
    RUN_NO_COMMAND = 127,     /* it is not there */
    RUN_SIGNALED = 128,       /* and the number of the signal that ended the command */
};

/* Everything is borrowed. */
struct run_request {
    const struct registration *registration;
    const struct registry_place *place; /* of the registry that it is in */
    int lock;               /* of the distribution: what may outlive this process inherits it */
    const char *disk;       /* its disk, an absolute path */
    const char *user;       /* name or number; NULL: the distribution's default user */
    const char *cwd;        /* "~" and "~/x" are in the user's home; NULL: the home */
    const char *const *env; /* "NAME=value", ends with NULL; they win over everything else */
    char *const *argv;      /* ends with NULL; empty: the user's shell, as at login */
    bool ephemeral;         /* what is written to the disk is gone afterwards */
    struct events *events;  /* warnings; progress is not wanted */

    /* Of the VM alone. */
    const char *kernel;    /* NULL: looked for in the distribution, then on the host */
    uint64_t memory_bytes; /* 0: a part of the host's */
    unsigned cpus;         /* 0: the host's, up to a limit */
};

struct run_backend {
    const char *name; /* for people: "VM" */
    /* Runs the request's command with this process's standard input, output and error, and its
     * terminal where these are one. 0 with *status what the command ended with (RUN_SIGNALED and
     * its number for a signal; RUN_NOT_EXECUTABLE and RUN_NO_COMMAND after a word on standard error
     * through the request's events), or negative with err set where it never ran or its end is not
     * known. Nothing that it started outlives the call. */
    int (*run)(const struct run_request *request, int *status, struct error *err);
};

/* Whether the first run is now: the first shell on a terminal, where somebody can answer what
 * command, the first-run command or NULL, asks. Warns where that has to wait for a terminal. */
bool run_first_is_due(const struct run_request *request, const char *command);
/* Says that its command ended with that status, not 0, and what can be done. */
void run_first_failed(const struct run_request *request, int status);
/* Notes that the first run went well: its command does not run again, and uid, unless it is -1, is
 * the default user from now on. Not where what it did is forgotten. */
int run_first_run_done(const struct run_request *request, int64_t uid,
                       struct error *err) MUST_CHECK;

extern const struct run_backend run_vm;          /* install/run/vm.c */
extern const struct run_backend run_translation; /* install/run/translation.c */

#endif
