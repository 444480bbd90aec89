/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bulk loader of indexes: whatever comes in order is found in order, by a walk that knows the
 * format alone; every block is sound, none is empty, and all are reached once. */
#include "image/ntfs/ntfs_index.h"

#include "tests/unit/prng.h"
#include "tests/unit/support.h"

enum {
    ENTRY_HEAD = 16,
    LENGTH_MIN = 24,
    LENGTH_MAX = 600, /* of an entry without a child */
    SHORT_MAX = 40,
    ROOM = 600,
    DISK_MEBIBYTES = 256,
    SEED = 20261125,
    COUNT = 8, /* where an entry keeps its number */
};

struct walk {
    struct blockdev *dev;
    const struct ntfs_index_made *made;
    uint64_t next; /* the entry that must come */
    uint8_t *seen; /* blocks */
    uint64_t n_seen;
};

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)(at[0] | at[1] << 8 | at[2] << 16) | (uint32_t)at[3] << 24;
}

static uint32_t get16(const uint8_t *at)
{
    return (uint32_t)(at[0] | at[1] << 8);
}

static uint64_t get64(const uint8_t *at)
{
    return get32(at) | (uint64_t)get32(at + 4) << 32;
}

static void block_read(struct walk *walk, uint64_t number, uint8_t block[NTFS_INDEX_BYTES])
{
    struct error err = {0};
    const struct ntfs_runs *runs = walk->made->runs;
    uint64_t at = number;
    size_t i = 0;

    assert_non_null(runs);
    assert_true(number < runs->clusters);
    while (at >= runs->list[i].length)
        at -= runs->list[i++].length;
    assert_ok(blockdev_pread(walk->dev, block, NTFS_INDEX_BYTES,
                             (runs->list[i].cluster + at) * NTFS_CLUSTER_BYTES, &err));
    assert_memory_equal(block, "INDX\x28\0\x09\0", 8);
    for (size_t sector = 0; sector < 8; sector++) {
        uint8_t *last = block + sector * 512 + 510;
        assert_memory_equal(last, block + 0x28, 2);
        memcpy(last, block + 0x2a + sector * 2, 2);
    }
    assert_int_equal(get64(block + 16), number);
    assert_false(walk->seen[number]);
    walk->seen[number] = 1;
    walk->n_seen++;
}

static void node_walk(struct walk *walk, const uint8_t *head, size_t room, bool root);

static void child_walk(struct walk *walk, uint64_t number)
{
    uint8_t block[NTFS_INDEX_BYTES];
    block_read(walk, number, block);
    node_walk(walk, block + 0x18, NTFS_INDEX_BYTES - 0x18, false);
}

static void node_walk(struct walk *walk, const uint8_t *head, size_t room, bool root)
{
    uint32_t at = get32(head), used = get32(head + 4), allocated = get32(head + 8);
    bool children = head[12] != 0;
    size_t n = 0;

    assert_true(at % 8 == 0 && used <= allocated);
    assert_int_equal(allocated, room);
    for (;; n++) {
        assert_true(at + ENTRY_HEAD <= used);
        const uint8_t *entry = head + at;
        uint32_t length = get16(entry + 8), flags = get16(entry + 12);
        assert_true(length % 8 == 0 && length >= ENTRY_HEAD && at + length <= used);
        assert_int_equal((flags & 1) != 0, children);
        if (children)
            child_walk(walk, get64(entry + length - 8));
        at += length;
        if (flags & 2)
            break;
        assert_int_equal(get64(entry + ENTRY_HEAD), walk->next++);
    }
    assert_int_equal(at, used);
    assert_true(root || n > 0);
}

static size_t entry_make(uint8_t *to, uint64_t number, size_t length)
{
    memset(to, (int)(number % 251), length);
    memset(to, 0, ENTRY_HEAD + COUNT);
    to[8] = (uint8_t)length;
    to[9] = (uint8_t)(length >> 8);
    for (int i = 0; i < COUNT; i++)
        to[ENTRY_HEAD + i] = (uint8_t)(number >> (8 * i));
    return length;
}

static void bitmap_check(const struct walk *walk, struct blockdev *dev)
{
    const struct ntfs_index_made *made = walk->made;
    struct error err = {0};
    uint64_t bits = 0;

    assert_int_equal(made->bitmap_bytes % 8, 0);
    for (size_t i = 0; i < made->bitmap_bytes * 8; i++)
        bits += made->bitmap[i / 8] >> (i % 8) & 1;
    assert_int_equal(bits, walk->n_seen);
    if (made->bitmap_runs) {
        uint8_t first[8];
        assert_ok(blockdev_pread(dev, first, sizeof(first),
                                 made->bitmap_runs->list[0].cluster * NTFS_CLUSTER_BYTES, &err));
        assert_memory_equal(first, made->bitmap, sizeof(first));
    }
}

/* n entries of lengths from min to max; the root may take room bytes. */
static void load(uint64_t n, size_t min, size_t max, size_t room)
{
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    struct ntfs_volume volume;
    struct ntfs_index index;
    struct ntfs_index_made made;
    struct arena arena = {0};
    struct prng prng = {.state = SEED + n};
    uint8_t entry[LENGTH_MAX];
    struct error err = {0};

    assert_ok(blockdev_create_memory(&dev, (uint64_t)DISK_MEBIBYTES << 20, &err));
    assert_ok(ntfs_volume_begin(&volume, dev, &err));
    ntfs_index_begin(&index, &volume);
    for (uint64_t i = 0; i < n; i++) {
        size_t length = prng_between(&prng, (uint32_t)min / 8, (uint32_t)max / 8) * 8u;
        assert_ok(ntfs_index_add(&index, entry, entry_make(entry, i, length), &err));
    }
    assert_ok(
        ntfs_index_finish(&index, NTFS_FILE_NAME, NTFS_COLLATION_NAME, room, &arena, &made, &err));
    assert_true(made.root_bytes + (made.runs ? NTFS_BLOCKS_BYTES : 0) <= room ||
                made.root_bytes <= 56); /* one that only leads on */
    assert_memory_equal(made.root, "\x30\0\0\0\x01\0\0\0\0\x10\0\0\x01\0\0\0", 16);

    uint64_t blocks = made.runs ? made.runs->clusters : 0;
    struct walk walk = {.dev = dev, .made = &made, .seen = calloc(blocks + 1, 1)};
    node_walk(&walk, made.root + 16, made.root_bytes - 16, true);
    if (walk.next != n || walk.n_seen != blocks)
        fail_msg("%llu entries of %zu to %zu: %llu found, %llu of %llu blocks",
                 (unsigned long long)n, min, max, (unsigned long long)walk.next,
                 (unsigned long long)walk.n_seen, (unsigned long long)blocks);
    if (made.runs)
        bitmap_check(&walk, dev);
    free(walk.seen);
    arena_free(&arena);
}

static void few(void **state UNUSED)
{
    for (uint64_t n = 0; n <= 400; n++) {
        load(n, LENGTH_MIN, LENGTH_MAX, ROOM);
        load(n, LENGTH_MIN, SHORT_MAX, 0);
    }
}

static void many(void **state UNUSED)
{
    static const uint64_t counts[] = {1000, 4999, 20000, 100000};
    for (size_t i = 0; i < array_length(counts); i++) {
        load(counts[i], LENGTH_MIN, LENGTH_MAX, ROOM);
        load(counts[i], LENGTH_MIN, LENGTH_MIN, ROOM);
        load(counts[i], LENGTH_MAX, LENGTH_MAX, ROOM);
    }
}

/* Around where a block is just full: 4016 bytes of entries. */
static void just_full(void **state UNUSED)
{
    for (size_t length = LENGTH_MIN; length <= LENGTH_MAX; length += 8) {
        uint64_t in_block = 4016 / length;
        for (uint64_t n = in_block > 1 ? in_block - 1 : 1; n <= in_block + 3; n++)
            load(n, length, length, 0);
        for (uint64_t n = in_block * in_block; n < in_block * in_block + 4; n++)
            load(n, length, length, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few),
        cmocka_unit_test(just_full),
        cmocka_unit_test(many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
