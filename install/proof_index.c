/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/proof_index.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "install/proof_list.h"

static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789._-/";

/* "PATH SIZE" in n bytes: the length of PATH, 0 where it is another line. */
static size_t parse_line(const char *line, size_t n, uint64_t *size)
{
    size_t length = strspn(line, allowed);
    char digits[24];
    char *end;
    if (length == 0 || length >= n || line[length] != ' ' || n - length > sizeof(digits) ||
        line[0] == '/' || !memchr(line, '/', length) || memmem(line, length, "..", 2))
        return 0;
    snprintf(digits, sizeof(digits), "%.*s", (int)(n - length - 1), line + length + 1);
    errno = 0;
    *size = strtoull(digits, &end, 10);
    return errno == 0 && *end == '\0' && digits[0] >= '1' && digits[0] <= '9' ? length : 0;
}

int proof_index_parse(char **path, uint64_t *size, const char *text, const char *label,
                      struct error *err)
{
    AUTO_FREE char *found = NULL;
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\r\n");
        uint64_t bytes;
        size_t length = parse_line(line, n, &bytes);
        if (length > 0 && found)
            return error_set(err, ERROR_VERIFY, "%s names more than one file; it is not trusted",
                             label);
        if (length > 0) {
            found = strndup(line, length);
            if (!found)
                return error_no_memory(err);
            *size = bytes;
        }
        line += n + (line[n] != '\0');
    }
    if (!found)
        return error_set(err, ERROR_VERIFY, "%s names no file with its size; it is not trusted",
                         label);
    *path = steal(&found);
    return 0;
}

int proof_index_get(char **url, uint64_t *size, const struct proof_plan *plan, const char *base,
                    bool offline, struct events *events, struct error *err)
{
    CLEANUP(proof_list_close) struct proof_list list = {0};
    AUTO_FREE char *path = NULL;
    struct proof_plan own = *plan; /* nothing of it is owned here */
    own.list = plan->index;
    own.signature = NULL;
    if (proof_list_open(&list, &own, offline, events, err) < 0 || proof_list_get(&list, err) < 0)
        return -1;
    if (proof_index_parse(&path, size, list.verified.text, plan->index, err) < 0) {
        proof_list_discard(&list);
        return -1;
    }
    if ((list.verified.is_signed && proof_list_remember(&list, &list.verified.signer, err) < 0))
        return -1;
    free(steal(url));
    if (asprintf(url, "%s%s", base, path) >= 0)
        return 0;
    *url = NULL;
    return error_no_memory(err);
}
