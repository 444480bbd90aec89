/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksum lists: what is taken has a name that can be printed and a checksum, and is found. */
#include "core/paths.h"
#include "fetch/trust/sums.h"
#include "tests/fuzz/fuzz.h"

static void check_name(const char *name)
{
    fuzz_touch_text(name, false);
    for (; *name; name++) {
        if ((unsigned char)*name < ' ' || *name == 0x7f)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_SUMS struct sums *sums = NULL;
    struct error err = {0};
    if (sums_parse(&sums, (const char *)data, size, "list", &err) < 0)
        return 0;
    if (sums->n == 0 || sums->n > SUMS_ENTRIES_MAX)
        abort();
    for (size_t i = 0; i < sums->n; i++) {
        const struct sums_entry *entry = &sums->entries[i], *found;
        check_name(entry->name);
        if (!checksum_agrees(&entry->is, &entry->is))
            abort();
        if (sums_find(sums, paths_base(entry->name), &found, &err) == 0 &&
            !checksum_agrees(&entry->is, &found->is) && strchr(entry->name, '/') == NULL)
            abort();
    }
    return 0;
}
