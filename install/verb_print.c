/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/verb_print.h"

#include <stdio.h>
#include <string.h>

#include "core/cli.h"
#include "core/size.h"
#include "install/report.h"

void print_json(const json_t *value)
{
    json_dumpf(value, stdout, JSON_INDENT(2));
    putchar('\n');
}

void print_column(const char *text, int width)
{
    int n = (int)strlen(text);
    cli_print_escaped(text);
    printf("%*s", n < width ? width - n : 0, "");
}

void print_field(const char *label, const char *value)
{
    printf("%s:%*s", label, (int)(strlen(label) < 15 ? 15 - strlen(label) : 1), "");
    cli_print_escaped(value);
    putchar('\n');
}

void print_size(const char *label, uint64_t bytes)
{
    char text[SIZE_TEXT_BYTES];
    print_field(label, size_format(bytes, text));
}

void print_environment(const struct registration_list *list)
{
    if (list->given && list->texts.n == 0)
        print_field("Environment", "empty");
    for (size_t i = 0; i < list->texts.n; i++)
        print_field("Environment", list->texts.items[i]);
}

int print_registration_json(const struct registry *registry, const struct registration *entry,
                            struct error *err)
{
    AUTO_FREE char *disk = NULL;
    json_auto_t *report = json_pack("{s:i}", "version", REPORT_VERSION);
    json_auto_t *values = NULL;
    struct error why;
    uint64_t size;
    if (registration_disk(entry, &disk, err) < 0 ||
        report_registration(&values, registry, entry, err) < 0)
        return -1;
    json_t *bytes =
        report_disk_size(&size, disk, &why) == 0 ? json_integer((json_int_t)size) : json_null();
    if (json_object_update(report, values) < 0 ||
        json_object_set_new(report, "disk_size", bytes) < 0)
        return error_no_memory(err);
    print_json(report);
    return 0;
}
