/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/mtree.h"

#include <inttypes.h>
#include <string.h>

#include "core/digest.h"
#include "image/content_reader.h"
#include "image/entry_flags.h"
#include "image/gather.h"
#include "image/tree.h"
#include "image/tree_walk.h"

static const char *const types[] = {
    [ENTRY_FILE] = "file",      [ENTRY_DIRECTORY] = "dir", [ENTRY_SYMLINK] = "link",
    [ENTRY_CHARACTER] = "char", [ENTRY_BLOCK] = "block",   [ENTRY_FIFO] = "fifo",
    [ENTRY_SOCKET] = "socket",
};

/* The content of a file in the tree becomes its struct sha256. */
static int file_digest(struct gather *gather, struct tree *tree, struct tree_file *file,
                       struct source *source, struct error *err)
{
    AUTO_DIGEST struct digest *digest = NULL;
    struct content_reader reader;
    const void *bytes;
    ssize_t n;
    (void)gather;

    struct sha256 *sum = arena_alloc(&tree->arena, sizeof(*sum));
    if (!sum)
        return error_no_memory(err);
    file->content = sum;
    content_reader_init(&reader, source, file->size);
    if (digest_new(&digest, err) < 0)
        return -1;
    while ((n = content_reader_next(&reader, &bytes, err)) > 0) {
        if (digest_update(digest, bytes, (size_t)n, err) < 0)
            return -1;
    }
    return n < 0 ? -1 : digest_finish(digest, sum, err);
}

/* What could end a word, begin a comment or be a pattern is three octal digits. */
static void text_write(FILE *out, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (*at > ' ' && *at < 0x7f && !strchr("\\#=*?[", *at))
            putc(*at, out);
        else
            fprintf(out, "\\%03o", *at);
    }
}

static void file_write(FILE *out, const char *path, const struct tree_file *file)
{
    char hex[SHA256_HEX_BYTES];

    fputs(path[0] ? "./" : ".", out);
    text_write(out, path);
    fprintf(out, " type=%s mode=%04o uid=%" PRIu32 " gid=%" PRIu32 " time=%" PRId64 ".%09" PRIu32,
            types[file->type], file->mode, file->uid, file->gid, file->mtime.seconds,
            file->mtime.nanoseconds);
    if (file->flags) {
        char flags[ENTRY_FLAGS_TEXT_BYTES];
        entry_flags_text(file->flags, flags);
        fprintf(out, " flags=%s", flags);
    }
    if (file->type != ENTRY_DIRECTORY)
        fprintf(out, " nlink=%" PRIu32, file->links);
    if (file->type == ENTRY_FILE) {
        sha256_format(file->content, hex);
        fprintf(out, " size=%" PRIu64 " sha256digest=%s", file->size, hex);
    } else if (file->type == ENTRY_SYMLINK) {
        fputs(" link=", out);
        text_write(out, file->target);
    } else if (file->type == ENTRY_CHARACTER || file->type == ENTRY_BLOCK) {
        fprintf(out, " device=linux,%" PRIu32 ",%" PRIu32, file->major, file->minor);
    }
    putc('\n', out);
}

static int tree_write(FILE *out, struct tree *tree, struct error *err)
{
    struct tree_walk walk;
    const struct entry *entry;
    int rc;

    fputs("#mtree\n", out);
    tree_walk_init(&walk, tree);
    while ((rc = tree_walk_next(&walk, &entry, err)) > 0)
        file_write(out, entry->path, walk.file);
    tree_walk_free(&walk);
    return rc;
}

int mtree_write(FILE *out, struct source *source, struct error *err)
{
    struct gather gather = {.content = file_digest};
    struct tree tree;
    int rc = tree_init(&tree, err);
    if (rc == 0)
        rc = gather_tree(&gather, &tree, source, err);
    if (rc == 0)
        rc = tree_write(out, &tree, err);
    tree_free(&tree);
    return rc;
}
