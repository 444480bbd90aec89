/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records of a journal, taken over by a mount of a small tree: their checksums are made right
 * first, as no chance would. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/crc32c.h"
#include "core/le.h"
#include "image/image.h"
#include "image/mount/mount.h"
#include "image/mount/mount_journal_state.h"
#include "image/mount/mount_record.h"
#include "image/tar/tar_sink.h"
#include "tests/fuzz/fuzz.h"

enum {
    PATH_BYTES = 32,
};

static void need(bool fine)
{
    if (!fine)
        abort();
}

/* An archive of the files 0 to 4: the root, a, a/b, c, d. */
static int base_make(void)
{
    static const char *const paths[] = {"a/", "a/b", "c", "d"};
    static const char types[] = "5020";
    int fd = memfd_create("base", 0);
    need(fd >= 0);
    for (int i = 0; i < 4; i++) {
        char header[512] = "";
        unsigned sum = 0;
        snprintf(header, 100, "%s", paths[i]);
        memcpy(header + 100,
               "0000644\0000000001\0000000002\00000000000000\00014000000000\0        ", 56);
        header[156] = types[i];
        memcpy(header + 157, types[i] == '2' ? "a/b" : "", types[i] == '2' ? 3 : 0);
        memcpy(header + 257, "ustar\00000", 8);
        for (size_t at = 0; at < sizeof(header); at++)
            sum += (uint8_t)header[at];
        snprintf(header + 148, 8, "%06o", sum);
        need(write(fd, header, sizeof(header)) == sizeof(header));
    }
    need(ftruncate(fd, 10240) == 0);
    return fd;
}

static void journal_make(int fd, const struct mount *mount, const uint8_t *data, size_t size)
{
    struct journal_header header;
    AUTO_FREE uint8_t *records = malloc(size + 1);
    need(records && journal_header_make(mount, &header, NULL) == 0);
    if (size > 0)
        memcpy(records, data, size);
    for (size_t at = 0; size - at >= MOUNT_RECORD_HEAD_BYTES;) {
        size_t n = mount_record_length(records + at);
        if (n > size - at)
            break;
        const struct le32 sum = le32_put(~crc32c(~0U, records + at + sizeof(sum), n - sizeof(sum)));
        memcpy(records + at, &sum, sizeof(sum));
        at += n;
    }
    need(pwrite(fd, &header, sizeof(header), 0) == sizeof(header) &&
         pwrite(fd, records, size, sizeof(header)) == (ssize_t)size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_MOUNT struct mount *plain = NULL;
    AUTO_MOUNT struct mount *mount = NULL;
    AUTO_SOURCE struct source *source = NULL;
    char base[PATH_BYTES], journal[PATH_BYTES] = "/tmp/lxkit-fuzz.XXXXXX";
    struct error err = {0};
    int base_fd AUTO_FD = base_make();
    int journal_fd AUTO_FD = mkostemp(journal, O_CLOEXEC);

    need(journal_fd >= 0);
    snprintf(base, sizeof(base), "/proc/self/fd/%d", base_fd);
    struct mount_options options = {.writable = true, .spool = "/tmp"};
    need(mount_open(&plain, base, &options, NULL) == 0);
    journal_make(journal_fd, plain, data, size);
    options.journal = journal;
    int rc = mount_open(&mount, base, &options, &err);
    unlink(journal);
    need(rc == 0 || err.code != ERROR_IO); /* it was read */
    if (rc < 0)
        return 0;
    if (mount_source(&source, mount, NULL) == 0)
        fuzz_drain(source);
    return 0;
}
