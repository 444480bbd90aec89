/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of a tree that provisioning edits: etc/passwd, etc/group, etc/subuid and etc/wsl.conf, one
 * behind the other with a NUL in between. What comes out of it must be what was asked for. */
#include <stdlib.h>
#include <string.h>

#include "image/provision/provision.h"
#include "image/provision/provision_conf.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/list_source.h"

enum {
    BYTES_MAX = 4096,
};

static const char *const paths[] = {"etc/passwd", "etc/group", "etc/subuid", "etc/wsl.conf"};

static void demand(bool good)
{
    if (!good)
        abort();
}

/* The content of the current entry, with a NUL. */
static char *content_take(struct source *source, const struct entry *entry)
{
    struct content piece;
    char *text = calloc(1, (size_t)entry->size + 1);
    demand(text);
    while (source_content(source, &piece, NULL) > 0) {
        demand(piece.offset + piece.n <= entry->size);
        memcpy(text + piece.offset, piece.bytes, piece.n);
    }
    return text;
}

static void conf_check(const char *text)
{
    AUTO_FREE char *value = NULL;
    demand(conf_get(&value, text, "", "USER", "Default", NULL) == 0 && value);
    demand(strcmp(value, "me") == 0);
    AUTO_FREE char *command = NULL;
    demand(conf_get(&command, text, "", "boot", "command", NULL) == 0 && command);
    demand(strcmp(command, " \"a\\\n# b\" ") == 0);
}

static void passwd_check(const char *text, uint32_t uid)
{
    bool found = false;
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncmp(line, "me:", 3) != 0)
            continue;
        const char *number = strchr(line + 3, ':');
        found = found || (number && strtoul(number + 1, NULL, 10) == uid);
    }
    demand(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const conf[] = {"boot.command= \"a\\\n# b\" ", NULL};
    struct list_member members[array_length(paths)] = {0};
    char text[BYTES_MAX + array_length(paths) + 1] = "";
    const struct entry *entry;
    uint32_t uid = UINT32_MAX;
    if (size > BYTES_MAX)
        return 0;
    memcpy(text, data, size);
    const char *at = text;
    for (size_t i = 0; i < array_length(paths); i++) {
        members[i].entry.path = paths[i];
        members[i].text = at;
        at += at < text + size ? strlen(at) + 1 : 0;
    }
    struct list_source list = list_source(members, array_length(paths));
    const struct provision provision = {
        .user = "me",
        .password_hash = "!",
        .sudo = true,
        .wsl_conf = conf,
        .now = {.seconds = 1700000000},
        .uid = &uid,
    };
    AUTO_SOURCE struct source *source = NULL;
    demand(source_provisioned(&source, &list.source, &provision, NULL, NULL) == 0);
    while (source_next(source, &entry, NULL) > 0) {
        if (entry->type != ENTRY_FILE)
            continue;
        AUTO_FREE char *content = content_take(source, entry);
        if (strcmp(entry->path, "etc/wsl.conf") == 0)
            conf_check(content);
        if (strcmp(entry->path, "etc/passwd") == 0)
            passwd_check(content, uid);
    }
    return 0;
}
