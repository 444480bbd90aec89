/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a distribution's files and a request make of a run: the WSL contract, shared by the
 * backends.
 *
 *     struct contract contract = {0};       (AUTO_CONTRACT)
 *     contract_read(&contract, &root, request, &host, err)   before anything runs
 *     ... make contract.hosts etc. what the files say, run contract.boot_command ...
 *     contract_command(&contract, &root, request, err)       now user and command are known
 *
 * Two steps, since a first-run command between them may make the very user that the command runs
 * as. Nothing here touches the machine: a backend gives a `struct contract_root` to read the
 * distribution's files with, however it reaches them, and does itself what the contract says.
 *
 * Source: microsoft/WSL src/linux/init/WslDistributionConfig.cpp and config.cpp. */
#ifndef LXKIT_INSTALL_RUN_CONTRACT_H
#define LXKIT_INSTALL_RUN_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/error.h"
#include "install/run/run.h"

enum {
    CONTRACT_FILE_BYTES_MAX = 1 << 20, /* of passwd, wsl.conf ... that are read */
    CONTRACT_GROUPS_MAX = 256,         /* of one user */
    CONTRACT_HOSTNAME_BYTES = 65,      /* 64 characters, as Linux has it, and the NUL */
};

/* A distribution's files, by absolute paths within it; symbolic links lead where they would lead
 * inside. */
struct contract_root {
    /* The first bytes of a file, up to max, and a NUL behind them: malloc'd in *text. *text is NULL
     * where there is no such file. Negative: it cannot be read. */
    int (*read)(struct contract_root *self, const char *path, size_t max, char **text, size_t *n,
                struct error *err);
};

/* What the host adds. */
struct contract_host {
    const char *hostname; /* of this machine */
    const char *timezone; /* "Europe/Berlin"; NULL: not known */
    const char *term;     /* $TERM, where the command gets a terminal; else NULL */
    bool backend_vm;      /* systemd can be had */
};

/* Strings are malloc'd, or NULL for "nothing to do". */
struct contract {
    /* of contract_read() */
    char hostname[CONTRACT_HOSTNAME_BYTES];
    char *hosts;              /* the content of /etc/hosts; NULL: it stays as it is */
    bool resolv_conf;         /* /etc/resolv.conf is to be made */
    char *mount_root;         /* where drives would be mounted: "/mnt", without "/" at its end */
    bool mount_fstab;         /* there is something in /etc/fstab, and "mount -a" is wanted */
    char *boot_command;       /* a line for /bin/sh, as root, not waited for */
    bool systemd;             /* /sbin/init is to be process 1, and there is one */
    unsigned init_timeout_ms; /* how long it may take */
    mode_t umask;
    char *timezone;          /* host->timezone, where the distribution knows it */
    char *first_run_command; /* a line for /bin/sh, as root, before the first shell */
    int64_t first_run_uid;   /* the default user from then on; -1: not said */
    char *lang;              /* of /etc/default/locale or locale.conf */
    char *default_user;      /* of wsl.conf */

    /* of contract_command() */
    uint32_t uid, gid;
    uint32_t groups[CONTRACT_GROUPS_MAX]; /* with gid */
    size_t n_groups;
    char *home;
    char *cwd;   /* absolute */
    char **env;  /* "NAME=value", ends with NULL */
    char *file;  /* what is executed, looked for in PATH (of env) where it has no "/" */
    char **argv; /* ends with NULL */
};

/* Bad lines of wsl.conf are warnings, in the words of WSL. */
int contract_read(struct contract *out, struct contract_root *root,
                  const struct run_request *request, const struct contract_host *host,
                  struct error *err) MUST_CHECK;
/* NOT_FOUND for a user who is not there. default_uid replaces the registration's: -1, or what the
 * first-run command left. */
int contract_command(struct contract *contract, struct contract_root *root,
                     const struct run_request *request, const struct contract_host *host,
                     int64_t default_uid, struct error *err) MUST_CHECK;
/* Why there is no command in the directory cwd, which --cd named; errnum is what chdir() said.
 * Returns -1. */
int contract_no_directory(const char *cwd, int errnum, struct error *err);
/* UNSUPPORTED where /bin/sh is an ELF file for another machine than this one; no /bin/sh, or a
 * script, is not judged. */
int contract_architecture(struct contract_root *root, struct error *err) MUST_CHECK;
/* What contract_command() made; it may be called again then. */
void contract_command_free(struct contract *contract);
void contract_free(struct contract *contract); /* all of it; zeroed is fine */

#define AUTO_CONTRACT CLEANUP(contract_free)

#endif
