/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/verb_verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "core/paths.h"
#include "fetch/trust.h"

const struct cli_option verify_options[] = {
    {"sums", 0, "LIST", "a checksum list that holds the file, clearsigned or with --sig"},
    {"sig", 0, "SIGNATURE", "the detached signature of LIST, or of the file itself"},
    {"keyring", 0, "KEYFILE", "accept the keys of this file in place of those at hand"},
    {"key", 0, "FINGERPRINT", "accept this key alone (may be repeated)"},
    {"name", 0, "NAME", "what LIST calls the file (default: its own name)"},
    {0},
};

/* What the options name, read into memory. */
struct inputs {
    struct keyring ring;
    struct small_file list, signature;
    char (*fingerprints)[KEY_FINGERPRINT_BYTES];
    const char **pins;
    size_t n_pins;
};

static void inputs_free(struct inputs *in)
{
    keyring_close(&in->ring);
    small_file_free(&in->list);
    small_file_free(&in->signature);
    free(in->fingerprints);
    free(in->pins);
}

static int read_pins(const struct cli *cli, struct inputs *in, struct error *err)
{
    size_t n = 0;
    while (cli_value_at(cli, "key", n))
        n++;
    in->fingerprints = calloc(n + 1, sizeof(*in->fingerprints));
    in->pins = calloc(n + 1, sizeof(*in->pins));
    if (!in->fingerprints || !in->pins)
        return error_no_memory(err);
    for (size_t i = 0; i < n; i++) {
        if (fingerprint_parse(in->fingerprints[i], cli_value_at(cli, "key", i), err) < 0)
            return error_wrap(err, "--key");
        in->pins[i] = in->fingerprints[i];
    }
    in->n_pins = n;
    return 0;
}

static int read_inputs(const struct cli *cli, struct inputs *in, struct error *err)
{
    const char *list = cli_value(cli, "sums");
    const char *signature = cli_value(cli, "sig");
    const char *keyring = cli_value(cli, "keyring");
    if (cli_value(cli, "name") && !list)
        return error_set(err, ERROR_USAGE, "--name is the file's name in a list; give --sums too");
    if (read_pins(cli, in, err) < 0 ||
        (list && small_file_read(&in->list, list, TRUST_LIST_BYTES_MAX, "list", err) < 0) ||
        (signature && small_file_read(&in->signature, signature, TRUST_SIGNATURE_BYTES_MAX,
                                      "signature", err) < 0))
        return -1;
    return keyring ? keyring_open_file(&in->ring, keyring, err) : keyring_open(&in->ring, err);
}

/* ---- the answer ---- */

static void print(const char *name, const char *text)
{
    printf("%-8s", name);
    cli_print_escaped(text);
    putchar('\n');
}

static void print_text(const struct cli *cli, const struct trust_result *result)
{
    const struct trust_signer *signer = &result->signer;
    char sha256[SHA256_HEX_BYTES], when[INSTANT_BYTES];
    sha256_format(&result->sha256, sha256);
    print("file", cli->operands[0]);
    print("tier", trust_tier_name(result->tier));
    printf("key     %s ", signer->fingerprint);
    cli_print_escaped(signer->name);
    putchar('\n');
    if (strcmp(signer->signing, signer->fingerprint) != 0)
        print("subkey", signer->signing);
    if (signer->has_time)
        print("signed", instant_format(signer->signed_at, when));
    if (signer->comment[0])
        print("comment", signer->comment);
    if (result->cover == TRUST_COVERS_LIST) {
        printf("covers  its checksum in ");
        cli_print_escaped(cli_value(cli, "sums"));
        putchar('\n');
    } else {
        print("covers", "the file itself");
    }
    print("sha256", sha256);
}

static int print_json(const struct cli *cli, const struct trust_result *result, struct error *err)
{
    const struct trust_signer *signer = &result->signer;
    bool by_list = result->cover == TRUST_COVERS_LIST;
    char sha256[SHA256_HEX_BYTES], when[INSTANT_BYTES];
    sha256_format(&result->sha256, sha256);
    json_auto_t *json =
        json_pack("{s:i, s:s, s:s, s:{s:s, s:s, s:s}, s:s?, s:s?, s:s, s:s?, s:s, s:I}", "version",
                  1, "file", cli->operands[0], "tier", trust_tier_name(result->tier), "key", "name",
                  signer->name, "fingerprint", signer->fingerprint, "signing", signer->signing,
                  "signed", signer->has_time ? instant_format(signer->signed_at, when) : NULL,
                  "comment", signer->comment[0] ? signer->comment : NULL, "covers",
                  by_list ? "list" : "file", "list", by_list ? cli_value(cli, "sums") : NULL,
                  "sha256", sha256, "size", (json_int_t)result->size);
    if (!json)
        return error_set(
            err, ERROR_UNSUPPORTED,
            "a name or comment is not UTF-8 and cannot stand in JSON; leave out --json");
    json_dumpf(json, stdout, JSON_INDENT(2));
    putchar('\n');
    return 0;
}

int verify_run(struct cli *cli, struct error *err)
{
    CLEANUP(inputs_free) struct inputs in = {0};
    const char *path = cli->operands[0];
    const char *name = cli_value(cli, "name");
    if (read_inputs(cli, &in, err) < 0)
        return -1;
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return error_errno(err, errno, "open %s", path);

    const struct trust_request request = {
        .fd = fd,
        .label = path,
        .name = name ? name : paths_base(path),
        .list = {in.list.bytes, in.list.n, cli_value(cli, "sums")},
        .signature = {in.signature.bytes, in.signature.n, cli_value(cli, "sig")},
        .keys = {&in.ring, in.pins, in.n_pins},
        .tier = TRUST_SIGNED,
        .plain = TRUST_LOCAL,
        .now = time(NULL),
        .events = cli->events,
    };
    struct trust_result result;
    if (trust_verify(&request, &result, err) < 0)
        return -1;
    if (cli->json)
        return print_json(cli, &result, err);
    print_text(cli, &result);
    return 0;
}
