/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of one registered distribution: the values of its key under Lxss.
 *
 * One table says which values there are, what they are called and what an absent one means; every
 * registry driver goes by it. Source: microsoft/WSL src/windows/service/exe/
 * DistributionRegistration.h and src/windows/service/inc/wslservice.idl. */
#ifndef LXKIT_INSTALL_REGISTRATION_H
#define LXKIT_INSTALL_REGISTRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/guid.h"
#include "install/text.h"

enum registration_state {
    STATE_INVALID = 0,
    STATE_INSTALLED = 1,
    STATE_RUNNING = 2,
    STATE_INSTALLING = 3,
    STATE_UNINSTALLING = 4,
    STATE_CONVERTING = 5,
    STATE_EXPORTING = 6,
};

enum registration_flags {
    REGISTRATION_INTEROP = 0x1,
    REGISTRATION_APPEND_PATH = 0x2,
    REGISTRATION_MOUNT_DRIVES = 0x4,
    REGISTRATION_VM = 0x8, /* "WSL 2": a disk that a VM starts */
    REGISTRATION_FLAGS_DEFAULT = 0x7,
};

enum {
    REGISTRATION_FILE_SYSTEM_VERSION = 2, /* wslfs; not used for ext4, but always written */
};

enum {
    REGISTRATION_LIST_ITEMS = 1024,  /* of one list; a command's environment has to take them */
    REGISTRATION_LIST_BYTES = 16344, /* as Windows keeps it; more takes several cells of a hive */
};

/* An empty list is another value than none. */
struct registration_list {
    bool given;
    struct texts texts; /* each at least a character long */
};

/* Strings are malloc'd; the optional ones may be NULL. */
struct registration {
    struct guid guid;
    char *distribution_name;
    char *base_path;     /* absolute */
    char *vhd_file_name; /* of the disk in base_path */
    uint32_t state;      /* enum registration_state */
    uint32_t version;    /* of the file system, not of WSL */
    uint32_t flags;      /* enum registration_flags */
    uint32_t default_uid;
    uint32_t run_oobe;
    uint32_t modern;
    /* "NAME=VALUE" each; optional */
    struct registration_list default_environment;
    char *flavor;        /* os-release ID; optional */
    char *os_version;    /* os-release VERSION_ID; optional */
    char *source;        /* what it was made from, URL or path; optional */
    char *source_sha256; /* hexadecimal; optional */
    char *tier;          /* how it was proved: signed, pinned, tls, local; optional */
    char *signer;        /* fingerprint of the key that vouched; optional */
    char *signer_name;   /* what lxkit calls that key; optional */
    char *signed_at;     /* "2026-11-25T12:00:00Z"; optional */
    char *verification;  /* "skipped", where the user said so; optional */
    char *leftover;      /* a former disk of it that is still to be deleted; optional */
};

enum registration_type {
    VALUE_TEXT,  /* char *, REG_SZ */
    VALUE_DWORD, /* uint32_t, REG_DWORD */
    VALUE_LIST,  /* struct registration_list, REG_MULTI_SZ */
};

struct registration_value {
    const char *name; /* as under Lxss */
    enum registration_type type;
    bool required;
    bool own;         /* lxkit's, unknown to the runtime */
    size_t offset;    /* in struct registration */
    uint32_t number;  /* VALUE_DWORD: what an absent one means */
    const char *text; /* VALUE_TEXT: likewise; NULL: nothing, as always with VALUE_LIST */
};

enum {
    REGISTRATION_VALUES = 20,
    REGISTRATION_NAME_BYTES = 32, /* of a value's name */
};
extern const struct registration_value registration_values[REGISTRATION_VALUES];

/* The member that a value lies in. */
char **registration_text(struct registration *r, const struct registration_value *value);
uint32_t *registration_number(struct registration *r, const struct registration_value *value);
struct registration_list *registration_list(struct registration *r,
                                            const struct registration_value *value);
/* Whether it has one; every number is one. */
bool registration_has(struct registration *r, const struct registration_value *value);
/* "REG_SZ". */
const char *registration_type_name(enum registration_type type);

/* What Windows' registry calls it: lxkit's own values have "Lxkit" before their name there. */
const char *registration_windows_name(const struct registration_value *value,
                                      char name[REGISTRATION_NAME_BYTES]);
/* Whether both have the same value. */
bool registration_same(struct registration *a, struct registration *b,
                       const struct registration_value *value);

/* Gives every member what an absent value means. */
int registration_init(struct registration *r, struct error *err) MUST_CHECK;
/* What no driver may let through: missing texts, an illegal name, a relative base_path, a
 * vhd_file_name that leaves it, what registration_check_list() says. DAMAGED or LIMIT; the sentence
 * does not name the registry. */
int registration_check(const struct registration *r, struct error *err) MUST_CHECK;
/* Likewise for what Windows' registry holds, whose places need not be known here. */
int registration_check_elsewhere(const struct registration *r, struct error *err) MUST_CHECK;
void registration_free(struct registration *r); /* its members */
/* What a list may not be: longer than the limits (LIMIT), with empty texts in it or such as are no
 * UTF-8 (DAMAGED). Likewise no registry in the sentence. */
int registration_check_list(const struct registration_list *list, const char *name,
                            struct error *err) MUST_CHECK;
/* Makes out a copy; what it had is freed. */
int registration_list_copy(struct registration_list *out, const struct registration_list *from,
                           struct error *err) MUST_CHECK;
/* Gives out one value of from, if that has one. */
int registration_copy_value(struct registration *out, struct registration *from,
                            const struct registration_value *value, struct error *err) MUST_CHECK;
/* Gives out, which has what registration_init() gave it, all that from has. */
int registration_copy(struct registration *out, const struct registration *from,
                      struct error *err) MUST_CHECK;

/* "Installed"; "Unknown" for a number without meaning. */
const char *registration_state_words(uint32_t state);
/* 1 or 2, as people count WSL's versions. */
int registration_wsl_version(const struct registration *r);
/* base_path/vhd_file_name, malloc'd. */
int registration_disk(const struct registration *r, char **out, struct error *err) MUST_CHECK;
/* Likewise; NOT_FOUND with what helps where it is gone. */
int registration_disk_there(const struct registration *r, char **out, struct error *err) MUST_CHECK;

#define AUTO_REGISTRATION CLEANUP(registration_free)

#endif
