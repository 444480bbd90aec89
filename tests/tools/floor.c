/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The floor of any job on a tar: read what is allocated of it once, write its payload once.
 *
 *     floor TAR             reads only
 *     floor TAR OUT         and writes every file's content to OUT, each padded to 4 KiB
 *     floor --sync TAR OUT  and flushes OUT
 *     floor --disk DISK              the same for a disk: reads what is allocated of the file
 *     floor --disk DISK OUT BYTES    and writes as many bytes as its files hold
 *     floor --tree DIRECTORY OUT     the same for a directory: reads every file, writes it to OUT
 *
 * scripts/bench divides by the time this takes. Nothing can make a disk image of the same files
 * with less work than this, so it does no more: reads and writes of 1 MiB, no decoding but the
 * sizes. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    TRANSFER_BYTES = 1 << 20,
    TAR_BLOCK = 512,
    FILE_SYSTEM_BLOCK = 4096,
    PAX_BYTES_MAX = 1 << 20,
};

/* The input, in order; holes are not read and yield zeros. */
struct input {
    int fd;
    off_t size;
    off_t offset;   /* of the byte after the buffer's last */
    off_t data_end; /* where the allocated run that offset lies in ends */
    uint64_t read;  /* bytes really read */
    size_t used, n;
    unsigned char bytes[TRANSFER_BYTES];
};

struct output {
    int fd; /* -1: nothing is written */
    uint64_t written;
    size_t n;
    unsigned char bytes[TRANSFER_BYTES];
};

/* Reads on from the next allocated byte. The zeros of a hole are made here. */
static bool input_fill(struct input *in)
{
    in->used = 0;
    if (in->offset >= in->size)
        return false;
    if (in->offset >= in->data_end) {
        off_t data = lseek(in->fd, in->offset, SEEK_DATA);
        if (data < 0 && errno == ENXIO)
            data = in->size; /* a hole to the end */
        if (data < 0)
            err(7, "seek");
        if (data > in->offset) {
            off_t gap = data - in->offset;
            in->n = gap < TRANSFER_BYTES ? (size_t)gap : TRANSFER_BYTES;
            memset(in->bytes, 0, in->n);
            in->offset += (off_t)in->n;
            return true;
        }
        in->data_end = lseek(in->fd, in->offset, SEEK_HOLE);
        if (in->data_end < 0)
            err(7, "seek");
    }
    off_t left = in->data_end - in->offset;
    ssize_t got =
        pread(in->fd, in->bytes, left < TRANSFER_BYTES ? (size_t)left : TRANSFER_BYTES, in->offset);
    if (got < 0)
        err(7, "read");
    in->n = (size_t)got;
    in->offset += got;
    in->read += (uint64_t)got;
    return got > 0;
}

/* Up to n bytes that lie in the buffer; NULL at the end. */
static const unsigned char *input_take(struct input *in, uint64_t n, size_t *taken)
{
    if (in->used == in->n && !input_fill(in))
        return NULL;
    size_t here = in->n - in->used;
    *taken = n < here ? (size_t)n : here;
    const unsigned char *bytes = in->bytes + in->used;
    in->used += *taken;
    return bytes;
}

static bool input_copy(struct input *in, void *to, size_t n)
{
    for (size_t done = 0, taken; done < n; done += taken) {
        const unsigned char *bytes = input_take(in, n - done, &taken);
        if (!bytes)
            return false;
        memcpy((unsigned char *)to + done, bytes, taken);
    }
    return true;
}

static void output_flush(struct output *out)
{
    for (size_t done = 0; done < out->n;) {
        ssize_t n = write(out->fd, out->bytes + done, out->n - done);
        if (n < 0)
            err(7, "write");
        done += (size_t)n;
    }
    out->written += out->n;
    out->n = 0;
}

/* bytes NULL: zeros. */
static void output_put(struct output *out, const unsigned char *bytes, size_t n)
{
    while (n > 0 && out->fd >= 0) {
        size_t room = TRANSFER_BYTES - out->n;
        size_t part = n < room ? n : room;
        if (bytes) {
            memcpy(out->bytes + out->n, bytes, part);
            bytes += part;
        } else {
            memset(out->bytes + out->n, 0, part);
        }
        out->n += part;
        n -= part;
        if (out->n == TRANSFER_BYTES)
            output_flush(out);
    }
}

/* n bytes of the input, to out (NULL: skipped). */
static void pass_bytes(struct input *in, uint64_t n, struct output *out)
{
    size_t taken;
    for (uint64_t left = n; left > 0; left -= taken) {
        const unsigned char *bytes = input_take(in, left, &taken);
        if (!bytes)
            errx(10, "the input is cut short");
        if (out)
            output_put(out, bytes, taken);
    }
}

/* A payload of n bytes with the padding to the next tar block. */
static void pass_payload(struct input *in, uint64_t n, struct output *out)
{
    pass_bytes(in, n, out);
    pass_bytes(in, -n % TAR_BLOCK, NULL);
    if (out)
        output_put(out, NULL, -n % FILE_SYSTEM_BLOCK);
}

/* A number in a header: octal digits, or base 256 when the first byte's top bit is set. */
static uint64_t header_number(const unsigned char *field, size_t n)
{
    uint64_t value = 0;
    if (field[0] & 0x80) {
        value = field[0] & 0x3f;
        for (size_t i = 1; i < n; i++)
            value = value << 8 | field[i];
        return value;
    }
    for (size_t i = 0; i < n; i++)
        if (field[i] >= '0' && field[i] <= '7')
            value = value << 3 | (uint64_t)(field[i] - '0');
    return value;
}

/* The value of "LENGTH size=VALUE\n" among a pax header's records, or fallback. */
static uint64_t pax_size(struct input *in, uint64_t n, uint64_t fallback)
{
    if (n > PAX_BYTES_MAX)
        errx(10, "a pax header of more than 1 MiB");
    char *records = calloc(1, (size_t)n + 1);
    size_t whole = (size_t)(n + -n % TAR_BLOCK);
    unsigned char *bytes = malloc(whole ? whole : 1);
    if (!records || !bytes)
        err(7, "memory");
    if (!input_copy(in, bytes, whole))
        errx(10, "the tar is cut short");
    memcpy(records, bytes, (size_t)n);
    for (char *at = records; at < records + n;) {
        char *end;
        unsigned long length = strtoul(at, &end, 10);
        if (length == 0 || length > (size_t)(records + n - at) || *end != ' ')
            errx(10, "a bad pax record");
        if (strncmp(end + 1, "size=", 5) == 0)
            fallback = strtoull(end + 6, NULL, 10);
        at += length;
    }
    free(records);
    free(bytes);
    return fallback;
}

static void walk(struct input *in, struct output *out)
{
    enum { SIZE_AT = 124, SIZE_BYTES = 12, TYPE_AT = 156 };
    const uint64_t none = UINT64_MAX;
    unsigned char header[TAR_BLOCK];
    uint64_t override = none;

    while (input_copy(in, header, sizeof header)) {
        uint64_t size = header_number(header + SIZE_AT, SIZE_BYTES);
        switch (header[TYPE_AT]) {
        case 'x':
            override = pax_size(in, size, override);
            continue;
        case 'g':
        case 'L':
        case 'K':
            pass_payload(in, size, NULL);
            continue;
        case '0':
        case '\0':
        case '7':
        case 'S':
            pass_payload(in, override == none ? size : override, out);
            break;
        }
        override = none;
    }
}

/* BYTES of what is read, again from the start where it is not enough, are taken for the payload. */
static void disk(struct input *in, struct output *out, uint64_t payload)
{
    size_t taken;
    for (const unsigned char *bytes; (bytes = input_take(in, TRANSFER_BYTES, &taken));) {
        if (taken > payload)
            taken = (size_t)payload;
        output_put(out, bytes, taken);
        payload -= taken;
    }
    for (; payload > 0; payload -= taken) {
        taken = payload < TRANSFER_BYTES ? (size_t)payload : TRANSFER_BYTES;
        output_put(out, in->bytes, taken);
    }
}

static void tree(struct input *in, struct output *out, char *root)
{
    char *roots[] = {root, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL, NULL);
    if (!walk)
        err(7, "%s", root);
    for (const FTSENT *found; (found = fts_read(walk));) {
        if (found->fts_info != FTS_F)
            continue;
        in->fd = open(found->fts_accpath, O_RDONLY | O_CLOEXEC);
        if (in->fd < 0)
            err(7, "%s", found->fts_path);
        in->size = found->fts_statp->st_size;
        in->offset = in->data_end = 0;
        in->used = in->n = 0;
        pass_bytes(in, (uint64_t)in->size, out);
        output_put(out, NULL, -(uint64_t)in->size % FILE_SYSTEM_BLOCK);
        close(in->fd);
    }
    fts_close(walk);
}

static void output_open(struct output *out, const char *path)
{
    out->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (out->fd < 0)
        err(7, "%s", path);
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 && argv[1][0] == '-' ? argv[1] : "";
    bool sync = strcmp(mode, "--sync") == 0, is_tree = strcmp(mode, "--tree") == 0;
    bool is_disk = strcmp(mode, "--disk") == 0;
    argv += *mode != '\0';
    argc -= *mode != '\0';
    if (argc < 2 || argc > 3 + is_disk || (*mode && !sync && !is_tree && !is_disk))
        errx(2, "usage: floor [--sync] TAR [OUT] | --disk DISK [OUT BYTES] | --tree DIRECTORY OUT");

    struct input in = {.fd = -1};
    struct output out = {.fd = -1};
    struct stat status;
    if (!is_tree) {
        in.fd = open(argv[1], O_RDONLY | O_CLOEXEC);
        if (in.fd < 0 || fstat(in.fd, &status) < 0)
            err(7, "%s", argv[1]);
        in.size = status.st_size;
    }
    if (argc >= 3)
        output_open(&out, argv[2]);
    if (is_tree)
        tree(&in, &out, argv[1]);
    else if (is_disk)
        disk(&in, &out, argc == 4 ? strtoull(argv[3], NULL, 10) : 0);
    else
        walk(&in, &out);
    if (out.fd >= 0) {
        output_flush(&out);
        if ((sync && fsync(out.fd) < 0) || close(out.fd) < 0)
            err(7, "%s", argv[2]);
    }
    printf("read %llu, wrote %llu\n", (unsigned long long)in.read, (unsigned long long)out.written);
    return 0;
}
