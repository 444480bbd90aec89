/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tree_numbers.h"

#include <stdlib.h>

#include "core/cancel.h"
#include "core/list.h"

int tree_numbers_add(struct tree_numbers *numbers, struct tree_file *file, struct error *err)
{
    if (list_grow(&numbers->files, numbers->n, &numbers->size, err) < 0)
        return -1;
    numbers->files[numbers->n++] = file;
    return 0;
}

struct tree_file *tree_numbers_find(const struct tree_numbers *numbers, uint32_t number)
{
    struct tree_file **files = numbers->files;
    size_t low = 0, high = numbers->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (files[middle]->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < numbers->n && files[low]->number == number ? files[low] : NULL;
}

void tree_numbers_free(struct tree_numbers *numbers)
{
    free(numbers->files);
    *numbers = (struct tree_numbers){0};
}

int tree_numbers_link(const struct tree_numbers *numbers, struct tree *tree,
                      int (*names)(void *context, struct tree_file *directory, struct error *err),
                      void *context, struct error *err)
{
    AUTO_FREE struct tree_file **queue = calloc(numbers->n + 1, sizeof(struct tree_file *));
    size_t n = 0;

    if (!queue)
        return error_no_memory(err);
    queue[n++] = tree->root;
    for (size_t i = 0; i < n; i++) {
        struct tree_directory *directory = queue[i]->directory;
        directory->implied = false;
        if (names(context, queue[i], err) < 0 || cancel_check(err) < 0)
            return -1;
        for (const struct tree_name *name = directory->first; name; name = name->sibling) {
            if (name->file->type == ENTRY_DIRECTORY)
                queue[n++] = name->file;
        }
    }
    return 0;
}
