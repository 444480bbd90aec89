/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A user's hive, read as the registry of a Windows. The checksum is set right first, so that what
 * it covers is reached. */
#include "install/runtime/hive.h"
#include "install/runtime/hive_check.h"
#include "tests/fuzz/fuzz.h"

enum {
    CHECKED = 508, /* bytes that the checksum is of; it follows them */
};

static void seal(uint8_t *image)
{
    uint8_t sum[4] = {0};
    for (size_t i = 0; i < CHECKED; i++)
        sum[i % 4] ^= image[i];
    memcpy(image + CHECKED, sum, sizeof(sum));
}

static void read_all(int fd)
{
    char path[] = "NTUSER.DAT", root[] = "/nowhere";
    struct hive hive = {.windows_root = root};
    const struct registry self = {.path = path, .state = &hive};
    CLEANUP(registry_clear) struct registry found = {0};
    struct error err = {0};
    if (hive_read(&found, &self, fd, &err) < 0)
        return;
    for (size_t i = 0; i < found.n; i++) {
        fuzz_touch_text(found.entries[i].distribution_name, false);
        fuzz_touch_text(found.entries[i].base_path, true);
        const struct texts *list = &found.entries[i].default_environment.texts;
        for (size_t k = 0; k < list->n; k++)
            fuzz_touch_text(list->items[k], false);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE uint8_t *image = malloc(size + 1);
    AUTO_FD int fd = -1;
    struct error err = {0};
    if (!image || size < CHECKED + 4)
        return 0;
    memcpy(image, data, size);
    seal(image);
    if (hive_check(image, size, &err) < 0 || hive_file_new(&fd, &err) < 0 ||
        write(fd, image, size) != (ssize_t)size)
        return 0;
    read_all(fd);
    return 0;
}
