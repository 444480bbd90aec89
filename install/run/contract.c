/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/contract.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "install/architecture.h"
#include "install/machine.h"
#include "install/run/contract_conf.h"
#include "install/run/contract_text.h"
#include "install/run/contract_user.h"

enum {
    UMASK_DEFAULT = 022,
    INIT_TIMEOUT_MS_DEFAULT = 10000,
    INIT_TIMEOUT_MS_MAX = 600000,
};

static const char wsl_conf[] = "/etc/wsl.conf";
static const char distribution_conf[] = "/etc/wsl-distribution.conf";

/* ---- the two files ---- */

enum {
    WSL_AUTOMOUNT_ROOT,
    WSL_AUTOMOUNT_MOUNTFSTAB,
    WSL_BOOT_COMMAND,
    WSL_BOOT_SYSTEMD,
    WSL_BOOT_INITTIMEOUT,
    WSL_FILESYSTEM_UMASK,
    WSL_NETWORK_GENERATEHOSTS,
    WSL_NETWORK_GENERATERESOLVCONF,
    WSL_NETWORK_HOSTNAME,
    WSL_TIME_USEWINDOWSTIMEZONE,
    WSL_USER_DEFAULT,
    WSL_USED,
};

static const struct conf_key wsl_keys[] = {
    [WSL_AUTOMOUNT_ROOT] = {"automount.root", CONF_TEXT},
    [WSL_AUTOMOUNT_MOUNTFSTAB] = {"automount.mountFsTab", CONF_BOOLEAN},
    [WSL_BOOT_COMMAND] = {"boot.command", CONF_TEXT},
    [WSL_BOOT_SYSTEMD] = {"boot.systemd", CONF_BOOLEAN},
    [WSL_BOOT_INITTIMEOUT] = {"boot.initTimeout", CONF_NUMBER},
    [WSL_FILESYSTEM_UMASK] = {"filesystem.umask", CONF_NUMBER},
    [WSL_NETWORK_GENERATEHOSTS] = {"network.generateHosts", CONF_BOOLEAN},
    [WSL_NETWORK_GENERATERESOLVCONF] = {"network.generateResolvConf", CONF_BOOLEAN},
    [WSL_NETWORK_HOSTNAME] = {"network.hostname", CONF_TEXT},
    [WSL_TIME_USEWINDOWSTIMEZONE] = {"time.useWindowsTimezone", CONF_BOOLEAN},
    [WSL_USER_DEFAULT] = {"user.default", CONF_TEXT},
    /* Windows' drives, programs and display are not at hand. */
    [WSL_USED] = {"automount.enabled", CONF_UNUSED},
    {"automount.options", CONF_UNUSED},
    {"automount.ldconfig", CONF_UNUSED},
    {"automount.cgroups", CONF_UNUSED},
    {"interop.enabled", CONF_UNUSED},
    {"interop.appendWindowsPath", CONF_UNUSED},
    {"boot.protectBinfmt", CONF_UNUSED},
    {"general.guiApplications", CONF_UNUSED},
    {"fileServer.enabled", CONF_UNUSED},
    {"fileServer.logFile", CONF_UNUSED},
    {"fileServer.logLevel", CONF_UNUSED},
    {"fileServer.logTruncate", CONF_UNUSED},
    {"gpu.enabled", CONF_UNUSED},
    {"gpu.appendLibPath", CONF_UNUSED},
};

enum {
    OOBE_COMMAND,
    OOBE_DEFAULTUID,
    OOBE_USED,
};

static const struct conf_key distribution_keys[] = {
    [OOBE_COMMAND] = {"oobe.command", CONF_TEXT},
    [OOBE_DEFAULTUID] = {"oobe.defaultUid", CONF_NUMBER},
    [OOBE_USED] = {"oobe.defaultName", CONF_UNUSED}, /* these are of the installation */
    {"shortcut.icon", CONF_UNUSED},
    {"shortcut.enabled", CONF_UNUSED},
    {"windowsterminal.profileTemplate", CONF_UNUSED},
    {"windowsterminal.enabled", CONF_UNUSED},
};

static int text_read(struct contract_root *root, const char *path, char **text, struct error *err)
{
    size_t n;
    return root->read(root, path, CONTRACT_FILE_BYTES_MAX, text, &n, err);
}

static int exists(struct contract_root *root, const char *path, bool *yes, struct error *err)
{
    AUTO_FREE char *text = NULL;
    size_t n;
    if (root->read(root, path, 1, &text, &n, err) < 0)
        return -1;
    *yes = text != NULL;
    return 0;
}

static int conf_read(struct contract_root *root, const char *path, const struct conf_key *keys,
                     size_t n, struct conf_value *values, struct events *events, struct error *err)
{
    AUTO_FREE char *text = NULL;
    if (text_read(root, path, &text, err) < 0)
        return -1;
    return text ? conf_parse(text, path, keys, n, values, events, err) : 0;
}

/* The value as text where there is one that says something. */
static char *text_take(struct conf_value *value)
{
    return value->given && value->text[0] ? steal(&value->text) : NULL;
}

static bool yes(const struct conf_value *value, bool otherwise)
{
    return value->given ? value->number : otherwise;
}

/* ---- what is done before anything runs ---- */

static int systemd_decide(struct contract *out, struct contract_root *root,
                          const struct run_request *request, const struct contract_host *host,
                          const struct conf_value *values, struct error *err)
{
    bool there;
    if (!yes(&values[WSL_BOOT_SYSTEMD], false))
        return 0;
    if (!host->backend_vm) {
        event_warning(request->events, "%s asks for systemd, which only the VM backend has",
                      wsl_conf);
        return 0;
    }
    if (exists(root, "/sbin/init", &there, err) < 0)
        return -1;
    if (!there)
        event_warning(request->events, "%s asks for systemd, and there is no /sbin/init", wsl_conf);
    out->systemd = there;
    return 0;
}

static int timezone_decide(struct contract *out, struct contract_root *root, const char *timezone,
                           struct error *err)
{
    AUTO_FREE char *path = NULL;
    bool there;
    if (!timezone || strstr(timezone, ".."))
        return 0;
    if (asprintf(&path, "/usr/share/zoneinfo/%s", timezone) < 0)
        return error_no_memory(err);
    if (exists(root, path, &there, err) < 0)
        return -1;
    if (there && !(out->timezone = strdup(timezone)))
        return error_no_memory(err);
    return 0;
}

/* "/mnt", of "/mnt/" too. */
static int mount_root_set(struct contract *out, struct conf_value *value, struct error *err)
{
    out->mount_root = text_take(value);
    if (out->mount_root && out->mount_root[0] != '/') {
        free(out->mount_root);
        out->mount_root = NULL;
    }
    if (!out->mount_root && !(out->mount_root = strdup("/mnt")))
        return error_no_memory(err);
    size_t n = strlen(out->mount_root);
    while (n > 0 && out->mount_root[n - 1] == '/')
        out->mount_root[--n] = '\0';
    return 0;
}

static int fstab_decide(struct contract *out, struct contract_root *root, struct error *err)
{
    AUTO_FREE char *fstab = NULL;
    if (text_read(root, "/etc/fstab", &fstab, err) < 0)
        return -1;
    for (const char *line = fstab; line && *line;) {
        line += strspn(line, " \t\r\n");
        out->mount_fstab |= *line && *line != '#';
        line += strcspn(line, "\n");
    }
    return 0;
}

static int lang_read(struct contract *out, struct contract_root *root, struct error *err)
{
    static const char *const paths[] = {"/etc/default/locale", "/etc/locale.conf"};
    for (size_t i = 0; i < array_length(paths) && !out->lang; i++) {
        AUTO_FREE char *text = NULL;
        if (text_read(root, paths[i], &text, err) < 0)
            return -1;
        if (text && contract_assignment(&out->lang, text, "LANG", err) < 0)
            return -1;
    }
    return 0;
}

static int wsl_conf_use(struct contract *out, struct contract_root *root,
                        const struct run_request *request, const struct contract_host *host,
                        struct conf_value *values, struct error *err)
{
    const struct conf_value *hostname = &values[WSL_NETWORK_HOSTNAME];
    const struct conf_value *mask = &values[WSL_FILESYSTEM_UMASK];
    const struct conf_value *timeout = &values[WSL_BOOT_INITTIMEOUT];
    contract_hostname(out->hostname,
                      hostname->given && hostname->text[0] ? hostname->text : host->hostname);
    if (yes(&values[WSL_NETWORK_GENERATEHOSTS], true) &&
        contract_hosts(&out->hosts, out->hostname, err) < 0)
        return -1;
    out->resolv_conf = yes(&values[WSL_NETWORK_GENERATERESOLVCONF], true);
    out->boot_command = text_take(&values[WSL_BOOT_COMMAND]);
    out->default_user = text_take(&values[WSL_USER_DEFAULT]);
    out->umask = mask->given ? (mode_t)mask->number & 0777 : UMASK_DEFAULT;
    out->init_timeout_ms = timeout->given && timeout->number <= INIT_TIMEOUT_MS_MAX
                               ? (unsigned)timeout->number
                               : INIT_TIMEOUT_MS_DEFAULT;
    if (yes(&values[WSL_AUTOMOUNT_MOUNTFSTAB], true) && fstab_decide(out, root, err) < 0)
        return -1;
    if (yes(&values[WSL_TIME_USEWINDOWSTIMEZONE], true) &&
        timezone_decide(out, root, host->timezone, err) < 0)
        return -1;
    if (mount_root_set(out, &values[WSL_AUTOMOUNT_ROOT], err) < 0)
        return -1;
    return systemd_decide(out, root, request, host, values, err);
}

/* The first run is one that asks for a shell, and ends when it went well. */
static int first_run_read(struct contract *out, struct contract_root *root,
                          const struct run_request *request, struct error *err)
{
    struct conf_value values[array_length(distribution_keys)] = {0};
    out->first_run_uid = -1;
    if (!request->registration->run_oobe || request->argv[0])
        return 0;
    int rc = conf_read(root, distribution_conf, distribution_keys, array_length(values), values,
                       request->events, err);
    if (rc == 0) {
        out->first_run_command = text_take(&values[OOBE_COMMAND]);
        if (values[OOBE_DEFAULTUID].given && values[OOBE_DEFAULTUID].number < UINT32_MAX)
            out->first_run_uid = values[OOBE_DEFAULTUID].number;
    }
    conf_values_free(values, array_length(values));
    return rc;
}

int contract_read(struct contract *out, struct contract_root *root,
                  const struct run_request *request, const struct contract_host *host,
                  struct error *err)
{
    struct conf_value values[array_length(wsl_keys)] = {0};
    *out = (struct contract){0};
    int rc =
        conf_read(root, wsl_conf, wsl_keys, array_length(values), values, request->events, err);
    if (rc == 0)
        rc = wsl_conf_use(out, root, request, host, values, err);
    conf_values_free(values, array_length(values));
    if (rc < 0)
        return -1;
    return lang_read(out, root, err) < 0 ? -1 : first_run_read(out, root, request, err);
}

int contract_architecture(struct contract_root *root, struct error *err)
{
    AUTO_FREE char *head = NULL;
    size_t n;
    if (root->read(root, "/bin/sh", MACHINE_HEAD_BYTES, &head, &n, err) < 0)
        return -1;
    const char *found = head ? machine_of_elf(head, n) : NULL;
    const char *host = architecture_host();
    if (!found || strcmp(found, host) == 0)
        return 0;
    return error_set(err, ERROR_UNSUPPORTED,
                     "its programs are for %s, and this machine runs those for %s: /bin/sh says "
                     "so; run it on a machine for %s, or install the distribution for %s",
                     found, host, found, host);
}

void contract_free(struct contract *contract)
{
    free(contract->hosts);
    free(contract->mount_root);
    free(contract->boot_command);
    free(contract->timezone);
    free(contract->first_run_command);
    free(contract->lang);
    free(contract->default_user);
    contract_command_free(contract);
}
