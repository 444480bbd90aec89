/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command of a run: as whom, where, with which environment. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "core/paths.h"
#include "install/default_environment.h"
#include "install/run/contract.h"
#include "install/run/contract_user.h"

/* ---- the user ---- */

/* The default user is root where nothing else works, as in WSL; one that was asked for is not. */
static int user_default(struct contract_user *out, const char *passwd,
                        const struct contract *contract, const struct run_request *request,
                        int64_t default_uid, struct error *err)
{
    uint32_t uid = default_uid >= 0 ? (uint32_t)default_uid : request->registration->default_uid;
    const char *name = contract->default_user;
    int found = name ? contract_user_find(out, passwd, name, 0, err) : 0;
    if (found == 0 && name)
        event_warning(request->events, "/etc/wsl.conf: there is no user '%s'", name);
    if (found == 0)
        found = contract_user_find(out, passwd, NULL, uid, err);
    if (found == 0 && uid != 0) {
        event_warning(request->events, "the default user %u is not in /etc/passwd; root is taken",
                      uid);
        found = contract_user_find(out, passwd, NULL, 0, err);
    }
    return found == 0 ? contract_user_root(out, err) : found < 0 ? -1 : 0;
}

static int user_named(struct contract_user *out, const char *passwd, const char *name,
                      struct error *err)
{
    uint32_t uid;
    int found = contract_user_find(out, passwd, name, 0, err);
    if (found == 0 && contract_user_number(&uid, name))
        found = contract_user_find(out, passwd, NULL, uid, err);
    if (found == 0)
        return error_set(err, ERROR_NOT_FOUND,
                         "there is no user '%s' in the distribution; its /etc/passwd lists them",
                         name);
    return found < 0 ? -1 : 0;
}

static int user_decide(struct contract_user *out, struct contract *contract,
                       struct contract_root *root, const struct run_request *request,
                       int64_t default_uid, struct error *err)
{
    AUTO_FREE char *passwd = NULL;
    AUTO_FREE char *group = NULL;
    size_t n;
    if (root->read(root, "/etc/passwd", CONTRACT_FILE_BYTES_MAX, &passwd, &n, err) < 0 ||
        root->read(root, "/etc/group", CONTRACT_FILE_BYTES_MAX, &group, &n, err) < 0)
        return -1;
    const char *users = passwd ? passwd : "";
    int rc = request->user ? user_named(out, users, request->user, err)
                           : user_default(out, users, contract, request, default_uid, err);
    if (rc < 0)
        return -1;
    contract->uid = out->uid;
    contract->gid = out->gid;
    contract->n_groups = contract_user_groups(contract->groups, CONTRACT_GROUPS_MAX,
                                              group ? group : "", out->name, out->gid);
    return 0;
}

/* ---- the environment ---- */

enum {
    VARIABLES_DEFAULT = 4, /* that a distribution has whose registration says nothing */
};

struct environment {
    char **list;
    size_t n;
};

struct variable {
    const char *name, *value; /* value NULL: not set */
};

static int environment_put(struct environment *env, const char *name, size_t name_bytes,
                           const char *value, struct error *err)
{
    char *line;
    if (asprintf(&line, "%.*s=%s", (int)name_bytes, name, value) < 0)
        return error_no_memory(err);
    for (size_t i = 0; i < env->n; i++) {
        if (strncmp(env->list[i], line, name_bytes + 1) == 0) {
            free(env->list[i]);
            env->list[i] = line;
            return 0;
        }
    }
    env->list[env->n++] = line;
    return 0;
}

static int environment_put_rows(struct environment *env, const struct variable *rows, size_t n,
                                struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].value &&
            environment_put(env, rows[i].name, strlen(rows[i].name), rows[i].value, err) < 0)
            return -1;
    }
    return 0;
}

/* What the registration says, to the letter; nothing is added to it that a default would have. */
static int environment_registered(struct environment *env, const struct texts *list,
                                  struct events *events, struct error *err)
{
    for (size_t i = 0; i < list->n; i++) {
        const char *line = list->items[i];
        size_t name_bytes = strcspn(line, "=");
        if (name_bytes == 0 || !line[name_bytes])
            event_warning(events, "DefaultEnvironment: '%s' is no NAME=VALUE, and is left out",
                          line);
        else if (environment_put(env, line, name_bytes, line + name_bytes + 1, err) < 0)
            return -1;
    }
    return 0;
}

static int environment_default(struct environment *env, struct error *err)
{
    struct utsname machine;
    uname(&machine);
    const struct variable rows[] = {
        {"HOSTTYPE", machine.machine},
        {"PATH", DEFAULT_ENVIRONMENT_PATH},
        {"LANG", DEFAULT_ENVIRONMENT_LANG},
    };
    return environment_put_rows(env, rows, array_length(rows), err);
}

static int environment_make(struct contract *out, const struct contract_user *user,
                            const struct run_request *request, const struct contract_host *host,
                            struct error *err)
{
    const struct registration_list *registered = &request->registration->default_environment;
    const struct variable terminal = {"TERM", host->term};
    const struct variable rows[] = {
        {"LANG", out->lang},
        {"HOME", user->home},
        {"USER", user->name},
        {"LOGNAME", user->name},
        {"SHELL", user->shell},
        {"NAME", out->hostname},
        {"WSL_DISTRO_NAME", request->registration->distribution_name},
    };
    size_t n_own = 0;
    while (request->env && request->env[n_own])
        n_own++;
    struct environment env = {0};
    env.list = calloc(VARIABLES_DEFAULT + registered->texts.n + array_length(rows) + n_own + 1,
                      sizeof(char *));
    if (!env.list)
        return error_no_memory(err);
    out->env = env.list;
    if (environment_put_rows(&env, &terminal, 1, err) < 0 ||
        (registered->given ? environment_registered(&env, &registered->texts, request->events, err)
                           : environment_default(&env, err)) < 0 ||
        environment_put_rows(&env, rows, array_length(rows), err) < 0)
        return -1;
    for (size_t i = 0; i < n_own; i++) {
        const char *own = request->env[i];
        size_t name_bytes = strcspn(own, "=");
        if (environment_put(&env, own, name_bytes, own + name_bytes + 1, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- the command ---- */

static int cwd_decide(struct contract *out, const char *cwd, struct error *err)
{
    const char *home = out->home;
    int n;
    if (!cwd || strcmp(cwd, "~") == 0)
        n = asprintf(&out->cwd, "%s", home);
    else if (cwd[0] == '/')
        n = asprintf(&out->cwd, "%s", cwd);
    else
        n = asprintf(&out->cwd, "%s/%s", home, strncmp(cwd, "~/", 2) == 0 ? cwd + 2 : cwd);
    if (n < 0)
        out->cwd = NULL;
    return n < 0 ? error_no_memory(err) : 0;
}

int contract_no_directory(const char *cwd, int errnum, struct error *err)
{
    if (errnum != ENOENT && errnum != ENOTDIR)
        return error_errno(err, errnum, "--cd %s", cwd);
    return error_set(err, ERROR_NOT_FOUND,
                     "--cd %s: there is no such directory in the distribution; name one that is "
                     "there",
                     cwd);
}

static int argv_set(struct contract *out, const struct contract_user *user, char *const *argv,
                    struct error *err)
{
    size_t n = 0;
    while (argv[n])
        n++;
    out->file = strdup(n ? argv[0] : user->shell);
    out->argv = calloc((n ? n : 1) + 1, sizeof(char *));
    if (!out->file || !out->argv)
        return error_no_memory(err);
    for (size_t i = 0; i < n; i++) {
        if (!(out->argv[i] = strdup(argv[i])))
            return error_no_memory(err);
    }
    /* A login shell knows itself by the dash. */
    if (n == 0 && asprintf(&out->argv[0], "-%s", paths_base(user->shell)) < 0)
        return error_no_memory(err);
    return 0;
}

int contract_command(struct contract *contract, struct contract_root *root,
                     const struct run_request *request, const struct contract_host *host,
                     int64_t default_uid, struct error *err)
{
    AUTO_CONTRACT_USER struct contract_user user = {0};
    contract_command_free(contract);
    if (user_decide(&user, contract, root, request, default_uid, err) < 0)
        return -1;
    if (!(contract->home = strdup(user.home)))
        return error_no_memory(err);
    if (cwd_decide(contract, request->cwd, err) < 0 ||
        environment_make(contract, &user, request, host, err) < 0)
        return -1;
    return argv_set(contract, &user, request->argv, err);
}

static void list_free(char **list)
{
    for (char **item = list; item && *item; item++)
        free(*item);
    free(list);
}

void contract_command_free(struct contract *contract)
{
    free(contract->home);
    free(contract->cwd);
    free(contract->file);
    list_free(contract->env);
    list_free(contract->argv);
    contract->home = contract->cwd = contract->file = NULL;
    contract->env = contract->argv = NULL;
}
