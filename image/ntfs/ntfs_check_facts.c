/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "core/attributes.h"
#include "core/list.h"
#include "image/ntfs/ntfs_check_state.h"
#include "image/ntfs/ntfs_format.h"

int ntfs_list_add(struct ntfs_list *list, const void *item, size_t size, struct error *err)
{
    if (list_grow_items(&list->items, size, list->n, &list->room, err) < 0)
        return -1;
    memcpy((char *)list->items + list->n++ * size, item, size);
    return 0;
}

struct ntfs_facts *ntfs_facts_of(const struct ntfs_check *check, uint64_t number)
{
    uint64_t part = number / NTFS_FACTS_PART;
    if (part >= check->n_parts || !check->parts[part])
        return NULL;
    struct ntfs_facts *facts = &check->parts[part][number % NTFS_FACTS_PART];
    return facts->is & NTFS_IS_USED ? facts : NULL;
}

struct ntfs_facts *ntfs_facts_by(const struct ntfs_check *check, uint64_t reference)
{
    struct ntfs_facts *facts = ntfs_facts_of(check, ntfs_reference_number(reference));
    return facts && facts->sequence == ntfs_reference_sequence(reference) ? facts : NULL;
}

int ntfs_facts_add(struct ntfs_check *check, uint64_t number, struct ntfs_facts **out,
                   struct error *err)
{
    struct ntfs_facts **part = &check->parts[number / NTFS_FACTS_PART];
    if (!*part && !(*part = calloc(NTFS_FACTS_PART, sizeof(**part))))
        return error_no_memory(err);
    *out = &(*part)[number % NTFS_FACTS_PART];
    (*out)->is |= NTFS_IS_USED;
    return 0;
}

/* ---- names ---- */

/* FNV-1a. */
static uint64_t hash_add(uint64_t hash, const void *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t ntfs_check_hash(const struct ntfs_file_name *name, uint64_t directory, uint64_t file)
{
    uint64_t numbers[2] = {ntfs_reference_number(directory), ntfs_reference_number(file)};
    uint64_t hash = hash_add(UINT64_C(0xcbf29ce484222325), numbers, sizeof(numbers));
    hash = hash_add(hash, &name->namespace, 1);
    return hash_add(hash, name->units, 2 * (size_t)name->length);
}
