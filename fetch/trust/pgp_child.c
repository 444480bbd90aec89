/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/pgp_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "core/cancel.h"
#include "fetch/trust/librnp.h"

enum {
    REPLY_MAGIC = 0x50475031,
    DRAIN_BYTES = 64 << 10,
};

/* What the child sends; text_n bytes of text follow. */
struct reply {
    uint32_t magic;
    struct pgp_findings findings;
    uint64_t text_n;
};

/* ---- in the child ---- */

static void limit(__rlimit_resource_t what, rlim_t most)
{
    struct rlimit now;
    if (getrlimit(what, &now) < 0 || now.rlim_max < most)
        return;
    setrlimit(what, &(struct rlimit){most, most});
}

/* What the program has mapped already, sanitizers' shadow included. */
static rlim_t mapped_bytes(void)
{
    unsigned long long pages = 0;
    char text[64] = "";
    AUTO_FD int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0 || sscanf(text, "%llu", &pages) != 1)
        return RLIM_INFINITY;
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void fence(int *socket, uint64_t input_size)
{
    rlim_t mapped = mapped_bytes();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    for (int fd = 0; fd <= 2; fd++) {
        int null = open("/dev/null", O_RDWR);
        if (null < 0)
            close(fd);
        if (null >= 0 && null != fd) {
            dup2(null, fd);
            close(null);
        }
    }
    /* The socket goes to the first free place, everything behind it is closed. */
    if (*socket != 3 && dup2(*socket, 3) == 3)
        *socket = 3;
    close_range(4, ~0U, 0);
    if (mapped != RLIM_INFINITY)
        limit(RLIMIT_AS, mapped + PGP_CHILD_MEMORY_BYTES);
    limit(RLIMIT_CPU, PGP_CHILD_CPU_SECONDS + input_size / PGP_CHILD_BYTES_A_SECOND);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_CORE, 0);
    /* Nothing here is secret: librnp's Botan needs no pool of locked pages, whose making takes
     * longer than all the rest. */
    limit(RLIMIT_MEMLOCK, 0);
}

static ssize_t read_socket(void *context, void *buf, size_t n)
{
    const int *socket = context;
    ssize_t got;
    do
        got = recv(*socket, buf, n, 0);
    while (got < 0 && errno == EINTR);
    return got;
}

/* Takes what librnp left; an answer to somebody who still sends might be lost. How much it was. */
static size_t drain(int *socket)
{
    char scrap[DRAIN_BYTES];
    size_t left = 0;
    ssize_t n;
    while ((n = read_socket(socket, scrap, sizeof(scrap))) > 0)
        left += (size_t)n;
    return left;
}

static bool send_all(int socket, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t sent = send(socket, at, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* A detached signature that was checked without all of the input covers something else. */
static _Noreturn void child_main(const struct pgp_job *given, int socket, uint64_t input_size)
{
    struct reply reply = {.magic = REPLY_MAGIC};
    struct pgp_job job = *given;
    uint8_t *text;
    size_t text_n;
    fence(&socket, input_size);
    job.read = read_socket;
    job.context = &socket;
    if (pgp_engine_run(&job, &reply.findings, &text, &text_n) < 0)
        _exit(1);
    if (drain(&socket) > 0 && job.detached)
        _exit(1);
    reply.text_n = text_n;
    _exit(send_all(socket, &reply, sizeof(reply)) && send_all(socket, text, text_n) ? 0 : 1);
}

/* ---- in the program ---- */

int pgp_child_start(struct pgp_child *out, const struct pgp_job *job, uint64_t input_size,
                    struct error *err)
{
    int pair[2];
    *out = (struct pgp_child){.socket = -1, .text_max = job->text_max};
    if (librnp_load(err) < 0)
        return -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return error_errno(err, errno, "make a pair of sockets");
    const struct timeval stall = {.tv_sec = PGP_CHILD_STALL_SECONDS};
    setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &stall, sizeof(stall));

    pid_t pid = fork();
    if (pid == 0)
        child_main(job, pair[1], input_size);
    close(pair[1]);
    if (pid < 0) {
        int errnum = errno;
        close(pair[0]);
        return error_errno(err, errnum, "start a process to verify in");
    }
    out->pid = pid;
    out->socket = pair[0];
    return 0;
}

static int hangs(struct error *err)
{
    return error_set(err, ERROR_VERIFY,
                     "checking the signature took longer than %d seconds; it is not trusted",
                     PGP_CHILD_STALL_SECONDS);
}

int pgp_child_feed(struct pgp_child *child, const void *bytes, size_t n, struct error *err)
{
    const char *at = bytes;
    while (n > 0 && !child->deaf) {
        if (cancel_check(err) < 0)
            return -1;
        ssize_t sent = send(child->socket, at, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return hangs(err);
        /* It has died, which pgp_child_finish() will tell. */
        child->deaf = sent < 0;
        if (sent > 0) {
            at += sent;
            n -= (size_t)sent;
        }
    }
    return 0;
}

/* 1: all n bytes, 0: the child ended before. */
static int receive_all(struct pgp_child *child, void *buf, size_t n, struct error *err)
{
    char *to = buf;
    while (n > 0) {
        if (cancel_wait_readable(child->socket, err) < 0)
            return -1;
        ssize_t got = recv(child->socket, to, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return 0;
        to += got;
        n -= (size_t)got;
    }
    return 1;
}

static int gave_up(struct pgp_child *child, struct error *err)
{
    int status = 0;
    pid_t pid = child->pid;
    child->pid = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFSIGNALED(status))
        return error_set(
            err, ERROR_VERIFY,
            "checking the signature was stopped (%s): it takes more than the limits of "
            "time or memory; it is not trusted",
            strsignal(WTERMSIG(status)));
    return error_set(err, ERROR_VERIFY, "it cannot be read as OpenPGP; it is not trusted");
}

/* The child is not believed more than needed: texts end, numbers stay in range. */
static bool is_sound(struct reply *reply, size_t text_max)
{
    if (reply->magic != REPLY_MAGIC || reply->findings.n > PGP_SIGNATURES_MAX ||
        reply->text_n > text_max)
        return false;
    for (size_t i = 0; i < reply->findings.n; i++) {
        struct pgp_finding *one = &reply->findings.of[i];
        one->fingerprint[sizeof(one->fingerprint) - 1] = '\0';
        one->primary[sizeof(one->primary) - 1] = '\0';
        one->type[sizeof(one->type) - 1] = '\0';
        one->hash[sizeof(one->hash) - 1] = '\0';
        one->algorithm[sizeof(one->algorithm) - 1] = '\0';
    }
    return true;
}

int pgp_child_finish(struct pgp_child *child, struct pgp_findings *out, uint8_t **text,
                     size_t *text_n, struct error *err)
{
    struct reply reply;
    shutdown(child->socket, SHUT_WR);
    int rc = receive_all(child, &reply, sizeof(reply), err);
    if (rc < 0)
        return -1;
    if (rc == 0 || !is_sound(&reply, child->text_max))
        return gave_up(child, err);

    AUTO_FREE uint8_t *bytes = malloc(reply.text_n + 1);
    if (!bytes)
        return error_no_memory(err);
    rc = receive_all(child, bytes, reply.text_n, err);
    if (rc <= 0)
        return rc < 0 ? -1 : gave_up(child, err);
    bytes[reply.text_n] = '\0';
    *out = reply.findings;
    *text = steal(&bytes);
    *text_n = reply.text_n;
    return 0;
}

void pgp_child_stop(struct pgp_child *child)
{
    if (child->socket >= 0)
        close(child->socket);
    child->socket = -1;
    if (child->pid <= 0)
        return;
    kill(child->pid, SIGKILL);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    child->pid = 0;
}
