/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/verb_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/attributes.h"
#include "image/image.h"
#include "image/inside.h"

const struct cli_option mount_verb_options[] = {
    {"foreground", 'f', NULL, "stay until it is unmounted; Ctrl-C unmounts"},
    {"rw", 0, NULL, "let it be changed; IN stays as it is, and changes end with the mount"},
    {"save", 0, "OUT",
     "write the changed tree to OUT when it is unmounted (with --rw and "
     "--foreground)"},
    {"allow-other", 0, NULL, "let other users look into it too"},
    {"no-replay", 0, NULL, "refuse a disk that was not unmounted"},
    {"path", 0, "DIR", "where the tree begins on an NTFS volume"},
    {0},
};

static int mount_prepare(struct mount **out, const struct cli *cli, bool writable,
                         struct error *err)
{
    const struct mount_options options = {
        .open = {.events = cli->events,
                 .no_replay = cli_flag(cli, "no-replay"),
                 .volume_path = cli_value(cli, "path")},
        .writable = writable,
    };
    AUTO_MOUNT struct mount *mount = NULL;
    if (inside_refuse(cli->operands[0], cli->operands[1], err) < 0 ||
        mount_open(&mount, cli->operands[0], &options, err) < 0 ||
        mount_attach(mount, cli->operands[1], cli_flag(cli, "allow-other"), err) < 0)
        return -1;
    *out = steal(&mount);
    return 0;
}

/* ---- in the foreground ---- */

static int foreground_run(const struct cli *cli, const char *save, bool writable, struct error *err)
{
    const struct image_target target = {.path = save};
    AUTO_MOUNT struct mount *mount = NULL;
    if (mount_prepare(&mount, cli, writable, err) < 0 || mount_serve(mount, err) < 0)
        return -1;
    return save ? mount_save(mount, &target, cli->events, err) : 0;
}

/* ---- in the background ---- */

/* From now on nobody listens. */
static int streams_drop(struct error *err)
{
    int null AUTO_FD = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return error_errno(err, errno, "open /dev/null");
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (dup2(null, fd) < 0)
            return error_errno(err, errno, "leave the terminal");
    }
    return setsid() < 0 || chdir("/") < 0 ? error_errno(err, errno, "leave the terminal") : 0;
}

/* The process that serves: tells to the other end of report how mounting went, as a whole struct
 * error, and comes back when it is unmounted. */
static void background_serve(const struct cli *cli, int report, bool writable)
{
    AUTO_MOUNT struct mount *mount = NULL;
    struct error err = {0};
    bool mounted = mount_prepare(&mount, cli, writable, &err) == 0;
    if (write(report, &err, sizeof(err)) != (ssize_t)sizeof(err) || !mounted ||
        streams_drop(&err) < 0)
        return;
    close(report);
    (void)!mount_serve(mount, &err);
}

static int background_run(const struct cli *cli, bool writable, struct error *err)
{
    struct error reported;
    int ends[2];
    size_t n = 0;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, errno, "make a pipe");
    int from AUTO_FD = ends[0];
    int to AUTO_FD = ends[1];
    pid_t child = fork();
    if (child < 0)
        return error_errno(err, errno, "start a process in the background");
    if (child == 0) {
        background_serve(cli, to, writable);
        _exit(0);
    }
    close(to);
    to = -1;
    while (n < sizeof(reported)) {
        ssize_t got = read(from, (char *)&reported + n, sizeof(reported) - n);
        if (got == 0 || (got < 0 && errno != EINTR))
            return error_set(err, ERROR_INTERNAL, "the process in the background ended early");
        n += got > 0 ? (size_t)got : 0;
    }
    return reported.code ? error_set(err, reported.code, "%s", reported.text) : 0;
}

int mount_verb_run(struct cli *cli, struct error *err)
{
    const char *save = cli_value(cli, "save");
    bool foreground = cli_flag(cli, "foreground"), writable = cli_flag(cli, "rw");

    if (save && !(writable && foreground))
        return error_set(err, ERROR_USAGE,
                         "--save writes what was changed, and tells how that went: give --rw and "
                         "--foreground with it");
    if (save && image_target_check(&(struct image_target){.path = save}, err) < 0)
        return -1;
    return foreground ? foreground_run(cli, save, writable, err)
                      : background_run(cli, writable, err);
}
