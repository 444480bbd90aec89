/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What there is to install. */
#include <stdio.h>
#include <string.h>

#include "install/manifest_places.h"
#include "install/offers.h"
#include "install/report.h"
#include "install/verb_print.h"
#include "install/verbs.h"

const struct cli_option search_options[] = {
    {"manifest", 'm', "FILE", "look in this manifest first"},
    {0},
};

/* ---- JSON ---- */

static json_t *texts_json(const struct texts *texts)
{
    json_t *list = json_array();
    for (size_t i = 0; i < texts->n; i++)
        json_array_append_new(list, json_string(texts->items[i]));
    return list;
}

static json_t *image_json(const struct manifest_image *image)
{
    char hex[SHA256_HEX_BYTES];
    sha256_format(&image->sha256, hex);
    return json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s?, s:o}", "architecture", image->architecture,
                     "url", image->url, "tier", trust_tier_name(image->tier), "sha256",
                     image->has_sha256 ? hex : NULL, "list", image->list, "signature",
                     image->signature, "keys", texts_json(&image->keys));
}

static json_t *offer_json(const struct offer *offer)
{
    json_auto_t *images = json_array();
    for (size_t i = 0; i < offer->release->images.n; i++)
        json_array_append_new(images, image_json(&offer->release->images.items[i]));
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:s, s:O}", "name", offer->name, "distribution",
        offer->distribution->name, "release", offer->release->name, "title", offer_title(offer),
        "default", offer->release == offer->distribution->releases.items, "aliases",
        texts_json(&offer->distribution->aliases), "release_aliases",
        texts_json(&offer->release->aliases), "manifest", offer->manifest->path, "images", images);
}

static int print_offers_json(const struct offers *offers, const char *word, struct error *err)
{
    json_auto_t *list = json_array();
    for (size_t i = 0; i < offers->n; i++) {
        const struct offer *offer = &offers->items[i];
        if ((!word || offer_matches(offer, word)) &&
            json_array_append_new(list, offer_json(offer)) < 0)
            return error_set(err, ERROR_UNSUPPORTED,
                             "%s has a path that is not UTF-8 and cannot stand in JSON; leave out "
                             "--json",
                             offer->manifest->path);
    }
    json_auto_t *report = json_pack("{s:i, s:O}", "version", REPORT_VERSION, "offers", list);
    if (!report)
        return error_no_memory(err);
    print_json(report);
    return 0;
}

/* ---- text ---- */

static void print_row(const struct offer *offer, int width)
{
    enum trust_tier least = TRUST_SIGNED;
    char architectures[64] = "";
    for (size_t i = 0; i < offer->release->images.n; i++) {
        const struct manifest_image *image = &offer->release->images.items[i];
        size_t n = strlen(architectures);
        snprintf(architectures + n, sizeof(architectures) - n, "%s%s", n ? "," : "",
                 image->architecture);
        if (image->tier < least)
            least = image->tier;
    }
    bool first = offer->release == offer->distribution->releases.items;
    printf("%c %-*s  %-6s  %-11s  ", first ? '*' : ' ', width, offer->name, trust_tier_name(least),
           architectures);
    cli_print_escaped(offer_title(offer));
    putchar('\n');
}

static size_t print_offers(const struct cli *cli, const struct offers *offers, const char *word)
{
    size_t shown = 0, width = strlen("NAME");
    for (size_t i = 0; i < offers->n; i++) {
        size_t n = strlen(offers->items[i].name);
        if ((!word || offer_matches(&offers->items[i], word)) && n > width)
            width = n;
    }
    for (size_t i = 0; i < offers->n; i++) {
        const struct offer *offer = &offers->items[i];
        if (word && !offer_matches(offer, word))
            continue;
        if (shown++ == 0 && !cli->quiet)
            printf("  %-*s  %-6s  %-11s  %s\n", (int)width, "NAME", "TIER", "FOR", "TITLE");
        if (cli->quiet)
            puts(offer->name);
        else
            print_row(offer, (int)width);
    }
    return shown;
}

int verb_offers(const struct cli *cli, const char *own, const char *word, struct error *err)
{
    CLEANUP(offers_free) struct offers offers = {0};
    if (offers_read(&offers, own, err) < 0)
        return -1;
    if (cli->json)
        return print_offers_json(&offers, word, err);
    if (print_offers(cli, &offers, word) > 0)
        return 0;
    if (!word)
        return error_set(err, ERROR_NOT_FOUND,
                         "there is no manifest: none is installed at %s; name one with "
                         "LXKIT_MANIFESTS",
                         INSTALLED_MANIFESTS);
    if (offers.n_manifests == 0)
        return manifest_none(word, err);
    return error_set(err, ERROR_NOT_FOUND,
                     "nothing with '%s' is in the manifests; see: lxinstall list --online", word);
}

int search_run(struct cli *cli, struct error *err)
{
    return verb_offers(cli, cli_value(cli, "manifest"), cli->operands[0], err);
}
