/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/contract_text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* In WSL's own words, as far as they fit: programs look for the second line. */
#define MADE_BY_WSL(key)                                                                     \
    "# This file was automatically generated at start. To stop automatic generation of this" \
    " file,\n# add the following entry to /etc/wsl.conf:\n# [network]\n# " key " = false\n"

static bool is_border(char c)
{
    return c == '-' || c == '.';
}

void contract_hostname(char out[CONTRACT_HOSTNAME_BYTES], const char *name)
{
    size_t n = 0;
    for (; *name && n + 1 < CONTRACT_HOSTNAME_BYTES; name++) {
        if (isalnum((unsigned char)*name) || (n > 0 && is_border(*name)))
            out[n++] = *name;
    }
    while (n > 0 && is_border(out[n - 1]))
        n--;
    out[n] = '\0';
    if (n == 0)
        strcpy(out, "localhost");
}

int contract_hosts(char **out, const char *hostname, struct error *err)
{
    int n = asprintf(out,
                     MADE_BY_WSL("generateHosts") "127.0.0.1\tlocalhost\n"
                                                  "127.0.1.1\t%s\n"
                                                  "\n"
                                                  "::1\tip6-localhost ip6-loopback\n"
                                                  "fe00::0\tip6-localnet\n"
                                                  "ff00::0\tip6-mcastprefix\n"
                                                  "ff02::1\tip6-allnodes\n"
                                                  "ff02::2\tip6-allrouters\n",
                     hostname);
    return n < 0 ? error_no_memory(err) : 0;
}

int contract_resolv_conf(char **out, const char *nameserver, struct error *err)
{
    int n = asprintf(out, MADE_BY_WSL("generateResolvConf") "nameserver %s\n", nameserver);
    return n < 0 ? error_no_memory(err) : 0;
}

int contract_assignment(char **out, const char *text, const char *name, struct error *err)
{
    size_t length = strlen(name);
    *out = NULL;
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
        if (strncmp(text, name, length) != 0 || text[length] != '=')
            continue;
        const char *value = text + length + 1;
        size_t n = strcspn(value, "\r\n");
        if (n >= 2 && (*value == '"' || *value == '\'') && value[n - 1] == *value) {
            value++;
            n -= 2;
        }
        *out = strndup(value, n);
        return *out ? 0 : error_no_memory(err);
    }
    return 0;
}
