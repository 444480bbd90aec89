/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random trees go from format to format and stay the same at every step:
 *
 *     tar -> ext4 -> tar -> directory -> ext4
 *     ext4 -> NTFS -> ext4 -> NTFS                  with all times, and flags
 *
 * tests/unit/seeds.h says how many. Only root can make every directory; for others the trees have
 * what any user may have there. */
#include <sys/mman.h>

#include "core/blockdev.h"
#include "core/stream.h"
#include "image/directory/directory_remove.h"
#include "image/directory/directory_sink.h"
#include "image/directory/directory_source.h"
#include "image/ext4/ext4_sink.h"
#include "image/ext4/ext4_source.h"
#include "image/ntfs/ntfs_sink.h"
#include "image/ntfs/ntfs_source.h"
#include "image/sink.h"
#include "image/tar/tar_sink.h"
#include "image/tar/tar_source.h"
#include "tests/unit/random_tree.h"
#include "tests/unit/seeds.h"
#include "tests/unit/support.h"
#include "tests/unit/tree_facts.h"

enum {
    DISK_BYTES = 128 << 20,
    USER_FEATURES = SINK_MODES | SINK_NANOSECONDS | SINK_HOLES | RANDOM_TREE_PLAIN,
    ROOT_FEATURES = USER_FEATURES | SINK_OWNERS | SINK_XATTRS | SINK_ACLS | SINK_DEVICES,
    /* Archives do not have the time of creation; directories are read by the test itself, and
     * their times of change are the kernel's. */
    ARCHIVE_FACTS = FACT_OWNERS | FACT_ATIMES | FACT_CTIMES,
    USER_FACTS = 0,
    ROOT_FACTS = FACT_OWNERS,
    DISK_FEATURES = ROOT_FEATURES | SINK_SOCKETS | SINK_FLAGS,
    DISK_SEEDS_EVERY = 13, /* of the seeds */
};

/* Where a tree lies for a while: the descriptor of an archive, or a disk. */
struct medium {
    int fd;
    struct blockdev *disk;
};

static const struct sink_options no_options;

/* ---- a disk that a source may close ---- */

struct borrowed {
    struct blockdev dev;
    struct blockdev *disk;
};

static int borrowed_pread(struct blockdev *dev, void *buf, size_t n, uint64_t off,
                          struct error *err)
{
    return blockdev_pread(((struct borrowed *)dev)->disk, buf, n, off, err);
}

static int borrowed_extent(struct blockdev *dev, uint64_t off, struct extent *out,
                           struct error *err)
{
    return blockdev_extent(((struct borrowed *)dev)->disk, off, out, err);
}

static void borrowed_abandon(struct blockdev *dev)
{
    free(dev);
}

static int borrowed_close(struct blockdev *dev, UNUSED struct error *err)
{
    free(dev);
    return 0;
}

static struct blockdev *borrow(struct blockdev *disk)
{
    static const struct blockdev_ops ops = {
        .pread = borrowed_pread,
        .extent = borrowed_extent,
        .close = borrowed_close,
        .abandon = borrowed_abandon,
    };
    struct borrowed *self = calloc(1, sizeof(*self));
    assert_non_null(self);
    *self = (struct borrowed){{.ops = &ops, .size = disk->size}, disk};
    return &self->dev;
}

/* ---- the formats ---- */

static int archive_sink(struct sink **out, struct medium *to, struct error *err)
{
    to->fd = memfd_create("archive", MFD_CLOEXEC);
    assert_true(to->fd >= 0);
    return tar_sink(out, to->fd, "archive", KIND_TAR, &no_options, err);
}

static int archive_source(struct source **out, struct medium *from, struct error *err)
{
    struct stream *file, *ahead;
    assert_int_equal(lseek(from->fd, 0, SEEK_SET), 0);
    if (stream_from_fd(&file, dup(from->fd), "archive", err) < 0 ||
        stream_readahead(&ahead, file, err) < 0)
        return -1;
    return tar_source(out, ahead, NULL, err);
}

static int disk_sink(struct sink **out, struct medium *to, struct error *err)
{
    if (blockdev_create_memory(&to->disk, DISK_BYTES, err) < 0)
        return -1;
    return ext4_sink(out, to->disk, &no_options, err);
}

static int disk_source(struct source **out, struct medium *from, struct error *err)
{
    return ext4_source(out, borrow(from->disk), NULL, err);
}

static int volume_sink(struct sink **out, struct medium *to, struct error *err)
{
    if (blockdev_create_memory(&to->disk, DISK_BYTES, err) < 0)
        return -1;
    return ntfs_sink(out, to->disk, &no_options, err);
}

static int volume_source(struct source **out, struct medium *from, struct error *err)
{
    return ntfs_source(out, borrow(from->disk), NULL, err);
}

static int tree_sink(struct sink **out, UNUSED struct medium *to, struct error *err)
{
    return directory_sink(out, "tree", &no_options, err);
}

static int tree_source(struct source **out, UNUSED struct medium *from, struct error *err)
{
    return directory_source(out, "tree", NULL, err);
}

static const struct step {
    const char *name;
    int (*sink)(struct sink **out, struct medium *to, struct error *err);
    int (*source)(struct source **out, struct medium *from, struct error *err);
    unsigned facts;
    unsigned user_facts; /* the same where the tree is not root's */
} all_formats[] =
    {
        {"tar", archive_sink, archive_source, ARCHIVE_FACTS, ARCHIVE_FACTS},
        {"ext4", disk_sink, disk_source, ARCHIVE_FACTS, ARCHIVE_FACTS},
        {"tar again", archive_sink, archive_source, ARCHIVE_FACTS, ARCHIVE_FACTS},
        {"directory", tree_sink, tree_source, ROOT_FACTS, USER_FACTS},
        {"ext4 again", disk_sink, disk_source, ROOT_FACTS, USER_FACTS},
},
  both_backends[] = {
      {"ext4", disk_sink, disk_source, FACT_ALL, FACT_ALL},
      {"NTFS", volume_sink, volume_source, FACT_ALL, FACT_ALL},
      {"ext4 again", disk_sink, disk_source, FACT_ALL, FACT_ALL},
      {"NTFS again", volume_sink, volume_source, FACT_ALL, FACT_ALL},
};

/* ---- the chain ---- */

/* Takes what source (owned) gives to the medium of step. */
static int step_take(const struct step *step, struct source *source, struct medium *to,
                     struct error *err)
{
    AUTO_SOURCE struct source *from = source;
    AUTO_SINK struct sink *sink = NULL;
    *to = (struct medium){.fd = -1};
    return step->sink(&sink, to, err) < 0 ? -1 : image_copy(from, sink, err);
}

static void step_check(const struct step *step, struct medium *medium,
                       const struct tree_facts *expected, unsigned what, uint64_t seed)
{
    AUTO_SOURCE struct source *source = NULL;
    struct tree_facts facts;
    struct error err = {0};
    char text[FACTS_TEXT_BYTES];
    if (step->source(&source, medium, &err) < 0 || tree_facts_read(&facts, source, &err) < 0)
        fail_msg("seed %" PRIu64 ", %s: read: %s", seed, step->name, err.text);
    if (!tree_facts_same(expected, &facts, what, text))
        fail_msg("seed %" PRIu64 ", %s: %s", seed, step->name, text);
    tree_facts_free(&facts);
}

static void medium_free(struct medium *medium)
{
    cleanup_fd(&medium->fd);
    blockdev_abandon(medium->disk);
}

static void chain(const struct step *steps, size_t n, unsigned features, uint64_t seed)
{
    bool root = geteuid() == 0;
    struct medium medium = {.fd = -1}, next;
    struct source *source = NULL;
    struct tree_facts expected;
    struct error err = {0};

    assert_ok(random_tree(&source, seed, features, &err));
    assert_ok(tree_facts_read(&expected, source, &err));
    source_close(source);
    assert_ok(random_tree(&source, seed, features, &err));
    for (size_t i = 0; i < n; i++) {
        const struct step *step = &steps[i];
        if (i > 0 && steps[i - 1].source(&source, &medium, &err) < 0)
            fail_msg("seed %" PRIu64 ", %s: open: %s", seed, step->name, err.text);
        if (step_take(step, source, &next, &err) < 0)
            fail_msg("seed %" PRIu64 ", to %s: %s", seed, step->name, err.text);
        medium_free(&medium);
        medium = next;
        step_check(step, &medium, &expected, root ? step->facts : step->user_facts, seed);
    }
    medium_free(&medium);
    tree_facts_free(&expected);
}

static void through_all_formats(uint64_t seed)
{
    chain(all_formats, array_length(all_formats), geteuid() == 0 ? ROOT_FEATURES : USER_FEATURES,
          seed);
    assert_int_equal(directory_remove(AT_FDCWD, "tree"), 0);
}

static void nothing_is_lost_from_format_to_format(void **state UNUSED)
{
    each_seed(through_all_formats);
}

static void through_both_backends(uint64_t seed)
{
    if (seed % DISK_SEEDS_EVERY == 0)
        chain(both_backends, array_length(both_backends), DISK_FEATURES, seed);
}

static void nothing_is_lost_from_backend_to_backend(void **state UNUSED)
{
    each_seed(through_both_backends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_lost_from_format_to_format, scratch_enter,
                                        scratch_leave),
        cmocka_unit_test(nothing_is_lost_from_backend_to_backend),
    };
    setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
