/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lxvhdx: VHDX virtual disks. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "core/cli.h"
#include "core/cli_findings.h"
#include "core/size.h"
#include "vhdx/vhdx.h"

enum {
    JSON_VERSION = 1,
};

static int json_print(json_t *json, struct error *err)
{
    if (!json)
        return error_no_memory(err);
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    putchar('\n');
    return 0;
}

/* 0 in *out where the option is not given. */
static int block_size_get(const struct cli *cli, uint32_t *out, struct error *err)
{
    uint64_t bytes = 0;
    *out = 0;
    if (!cli_value(cli, "block-size"))
        return 0;
    if (cli_size(cli, "block-size", &bytes, err) < 0 || vhdx_block_size_check(bytes, err) < 0)
        return -1;
    *out = (uint32_t)bytes;
    return 0;
}

/* ---- create ---- */

static const struct cli_option create_options[] = {
    {"size", 's', "SIZE", "virtual size, 3M to 64T, a multiple of 1M; must be given"},
    {"block-size", 'b', "SIZE", "allocation unit, 1M to 256M (default: 1M, more above 4T)"},
    {"fixed", 0, NULL, "a fixed disk: space for all of its content"},
    {0},
};

static int create(struct cli *cli, struct error *err)
{
    struct disk_geometry geometry = {.fixed = cli_flag(cli, "fixed")};
    if (!cli_value(cli, "size"))
        return error_set(err, ERROR_USAGE, "the size is missing; say --size 1T, for example");
    if (cli_size(cli, "size", &geometry.size, err) < 0 ||
        block_size_get(cli, &geometry.block_size, err) < 0)
        return -1;
    return vhdx_create(cli->operands[0], &geometry, err);
}

/* ---- info ---- */

static const char *disk_type(const struct vhdx_info *info)
{
    if (info->differencing)
        return "differencing";
    return info->fixed ? "fixed" : "dynamic";
}

static const char *log_word(const struct vhdx_info *info)
{
    if (info->header_lost)
        return "unknown";
    return info->dirty ? "dirty" : "empty";
}

static void log_print(const struct vhdx_info *info)
{
    printf("%-16s %s", "log", log_word(info));
    if (info->header_lost)
        printf(": neither header is valid, the rest may be out of date");
    else if (info->log_entries > 0)
        printf(": %" PRIu64 " entries wait; all else is the disk with them", info->log_entries);
    else if (info->dirty)
        printf(" and unusable: the rest may be out of date");
    putchar('\n');
}

/* Under the format's own names. */
static json_t *parent_json(const struct vhdx_locator *locator)
{
    char id[GUID_TEXT_BYTES];
    guid_format(&locator->linkage, id);
    json_t *json = json_pack("{s:s}", "parent_linkage", id);
    for (int i = 0; i < VHDX_PARENT_PATHS; i++)
        if (locator->paths[i][0] != '\0')
            json_object_set_new(json, vhdx_parent_path_key(i), json_string(locator->paths[i]));
    return json;
}

static int info_print_json(const struct vhdx_info *info, struct error *err)
{
    char disk_id[GUID_TEXT_BYTES], file_write_id[GUID_TEXT_BYTES], data_write_id[GUID_TEXT_BYTES];
    guid_format(&info->disk_id, disk_id);
    guid_format(&info->file_write_id, file_write_id);
    guid_format(&info->data_write_id, data_write_id);
    json_auto_t *json = json_pack(
        "{s:i, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:I}",
        "version", JSON_VERSION, "type", disk_type(info), "virtual_size",
        (json_int_t)info->virtual_size, "block_size", (json_int_t)info->block_size,
        "logical_sector_size", (json_int_t)info->logical_sector, "physical_sector_size",
        (json_int_t)info->physical_sector, "blocks", (json_int_t)info->n_blocks, "allocated_blocks",
        (json_int_t)info->n_allocated, "allocated_bytes",
        (json_int_t)(info->n_allocated * info->block_size), "file_length",
        (json_int_t)info->file_length, "file_stored", (json_int_t)info->file_stored, "disk_id",
        disk_id, "file_write_id", file_write_id, "data_write_id", data_write_id, "creator",
        info->creator, "log", log_word(info), "log_entries", (json_int_t)info->log_entries);
    if (json && info->differencing &&
        json_object_set_new(json, "parent", parent_json(&info->locator)) < 0)
        return error_no_memory(err);
    if (json && info->table_lost) {
        json_object_del(json, "allocated_blocks");
        json_object_del(json, "allocated_bytes");
    }
    return json_print(json, err);
}

static void bytes_print(const char *label, uint64_t bytes)
{
    char text[SIZE_TEXT_BYTES];
    printf("%-16s %s (%" PRIu64 " bytes)\n", label, size_format(bytes, text), bytes);
}

static void guid_print(const char *label, const struct guid *id)
{
    char text[GUID_TEXT_BYTES];
    guid_format(id, text);
    printf("%-16s %s\n", label, text);
}

static void parent_print(const struct vhdx_locator *locator)
{
    const char *label = "parent";
    for (int i = 0; i < VHDX_PARENT_PATHS; i++) {
        if (locator->paths[i][0] == '\0')
            continue;
        printf("%-16s ", label);
        cli_print_escaped(locator->paths[i]);
        putchar('\n');
        label = "";
    }
    guid_print("parent write id", &locator->linkage);
}

static void info_print(const struct vhdx_info *info)
{
    char text[SIZE_TEXT_BYTES];
    printf("%-16s %s\n", "type", disk_type(info));
    bytes_print("virtual size", info->virtual_size);
    bytes_print("block size", info->block_size);
    printf("%-16s %" PRIu32 " logical, %" PRIu32 " physical\n", "sector size", info->logical_sector,
           info->physical_sector);
    if (info->table_lost)
        printf("%-16s unknown: the block allocation table is lost\n", "allocated");
    else
        printf("%-16s %" PRIu64 " of %" PRIu64 " blocks (%s)\n", "allocated", info->n_allocated,
               info->n_blocks, size_format(info->n_allocated * info->block_size, text));
    bytes_print("file length", info->file_length);
    bytes_print("stored", info->file_stored);
    guid_print("disk id", &info->disk_id);
    guid_print("file write id", &info->file_write_id);
    guid_print("data write id", &info->data_write_id);
    if (info->differencing)
        parent_print(&info->locator);
    printf("%-16s ", "creator");
    cli_print_escaped(info->creator);
    putchar('\n');
    log_print(info);
}

static int info(struct cli *cli, struct error *err)
{
    struct vhdx_info info;
    if (vhdx_info(&info, cli->operands[0], err) < 0)
        return -1;
    if (cli->json)
        return info_print_json(&info, err);
    info_print(&info);
    return 0;
}

/* ---- check ---- */

static const struct cli_option check_options[] = {
    {"repair", 0, NULL, "first mend in place what needs no guess: log, headers, region tables"},
    {"drop-log", 0, NULL, "with --repair: forget a log that cannot be replayed"},
    {0},
};

static int repair(const struct cli *cli, struct error *err)
{
    struct vhdx_repairs done;
    unsigned flags = cli_flag(cli, "drop-log") ? VHDX_DROP_LOG : 0;
    if (vhdx_repair(&done, cli->operands[0], flags, err) < 0)
        return -1;
    if (done.log_entries > 0)
        cli_say(cli, "replayed %" PRIu64 " log %s", done.log_entries,
                done.log_entries == 1 ? "entry" : "entries");
    if (done.log_dropped)
        cli_say(cli, "forgot the log");
    if (done.headers)
        cli_say(cli, "wrote both headers");
    if (done.region_table)
        cli_say(cli, "wrote one region table from the other");
    if (done.length)
        cli_say(cli, "lengthened the file to whole MiB");
    return 0;
}

static int check(struct cli *cli, struct error *err)
{
    struct findings report AUTO_FINDINGS = {0};
    if (cli_flag(cli, "drop-log") && !cli_flag(cli, "repair"))
        return error_set(err, ERROR_USAGE, "--drop-log changes the disk; say --repair, too");
    if (cli_flag(cli, "repair") && repair(cli, err) < 0)
        return -1;
    if (vhdx_check(&report, cli->operands[0], err) < 0)
        return -1;
    if (cli->json) {
        json_auto_t *json = cli_findings_json(&report, NULL);
        if (json_print(json, err) < 0)
            return -1;
    } else {
        cli_findings_print(&report);
    }
    return report.n > 0 ? 1 : 0;
}

/* ---- map ---- */

struct map_output {
    bool json;
    bool begun; /* an extent was printed */
};

static const char *const stretch_words[] = {
    [VHDX_STRETCH_ZEROS] = "zeros",
    [VHDX_STRETCH_DATA] = "data",
    [VHDX_STRETCH_PARENT] = "parent",
    [VHDX_STRETCH_LOST] = "lost",
};

/* One object of the list, which may be too long to be kept in memory. */
static int stretch_print_json(struct map_output *output, const struct vhdx_stretch *stretch,
                              struct error *err)
{
    json_auto_t *json =
        json_pack("{s:I, s:I, s:s}", "offset", (json_int_t)stretch->offset, "length",
                  (json_int_t)stretch->length, "kind", stretch_words[stretch->kind]);
    if (!json || (stretch->kind == VHDX_STRETCH_DATA &&
                  json_object_set_new(json, "at", json_integer((json_int_t)stretch->at)) < 0))
        return error_no_memory(err);
    printf(output->begun ? ",\n    " : "\n    ");
    json_dumpf(json, stdout, JSON_PRESERVE_ORDER);
    return 0;
}

static int stretch_print(void *context, const struct vhdx_stretch *stretch, struct error *err)
{
    struct map_output *output = context;
    if (output->json && stretch_print_json(output, stretch, err) < 0)
        return -1;
    output->begun = true;
    if (output->json)
        return 0;
    printf("%14" PRIu64 " %14" PRIu64 "  %s", stretch->offset, stretch->length,
           stretch_words[stretch->kind]);
    if (stretch->kind == VHDX_STRETCH_DATA)
        printf(" at %" PRIu64, stretch->at);
    putchar('\n');
    return 0;
}

static int map(struct cli *cli, struct error *err)
{
    struct map_output output = {.json = cli->json};
    if (output.json)
        printf("{\n  \"version\": %d,\n  \"extents\": [", JSON_VERSION);
    if (vhdx_map(cli->operands[0], stretch_print, &output, err) < 0)
        return -1;
    if (output.json)
        printf("\n  ]\n}\n");
    return 0;
}

/* ---- clone ---- */

static int clone_disk(struct cli *cli, struct error *err)
{
    return vhdx_clone(cli->operands[0], cli->operands[1], cli->events, err);
}

/* ---- convert ---- */

static const struct cli_option convert_options[] = {
    {"container", 'c', "CONTAINER", "what OUT becomes: raw or vhdx (default: by its name)"},
    {"block-size", 'b', "SIZE", "allocation unit of a VHDX, 1M to 256M"},
    {"fixed", 0, NULL, "make a fixed VHDX: space for all of its content"},
    {"dense", 0, NULL, "fill the holes of OUT, for copying it to Windows"},
    {"no-sync", 0, NULL, "leave out flushing (benchmarks, throw-away CI)"},
    {0},
};

static int container_get(const struct cli *cli, const char *out_path,
                         const struct disk_driver **out, struct error *err)
{
    const char *name = cli_value(cli, "container");
    *out = name ? disk_by_name(name) : disk_by_suffix(out_path);
    if (*out)
        return 0;
    if (name)
        return error_set(err, ERROR_USAGE,
                         "there is no container \"%.40s\"; say --container raw or vhdx", name);
    return error_set(err, ERROR_USAGE,
                     "%s: the name does not tell what it becomes; say --container raw or vhdx",
                     out_path);
}

static int convert(struct cli *cli, struct error *err)
{
    const char *in = cli->operands[0];
    const char *out = cli->operands[1];
    struct vhdx_convert how = {
        .no_sync = cli_flag(cli, "no-sync"),
        .fixed = cli_flag(cli, "fixed"),
        .dense = cli_flag(cli, "dense"),
        .events = cli->events,
    };
    if (container_get(cli, out, &how.container, err) < 0 ||
        block_size_get(cli, &how.block_size, err) < 0)
        return -1;
    if (how.block_size != 0 && how.container != &disk_vhdx)
        return error_set(err, ERROR_USAGE,
                         "a %s disk has no blocks; leave out --block-size or say --container vhdx",
                         how.container->name);
    if (how.fixed && how.container != &disk_vhdx)
        return error_set(err, ERROR_USAGE,
                         "a %s disk has one form only; leave out --fixed or say --container vhdx",
                         how.container->name);
    return vhdx_convert(in, out, &how, err);
}

/* ---- the program ---- */

static const struct cli_verb verbs[] = {
    {
        .name = "create",
        .operands = "FILE",
        .summary = "make an empty VHDX, dynamic or fixed",
        .min = 1,
        .max = 1,
        .options = create_options,
        .run = create,
    },
    {
        .name = "info",
        .operands = "FILE",
        .summary = "say what a VHDX is: sizes, blocks, identifiers, log",
        .min = 1,
        .max = 1,
        .json = true,
        .run = info,
    },
    {
        .name = "check",
        .operands = "FILE",
        .summary = "hold a VHDX against every rule of the format",
        .min = 1,
        .max = 1,
        .json = true,
        .options = check_options,
        .run = check,
    },
    {
        .name = "map",
        .operands = "FILE",
        .summary = "say where in the file each part of the disk is",
        .min = 1,
        .max = 1,
        .json = true,
        .run = map,
    },
    {
        .name = "clone",
        .operands = "IN OUT",
        .summary = "copy a VHDX as another disk, with identifiers of its own",
        .min = 2,
        .max = 2,
        .run = clone_disk,
    },
    {
        .name = "convert",
        .operands = "IN OUT",
        .summary = "copy a raw disk or a VHDX, merged with its parents, into a new one",
        .min = 2,
        .max = 2,
        .options = convert_options,
        .run = convert,
    },
};

static const struct cli_program program = {
    .name = "lxvhdx",
    .summary = "make, describe, check, mend, copy and convert VHDX virtual disks",
    .epilogue = "Examples:\n"
                "  lxvhdx create disk.vhdx --size 1T\n"
                "  lxvhdx convert disk.img disk.vhdx\n"
                "  lxvhdx check --json disk.vhdx\n",
    .verbs = verbs,
    .n_verbs = array_length(verbs),
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
