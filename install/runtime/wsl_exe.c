/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/runtime/wsl_exe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "core/paths.h"
#include "install/runtime/program.h"
#include "install/runtime/utf16.h"
#include "install/text.h"

enum {
    SECONDS = 60,
    SECONDS_MAX = 86400,
    SLOW_FACTOR = 100,
    EXIT_LAUNCH = 1,   /* of interop: it could not be started */
    EXIT_FAILED = 255, /* -1 */
};

/* ---- where it is ---- */

static int find_wsl(char **out, struct error *err)
{
    const char *named = getenv("LXKIT_WSL_EXE");
    if (named && *named)
        return access(named, X_OK) == 0 ? text_set(out, named, err)
                                        : error_errno(err, errno, "run $LXKIT_WSL_EXE, %s", named);
    if (program_find(out, "wsl.exe", err) < 0)
        return -1;
    if (*out)
        return 0;
    return error_set(err, ERROR_NOT_FOUND,
                     "wsl.exe is not found; this works inside WSL only, with interop on "
                     "([interop] enabled and appendWindowsPath in /etc/wsl.conf); say where it is "
                     "with LXKIT_WSL_EXE, or use --runtime local");
}

static int find_reg(char **out, struct error *err)
{
    AUTO_FREE char *wsl = NULL, *directory = NULL, *beside = NULL;
    if (find_wsl(&wsl, err) < 0 || paths_parent(&directory, wsl, err) < 0 ||
        paths_join(&beside, directory, "reg.exe", err) < 0)
        return -1;
    if (access(beside, X_OK) == 0)
        return text_set(out, beside, err);
    if (program_find(out, "reg.exe", err) < 0)
        return -1;
    if (*out)
        return 0;
    return error_set(err, ERROR_NOT_FOUND,
                     "reg.exe is not found, neither beside %s nor in the search path; it lies in "
                     "System32: add that to PATH",
                     wsl);
}

static bool is_wsl(void)
{
    struct utsname name;
    return getenv("WSL_DISTRO_NAME") || getenv("WSL_INTEROP") ||
           (uname(&name) == 0 && strcasestr(name.release, "microsoft"));
}

bool wsl_surrounds(const char **why)
{
    AUTO_FREE char *program = NULL;
    if (!is_wsl()) {
        *why = "this is not inside WSL";
        return false;
    }
    bool found = find_wsl(&program, NULL) == 0;
    *why = found ? "this is inside WSL, and wsl.exe is at hand"
                 : "this is inside WSL, but there is no wsl.exe to run";
    return found;
}

int wsl_check(struct error *err)
{
    AUTO_FREE char *program = NULL;
    return find_wsl(&program, err);
}

/* ---- what it says ---- */

/* The last part of "Error code: Wsl/Service/RegisterDistro/WSL_E_IMPORT_FAILED"; "" without. */
static void find_code(const char *text, char *code, size_t size)
{
    static const char label[] = "Error code: ";
    const char *line = strstr(text, label);
    *code = '\0';
    if (!line)
        return;
    line += strlen(label);
    size_t n = strcspn(line, "\n"), from = n;
    while (n > 0 && line[n - 1] == ' ')
        n--;
    for (from = n; from > 0 && line[from - 1] != '/';)
        from--;
    snprintf(code, size, "%.*s", (int)(n - from), line + from);
}

static const struct {
    const char *name, *number; /* it says one or the other */
    enum error_code code;
} codes[] = {
    {"WSL_E_DISTRO_NOT_FOUND", "0x80040302", ERROR_NOT_FOUND},
    {"WSL_E_WSL1_NOT_SUPPORTED", "0x80040303", ERROR_UNSUPPORTED},
    {"WSL_E_VM_MODE_NOT_SUPPORTED", "0x80040304", ERROR_UNSUPPORTED},
    {"WSL_E_EXPORT_FAILED", "0x8004030a", ERROR_IO},
    {"WSL_E_IMPORT_FAILED", "0x8004030b", ERROR_DAMAGED},
    {"WSL_E_DISTRO_NOT_STOPPED", "0x8004030c", ERROR_BUSY},
    {"WSL_E_FS_UPGRADE_NEEDED", "0x80040311", ERROR_UNSUPPORTED},
    {"WSL_E_USER_VHD_ALREADY_ATTACHED", "0x80040312", ERROR_BUSY},
    {"WSL_E_VM_MODE_INVALID_STATE", "0x80040313", ERROR_UNSUPPORTED},
    {"WSL_E_WSL2_NEEDED", "0x8004031c", ERROR_UNSUPPORTED},
    {"WSL_E_NOT_A_LINUX_DISTRO", "0x80040326", ERROR_NOT_A_DISTRIBUTION},
    {"WSL_E_DISK_MOUNT_DISABLED", "0x8004032b", ERROR_UNSUPPORTED},
    {"WSL_E_WSL1_DISABLED", "0x8004032c", ERROR_UNSUPPORTED},
    {"WSL_E_VIRTUAL_MACHINE_PLATFORM_REQUIRED", "0x8004032d", ERROR_UNSUPPORTED},
    {"WSL_E_DISK_CORRUPTED", "0x8004032f", ERROR_DAMAGED},
    {"ERROR_ALREADY_EXISTS", "0x800700b7", ERROR_EXISTS},
    {"ERROR_FILE_EXISTS", "0x80070050", ERROR_EXISTS},
    {"ERROR_SHARING_VIOLATION", "0x80070020", ERROR_BUSY},
    {"E_ILLEGAL_STATE_CHANGE", "0x8000000d", ERROR_BUSY},
    {"ERROR_FILE_NOT_FOUND", "0x80070002", ERROR_NOT_FOUND},
    {"ERROR_PATH_NOT_FOUND", "0x80070003", ERROR_NOT_FOUND},
    {"E_ACCESSDENIED", "0x80070005", ERROR_DENIED},
    {"ERROR_DISK_FULL", "0x80070070", ERROR_NO_SPACE},
};

static enum error_code meaning(const char *code)
{
    for (size_t i = 0; i < array_length(codes); i++) {
        if (strcasecmp(code, codes[i].name) == 0 || strcasecmp(code, codes[i].number) == 0)
            return codes[i].code;
    }
    return ERROR_IO;
}

static int failed(const struct wsl_call *call, const char *text, int status, struct error *err)
{
    const char *verb = call->arguments[0];
    char code[64];
    text += strspn(text, "\n ");
    int n = (int)strcspn(text, "\n");
    find_code(text, code, sizeof(code));
    if (*code)
        return error_set(err, meaning(code), "wsl.exe %s: %.*s (%s)", verb, n, text, code);
    if (status == EXIT_LAUNCH)
        return error_set(err, ERROR_IO,
                         "wsl.exe %s could not be started by interop%s%.*s; try it by hand: "
                         "wsl.exe --status",
                         verb, n ? ": " : "", n, text);
    return error_set(err, ERROR_UNSUPPORTED,
                     "wsl.exe %s exited with %d%s%.*s; this WSL may be too old to know it: wsl.exe "
                     "--update",
                     verb, status, n ? " and says: " : "", n, text);
}

/* ---- running it ---- */

static unsigned patience(bool slow)
{
    const char *text = getenv("LXKIT_WSL_TIMEOUT");
    long seconds = text ? strtol(text, NULL, 10) : 0;
    if (seconds < 1 || seconds > SECONDS_MAX)
        seconds = SECONDS;
    return (unsigned)seconds * (slow ? SLOW_FACTOR : 1);
}

/* Its exit status and its words. */
static int run(int *status, char **text, const char *program, bool quiet,
               const struct wsl_call *call, struct error *err)
{
    CLEANUP(program_result_free) struct program_result result = {0};
    const struct program_run how = {
        .path = program,
        .arguments = call->arguments,
        .quiet = quiet,
        .seconds = patience(call->slow),
        .hint = "the service of WSL may be stuck: wsl.exe --shutdown, in Windows",
    };
    if (program_run(&result, &how, err) < 0 || windows_text(text, result.bytes, result.n, err) < 0)
        return -1;
    *status = result.status;
    return 0;
}

int wsl_run(char **out, const struct wsl_call *call, struct error *err)
{
    AUTO_FREE char *program = NULL, *text = NULL;
    int status;
    if (find_wsl(&program, err) < 0 || run(&status, &text, program, false, call, err) < 0)
        return -1;
    if (status != 0)
        return failed(call, text, status, err);
    if (out)
        *out = steal(&text);
    return 0;
}

int wsl_run_reg(const struct wsl_call *call, struct error *err)
{
    AUTO_FREE char *program = NULL, *text = NULL;
    int status;
    if (find_reg(&program, err) < 0 || run(&status, &text, program, true, call, err) < 0)
        return -1;
    if (status == 0)
        return 0;
    return error_set(err, ERROR_IO, "reg.exe %s %s exited with %d: %.*s", call->arguments[0],
                     call->arguments[1], status, (int)strcspn(text, "\n"), text);
}

int wsl_path(char **out, const char *how, const char *path, struct error *err)
{
    AUTO_FREE char *program = NULL, *text = NULL;
    const struct wsl_call call = {.arguments = {how, path}};
    int status;
    if (program_find(&program, "wslpath", err) < 0)
        return -1;
    if (!program)
        return error_set(err, ERROR_NOT_FOUND,
                         "wslpath is not found; it is a part of every distribution inside WSL");
    if (run(&status, &text, program, true, &call, err) < 0)
        return -1;
    text[strcspn(text, "\n")] = '\0';
    if (status != 0 || !*text)
        return error_set(err, ERROR_UNSUPPORTED, "wslpath %s '%s' exited with %d", how, path,
                         status);
    *out = steal(&text);
    return 0;
}
