/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_carrier_table.h"

#include <stdlib.h>

#include "core/list.h"

static int number_order(const void *key, const void *item)
{
    /* Both kinds of items begin with it. */
    uint32_t n = *(const uint32_t *)key, m = *(const uint32_t *)item;
    return n < m ? -1 : n > m;
}

static int named_add(struct ntfs_carrier_table *table, uint32_t number,
                     const struct ntfs_carrier *carrier, struct error *err)
{
    if (list_grow(&table->named, table->n_named, &table->named_size, err) < 0)
        return -1;
    table->named[table->n_named++] = (struct ntfs_carrier_named){number, *carrier};
    return 0;
}

static const struct ntfs_carrier_part *part_find(const struct ntfs_carrier_table *table,
                                                 uint32_t number)
{
    if (table->n_parts == 0)
        return NULL;
    return bsearch(&number, table->parts, table->n_parts, sizeof(*table->parts), number_order);
}

/* A part of a file whose first part is not there, or has become another, is a file of its own. */
static int part_add(struct ntfs_carrier_table *table, const struct ntfs_carrier_part *part,
                    struct error *err)
{
    if (part->number != part->first) {
        const struct ntfs_carrier_part *first = part_find(table, part->first);
        if (!first || first->first != first->number || first->digest != part->digest ||
            first->type != part->type)
            return 0;
    }
    if (list_grow(&table->parts, table->n_parts, &table->parts_size, err) < 0)
        return -1;
    table->parts[table->n_parts++] = *part;
    return 0;
}

int ntfs_carrier_table_add(struct ntfs_carrier_table *table, const struct tree_file *file,
                           const struct ntfs_carrier *carrier, const struct ntfs_carried *carried,
                           struct error *err)
{
    bool part =
        carried->links > 0 && carried->links <= file->number && file->type != ENTRY_DIRECTORY;
    if (carried->has_names && named_add(table, file->number, carrier, err) < 0)
        return -1;
    if (!part)
        return 0;
    return part_add(table,
                    &(struct ntfs_carrier_part){file->number, (uint32_t)carried->links,
                                                carrier->digest, file->type},
                    err);
}

uint32_t ntfs_carrier_table_whole(const struct ntfs_carrier_table *table, uint32_t number)
{
    const struct ntfs_carrier_part *part = part_find(table, number);
    return part ? part->first : number;
}

const char *ntfs_carrier_table_name(const struct ntfs_carrier_table *table, uint32_t number,
                                    const uint8_t *units, size_t length)
{
    if (table->n_named == 0)
        return NULL;
    const struct ntfs_carrier_named *named =
        bsearch(&number, table->named, table->n_named, sizeof(*named), number_order);
    return named ? ntfs_carrier_name(&named->carrier, units, length) : NULL;
}

void ntfs_carrier_table_free(struct ntfs_carrier_table *table)
{
    free(table->named);
    free(table->parts);
    *table = (struct ntfs_carrier_table){0};
}
