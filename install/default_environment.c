/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/default_environment.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static int begin(struct registration_list *list, struct error *err)
{
    static const char *const rest[] = {
        "LANG=" DEFAULT_ENVIRONMENT_LANG,
        "PATH=" DEFAULT_ENVIRONMENT_PATH,
        "TERM=" DEFAULT_ENVIRONMENT_TERM,
    };
    struct utsname machine;
    char hosttype[sizeof(machine.machine) + sizeof("HOSTTYPE=")];
    uname(&machine);
    snprintf(hosttype, sizeof(hosttype), "HOSTTYPE=%s", machine.machine);
    if (texts_add(&list->texts, hosttype, err) < 0)
        return -1;
    for (size_t i = 0; i < array_length(rest); i++) {
        if (texts_add(&list->texts, rest[i], err) < 0)
            return -1;
    }
    list->given = true;
    return 0;
}

int default_environment_set(struct registration_list *list, const char *variable, struct error *err)
{
    size_t name = strcspn(variable, "=");
    size_t i = 0;
    if (name == 0 || !variable[name] || !text_is_utf8(variable))
        return error_set(err, ERROR_USAGE, "'%s' is no NAME=VALUE in UTF-8", variable);
    if (!list->given && begin(list, err) < 0)
        return -1;
    while (i < list->texts.n && strncmp(list->texts.items[i], variable, name + 1) != 0)
        i++;
    if ((i < list->texts.n ? text_set(&list->texts.items[i], variable, err)
                           : texts_add(&list->texts, variable, err)) < 0)
        return -1;
    return registration_check_list(list, "DefaultEnvironment", err);
}
