/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The VM backend: a distribution's disk in QEMU, with our own init.
 *
 *     disk, kernel, modules -> initramfs -> QEMU -> the init says hello
 *       -> the disk is mounted -> what its files say is done (contract.h) -> the command
 *       -> the disk is made clean -> the machine goes off
 *
 * Nothing is written to the disk before the hello: a KVM that does not work is found out so, and
 * the machine is started again without it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "install/architecture.h"
#include "install/run/contract_text.h"
#include "install/run/run.h"
#include "install/run/vm_disk.h"
#include "install/run/vm_guest.h"
#include "install/run/vm_host.h"
#include "install/run/vm_initramfs.h"
#include "install/run/vm_kernel.h"
#include "install/run/vm_session.h"
#include "install/run/vm_terminal.h"

/* As WSL mounts a distribution's disk. */
#define MOUNT_OPTIONS "discard,errors=remount-ro,data=ordered"

enum {
    HELLO_WAIT_MS = 180000, /* of software emulation on a busy machine */
    HELLO_KVM_WAIT_MS = 5000,
    OFF_WAIT_MS = 60000,
    MOUNT_FSTAB_WAIT_MS = 30000,
    PROBE_WAIT_MS = 60000,
    SYNC_WAIT_MS = 60000,
};

/* ---- the machine ---- */

static int start(struct machine *machine, struct vm_plan *plan, int lock, struct error *err)
{
    int ends[2];
    char **arguments = NULL;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return error_errno(err, errno, "make a socket");
    plan->channel = ends[1];
    const int kept[] = {plan->kernel, plan->initramfs, plan->channel, lock};
    int rc = vm_plan_arguments(&arguments, plan, err);
    if (rc == 0)
        rc = machine_start(machine, arguments, ends[0], kept, array_length(kept), err);
    else
        close(ends[0]);
    close(ends[1]);
    vm_arguments_free(arguments);
    return rc;
}

/* 1: the init is there; 0: it is not, in time. */
static int hello(struct machine *machine, int timeout_ms, struct error *err)
{
    struct machine_frame frame;
    return machine_wait(machine, &frame, timeout_ms, err);
}

static int start_kvm(struct machine *machine, struct vm_plan *plan, int lock, struct error *err)
{
    struct error why;
    plan->kvm = true;
    int rc = start(machine, plan, lock, &why) < 0 ? -1 : hello(machine, HELLO_KVM_WAIT_MS, &why);
    if (rc > 0)
        return 1;
    machine_stop(machine);
    plan->kvm = false;
    if (rc < 0 && why.code == ERROR_INTERRUPTED)
        return error_set(err, why.code, "%s", why.text);
    vm_host_kvm_forget();
    return 0;
}

static int start_any(struct machine *machine, struct vm_plan *plan, int lock, struct error *err)
{
    if (vm_host_has_kvm()) {
        int rc = start_kvm(machine, plan, lock, err);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    int rc = start(machine, plan, lock, err) < 0 ? -1 : hello(machine, HELLO_WAIT_MS, err);
    if (rc == 0)
        return error_set(err, ERROR_IO, "the VM does not start: its init is silent for %d s",
                         HELLO_WAIT_MS / 1000);
    return rc < 0 ? -1 : 0;
}

/* ---- what is done before the command ---- */

/* A kernel may run other machines' programs, as amd64's does those of i386: it is asked. */
static int architecture_check(struct machine *machine, struct contract_root *root,
                              const struct contract *contract, struct error *err)
{
    struct error why;
    if (contract_architecture(root, err) == 0)
        return 0;
    return guest_shell(machine, contract, ":", FRAME_RUN_SILENT, PROBE_WAIT_MS, &why) == 0 ? 0 : -1;
}

/* As WSL does: the name server's file is on a file system in memory, and /etc leads to it. */
static int resolv_conf_make(struct machine *machine, const struct contract *contract,
                            struct error *err)
{
    AUTO_FREE char *directory = NULL;
    AUTO_FREE char *path = NULL;
    AUTO_FREE char *text = NULL;
    if (asprintf(&directory, "%s/wsl", contract->mount_root) < 0 ||
        asprintf(&path, "%s/resolv.conf", directory) < 0)
        return error_no_memory(err);
    if (contract_resolv_conf(&text, GUEST_NAMESERVER, err) < 0 ||
        guest_tmpfs(machine, directory, err) < 0 || guest_write(machine, path, 0644, text, err) < 0)
        return -1;
    return guest_link(machine, path, "/etc/resolv.conf", err);
}

static int timezone_make(struct machine *machine, const struct contract *contract,
                         struct error *err)
{
    AUTO_FREE char *target = NULL;
    AUTO_FREE char *line = NULL;
    if (asprintf(&target, "/usr/share/zoneinfo/%s", contract->timezone) < 0 ||
        asprintf(&line, "%s\n", contract->timezone) < 0)
        return error_no_memory(err);
    if (guest_link(machine, target, "/etc/localtime", err) < 0)
        return -1;
    return guest_write(machine, "/etc/timezone", 0644, line, err);
}

static int files_make(struct machine *machine, const struct contract *contract, struct error *err)
{
    char name[CONTRACT_HOSTNAME_BYTES + 1];
    snprintf(name, sizeof(name), "%s\n", contract->hostname);
    if (guest_hostname(machine, contract->hostname, err) < 0 ||
        guest_write(machine, "/etc/hostname", 0644, name, err) < 0)
        return -1;
    if (contract->hosts && guest_write(machine, "/etc/hosts", 0644, contract->hosts, err) < 0)
        return -1;
    if (contract->timezone && timezone_make(machine, contract, err) < 0)
        return -1;
    return contract->resolv_conf ? resolv_conf_make(machine, contract, err) : 0;
}

/* Until it has started what it starts, or the time is over. */
static int systemd_start(struct machine *machine, const struct contract *contract,
                         struct events *events, struct error *err)
{
    static const char wait[] = "until [ -S /run/systemd/private ]; do sleep 0.1; done; "
                               "exec systemctl is-system-running --wait";
    if (guest_init(machine, err) < 0)
        return -1;
    int rc =
        guest_shell(machine, contract, wait, FRAME_RUN_SILENT, (int)contract->init_timeout_ms, err);
    if (rc == RUN_SIGNALED + 9)
        event_warning(events, "systemd is still starting after %u ms (boot.initTimeout)",
                      contract->init_timeout_ms);
    return rc < 0 ? -1 : 0;
}

static int system_make(struct machine *machine, const struct contract *contract,
                       const struct run_request *request, struct error *err)
{
    struct error why;
    /* A full disk can still be entered, to make room. */
    if (files_make(machine, contract, &why) < 0)
        event_warning(request->events, "%s", why.text);
    if (contract->systemd && systemd_start(machine, contract, request->events, err) < 0)
        return -1;
    if (contract->mount_fstab) {
        int rc =
            guest_shell(machine, contract, "mount -a", FRAME_RUN_SILENT, MOUNT_FSTAB_WAIT_MS, err);
        if (rc < 0)
            return -1;
        if (rc > 0)
            event_warning(request->events, "not all of /etc/fstab can be mounted (mount -a: %d)",
                          rc);
    }
    return contract->boot_command ? guest_shell(machine, contract, contract->boot_command,
                                                FRAME_RUN_BACKGROUND, 0, err)
                                  : 0;
}

/* ---- the command ---- */

static int command_run(struct machine *machine, const struct contract *contract,
                       const struct run_request *request, int *status, struct error *err)
{
    struct guest_command command = {
        .uid = contract->uid,
        .gid = contract->gid,
        .umask = contract->umask,
        .groups = contract->groups,
        .n_groups = contract->n_groups,
        .cwd = contract->cwd,
        .env = contract->env,
        .file = contract->file,
        .argv = contract->argv,
        .flags = session_flags() | (request->cwd ? 0u : FRAME_RUN_ANYWHERE),
    };
    int number;
    terminal_size(&command.rows, &command.columns);
    int rc = guest_run(machine, &command, &number, err);
    if (rc == 0)
        return session_run(machine, command.flags, status, err);
    if (rc > 0) {
        bool absent = number == ENOENT || number == ENOTDIR;
        *status = absent ? RUN_NO_COMMAND : RUN_NOT_EXECUTABLE;
        event_warning(request->events, "%s: %s", contract->file,
                      absent ? "there is no such command" : strerror(number));
        return 0;
    }
    return -1;
}

/* The first shell of a new distribution waits until its first-run command has gone well. 0: go on;
 * 1: *status is to be the end. */
static int first_run(struct machine *machine, const struct contract *contract,
                     const struct run_request *request, int *status, struct error *err)
{
    struct guest_line line;
    struct guest_command command;
    int number;
    if (contract->first_run_command) {
        guest_line_command(&command, &line, contract, contract->first_run_command);
        command.flags = session_flags();
        terminal_size(&command.rows, &command.columns);
        int rc = guest_run(machine, &command, &number, err);
        if (rc > 0)
            *status = RUN_NO_COMMAND;
        if (rc < 0 || (rc == 0 && session_run(machine, command.flags, status, err) < 0))
            return -1;
        if (*status != 0) {
            run_first_failed(request, *status);
            return 1;
        }
        /* What it made is on the disk before the registry relies on it. */
        if (guest_shell(machine, contract, "sync", FRAME_RUN_SILENT, SYNC_WAIT_MS, err) < 0)
            return -1;
    }
    return run_first_run_done(request, contract->first_run_uid, err);
}

static int inside(struct machine *machine, const struct run_request *request, bool network,
                  int *status, struct error *err)
{
    AUTO_CONTRACT struct contract contract = {0};
    struct guest_root root;
    struct vm_host_facts facts;
    vm_host_facts(&facts);
    const struct contract_host host = {
        .hostname = facts.hostname,
        .timezone = facts.timezone[0] ? facts.timezone : NULL,
        .term = session_flags() ? getenv("TERM") : NULL,
        .backend_vm = true,
    };
    guest_root_init(&root, machine);
    if (guest_mount(machine, MOUNT_OPTIONS, err) < 0 ||
        contract_read(&contract, &root.root, request, &host, err) < 0 ||
        contract_command(&contract, &root.root, request, &host, -1, err) < 0 ||
        architecture_check(machine, &root.root, &contract, err) < 0 ||
        (network && guest_network(machine, err) < 0) ||
        system_make(machine, &contract, request, err) < 0)
        return -1;
    if (run_first_is_due(request, contract.first_run_command)) {
        int rc = first_run(machine, &contract, request, status, err);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
        if (contract_command(&contract, &root.root, request, &host, contract.first_run_uid, err) <
            0)
            return -1;
    }
    return command_run(machine, &contract, request, status, err);
}

/* Whatever became of the command, the disk is left clean. */
static int run_inside(struct machine *machine, const struct run_request *request, bool network,
                      int *status, struct error *err)
{
    struct error late;
    int rc = inside(machine, request, network, status, err);
    if (guest_off(machine, &late) < 0)
        machine_hang_up(machine);
    if (machine_wait_end(machine, OFF_WAIT_MS, &late) < 0 && rc == 0)
        event_warning(request->events, "the command is done, but %s", late.text);
    return rc;
}

static int run(const struct run_request *request, int *status, struct error *err)
{
    const struct vm_architecture *architecture = vm_architecture(architecture_host());
    AUTO_KERNEL struct kernel kernel = {.image = -1};
    AUTO_MACHINE struct machine machine = {0};
    AUTO_FD int initramfs = -1;
    struct vm_plan plan = {
        .architecture = architecture,
        .disk = request->disk,
        .ephemeral = request->ephemeral,
        .quiet = true,
        .memory_bytes =
            request->memory_bytes ? request->memory_bytes : vm_memory_default(vm_host_memory()),
        .cpus = request->cpus ? request->cpus : vm_cpus_default(vm_host_cpus()),
    };
    if (vm_host_check(architecture, err) < 0 ||
        vm_disk_prepare(request->disk, &plan.format, err) < 0 ||
        kernel_find(&kernel, request->kernel, request->disk, "", architecture, err) < 0 ||
        initramfs_make(&initramfs, &kernel.modules, err) < 0)
        return -1;
    plan.kernel = kernel.image;
    plan.initramfs = initramfs;
    plan.network = kernel.network;
    int rc = start_any(&machine, &plan, request->lock, err);
    if (rc < 0 && kernel.modules.n == 0)
        error_wrap(err,
                   "no modules of %s are beside it or in /lib/modules, so it must have virtio and "
                   "ext4 built in",
                   kernel.path);
    if (rc == 0)
        rc = run_inside(&machine, request, plan.network, status, err);
    machine_stop(&machine);
    if (vm_disk_finish(request->disk, err) < 0)
        return -1;
    return rc;
}

const struct run_backend run_vm = {.name = "VM", .run = run};
