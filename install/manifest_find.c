/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/manifest_find.h"

#include <string.h>
#include <strings.h>

#include "install/architecture.h"
#include "install/manifest_places.h"
#include "install/name.h"

enum {
    LIST_BYTES = 160, /* of names or paths in a message; longer lists are cut */
};

struct search {
    const struct manifest_query *query;
    struct manifest_choice *out;
    char close[LIST_BYTES];  /* names like the wanted one */
    char looked[LIST_BYTES]; /* files and directories */
};

/* Adds to a list for a message; "..." stands for what has no room. */
static void list(char text[LIST_BYTES], const char *item)
{
    size_t n = strlen(text);
    bool full = n + strlen(item) + sizeof(", , ...") > LIST_BYTES;
    if (full && n >= 3 && strcmp(text + n - 3, "...") == 0)
        return;
    char *end = stpcpy(text + n, n ? ", " : "");
    strcpy(end, full ? "..." : item);
}

static const struct manifest_release *release_by_name(const struct manifest_distribution *d,
                                                      const char *name)
{
    for (size_t i = 0; i < d->releases.n; i++) {
        const struct manifest_release *release = &d->releases.items[i];
        if (manifest_is_called(release->name, &release->aliases, name))
            return release;
    }
    return NULL;
}

/* Whether name is that one of d's names, or that and a release, which is then set. */
static bool match_name(const struct manifest_distribution *d, const char *own, const char *name,
                       const struct manifest_release **release)
{
    size_t n = strlen(own);
    if (strncasecmp(name, own, n) != 0)
        return false;
    *release = name[n] == '-' ? release_by_name(d, name + n + 1) : NULL;
    return name[n] == '\0' || *release;
}

/* What name means in a manifest: NAME itself, or NAME-RELEASE; false: nothing. */
static bool match(const struct manifest *manifest, const char *name, struct manifest_choice *out)
{
    for (size_t i = 0; i < manifest->distributions.n; i++) {
        const struct manifest_distribution *d = &manifest->distributions.items[i];
        const struct manifest_release *release;
        bool found = match_name(d, d->name, name, &release);
        for (size_t j = 0; j < d->aliases.n && !found; j++)
            found = match_name(d, d->aliases.items[j], name, &release);
        for (size_t j = 0; j < d->releases.n && !found; j++) {
            const char *whole = d->releases.items[j].whole;
            found = whole && name_equal(whole, name);
            release = &d->releases.items[j];
        }
        if (found) {
            out->distribution = d;
            out->release = release;
            out->release_named = release;
            return true;
        }
    }
    return false;
}

static int choose_release(const struct manifest_query *query, struct manifest_choice *choice,
                          struct error *err)
{
    const struct manifest_distribution *d = choice->distribution;
    if (!query->release) {
        if (!choice->release)
            choice->release = &d->releases.items[0];
        return 0;
    }
    choice->release = release_by_name(d, query->release);
    choice->release_named = true;
    if (choice->release)
        return 0;
    char offered[LIST_BYTES] = "";
    for (size_t i = 0; i < d->releases.n; i++)
        list(offered, d->releases.items[i].name);
    return error_set(err, ERROR_NOT_FOUND, "%s has no release '%s' in %s; it has: %s", d->name,
                     query->release, choice->manifest->path, offered);
}

static int choose_image(const struct manifest_query *query, struct manifest_choice *choice,
                        struct error *err)
{
    const struct manifest_release *release = choice->release;
    const char *wanted = query->architecture ? query->architecture : architecture_host();
    char offered[LIST_BYTES] = "";
    for (size_t i = 0; i < release->images.n; i++) {
        const struct manifest_image *image = &release->images.items[i];
        if (strcmp(image->architecture, wanted) == 0) {
            choice->image = image;
            return 0;
        }
        list(offered, image->architecture);
    }
    return error_set(
        err, ERROR_NOT_FOUND, "%s %s is not offered for %s in %s; choose with --arch: %s",
        choice->distribution->name, release->name, wanted, choice->manifest->path, offered);
}

/* ---- looking; 1: found, 0: not here, negative: error ---- */

static void look(void *context, const char *path)
{
    struct search *search = context;
    list(search->looked, path);
}

static int search_manifest(void *context, struct manifest **manifest, struct error *err UNUSED)
{
    struct search *search = context;
    const char *name = search->query->name;
    if (match(*manifest, name, search->out)) {
        search->out->manifest = steal(manifest);
        return 1;
    }
    for (size_t i = 0; i < (*manifest)->distributions.n; i++) {
        const struct manifest_distribution *d = &(*manifest)->distributions.items[i];
        if (name_close(name, d->name))
            list(search->close, d->name);
    }
    return 0;
}

static int not_found(const struct search *search, struct error *err)
{
    const char *name = search->query->name;
    if (!*search->looked)
        return manifest_none(name, err);
    return error_set(err, ERROR_NOT_FOUND, "no distribution '%s' in %s%s%s%s", name, search->looked,
                     *search->close ? "; did you mean: " : "", search->close,
                     *search->close ? "?" : "; a file is given as ./FILE");
}

int manifest_find(struct manifest_choice *out, const struct manifest_query *query,
                  struct error *err)
{
    *out = (struct manifest_choice){0};
    struct search search = {.query = query, .out = out};
    const struct manifest_visitor visitor = {look, search_manifest, &search};
    int found = manifest_visit(query->manifest, &visitor, err);
    if (found == 0)
        return not_found(&search, err);
    if (found < 0 || choose_release(query, out, err) < 0 || choose_image(query, out, err) < 0) {
        manifest_choice_free(out);
        return -1;
    }
    return 0;
}

void manifest_choice_free(struct manifest_choice *choice)
{
    manifest_free(choice->manifest);
    *choice = (struct manifest_choice){0};
}
