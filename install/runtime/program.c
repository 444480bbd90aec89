/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/runtime/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "core/cancel.h"
#include "core/paths.h"

enum {
    POLL_MS = 50,
    PIECE = 65536,
};

int program_find(char **out, const char *name, struct error *err)
{
    const char *search = getenv("PATH");
    *out = NULL;
    for (const char *at = search ? search : ""; *at;) {
        size_t n = strcspn(at, ":");
        AUTO_FREE char *directory = n ? strndup(at, n) : strdup(".");
        AUTO_FREE char *path = NULL;
        if (!directory)
            return error_no_memory(err);
        if (paths_join(&path, directory, name, err) < 0)
            return -1;
        if (access(path, X_OK) == 0) {
            *out = steal(&path);
            return 0;
        }
        at += n + (at[n] == ':');
    }
    return 0;
}

void program_result_free(struct program_result *result)
{
    free(result->bytes);
    *result = (struct program_result){0};
}

/* ---- starting ---- */

struct environment {
    char **list; /* up to a NULL; the first two are ours */
    char *wslenv, *utf8;
};

static void environment_free(struct environment *environment)
{
    free(environment->list);
    free(environment->wslenv);
    free(environment->utf8);
}

/* Our environment with WSL_UTF8=1, which WSLENV passes on to Windows. */
static int environment_make(struct environment *out, struct error *err)
{
    const char *passed = getenv("WSLENV");
    size_t n = 0, kept = 2;
    while (environ[n])
        n++;
    out->list = calloc(n + 3, sizeof(*out->list));
    out->utf8 = strdup("WSL_UTF8=1");
    if (asprintf(&out->wslenv, "WSLENV=%s%sWSL_UTF8", passed ? passed : "",
                 passed && *passed ? ":" : "") < 0)
        out->wslenv = NULL;
    if (!out->list || !out->utf8 || !out->wslenv)
        return error_no_memory(err);
    out->list[0] = out->wslenv;
    out->list[1] = out->utf8;
    for (size_t i = 0; i < n; i++) {
        if (strncmp(environ[i], "WSLENV=", 7) != 0 && strncmp(environ[i], "WSL_UTF8=", 9) != 0)
            out->list[kept++] = environ[i];
    }
    return 0;
}

/* Its own name and its arguments, as posix_spawn() wants them. */
static char **words_make(const struct program_run *run, struct error *err)
{
    size_t n = 0;
    while (run->arguments[n])
        n++;
    char **words = calloc(n + 2, sizeof(*words));
    bool whole = words && (words[0] = strdup(run->path));
    for (size_t i = 0; whole && i < n; i++)
        whole = (words[i + 1] = strdup(run->arguments[i]));
    if (!whole)
        error_no_memory(err);
    return words;
}

static void words_free(char ***words)
{
    for (char **word = *words; word && *word; word++)
        free(*word);
    free(*words);
}

/* It gets a process group of its own, so that it can be killed with what it started. */
static int spawn(pid_t *pid, const struct program_run *run, char **words, char **environment,
                 int output)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    int rc = posix_spawn_file_actions_init(&files);
    if (rc)
        return rc;
    rc = posix_spawnattr_init(&attributes);
    if (rc) {
        posix_spawn_file_actions_destroy(&files);
        return rc;
    }
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    rc = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!rc)
        rc = posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    if (!rc && run->quiet)
        rc = posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!rc)
        rc = posix_spawn(pid, run->path, &files, &attributes, words, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return rc;
}

static int start(pid_t *pid, int *output, const struct program_run *run, struct error *err)
{
    CLEANUP(environment_free) struct environment environment = {0};
    CLEANUP(words_free) char **words = words_make(run, err);
    int ends[2];
    if (!words || !words[0] || environment_make(&environment, err) < 0)
        return -1;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, errno, "make a pipe");
    AUTO_FD int from = ends[0];
    AUTO_FD int to = ends[1];
    int rc = spawn(pid, run, words, environment.list, to);
    if (rc)
        return error_errno(err, rc, "run %s", run->path);
    *output = steal_fd(&from);
    return 0;
}

/* ---- hearing it ---- */

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int late(const struct program_run *run, struct error *err)
{
    return error_set(err, ERROR_IO, "%s %s did not come back in %u seconds and was ended; %s",
                     paths_base(run->path), run->arguments[0], run->seconds, run->hint);
}

static int take(struct program_result *out, int fd, bool *end, struct error *err)
{
    char *bytes = realloc(out->bytes, out->n + PIECE + 1);
    if (!bytes)
        return error_no_memory(err);
    out->bytes = bytes;
    ssize_t got = read(fd, bytes + out->n, PIECE);
    if (got < 0 && errno != EINTR && errno != EAGAIN)
        return error_errno(err, errno, "read what a program writes");
    *end = got == 0;
    if (got > 0 && out->n < PROGRAM_OUTPUT_MAX)
        out->n += (size_t)got;
    bytes[out->n] = '\0';
    return 0;
}

static int hear(struct program_result *out, int fd, const struct program_run *run,
                long long deadline, struct error *err)
{
    for (bool end = false; !end;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int n = poll(&ready, 1, POLL_MS);
        if (cancel_check(err) < 0)
            return -1;
        if (now_ms() >= deadline)
            return late(run, err);
        if (n > 0 && take(out, fd, &end, err) < 0)
            return -1;
    }
    return 0;
}

/* It may close its output and go on. */
static int wait_for(pid_t pid, int *status, const struct program_run *run, long long deadline,
                    struct error *err)
{
    const struct timespec pause = {.tv_nsec = 1000000L};
    for (;;) {
        pid_t done = waitpid(pid, status, WNOHANG);
        if (done == pid)
            return 0;
        if (done < 0 && errno != EINTR)
            return error_errno(err, errno, "wait for %s", run->path);
        if (cancel_check(err) < 0)
            return -1;
        if (now_ms() >= deadline)
            return late(run, err);
        nanosleep(&pause, NULL);
    }
}

int program_run(struct program_result *out, const struct program_run *run, struct error *err)
{
    CLEANUP(program_result_free) struct program_result result = {0};
    AUTO_FD int output = -1;
    pid_t pid;
    int status;
    long long deadline = now_ms() + run->seconds * 1000LL;
    if (start(&pid, &output, run, err) < 0)
        return -1;
    if (hear(&result, output, run, deadline, err) < 0 ||
        wait_for(pid, &status, run, deadline, err) < 0) {
        kill(-pid, SIGKILL);
        waitpid(pid, NULL, 0);
        return -1;
    }
    result.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    *out = result;
    result = (struct program_result){0};
    return 0;
}
