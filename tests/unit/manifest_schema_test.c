/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Manifests: what the schema takes, and where it says something is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glob.h>

#include "install/document.h"
#include "install/manifest.h"

#define HEX     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF"
#define IMAGE   "{url: a.tar, sha256: " HEX "}"
#define RELEASE "{name: r, architectures: {amd64: " IMAGE "}}"

static int parse(struct manifest **out, const char *text, struct error *err)
{
    return manifest_parse(out, "/dir/m.yaml", text, strlen(text), err);
}

static void everything(void **state UNUSED)
{
    static const char text[] = "version: 1\n"
                               "distributions:\n"
                               "  debian:\n"
                               "    title: Debian GNU/Linux\n"
                               "    releases:\n"
                               "      - name: 0012\n"
                               "        title: yes\n"
                               "        architectures:\n"
                               "          amd64:\n"
                               "            url: https://a.example/d.tar\n"
                               "            sha256: " HEX "\n"
                               "            size: 123\n"
                               "          arm64: {url: sub/d.tar, sha256: " HEX "}\n"
                               "      - name: '11'\n"
                               "        architectures: {amd64: {url: /d.tar, sha256: " HEX "}}\n";
    AUTO_MANIFEST struct manifest *manifest = NULL;
    assert_int_equal(parse(&manifest, text, NULL), 0);
    assert_int_equal(manifest->distributions.n, 1);
    const struct manifest_distribution *debian = &manifest->distributions.items[0];
    assert_string_equal(debian->name, "debian");
    assert_string_equal(debian->title, "Debian GNU/Linux");
    assert_int_equal(debian->releases.n, 2);
    const struct manifest_release *release = &debian->releases.items[0];
    assert_string_equal(release->name, "0012"); /* text, and no number */
    assert_string_equal(release->title, "yes"); /* text, and no truth */
    assert_int_equal(release->images.n, 2);
    const struct manifest_image *image = release->images.items;
    assert_string_equal(image[0].architecture, "amd64");
    assert_string_equal(image[0].url, "https://a.example/d.tar");
    assert_int_equal(image[0].size, 123);
    assert_int_equal(image[0].sha256.byte[31], 0xef);
    assert_string_equal(image[1].url, "/dir/sub/d.tar");
    assert_int_equal(image[1].size, 0);
    assert_string_equal(debian->releases.items[1].images.items[0].url, "/d.tar");
    assert_null(debian->releases.items[1].title);
}

#define KEY      "0123456789ABCDEF0123456789ABCDEF01234567"
#define SIGNED   "tier: signed, list: l, keys: [0123456789abcdef0123456789abcdef01234567]"
#define I(image) D "{name: r, architectures: {amd64: {" image "}}}]\n"
#define D \
    "version: 1\ndistributions:\n  d:\n    title: D\n    releases: [" /* a release from 5:16 */

static void refused(void **state UNUSED)
{
    static const struct {
        const char *text;
        const char *place;
        const char *reason;
    } rows[] = {
        {"", "1:1", "a mapping is expected"},
        {"# nothing\n", "2:1", "a mapping is expected"},
        {"a: [b", "2:1", "not YAML"},
        {"a:\n\tb: 1\n", "2:1", "not YAML"},
        {"text", "1:1", "a manifest is expected here: a mapping, not text"},
        {"- a", "1:1", "not a sequence"},
        {"version: 1\n--- \nversion: 1\n", "2:1", "a second document"},
        {"version: 1\nversion: 1\n", "2:1", "'version' is here twice, first in line 1"},
        {"version: &a 1\n", "1:10", "anchors"},
        {"version: *a\n", "1:10", "aliases"},
        {"version: !!int 1\n", "1:10", "tags"},
        {"? [a]\n: 1\n", "1:3", "a key must be text"},
        {"version: \"1\\0\"\n", "1:10", "NUL"},
        {"version: 2\n", "1:10", "version '2' of manifests"},
        {"version: 1\n", "1:1", "needs the key 'distributions'"},
        {"distributions: {}\n", "1:16", "it is empty"},
        {"version: 1\nextra: 1\n", "2:1",
         "unknown key 'extra'; a manifest has: version, serial, expires, distributions"},
        {"version: 1\ndistributions: {'a b': {}}\n", "2:17", "'a b' cannot be"},
        {"version: 1\ndistributions: {d: {title: D}}\n", "2:20", "needs the key 'releases'"},
        {"version: 1\ndistributions: {d: {title: D, releases: {}}}\n", "2:41",
         "a sequence, not a mapping"},
        {"version: 1\ndistributions: {d: {title: ''}}\n", "2:28", "1 to 256 bytes"},
        {"version: 1\ndistributions:\n  d: {title: D, releases: [" RELEASE "]}\n"
         "  D: {title: D, releases: [" RELEASE "]}\n",
         "4:3", "'D' is here twice"},
        {D "]\n", "5:15", "it is empty"},
        {D "{name: r}]\n", "5:16", "needs the key 'architectures'"},
        {D RELEASE ",\n" RELEASE "]\n", "6:1", "'r' is here twice"},
        {D "{name: r, architectures: {x86: " IMAGE "}}]\n", "5:42", "'x86' is no architecture"},
        {D "{name: r, architectures: {amd64: {url: a}}}]\n", "5:49", "needs the key 'sha256'"},
        {D "{name: r, architectures: {amd64: {sha256: 12}}}]\n", "5:58", "'12' is no SHA-256"},
        {D "{name: r, architectures: {amd64: {size: 1k}}}]\n", "5:56", "'1k' is no number"},
        {D "{name: r, architectures: {amd64: {size: 0}}}]\n", "5:56", "'0' is no number"},
        {D "{name: r, architectures: {amd64: {size: -1}}}]\n", "5:56", "'-1' is no number"},
        {D "{name: r, architectures: {amd64: {size: 99999999999999999999}}}]\n", "5:56",
         "is no number"},
        {D "{name: r, architectures: {amd64: {url: 'ftp://a/b'}}}]\n", "5:55", "cannot be fetched"},
        {D "{name: r, architectures: {amd64: {url: ''}}}]\n", "5:55", "1 to 2048 bytes"},
        {"version: 1\nserial: 0\n", "2:9", "'0' is no number"},
        {"version: 1\nserial: 99999999999\n", "2:9", "is too large"},
        {"version: 1\nexpires: 2026-02-30\n", "2:10", "'2026-02-30' is no day"},
        {"version: 1\ndistributions:\n  d: {title: D, releases: [" RELEASE "]}\n"
         "  e: {title: D, aliases: [x, D], releases: [" RELEASE "]}\n",
         "4:3", "'D' is here twice"},
        {D RELEASE ",\n{name: s, aliases: [R], architectures: {amd64: " IMAGE "}}]\n", "6:1",
         "'R' is here twice"},
        {I("url: a, tier: local"), "5:64", "'local' is no tier"},
        {I("url: a, tier: tls"), "5:49", "needs a URL that begins with https"},
        {I("url: 'https://a/b', tier: tls, sha256: " HEX), "5:49", "the tier is 'pinned'"},
        {I("url: 'https://a/b', tier: tls, list: l"), "5:49", "needs a list whose URL"},
        {I("url: a, tier: signed"), "5:49", "needs the key 'keys'"},
        {I("url: a, tier: signed, keys: [" KEY "]"), "5:49", "'list', 'signature' or both"},
        {I("url: a, tier: signed, keys: [0123]"), "5:79", "fingerprint"},
        {I("url: a, tier: signed, keys: []"), "5:78", "it is empty"},
        {I("url: a, sha256: " HEX ", keys: [" KEY "]"), "5:49", "'keys' go with"},
        {I("url: a, sha256: " HEX ", signature: s"), "5:49", "'signature' goes with"},
        {I("url: a, sha256: " HEX ", max_age_days: 3"), "5:49", "'max_age_days' go with"},
        {I("url: a, sha256: " HEX ", any_name: true"), "5:49", "'any_name' goes with 'list'"},
        {I("url: a, any_name: yes"), "5:68", "neither true nor false"},
        {I("url: 'a*', sha256: " HEX), "5:49", "needs the key 'list'"},
        {I("url: '*/a', sha256: " HEX), "5:49", "only in the last part"},
        {I("url: 'a**', sha256: " HEX), "5:49", "only in the last part"},
        {I("url: 'a*', sha256: " HEX ", list: l"), "5:49", "no one 'sha256'"},
        {I("url: 'a*', " SIGNED ", mirrors: ['b*']"), "5:49", "must end as 'url' does"},
        {I("url: a, suffix: .s, " SIGNED), "5:49", "'suffix' goes with"},
        {I("url: a/, index: i, suffix: .s, sha256: " HEX), "5:49", "'index' needs the tier"},
        {I("url: a/, index: i, " SIGNED), "5:49", "the key 'suffix'"},
        {I("url: a, index: i, suffix: .s, " SIGNED), "5:49", "ends with '/'"},
        {I("url: 'https://h/a/', index: i, suffix: .s, " SIGNED), "5:49", "stands alone"},
        {I("url: 'a*', " SIGNED ", any_name: true"), "5:49", "exclude each other"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_MANIFEST struct manifest *manifest = NULL;
        struct error err = {0};
        char place[64];
        snprintf(place, sizeof(place), "/dir/m.yaml:%s: ", rows[i].place);
        assert_int_equal(parse(&manifest, rows[i].text, &err), -1);
        assert_int_equal(err.code, ERROR_DAMAGED);
        if (strncmp(err.text, place, strlen(place)) != 0 || !strstr(err.text, rows[i].reason))
            fail_msg("row %zu: '%s', not '%s...%s'", i, err.text, place, rows[i].reason);
    }
}

static void signed_images(void **state UNUSED)
{
    static const char text[] = "version: 1\nserial: 7\nexpires: 2026-12-31\ndistributions:\n"
                               "  d: {title: D, aliases: [e], releases: [{name: r, aliases: [s],\n"
                               "    architectures: {amd64: {url: 'https://a/b-*.tar',\n"
                               "      mirrors: ['https://c/b-*.tar'], root: root.x, " SIGNED ",\n"
                               "      signature: 'https://a/s', min_date: 2026-01-02,\n"
                               "      expires: 2026-01-03, max_age_days: 2}}}]}\n";
    AUTO_MANIFEST struct manifest *manifest = NULL;
    struct error err = {0};
    if (manifest_parse(&manifest, "https://h/dir/m.yaml", text, strlen(text), &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(manifest->serial, 7);
    assert_int_equal(manifest->expires, 1798761599);
    const struct manifest_distribution *d = &manifest->distributions.items[0];
    const struct manifest_release *r = &d->releases.items[0];
    const struct manifest_image *image = &r->images.items[0];
    assert_true(manifest_is_called(d->name, &d->aliases, "E"));
    assert_true(manifest_is_called(r->name, &r->aliases, "s"));
    assert_false(manifest_is_called(r->name, &r->aliases, "t"));
    assert_int_equal(image->tier, TRUST_SIGNED);
    assert_false(image->has_sha256);
    assert_string_equal(image->mirrors.items[0], "https://c/b-*.tar");
    assert_string_equal(image->root, "root.x");
    assert_string_equal(image->list, "https://h/dir/l"); /* beside the manifest */
    assert_string_equal(image->signature, "https://a/s");
    assert_int_equal(image->keys.n, 1);
    assert_string_equal(image->keys.items[0], KEY);
    assert_int_equal(image->min_date, 1767312000);
    assert_int_equal(image->expires, 1767484799);
    assert_int_equal(image->max_age, 2 * 86400);
}

static void not_utf8(void **state UNUSED)
{
    AUTO_MANIFEST struct manifest *manifest = NULL;
    struct error err = {0};
    assert_int_equal(parse(&manifest, "version: \xff", &err), -1);
    assert_int_equal(err.code, ERROR_DAMAGED);
    assert_non_null(strstr(err.text, "byte 9"));
}

static void limits(void **state UNUSED)
{
    static const struct {
        const char *item; /* so many times */
        size_t n;
        const char *reason;
    } rows[] = {
        {"[", DOCUMENT_DEPTH_MAX + 1, "too many levels"},
        {"- a\n", DOCUMENT_CHILDREN_MAX + 1, "too many entries"},
        {"- [a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a]\n", DOCUMENT_CHILDREN_MAX,
         "too many values"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        size_t n = strlen(rows[i].item);
        AUTO_FREE char *text = malloc(n * rows[i].n + 1);
        assert_non_null(text);
        for (size_t j = 0; j < rows[i].n; j++)
            memcpy(text + j * n, rows[i].item, n + 1);
        AUTO_DOCUMENT struct document *document = NULL;
        struct error err = {0};
        assert_int_equal(document_parse(&document, "f", text, n * rows[i].n, &err), -1);
        assert_int_equal(err.code, ERROR_LIMIT);
        assert_non_null(strstr(err.text, rows[i].reason));
    }
}

static void ours(void **state UNUSED)
{
    glob_t found;
    assert_int_equal(glob("manifests/*.yaml", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        AUTO_MANIFEST struct manifest *manifest = NULL;
        struct error err = {0};
        if (manifest_read(&manifest, found.gl_pathv[i], &err) < 0)
            fail_msg("%s", err.text);
    }
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything), cmocka_unit_test(refused), cmocka_unit_test(signed_images),
        cmocka_unit_test(not_utf8),   cmocka_unit_test(limits),  cmocka_unit_test(ours),
    };
    return cmocka_run_group_tests_name("manifest_schema", tests, NULL, NULL);
}
