/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trees in one line, for the tests of filters: words between single blanks, in the tree's order.
 *
 *     ./          the root            a@target  a symbolic link
 *     a/          a directory         a>target  a hard link
 *     a=text      a file, "." in its content is a hole of one byte
 *     !           reading fails here, at the end
 */
#ifndef LXKIT_TESTS_UNIT_FILTER_SOURCE_H
#define LXKIT_TESTS_UNIT_FILTER_SOURCE_H

#include <stdbool.h>

#include "tests/unit/list_source.h"
#include "tests/unit/support.h"

enum {
    TREE_TEXT_BYTES = 512,
    TREE_WORDS_MAX = 64,
};

/* A list that is made of words and dies when it is closed. */
struct words {
    struct source source;
    struct list_source list;
    struct list_member members[TREE_WORDS_MAX];
    struct content pieces[TREE_TEXT_BYTES]; /* a byte each, so that they are many */
    size_t n_pieces;
    char *text;
    unsigned *asked; /* how often content was asked for; may be NULL */
};

static inline int words_next(struct source *source, const struct entry **out, struct error *err)
{
    return source_next(&((struct words *)source)->list.source, out, err);
}

static inline int words_content(struct source *source, struct content *out, struct error *err)
{
    struct words *self = (struct words *)source;
    if (self->asked)
        ++*self->asked;
    return source_content(&self->list.source, out, err);
}

static inline void words_close(struct source *source)
{
    struct words *self = (struct words *)source;
    free(self->text);
    free(self);
}

static inline void member_fill(struct words *self, struct list_member *member, const char *text)
{
    member->entry.size = strlen(text);
    member->pieces = &self->pieces[self->n_pieces];
    for (size_t i = 0; text[i]; i++) {
        if (text[i] != '.')
            self->pieces[self->n_pieces++] =
                (struct content){.bytes = text + i, .n = 1, .offset = i};
    }
    self->n_pieces++;
}

static inline void word_parse(struct words *self, struct list_member *member, char *word)
{
    struct entry *entry = &member->entry;
    char *mark = word + strcspn(word, "=@>");
    bool is_directory = !*mark;
    if (is_directory)
        mark--; /* "/" */
    entry->type = is_directory   ? ENTRY_DIRECTORY
                  : *mark == '=' ? ENTRY_FILE
                  : *mark == '@' ? ENTRY_SYMLINK
                                 : ENTRY_LINK;
    *mark = '\0';
    entry->path = strcmp(word, ".") == 0 ? "" : word;
    if (entry->type == ENTRY_FILE)
        member_fill(self, member, mark + 1);
    else if (!is_directory)
        entry->target = mark + 1;
}

/* What words do not say is as in like, which may be NULL. */
static inline struct source *words_source(const char *text, const struct entry *like)
{
    static const struct source_ops ops = {
        .next = words_next,
        .content = words_content,
        .close = words_close,
    };
    struct words *self = calloc(1, sizeof(*self));
    assert_non_null(self);
    assert_true(strlen(text) < TREE_TEXT_BYTES);
    self->source.ops = &ops;
    self->list = list_source(self->members, 0);
    self->text = strdup(text);
    assert_non_null(self->text);
    for (char *rest = self->text, *word; *rest && (word = strsep(&rest, " "));) {
        assert_true(self->list.n < TREE_WORDS_MAX);
        if (strcmp(word, "!") == 0) {
            self->list.fails = ERROR_DAMAGED;
            break;
        }
        struct list_member *member = &self->members[self->list.n++];
        if (like)
            member->entry = *like;
        word_parse(self, member, word);
        if (!rest)
            break;
    }
    return &self->source;
}

static inline void word_add(char text[TREE_TEXT_BYTES], const char *part)
{
    assert_true(strlen(text) + strlen(part) < TREE_TEXT_BYTES);
    strcat(text, part);
}

static inline void word_add_content(char text[TREE_TEXT_BYTES], struct source *source, size_t size)
{
    char bytes[TREE_TEXT_BYTES] = "";
    struct content piece;
    int rc;

    assert_true(size < sizeof(bytes));
    memset(bytes, '.', size);
    while ((rc = source_content(source, &piece, NULL)) > 0) {
        assert_true(piece.offset + piece.n <= size);
        memcpy(bytes + piece.offset, piece.bytes, piece.n);
    }
    assert_int_equal(rc, 0);
    word_add(text, bytes);
}

/* The way back: reads source to its end or its error, which it returns. */
static inline int words_read(struct source *source, char text[TREE_TEXT_BYTES], struct error *err)
{
    static const char marks[] = {
        [ENTRY_FILE] = '=', [ENTRY_DIRECTORY] = '/', [ENTRY_SYMLINK] = '@', [ENTRY_LINK] = '>'};
    const struct entry *entry;
    int rc;

    text[0] = '\0';
    while ((rc = source_next(source, &entry, err)) > 0) {
        const char mark[] = {marks[entry->type], '\0'};
        word_add(text, text[0] ? " " : "");
        word_add(text, entry->path[0] ? entry->path : ".");
        word_add(text, mark);
        if (entry->type == ENTRY_FILE)
            word_add_content(text, source, entry->size);
        else if (entry->type != ENTRY_DIRECTORY)
            word_add(text, entry->target);
    }
    return rc;
}

/* What the filter makes of a tree; expected: its words, or NULL for an error with words in it. */
struct filter_case {
    const char *tree, *expected;
    enum error_code code;
    const char *words;
};

static inline void filter_case_check(struct source *source, const struct filter_case *c)
{
    char text[TREE_TEXT_BYTES];
    struct error err = {0};
    int rc = words_read(source, text, &err);
    if (c->expected) {
        if (rc < 0)
            fail_msg("%s: %s", c->tree, err.text);
        assert_string_equal(text, c->expected);
        return;
    }
    if (rc >= 0)
        fail_msg("%s: no error, and \"%s\"", c->tree, text);
    assert_fails(rc, c->code, c->words);
}

#endif
