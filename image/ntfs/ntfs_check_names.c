/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names: those that files have, and those that stand in directories, are the same. */
#include <inttypes.h>
#include <string.h>

#include "core/attributes.h"
#include "core/cancel.h"
#include "image/ntfs/ntfs_check_state.h"
#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_parse_index.h"

/* ---- what indexes hold ---- */

struct each {
    struct ntfs_check *check;
    uint64_t directory;
    struct ntfs_list *descriptors;
};

static int hash_compare(const void *a, const void *b)
{
    uint64_t x = ((const struct ntfs_check_name *)a)->hash;
    uint64_t y = ((const struct ntfs_check_name *)b)->hash;
    return x == y ? 0 : x < y ? -1 : 1;
}

/* A name that has that hash and was not found yet; or NULL. */
static struct ntfs_check_name *name_of(const struct ntfs_check *check, uint64_t hash)
{
    struct ntfs_check_name *names = check->names.items;
    size_t low = 0, high = check->names.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (names[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < check->names.n && names[low].hash == hash; low++) {
        if (!names[low].found)
            return &names[low];
    }
    return NULL;
}

static int name_each(void *context, const struct ntfs_index_item *item, struct error *err)
{
    struct each *each = context;
    struct ntfs_check *check = each->check;
    uint64_t number = ntfs_reference_number(item->file);
    const struct ntfs_facts *facts = ntfs_facts_of(check, number);
    struct ntfs_file_name name;

    if (!ntfs_file_name_get(&name, item->key, item->key_length))
        return 0; /* the walk judged it */
    struct ntfs_check_name *found =
        name_of(check, ntfs_check_hash(&name, each->directory, item->file));
    if (found)
        found->found = true;
    if (facts && facts->is & NTFS_IS_BROKEN)
        return 0;
    if (!found || !ntfs_facts_by(check, item->file) ||
        ntfs_reference_number(name.parent) != each->directory)
        return ntfs_judge(&check->judge, NTFS_RULE_ENTRY_NO_NAME, err,
                          "record %" PRIu64 ": an entry for record %" PRIu64
                          " is none of the names that this has",
                          each->directory, number);
    return ntfs_check_copies(check, facts, &name, number, true, err);
}

static int reparse_each(void *context, const struct ntfs_index_item *item, struct error *err)
{
    struct ntfs_check *check = ((struct each *)context)->check;
    struct {
        struct le32 tag;
        struct le64 file;
    } disk;
    if (item->key_length < sizeof(disk))
        return 0;
    memcpy(&disk, item->key, sizeof(disk));
    struct ntfs_reparse_key key = {.file = le64_get(disk.file), .tag = le32_get(disk.tag)};
    return ntfs_list_add(&check->listed, &key, sizeof(key), err);
}

static int descriptor_each(void *context, const struct ntfs_index_item *item, struct error *err)
{
    struct {
        struct le32 hash, id;
        struct le64 offset;
        struct le32 length;
    } disk = {0};
    if (item->data_length >= sizeof(disk))
        memcpy(&disk, item->data, sizeof(disk));
    struct ntfs_descriptor descriptor = {
        .id = le32_get(disk.id),
        .hash = le32_get(disk.hash),
        .offset = le64_get(disk.offset),
        .length = le32_get(disk.length),
    };
    return ntfs_list_add(((struct each *)context)->descriptors, &descriptor, sizeof(descriptor),
                         err);
}

static int index_walk(struct ntfs_check *check, const struct ntfs_file *file,
                      const struct ntfs_whole *root, struct error *err)
{
    struct each each = {.check = check, .directory = file->records[0].number};
    int (*take)(void *, const struct ntfs_index_item *, struct error *) = NULL;
    bool secure = each.directory == NTFS_SECURE;

    if (ntfs_piece_is(root->piece, NTFS_INDEX_ROOT, "$I30")) {
        take = name_each;
    } else if (ntfs_piece_is(root->piece, NTFS_INDEX_ROOT, "$R")) {
        take = reparse_each;
    } else if (secure && ntfs_piece_is(root->piece, NTFS_INDEX_ROOT, "$SII")) {
        take = descriptor_each;
        each.descriptors = &check->by_id;
    } else if (secure && ntfs_piece_is(root->piece, NTFS_INDEX_ROOT, "$SDH")) {
        take = descriptor_each;
        each.descriptors = &check->by_hash;
    }
    return ntfs_parse_index(&check->parse, file, root, take, &each, err);
}

int ntfs_check_indexes(struct ntfs_check *check, uint64_t number, struct error *err)
{
    struct ntfs_facts *facts = ntfs_facts_of(check, number);
    struct ntfs_file file;

    check->judge.silent = true; /* the first pass judged the file */
    int status = ntfs_parse_file_at(&check->parse, number, &file, err);
    check->judge.silent = false;
    for (size_t i = 0; i < file.n_attributes && status > 0; i++) {
        if (file.attributes[i].piece->type != NTFS_INDEX_ROOT)
            continue;
        status = index_walk(check, &file, &file.attributes[i], err);
        if (status == 0) {
            facts->is |= NTFS_INDEX_IS_BROKEN;
            check->is_broken = true;
            status = 1;
        }
    }
    ntfs_file_free(&file);
    return status < 0 ? -1 : 0;
}

/* ---- what names say ---- */

static int name_judge(struct ntfs_check *check, const struct ntfs_check_name *name,
                      struct error *err)
{
    const struct ntfs_facts *parent = ntfs_facts_by(check, name->parent);
    if (!parent || !(parent->is & NTFS_IS_DIRECTORY))
        return ntfs_judge(&check->judge, NTFS_RULE_NAME_PARENT, err,
                          "record %" PRIu64 " has a name in record %" PRIu64
                          ", which is no directory, or another by now",
                          name->record, ntfs_reference_number(name->parent));
    if (name->found || parent->is & (NTFS_IS_BROKEN | NTFS_INDEX_IS_BROKEN))
        return 0;
    return ntfs_judge(&check->judge, NTFS_RULE_NAME_UNLISTED, err,
                      "record %" PRIu64 " has a name that does not stand in its directory, record "
                      "%" PRIu64,
                      name->record, ntfs_reference_number(name->parent));
}

/* Follows the parents of a directory up to the root, or to one that is known to lead there. */
static int path_judge(struct ntfs_check *check, uint64_t number, struct error *err)
{
    struct ntfs_facts *facts;
    bool loop = false;

    for (uint64_t at = number; (facts = ntfs_facts_of(check, at));
         at = ntfs_reference_number(facts->parent)) {
        loop = facts->is & NTFS_IS_ON_PATH;
        if (loop || at == NTFS_ROOT || facts->is & NTFS_IS_ROOTED)
            break;
        facts->is |= NTFS_IS_ON_PATH;
    }
    for (uint64_t at = number; (facts = ntfs_facts_of(check, at)) && facts->is & NTFS_IS_ON_PATH;
         at = ntfs_reference_number(facts->parent))
        facts->is = (facts->is & ~(uint32_t)NTFS_IS_ON_PATH) | NTFS_IS_ROOTED;
    if (loop)
        return ntfs_judge(&check->judge, NTFS_RULE_DIRECTORY_LOOP, err,
                          "record %" PRIu64 " is a directory that lies in itself", number);
    return 0;
}

/* A file below a directory that WSL made. */
static int lx_judge(struct ntfs_check *check, uint64_t number, const struct ntfs_facts *facts,
                    struct error *err)
{
    const struct ntfs_facts *parent = ntfs_facts_by(check, facts->parent);
    bool below = parent && parent->is & NTFS_HAS_LX;
    bool lx = facts->is & NTFS_HAS_LX, directory = facts->is & NTFS_IS_DIRECTORY;

    if (below && !lx &&
        ntfs_judge(&check->judge, NTFS_RULE_WSL_MISSING, err,
                   "record %" PRIu64 " has no owner and mode ($LXUID ...), as its directory has",
                   number) < 0)
        return -1;
    if (directory && (below || lx) && !(facts->is & NTFS_HAS_CASE) &&
        ntfs_judge(&check->judge, NTFS_RULE_WSL_CASE, err,
                   "record %" PRIu64 " is a directory of WSL that does not tell names by case",
                   number) < 0)
        return -1;
    if (below && facts->is & NTFS_HAS_WIN32_NAME)
        return ntfs_judge(&check->judge, NTFS_RULE_WSL_NAMESPACE, err,
                          "record %" PRIu64 " has a name that is not in the POSIX name space",
                          number);
    return 0;
}

static int facts_judge(struct ntfs_check *check, uint64_t number, struct error *err)
{
    const struct ntfs_facts *facts = ntfs_facts_of(check, number);
    if (!facts || facts->is & NTFS_IS_BROKEN)
        return 0;
    if (facts->is & NTFS_IS_EXTENSION) {
        if (facts->is & NTFS_IS_CLAIMED || check->is_broken)
            return 0;
        return ntfs_judge(&check->judge, NTFS_RULE_EXTENSION_ORPHAN, err,
                          "record %" PRIu64 " extends another that does not list it", number);
    }
    if (facts->is & NTFS_IS_DIRECTORY && path_judge(check, number, err) < 0)
        return -1;
    return lx_judge(check, number, facts, err);
}

int ntfs_check_names(struct ntfs_check *check, struct error *err)
{
    const struct ntfs_check_name *names = check->names.items;

    if (check->names.n > 0)
        qsort(check->names.items, check->names.n, sizeof(*names), hash_compare);
    for (uint64_t i = 0; i < check->parse.n_records; i++) {
        const struct ntfs_facts *facts = ntfs_facts_of(check, i);
        if (!facts) {
            i += check->parts[i / NTFS_FACTS_PART] ? 0 : NTFS_FACTS_PART - 1;
            continue;
        }
        if (cancel_check(err) < 0 ||
            (facts->is & NTFS_HAS_INDEX && ntfs_check_indexes(check, i, err) < 0))
            return -1;
    }
    for (size_t i = 0; i < check->names.n; i++) {
        if (name_judge(check, &names[i], err) < 0)
            return -1;
    }
    for (uint64_t i = 0; i < check->parse.n_records; i++) {
        if (!check->parts[i / NTFS_FACTS_PART])
            i += NTFS_FACTS_PART - 1;
        else if (facts_judge(check, i, err) < 0)
            return -1;
    }
    return 0;
}
