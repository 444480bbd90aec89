/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/vm_host.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/atomic_file.h"
#include "core/paths.h"
#include "install/architecture.h"
#include "install/text.h"

enum {
    CPUINFO_BYTES_MAX = 4 << 20,
    BOOT_ID_BYTES_MAX = 64,
};

static const char boot_id[] = "/proc/sys/kernel/random/boot_id";

/* A file of /proc has no length of its own. */
static size_t proc_read(const char *path, char *text, size_t room)
{
    FILE *file = fopen(path, "re");
    size_t n = file ? fread(text, 1, room - 1, file) : 0;
    text[n] = '\0';
    if (file)
        fclose(file);
    return n;
}

void vm_host_facts(struct vm_host_facts *out)
{
    static const char zoneinfo[] = "/zoneinfo/";
    char link[PATH_MAX];
    *out = (struct vm_host_facts){0};
    if (gethostname(out->hostname, sizeof(out->hostname) - 1) < 0)
        out->hostname[0] = '\0';
    out->hostname[strcspn(out->hostname, ".")] = '\0';
    ssize_t n = readlink("/etc/localtime", link, sizeof(link) - 1);
    link[n > 0 ? n : 0] = '\0';
    const char *zone = strstr(link, zoneinfo);
    if (zone)
        snprintf(out->timezone, sizeof(out->timezone), "%s", zone + sizeof(zoneinfo) - 1);
}

uint64_t vm_host_memory(void)
{
    return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

unsigned vm_host_cpus(void)
{
    return (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
}

/* ---- QEMU ---- */

static bool is_in_path(const char *program)
{
    const char *path = getenv("PATH");
    while (path && *path) {
        size_t n = strcspn(path, ":");
        AUTO_FREE char *file = NULL;
        if (asprintf(&file, "%.*s/%s", (int)n, path, program) < 0)
            return false;
        if (access(file, X_OK) == 0)
            return true;
        path += n + (path[n] == ':');
    }
    return false;
}

int vm_host_check(const struct vm_architecture *architecture, struct error *err)
{
    if (!architecture)
        return error_set(err, ERROR_UNSUPPORTED, "there is no VM for %s; amd64 and arm64 have one",
                         architecture_host());
    if (!is_in_path(architecture->qemu))
        return error_set(err, ERROR_NOT_FOUND,
                         "%s is not installed, and a distribution with an ext4 disk runs in it; "
                         "install %s",
                         architecture->qemu, architecture->package);
    return 0;
}

/* ---- KVM ---- */

/* A word of the processor's flags; other architectures do not list it. */
static bool processor_has(const char *text, const char *flag)
{
    const char *found = strstr(text, flag);
    size_t n = strlen(flag);
    return found && found[-1] == ' ' && (found[n] == ' ' || found[n] == '\n');
}

static int kvm_note(char **out, struct error *err)
{
    AUTO_FREE char *state = NULL;
    if (paths_state(&state, err) < 0)
        return -1;
    return paths_join(out, state, "kvm-failed", err);
}

/* The note names the boot that it is about. */
static bool kvm_failed(void)
{
    struct error ignored;
    char now[BOOT_ID_BYTES_MAX];
    AUTO_FREE char *path = NULL;
    AUTO_FREE char *text = NULL;
    size_t n;
    return proc_read(boot_id, now, sizeof(now)) > 0 && kvm_note(&path, &ignored) == 0 &&
           text_read_file(&text, &n, path, sizeof(now), &ignored) == 0 && strcmp(text, now) == 0;
}

bool vm_host_has_kvm(void)
{
    bool x86 = strcmp(architecture_host(), "amd64") == 0;
    if (access("/dev/kvm", R_OK | W_OK) < 0)
        return false;
    if (x86) {
        AUTO_FREE char *text = malloc(CPUINFO_BYTES_MAX);
        if (!text || proc_read("/proc/cpuinfo", text, CPUINFO_BYTES_MAX) == 0 ||
            (!processor_has(text, "vmx") && !processor_has(text, "svm")))
            return false;
    }
    return !kvm_failed();
}

void vm_host_kvm_forget(void)
{
    struct error ignored;
    char now[BOOT_ID_BYTES_MAX];
    AUTO_FREE char *path = NULL;
    AUTO_FREE char *directory = NULL;
    size_t n = proc_read(boot_id, now, sizeof(now));
    /* Without the note, the next start finds out again. */
    if (kvm_note(&path, &ignored) == 0 && paths_parent(&directory, path, &ignored) == 0 &&
        paths_make(directory, 0700, &ignored) == 0)
        (void)!atomic_write(path, now, n, ATOMIC_REPLACE | ATOMIC_NO_SYNC, &ignored);
}
