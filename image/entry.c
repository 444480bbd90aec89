/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/entry.h"

#include <sys/stat.h>

#include "core/attributes.h"

static const struct {
    const char *words;
    char letter; /* of ls -l */
    mode_t bits;
} types[] = {
    [ENTRY_FILE] = {"file", '-', S_IFREG},
    [ENTRY_DIRECTORY] = {"directory", 'd', S_IFDIR},
    [ENTRY_SYMLINK] = {"symbolic link", 'l', S_IFLNK},
    [ENTRY_CHARACTER] = {"character device", 'c', S_IFCHR},
    [ENTRY_BLOCK] = {"block device", 'b', S_IFBLK},
    [ENTRY_FIFO] = {"fifo", 'p', S_IFIFO},
    [ENTRY_SOCKET] = {"socket", 's', S_IFSOCK},
    [ENTRY_LINK] = {"hard link", 'h', 0},
};

const char *entry_type_words(enum entry_type type)
{
    return (size_t)type < array_length(types) ? types[type].words : "unknown type";
}

mode_t entry_type_bits(enum entry_type type)
{
    return types[type].bits;
}

bool entry_type_of(mode_t mode, enum entry_type *out)
{
    for (enum entry_type type = ENTRY_FILE; type < ENTRY_LINK; type++) {
        if (types[type].bits == (mode & S_IFMT)) {
            *out = type;
            return true;
        }
    }
    return false;
}

void entry_mode_text(const struct entry *entry, char text[ENTRY_MODE_TEXT_BYTES])
{
    static const struct {
        int position;
        uint16_t bit, execute;
        char with, without; /* execute permission */
    } special[] = {
        {3, 04000, 0100, 's', 'S'},
        {6, 02000, 0010, 's', 'S'},
        {9, 01000, 0001, 't', 'T'},
    };

    text[0] = (size_t)entry->type < array_length(types) ? types[entry->type].letter : '?';
    for (int i = 0; i < 9; i++)
        text[1 + i] = entry->mode & (0400 >> i) ? "rwx"[i % 3] : '-';
    for (size_t i = 0; i < array_length(special); i++) {
        if (entry->mode & special[i].bit)
            text[special[i].position] =
                entry->mode & special[i].execute ? special[i].with : special[i].without;
    }
    text[10] = '\0';
}
