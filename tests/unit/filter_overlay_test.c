/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is held back, edited and added, in which order, and with what metadata. */
#include "image/filter/filter_overlay.h"
#include "tests/unit/filter_source.h"

/* Holds back what lies in h/, and does to the tree what words say. */
struct worded_editor {
    struct overlay_editor base;
    const char *words;
};

static bool worded_wants(const struct overlay_editor *self UNUSED, const char *path)
{
    return strncmp(path, "h/", 2) == 0;
}

/* "path=text" replaces, "+path=text" adds a file, "+path/" a directory, "+path@target" a link. */
static int worded_edit_one(struct overlay *overlay, char *word, struct error *err)
{
    bool add = *word == '+';
    char *path = word + add, *mark = path + strcspn(path, "=@");
    struct entry entry = {.path = path, .type = ENTRY_FILE};
    if (*mark == '\0') {
        entry.type = ENTRY_DIRECTORY;
        mark--;
    } else if (*mark == '@') {
        entry.type = ENTRY_SYMLINK;
        entry.target = mark + 1;
    }
    entry.size = *mark == '=' ? strlen(mark + 1) : 0;
    *mark = '\0';
    return add ? overlay_add(overlay, &entry, mark + 1, NULL, err)
               : overlay_replace(overlay, path, mark + 1, (size_t)entry.size, 0600, err);
}

static int worded_edit(struct overlay_editor *base, struct overlay *overlay, struct error *err)
{
    AUTO_FREE char *text = strdup(((struct worded_editor *)base)->words);
    assert_non_null(text);
    for (char *rest = text, *word; (word = strsep(&rest, " "));) {
        if (*word && worded_edit_one(overlay, word, err) < 0)
            return -1;
    }
    return 0;
}

static void worded_free(struct overlay_editor *self)
{
    free(self);
}

static int overlay_over(struct source **out, struct source *inner, const char *words,
                        struct error *err)
{
    const struct epoch now = {.seconds = 77, .fixed = true};
    struct worded_editor *editor = calloc(1, sizeof(*editor));
    assert_non_null(editor);
    *editor = (struct worded_editor){
        .base = {.wants = worded_wants, .edit = worded_edit, .free = worded_free},
        .words = words,
    };
    return filter_overlay(out, inner, &editor->base, &now, NULL, err);
}

static void trees_are_changed(void **state UNUSED)
{
    static const struct {
        const char *tree, *words;
        struct filter_case expected;
    } cases[] = {
        {"./ h/ h/a=1 b=2", "", {"", "./ h/ b=2 h/a=1", 0, NULL}},
        {"h/a=1 h/b=2 c=3", "h/a=new", {"", "c=3 h/a=new h/b=2", 0, NULL}},
        {"h/a=1 h/a=2", "", {"", "h/a=2", 0, NULL}},
        {"h/a=1 h/a=2", "h/a=3", {"", "h/a=3", 0, NULL}},
        {"h/a=1 h/a@b", "", {"", "h/a@b", 0, NULL}},
        {"b>h/a h/a=1", "h/a=2", {"", "b>h/a h/a=2", 0, NULL}},
        {"h/a=1 h/b>h/a", "h/b=2", {"", "h/b>h/a h/a=2", 0, NULL}},
        {"x/", "h/a=1", {"", "x/ h/ h/a=1", 0, NULL}},
        {"x/", "+y/z/a=1 +y/b=2", {"", "x/ y/ y/z/ y/z/a=1 y/b=2", 0, NULL}},
        {"y/z/b=0", "+y/z/a=1", {"", "y/z/b=0 y/z/a=1", 0, NULL}},
        {"a=1", "+a=2 +a=3", {"", "a=1 a=3", 0, NULL}},
        {"a=1", "+a/", {"", "a=1 a/", 0, NULL}},
        {"x/ l@x", "+l/a=1 +l/d/e=2", {"", "x/ l@x x/a=1 x/d/ x/d/e=2", 0, NULL}},
        {"x/y/ l@/x m@l/y", "+m/a=1", {"", "x/y/ l@/x m@l/y x/y/a=1", 0, NULL}},
        {"x/ l@../../x", "+l/a=1", {"", "x/ l@../../x x/a=1", 0, NULL}},
        {"x/", "+s@t", {"", "x/ s@t", 0, NULL}},
        {"x/", "+x/a= h/b=", {"", "x/ x/a= h/ h/b=", 0, NULL}},
        {"l@nowhere", "+l/a=1", {"", NULL, ERROR_EXISTS, "leads nowhere"}},
        {"l@l", "+l/a=1", {"", NULL, ERROR_EXISTS, "leads nowhere"}},
        {"a=1", "+a/b=1", {"", NULL, ERROR_EXISTS, "no directory"}},
        {"h/a@b", "h/a=1", {"", NULL, ERROR_UNSUPPORTED, "symbolic link to b"}},
        {"h/a/", "h/a=1", {"", NULL, ERROR_UNSUPPORTED, "is a directory"}},
        {"b=1 h/a>b", "h/a=1", {"", NULL, ERROR_UNSUPPORTED, "hard link"}},
        {"h/a=1 !", "h/b=1", {"", NULL, ERROR_DAMAGED, "ends badly"}},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        struct error err = {0};
        AUTO_SOURCE struct source *source = NULL;
        assert_ok(overlay_over(&source, words_source(cases[i].tree, NULL), cases[i].words, &err));
        filter_case_check(source, &cases[i].expected);
    }
}

static void metadata_stays(void **state UNUSED)
{
    static const struct xattr xattrs[] = {{"user.a", "value", 5}};
    const struct entry like = {
        .mode = 04751,
        .uid = 5,
        .gid = 6,
        .xattrs = xattrs,
        .n_xattrs = 1,
        .mtime = {.seconds = 1},
        .crtime = {.seconds = 2},
    };
    const struct entry *entry;
    struct error err = {0};
    AUTO_SOURCE struct source *source = NULL;
    assert_ok(overlay_over(&source, words_source("h/a=1 h/b=2", &like), "h/a=3 h/c=4", &err));
    for (const char *name = "abc"; *name; name++) {
        bool new = *name == 'c';
        assert_int_equal(source_next(source, &entry, &err), 1);
        assert_int_equal(entry->path[2], *name);
        assert_int_equal(entry->mode, new ? 0600 : 04751);
        assert_int_equal(entry->uid, new ? 0 : 5);
        assert_int_equal(entry->gid, new ? 0 : 6);
        assert_int_equal(entry->n_xattrs, new ? 0 : 1);
        if (!new) {
            assert_string_equal(entry->xattrs[0].name, "user.a");
            assert_memory_equal(entry->xattrs[0].value, "value", 5);
        }
        assert_int_equal(entry->mtime.seconds, *name == 'b' ? 1 : 77);
        assert_int_equal(entry->crtime.seconds, new ? 77 : 2);
    }
    assert_int_equal(source_next(source, &entry, &err), 0);
    assert_int_equal(source_next(source, &entry, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_are_changed),
        cmocka_unit_test(metadata_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
