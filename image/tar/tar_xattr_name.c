/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tar/tar_xattr_name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool gnu_encodes(unsigned char byte)
{
    return byte == '%' || byte == '=';
}

static bool url_encodes(unsigned char byte)
{
    return gnu_encodes(byte) || byte <= ' ' || byte >= 0x7f;
}

static bool none_of(const char *name, bool (*encodes)(unsigned char byte))
{
    while (*name && !encodes((unsigned char)*name))
        name++;
    return *name == '\0';
}

bool tar_xattr_name_plain(const char *name)
{
    return none_of(name, gnu_encodes);
}

bool tar_xattr_name_direct(const char *name)
{
    return none_of(name, url_encodes);
}

static void encode(char *to, const char *name, bool (*encodes)(unsigned char byte))
{
    for (; *name; name++) {
        if (encodes((unsigned char)*name))
            to += sprintf(to, "%%%02X", (unsigned char)*name);
        else
            *to++ = *name;
    }
    *to = '\0';
}

void tar_xattr_name_encode_gnu(char *to, const char *name)
{
    encode(to, name, gnu_encodes);
}

void tar_xattr_name_encode_url(char *to, const char *name)
{
    encode(to, name, url_encodes);
}

static int hex_digit(char digit)
{
    return isdigit((unsigned char)digit) ? digit - '0' : toupper((unsigned char)digit) - 'A' + 10;
}

static bool is_code(const char *at, bool upper)
{
    return at[0] == '%' && isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2]) &&
           !(upper && (islower((unsigned char)at[1]) || islower((unsigned char)at[2])));
}

/* Of the bytes that encodes is true for, in upper case as GNU tar has it; all where it is NULL. */
static void decode(char *name, bool (*encodes)(unsigned char byte))
{
    char *to = name;
    for (const char *at = name; *at; to++) {
        int byte = 0;
        if (is_code(at, encodes != NULL))
            byte = hex_digit(at[1]) << 4 | hex_digit(at[2]);
        bool decoded = byte > 0 && (!encodes || encodes((unsigned char)byte));
        *to = decoded ? (char)byte : *at;
        at += decoded ? 3 : 1;
    }
    *to = '\0';
}

void tar_xattr_name_decode_gnu(char *name)
{
    decode(name, gnu_encodes);
}

void tar_xattr_name_decode_url(char *name)
{
    decode(name, NULL);
}
