/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_root.h"

#include <stdlib.h>
#include <string.h>

#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_name_read.h"

enum {
    MARKED = NTFS_SURVEY_WSLFS | NTFS_SURVEY_LXFS,
};

static bool is_rootfs(const struct ntfs_survey *survey, uint32_t directory)
{
    char text[NTFS_NAME_TEXT_BYTES];
    uint32_t index = survey->records[directory].name;
    if (index == 0)
        return false;
    const struct ntfs_survey_name *name = &survey->names[index - 1];
    ntfs_name_text_raw(name->units, name->length, text);
    return strcmp(text, "rootfs") == 0;
}

/* Directories with metadata that do not lie in one that has it too. */
struct candidates {
    size_t n_rootfs, n_others;
    uint32_t rootfs[2], other; /* the first ones */
};

static void candidates_find(struct candidates *out, const struct ntfs_survey *survey)
{
    *out = (struct candidates){0};
    for (uint64_t number = NTFS_EXTEND + 1; number < survey->n_records; number++) {
        const struct ntfs_survey_record *record = &survey->records[number];
        if (!(record->flags & MARKED) || record->name == 0)
            continue;
        uint32_t parent = survey->names[record->name - 1].parent;
        if (survey->records[parent].flags & MARKED)
            continue;
        if (!is_rootfs(survey, (uint32_t)number))
            out->other = out->n_others++ ? out->other : (uint32_t)number;
        else if (out->n_rootfs++ < array_length(out->rootfs))
            out->rootfs[out->n_rootfs - 1] = (uint32_t)number;
    }
}

static int choice_refuse(const struct ntfs_survey *survey, const struct candidates *candidates,
                         struct error *err)
{
    AUTO_FREE char *a = ntfs_survey_path(survey, NTFS_ROOT, candidates->rootfs[0]);
    AUTO_FREE char *b = ntfs_survey_path(survey, NTFS_ROOT, candidates->rootfs[1]);
    if (!a || !b)
        return error_no_memory(err);
    return error_set(err, ERROR_USAGE,
                     "the volume holds %zu Linux systems, as in %s and in %s; say which one with "
                     "--path",
                     candidates->n_rootfs, a, b);
}

static int asked_find(struct ntfs_root *out, const struct ntfs_survey *survey, const char *path,
                      struct error *err)
{
    if (!ntfs_survey_find(survey, NTFS_ROOT, path, &out->directory))
        return error_set(err, ERROR_NOT_FOUND,
                         "there is no %s on the volume (--path); --path / shows all of it", path);
    if (!(survey->records[out->directory].flags & NTFS_SURVEY_DIRECTORY))
        return error_set(err, ERROR_WRONG_KIND,
                         "%s on the volume is not a directory (--path); give the one that holds "
                         "the tree",
                         path);
    return 0;
}

static int root_choose(struct ntfs_root *out, const struct ntfs_survey *survey, struct error *err)
{
    struct candidates candidates;
    uint32_t directory;

    out->directory = NTFS_ROOT;
    if (survey->records[NTFS_ROOT].flags & MARKED)
        return 0;
    if (ntfs_survey_find(survey, NTFS_ROOT, "rootfs", &directory) &&
        survey->records[directory].flags & MARKED) {
        out->directory = directory;
        return 0;
    }
    candidates_find(&candidates, survey);
    if (candidates.n_rootfs > 1)
        return choice_refuse(survey, &candidates, err);
    out->is_found = candidates.n_rootfs == 1 || candidates.n_others == 1;
    if (out->is_found)
        out->directory = candidates.n_rootfs == 1 ? candidates.rootfs[0] : candidates.other;
    return 0;
}

/* The oldest systems kept /home and /root apart, so that they outlived a new root. */
static void beside_find(struct ntfs_root *out, const struct ntfs_survey *survey)
{
    static const char *const names[NTFS_BESIDE_MAX] = {"home", "root"};
    uint32_t index = survey->records[out->directory].name;
    uint32_t directory;

    for (size_t i = 0; index > 0 && i < array_length(names); i++) {
        uint32_t parent = survey->names[index - 1].parent;
        if (ntfs_survey_find(survey, parent, names[i], &directory) && directory != out->directory &&
            survey->records[directory].flags & NTFS_SURVEY_LXFS) {
            out->beside[out->n_beside].name = names[i];
            out->beside[out->n_beside++].directory = directory;
        }
    }
}

int ntfs_root_find(struct ntfs_root *out, const struct ntfs_survey *survey, const char *path,
                   struct error *err)
{
    *out = (struct ntfs_root){0};
    if (survey->n_records <= NTFS_ROOT ||
        !(survey->records[NTFS_ROOT].flags & NTFS_SURVEY_DIRECTORY))
        return error_set(err, ERROR_DAMAGED,
                         "the volume has no root directory; run chkdsk on it in Windows");
    int rc = path ? asked_find(out, survey, path, err) : root_choose(out, survey, err);
    if (rc < 0)
        return -1;
    uint8_t flags = survey->records[out->directory].flags;
    out->generation = flags & NTFS_SURVEY_LXFS    ? NTFS_LXFS
                      : flags & NTFS_SURVEY_WSLFS ? NTFS_WSLFS
                                                  : NTFS_NO_LINUX;
    if (out->generation == NTFS_LXFS && is_rootfs(survey, out->directory))
        beside_find(out, survey);
    return 0;
}
