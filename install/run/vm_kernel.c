/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/vm_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "core/le.h"
#include "core/paths.h"
#include "install/architecture.h"

/* The head of an x86 kernel; Documentation/arch/x86/boot.rst. */
enum {
    SETUP_MAGIC = 0x202,   /* "HdrS" */
    SETUP_VERSION = 0x20e, /* le16: where the version's text begins, less 0x200 */
    SETUP_BASE = 0x200,
    ARM64_MAGIC = 0x38, /* "ARM\x64"; Documentation/arch/arm64/booting.rst */
};

void kernel_free(struct kernel *kernel)
{
    free(kernel->path);
    if (kernel->image > 0)
        close(kernel->image);
    modules_free(&kernel->modules);
    *kernel = (struct kernel){.image = -1};
}

/* ---- its release ---- */

static bool has(const struct kernel *kernel, const char *magic, off_t offset)
{
    char found[8];
    ssize_t n = (ssize_t)strlen(magic);
    return pread(kernel->image, found, (size_t)n, offset) == n &&
           memcmp(found, magic, (size_t)n) == 0;
}

static bool has_setup(const struct kernel *kernel)
{
    return has(kernel, "HdrS", SETUP_MAGIC);
}

/* Whether it is what QEMU starts as a kernel, as far as that is known. */
static bool is_startable(const struct kernel *kernel)
{
    const char *host = architecture_host();
    if (strcmp(host, "amd64") == 0)
        return has_setup(kernel) || has(kernel, "\177ELF", 0);
    if (strcmp(host, "arm64") == 0) /* plain, compressed by gzip, for EFI */
        return has(kernel, "ARMd", ARM64_MAGIC) || has(kernel, "\x1f\x8b", 0) ||
               has(kernel, "MZ", 0) || has(kernel, "\177ELF", 0);
    return true;
}

bool kernel_is_own(const struct kernel *kernel)
{
    return strcmp(architecture_host(), "amd64") != 0 || has_setup(kernel);
}

static bool release_read(struct kernel *kernel)
{
    struct le16 offset;
    if (!has_setup(kernel) ||
        pread(kernel->image, &offset, sizeof(offset), SETUP_VERSION) != sizeof(offset) ||
        le16_get(offset) == 0)
        return false;
    ssize_t n = pread(kernel->image, kernel->release, KERNEL_RELEASE_BYTES - 1,
                      SETUP_BASE + le16_get(offset));
    kernel->release[n > 0 ? n : 0] = '\0';
    kernel->release[strcspn(kernel->release, " ")] = '\0';
    return kernel->release[0] && !strchr(kernel->release, '/');
}

void kernel_name(struct kernel *kernel, const char *file_name)
{
    const char *dash = strchr(file_name, '-');
    if (!release_read(kernel))
        snprintf(kernel->release, sizeof(kernel->release), "%s", dash ? dash + 1 : "");
}

/* ---- its modules ---- */

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Where the modules of a kernel in a file lie: beside it, as in a package that was unpacked, or
 * below root. *out is NULL where they do not. */
static int modules_place(char **out, const struct kernel *kernel, const char *root,
                         struct error *err)
{
    AUTO_FREE char *parent = NULL;
    if (paths_parent(&parent, kernel->path, err) < 0)
        return -1;
    const struct {
        const char *before, *between;
    } places[] = {
        {parent, "/../lib/modules/"},
        {parent, "/../usr/lib/modules/"},
        {parent, "/../"}, /* the kernel itself lies in it */
        {root, "/lib/modules/"},
        {root, "/usr/lib/modules/"},
    };
    *out = NULL;
    for (size_t i = 0; i < array_length(places) && kernel->release[0]; i++) {
        AUTO_FREE char *path = NULL;
        if (asprintf(&path, "%s%s%s", places[i].before, places[i].between, kernel->release) < 0)
            return error_no_memory(err);
        if (is_directory(path)) {
            *out = steal(&path);
            return 0;
        }
    }
    return 0;
}

static int modules_find(struct kernel *kernel, const char *root, struct error *err)
{
    AUTO_FREE char *directory = NULL;
    struct module_directory store = {0};
    if (modules_place(&directory, kernel, root, err) < 0 ||
        (directory && modules_scan(&kernel->modules, &store, directory, err) < 0))
        return -1;
    return modules_choose(&kernel->modules, &store.reader, kernel->path, &kernel->network, err);
}

/* ---- where it is ---- */

static int kernel_open(struct kernel *out, const char *path, const char *root, struct error *err)
{
    struct stat st;
    if (paths_absolute(&out->path, path, err) < 0)
        return -1;
    out->image = open(path, O_RDONLY | O_CLOEXEC);
    if (out->image < 0 || fstat(out->image, &st) < 0)
        return error_errno(err, errno, "open the kernel %s", path);
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERROR_WRONG_KIND, "%s is no file, so it is no kernel", path);
    if (!is_startable(out))
        return error_set(err, ERROR_WRONG_KIND,
                         "%s is no Linux kernel for %s; name one: --kernel "
                         "FILE",
                         path, architecture_host());
    kernel_name(out, paths_base(path));
    return modules_find(out, root, err);
}

/* The newest of the files that a pattern finds and that can be read; *out is NULL where none can.
 */
static int newest(char **out, const char *root, const char *pattern, struct error *err)
{
    AUTO_FREE char *whole = NULL;
    glob_t found;
    *out = NULL;
    if (asprintf(&whole, "%s%s", root, pattern) < 0)
        return error_no_memory(err);
    if (glob(whole, 0, NULL, &found) != 0)
        return 0;
    const char *best = NULL;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i];
        if (access(path, R_OK) == 0 && (!best || strverscmp(path, best) > 0))
            best = path;
    }
    *out = best ? strdup(best) : NULL;
    globfree(&found);
    return best && !*out ? error_no_memory(err) : 0;
}

int kernel_from_host(struct kernel *out, const char *root, struct error *err)
{
    struct utsname running;
    char of_running[sizeof(running.release) + 32];
    uname(&running);
    snprintf(of_running, sizeof(of_running), "/boot/vmlinuz-%s", running.release);
    const char *const patterns[] = {of_running, "/boot/vmlinuz-*", "/lib/modules/*/vmlinuz"};
    for (size_t i = 0; i < array_length(patterns); i++) {
        AUTO_FREE char *path = NULL;
        if (newest(&path, root, patterns[i], err) < 0)
            return -1;
        if (path)
            return kernel_open(out, path, root, err) < 0 ? -1 : 1;
    }
    return 0;
}

int kernel_find(struct kernel *out, const char *file, const char *disk, const char *root,
                const struct vm_architecture *architecture, struct error *err)
{
    *out = (struct kernel){.image = -1};
    if (file)
        return kernel_open(out, file, root, err);
    int rc = kernel_from_disk(out, disk, err);
    if (rc == 0)
        rc = kernel_from_host(out, root, err);
    if (rc == 0)
        return error_set(err, ERROR_NOT_FOUND,
                         "there is no kernel for a VM: neither the distribution nor this machine "
                         "has one in /boot that can be read; install %s, or name one: --kernel "
                         "FILE",
                         architecture->kernel);
    return rc < 0 ? -1 : 0;
}
