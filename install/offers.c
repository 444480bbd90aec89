/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/offers.h"

#include <stdio.h>
#include <string.h>

#include "install/manifest_places.h"
#include "install/name.h"

/* A package of the Store is no rival of what can be installed. */
static bool hidden(const struct offers *offers, const struct manifest_distribution *distribution)
{
    for (size_t i = 0; i < offers->n; i++) {
        const struct manifest_distribution *other = offers->items[i].distribution;
        if (!other->store_package && name_equal(other->name, distribution->name))
            return true;
    }
    return false;
}

static int add_releases(struct offers *offers, const struct manifest *manifest,
                        const struct manifest_distribution *distribution, struct error *err)
{
    size_t n = distribution->releases.n;
    struct offer *items = reallocarray(offers->items, offers->n + n, sizeof(*items));
    if (!items)
        return error_no_memory(err);
    offers->items = items;
    for (size_t i = 0; i < n; i++) {
        struct offer *offer = &items[offers->n];
        *offer = (struct offer){.manifest = manifest,
                                .distribution = distribution,
                                .release = &distribution->releases.items[i]};
        const char *whole = offer->release->whole;
        if ((whole ? asprintf(&offer->name, "%s", whole)
                   : asprintf(&offer->name, "%s-%s", distribution->name, offer->release->name)) < 0)
            return error_no_memory(err);
        offers->n++;
    }
    return 0;
}

static int add_manifest(void *context, struct manifest **manifest, struct error *err)
{
    struct offers *offers = context;
    struct manifest **all = reallocarray(offers->manifests, offers->n_manifests + 1, sizeof(*all));
    if (!all)
        return error_no_memory(err);
    offers->manifests = all;
    const struct manifest *added = all[offers->n_manifests++] = steal(manifest);
    for (size_t i = 0; i < added->distributions.n; i++) {
        const struct manifest_distribution *distribution = &added->distributions.items[i];
        if (!hidden(offers, distribution) && add_releases(offers, added, distribution, err) < 0)
            return -1;
    }
    return 0;
}

int offers_read(struct offers *out, const char *own, struct error *err)
{
    const struct manifest_visitor visitor = {NULL, add_manifest, out};
    *out = (struct offers){0};
    if (manifest_visit(own, &visitor, err) == 0)
        return 0;
    offers_free(out);
    return -1;
}

void offers_free(struct offers *offers)
{
    for (size_t i = 0; i < offers->n; i++)
        free(offers->items[i].name);
    for (size_t i = 0; i < offers->n_manifests; i++)
        manifest_free(offers->manifests[i]);
    free(offers->items);
    free(offers->manifests);
    *offers = (struct offers){0};
}

static bool any_matches(const struct texts *texts, const char *word)
{
    bool found = false;
    for (size_t i = 0; i < texts->n && !found; i++)
        found = strcasestr(texts->items[i], word);
    return found;
}

const char *offer_title(const struct offer *offer)
{
    return offer->release->title ? offer->release->title : offer->distribution->title;
}

bool offer_matches(const struct offer *offer, const char *word)
{
    return strcasestr(offer->name, word) || strcasestr(offer_title(offer), word) ||
           strcasestr(offer->distribution->title, word) ||
           any_matches(&offer->distribution->aliases, word) ||
           any_matches(&offer->release->aliases, word);
}
