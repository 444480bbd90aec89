/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/machine.h"

#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "image/image.h"

/* Two bytes at offset 18, in the order that the file says. */
static unsigned elf_machine(const uint8_t *head)
{
    return head[EI_DATA] == ELFDATA2MSB ? head[18] * 256u + head[19] : head[19] * 256u + head[18];
}

const char *machine_of_elf(const void *bytes, size_t n)
{
    static const struct {
        unsigned machine;
        uint8_t class, data;
        const char *architecture;
    } rows[] = {
        {EM_X86_64, ELFCLASS64, ELFDATA2LSB, "amd64"},
        {EM_AARCH64, ELFCLASS64, ELFDATA2LSB, "arm64"},
        {EM_ARM, ELFCLASS32, ELFDATA2LSB, "armhf"},
        {EM_386, ELFCLASS32, ELFDATA2LSB, "i386"},
        {EM_PPC64, ELFCLASS64, ELFDATA2LSB, "ppc64el"},
        {EM_RISCV, ELFCLASS64, ELFDATA2LSB, "riscv64"},
        {EM_S390, ELFCLASS64, ELFDATA2MSB, "s390x"},
    };
    const uint8_t *head = bytes;
    if (n < MACHINE_HEAD_BYTES || memcmp(head, ELFMAG, SELFMAG) != 0)
        return NULL;
    for (size_t i = 0; i < array_length(rows); i++) {
        if (rows[i].machine == elf_machine(head) && rows[i].class == head[EI_CLASS] &&
            rows[i].data == head[EI_DATA])
            return rows[i].architecture;
    }
    return NULL;
}

/* The beginning of a file that is written to a stream; the rest is passed over. */
struct head {
    uint8_t bytes[MACHINE_HEAD_BYTES];
    size_t n;
};

static ssize_t head_write(void *cookie, const char *bytes, size_t n)
{
    struct head *head = cookie;
    size_t room = sizeof(head->bytes) - head->n;
    size_t taken = n < room ? n : room;
    memcpy(head->bytes + head->n, bytes, taken);
    head->n += taken;
    return (ssize_t)n;
}

int machine_check(const char *path, const char *wanted, struct error *err)
{
    char shell[] = "bin/sh";
    char *const paths[] = {shell};
    const struct image_open_options options = {0};
    struct head head = {0};
    struct error why = {0};
    FILE *out = fopencookie(&head, "w", (cookie_io_functions_t){.write = head_write});
    if (!out)
        return error_no_memory(err);
    int rc = image_cat(out, path, paths, 1, &options, &why);
    if (fclose(out) != 0 && rc == 0)
        return error_no_memory(err);
    if (rc < 0) {
        bool none = why.code == ERROR_NOT_FOUND || why.code == ERROR_WRONG_KIND;
        return none ? 0 : error_set(err, why.code, "%s", why.text);
    }
    const char *found = machine_of_elf(head.bytes, head.n);
    if (!found || strcmp(found, wanted) == 0)
        return 0;
    return error_set(err, ERROR_UNSUPPORTED,
                     "its programs are for %s, and %s is wanted: /bin/sh says so; get the one for "
                     "%s, or say that it is meant: --arch %s",
                     found, wanted, wanted, found);
}
