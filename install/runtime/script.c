/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/runtime/script.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "install/runtime/reg_file.h"
#include "install/text.h"

#define PLACE "@PLACE@" /* stands for BasePath where only the script knows it */

/* ---- the .reg file ---- */

static int check_directory(const char *directory, struct error *err)
{
    bool drive = isalpha((unsigned char)directory[0]) && directory[1] == ':' &&
                 directory[2] == '\\' && directory[3] != '\0';
    if (drive && !strpbrk(directory + 2, "/:*?\"<>|") && text_is_utf8(directory))
        return 0;
    return error_set(err, ERROR_USAGE,
                     "--windows-dir takes a directory as Windows writes it, as C:\\wsl\\lab, and "
                     "not '%s'",
                     directory);
}

/* lxkit's own notes stay at home: they are of no use to Windows, and tell of the maker's machine.
 */
static int put_values(struct reg_text *out, const struct script_request *request, const char *place,
                      struct error *err)
{
    struct registration entry = request->subject->entry;
    for (size_t i = 0; i < REGISTRATION_VALUES; i++) {
        const struct registration_value *value = &registration_values[i];
        if (!value->own && registration_has(&entry, value) &&
            reg_put_value(out, &entry, value, place, err) < 0)
            return -1;
    }
    return 0;
}

static int make_reg(struct reg_text *out, const struct script_request *request, const char *place,
                    struct error *err)
{
    char guid[GUID_BRACED_BYTES], key[sizeof(REG_LXSS) + GUID_BRACED_BYTES];
    guid_format_braced(&request->subject->entry.guid, guid);
    snprintf(key, sizeof(key), "%s\\%s", REG_LXSS, guid);
    if (reg_begin(out, err) < 0 || reg_put_key(out, key, err) < 0 ||
        put_values(out, request, place, err) < 0)
        return -1;
    if (!request->set_default)
        return 0;
    return reg_put_key(out, REG_LXSS, err) < 0
               ? -1
               : reg_put_text(out, "DefaultDistribution", guid, err);
}

int script_write_reg(const char *path, const struct script_request *request, struct error *err)
{
    AUTO_REG_TEXT struct reg_text text = {0};
    AUTO_FREE uint8_t *bytes = NULL;
    size_t n;
    if (request->subject->medium == MEDIUM_NTFS_DISK)
        return error_set(err, ERROR_UNSUPPORTED,
                         "the disk of a translation distribution has to be attached before it can "
                         "be registered, which a .reg file does not do; --write-ps1 writes a "
                         "script that does both");
    if (!request->directory)
        return error_set(err, ERROR_USAGE,
                         "a .reg file says where the disk lies on that machine; give the directory "
                         "with --windows-dir 'C:\\...'");
    if (check_directory(request->directory, err) < 0 ||
        make_reg(&text, request, request->directory, err) < 0 ||
        reg_end(&bytes, &n, &text, err) < 0)
        return -1;
    return text_write_new(path, (const char *)bytes, n, err);
}

/* ---- the script ---- */

/* How long the quotation mark that text begins with is, 0 where it begins with none: PowerShell
 * also takes U+2018 to U+201B for the end of what is quoted. */
static size_t quote_length(const char *text)
{
    if (*text == '\'')
        return 1;
    bool typographic = strncmp(text, "\xe2\x80", 2) == 0 && (text[2] & 0xfc) == 0x98;
    return typographic ? 3 : 0;
}

/* 'Text' as PowerShell quotes it; control characters stand outside, as numbers. */
static void put_quoted(FILE *out, const char *text)
{
    putc('\'', out);
    for (const char *c = text; *c; c++) {
        size_t mark = quote_length(c);
        if (iscntrl((unsigned char)*c)) {
            fprintf(out, "' + [char]%d + '", *c);
            continue;
        }
        fwrite(c, 1, mark, out);
        putc(*c, out);
    }
    putc('\'', out);
}

static void put_head(FILE *out, const struct script_request *request)
{
    const struct registration *entry = &request->subject->entry;
    fprintf(out, "# Registers the distribution %s with WSL, for the user who runs this.\n",
            entry->distribution_name);
    if (!request->directory)
        fputs("# It lies in the directory in which the distribution is to stay.\n", out);
    fprintf(out,
            "#     powershell -ExecutionPolicy Bypass -File THIS.ps1\n"
            "# 'wsl --unregister %s' deletes the distribution with its files.\n",
            entry->distribution_name);
    if (request->subject->medium == MEDIUM_NTFS_DISK)
        fputs("# To be run as an administrator, by that same user. Windows forgets an attached\n"
              "# disk when it restarts: run this again then.\n"
              "#Requires -RunAsAdministrator\n",
              out);
    fputs("\n$ErrorActionPreference = 'Stop'\n$name = ", out);
    put_quoted(out, entry->distribution_name);
    fputs("\n$directory = ", out);
    if (request->directory)
        put_quoted(out, request->directory);
    else
        fputs("$PSScriptRoot", out);
    fputs("\n$lxss = 'HKCU:\\Software\\Microsoft\\Windows\\CurrentVersion\\Lxss'\n\n"
          "function Find-Distribution {\n"
          "    if (Test-Path -LiteralPath $lxss) {\n"
          "        Get-ChildItem -LiteralPath $lxss |\n"
          "            Where-Object { $_.GetValue('DistributionName') -eq $name }\n"
          "    }\n"
          "}\n",
          out);
}

static void put_disk(FILE *out, const struct registration *entry)
{
    fputs("\n$disk = Join-Path $directory ", out);
    put_quoted(out, entry->vhd_file_name);
    fputs("\nif (-not (Test-Path -LiteralPath $disk -PathType Leaf)) {\n"
          "    throw \"There is no $disk; put the disk there.\"\n"
          "}\n",
          out);
}

static void put_refusal(FILE *out)
{
    fputs("\nif (Find-Distribution) {\n"
          "    throw \"A distribution is registered as $name already.\"\n"
          "}\n",
          out);
}

static void put_environment(FILE *out, const struct registration_list *list)
{
    if (!list->given)
        return;
    fputs("New-ItemProperty -LiteralPath $key.PSPath -Name DefaultEnvironment "
          "-PropertyType MultiString -Force -Value ([string[]]@(",
          out);
    for (size_t i = 0; i < list->texts.n; i++) {
        fputs(i == 0 ? "\n    (" : ",\n    (", out);
        put_quoted(out, list->texts.items[i]);
        putc(')', out);
    }
    fputs(")) | Out-Null\n", out);
}

/* wsl.exe looks at the disk, and gives the virtual machine access to it. */
static void put_vm(FILE *out, const struct script_request *request)
{
    const struct registration *entry = &request->subject->entry;
    put_disk(out, entry);
    put_refusal(out);
    fputs("& wsl.exe --import-in-place $name $disk\n"
          "if ($LASTEXITCODE -ne 0) {\n"
          "    throw \"wsl.exe did not register $disk.\"\n"
          "}\n"
          "$key = Find-Distribution\n",
          out);
    fprintf(out,
            "Set-ItemProperty -LiteralPath $key.PSPath -Name DefaultUid -Value %u -Type DWord\n"
            "Set-ItemProperty -LiteralPath $key.PSPath -Name RunOOBE -Value %u -Type DWord\n",
            entry->default_uid, entry->run_oobe);
    put_environment(out, &entry->default_environment);
    if (request->set_default)
        fputs("& wsl.exe --set-default $name\n", out);
}

/* All values at once: a key that lacks some breaks every distribution of the user. */
static int put_import(FILE *out, const struct script_request *request, struct error *err)
{
    AUTO_REG_TEXT struct reg_text text = {0};
    if (make_reg(&text, request, PLACE, err) < 0)
        return -1;
    fputs("\n$values = @'\n", out);
    for (const char *c = text.text + strlen("\xef\xbb\xbf"); *c; c++) {
        if (*c != '\r')
            putc(*c, out);
    }
    fputs("'@\n"
          "$values = $values.Replace('" PLACE "', $place.Replace('\\', '\\\\'))\n"
          "$file = Join-Path $env:TEMP \"$([guid]::NewGuid()).reg\"\n"
          "[IO.File]::WriteAllText($file, $values, [Text.Encoding]::Unicode)\n"
          "try {\n"
          "    & reg.exe import $file\n"
          "    if ($LASTEXITCODE -ne 0) {\n"
          "        throw \"reg.exe did not import $file.\"\n"
          "    }\n"
          "} finally {\n"
          "    Remove-Item -LiteralPath $file\n"
          "}\n",
          out);
    return 0;
}

static int put_ntfs_disk(FILE *out, const struct script_request *request, struct error *err)
{
    put_disk(out, &request->subject->entry);
    fputs("\n# The disk's file system shows in this folder.\n"
          "$place = Join-Path $directory $name\n"
          "if (-not (Test-Path -LiteralPath (Join-Path $place 'rootfs'))) {\n"
          "    if (-not (Get-DiskImage -ImagePath $disk).Attached) {\n"
          "        Mount-DiskImage -ImagePath $disk -NoDriveLetter | Out-Null\n"
          "    }\n"
          "    $volume = Get-DiskImage -ImagePath $disk | Get-Volume\n"
          "    if (-not $volume) {\n"
          "        throw \"Windows finds no volume on $disk.\"\n"
          "    }\n"
          "    New-Item -ItemType Directory -Force -Path $place | Out-Null\n"
          "    & mountvol.exe $place $volume.UniqueId\n"
          "    if (-not (Test-Path -LiteralPath (Join-Path $place 'rootfs'))) {\n"
          "        throw \"There is no rootfs in $place.\"\n"
          "    }\n"
          "}\n"
          "$key = Find-Distribution\n"
          "if ($key -and $key.GetValue('BasePath') -eq $place) {\n"
          "    return # it is attached again, and was registered before\n"
          "}\n",
          out);
    put_refusal(out);
    return put_import(out, request, err);
}

static int put_tree(FILE *out, const struct script_request *request, struct error *err)
{
    fputs("\n$place = $directory\n"
          "if (-not (Test-Path -LiteralPath (Join-Path $place 'rootfs'))) {\n"
          "    throw \"There is no rootfs in $place; put the tree there.\"\n"
          "}\n",
          out);
    put_refusal(out);
    return put_import(out, request, err);
}

static int put_script(FILE *out, const struct script_request *request, struct error *err)
{
    put_head(out, request);
    switch (request->subject->medium) {
    case MEDIUM_DISK:
        put_vm(out, request);
        return 0;
    case MEDIUM_NTFS_DISK:
        return put_ntfs_disk(out, request, err);
    case MEDIUM_TREE:
        return put_tree(out, request, err);
    }
    return error_set(err, ERROR_INTERNAL, "there is no medium %d", request->subject->medium);
}

/* With CRLF, and a byte order mark, without which Windows PowerShell takes it for another code. */
static int finish(char **out, size_t *n, const char *text, struct error *err)
{
    char *script = malloc(2 * strlen(text) + sizeof("\xef\xbb\xbf"));
    if (!script)
        return error_no_memory(err);
    char *to = stpcpy(script, "\xef\xbb\xbf");
    for (const char *c = text; *c; c++) {
        if (*c == '\n')
            *to++ = '\r';
        *to++ = *c;
    }
    *out = script;
    *n = (size_t)(to - script);
    return 0;
}

int script_write_ps1(const char *path, const struct script_request *request, struct error *err)
{
    AUTO_FREE char *text = NULL, *script = NULL;
    size_t n;
    if (request->directory && check_directory(request->directory, err) < 0)
        return -1;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        return error_no_memory(err);
    int rc = put_script(out, request, err);
    if (fclose(out) != 0)
        return error_no_memory(err);
    if (rc < 0 || finish(&script, &n, text, err) < 0)
        return -1;
    return text_write_new(path, script, n, err);
}
