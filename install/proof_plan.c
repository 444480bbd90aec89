/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/proof_plan.h"

#include <string.h>

const char *proof_options_given(const struct proof_options *options)
{
    return options->sha256                     ? "--sha256"
           : options->sums                     ? "--sums"
           : options->signature                ? "--sig"
           : options->sums_name                ? "--sums-name"
           : options->keyring                  ? "--keyring"
           : options->keys && options->keys[0] ? "--key"
           : options->skip                     ? "--insecure-skip-verify"
                                               : NULL;
}

static int copy(char **out, const char *text, struct error *err)
{
    return text ? text_set(out, text, err) : 0;
}

/* ---- keys ---- */

int proof_plan_keys(const struct proof_plan *plan, struct keyring *out, struct error *err)
{
    return plan->keyring ? keyring_open_file(out, plan->keyring, err) : keyring_open(out, err);
}

static int find_keys(struct proof_plan *plan, struct error *err)
{
    AUTO_KEYRING struct keyring ring = {0};
    if (plan->tier != TRUST_SIGNED)
        return 0;
    if (proof_plan_keys(plan, &ring, err) < 0)
        return -1;
    const struct key_choice choice = {&ring, (const char *const *)plan->keys.items, plan->keys.n};
    plan->key_missing = true;
    for (size_t i = 0; i < ring.n && plan->key_missing; i++)
        plan->key_missing = !ring.keys[i].bytes || !key_choice_has(&choice, &ring.keys[i]);
    return 0;
}

/* ---- from a manifest ---- */

int proof_plan_by_image(struct proof_plan *out, const struct manifest_image *image, bool skip,
                        struct error *err)
{
    *out = (struct proof_plan){
        .tier = image->tier,
        .has_sha256 = image->has_sha256,
        .sha256 = image->sha256,
        .size = image->size,
        .any_name = image->any_name,
        .dated = image->tier == TRUST_SIGNED,
        .min_date = image->min_date,
        .expires = image->expires,
        .max_age = image->max_age,
        .skip = skip,
    };
    if (texts_copy(&out->mirrors, &image->mirrors, err) < 0 ||
        texts_copy(&out->keys, &image->keys, err) < 0 || copy(&out->list, image->list, err) < 0 ||
        copy(&out->signature, image->signature, err) < 0 ||
        copy(&out->index, image->index, err) < 0 || copy(&out->suffix, image->suffix, err) < 0 ||
        find_keys(out, err) < 0)
        return -1;
    if (out->key_missing && out->has_sha256) {
        out->tier = TRUST_PINNED;
        free(steal(&out->list));
        free(steal(&out->signature));
    }
    return 0;
}

/* ---- from options ---- */

static int check_options(const struct proof_options *options, struct error *err)
{
    bool keys = options->keyring || (options->keys && options->keys[0]);
    if (options->skip) {
        struct proof_options others = *options;
        others.skip = false;
        const char *other = proof_options_given(&others);
        if (other)
            return error_set(err, ERROR_USAGE,
                             "--insecure-skip-verify and %s exclude each other: the one verifies, "
                             "the other does not",
                             other);
    }
    if (options->sums_name && !options->sums)
        return error_set(err, ERROR_USAGE,
                         "--sums-name is the file's name in a list; give --sums too");
    if (keys && !options->sums && !options->signature)
        return error_set(err, ERROR_USAGE,
                         "%s says whose signature counts; give the signature with --sig, or a "
                         "signed list with --sums",
                         options->keyring ? "--keyring" : "--key");
    return 0;
}

static int read_keys(struct proof_plan *out, const char *const *keys, struct error *err)
{
    for (; keys && *keys; keys++) {
        char fingerprint[KEY_FINGERPRINT_BYTES];
        if (fingerprint_parse(fingerprint, *keys, err) < 0)
            return error_wrap(err, "--key");
        if (texts_add(&out->keys, fingerprint, err) < 0)
            return -1;
    }
    return 0;
}

int proof_plan_by_options(struct proof_plan *out, const struct proof_options *options,
                          struct error *err)
{
    *out = (struct proof_plan){.skip = options->skip};
    if (check_options(options, err) < 0)
        return -1;
    if (options->sha256) {
        if (!sha256_parse(&out->sha256, options->sha256))
            return error_set(err, ERROR_USAGE,
                             "--sha256 takes 64 hexadecimal digits, and '%s' is something else",
                             options->sha256);
        out->has_sha256 = true;
        out->tier = TRUST_PINNED;
    }
    if (options->sums || options->signature)
        out->tier = TRUST_SIGNED;
    if (copy(&out->list, options->sums, err) < 0 ||
        copy(&out->signature, options->signature, err) < 0 ||
        copy(&out->name, options->sums_name, err) < 0 ||
        copy(&out->keyring, options->keyring, err) < 0 || read_keys(out, options->keys, err) < 0)
        return -1;
    return find_keys(out, err);
}

bool proof_plan_verifies(const struct proof_plan *plan)
{
    return plan->has_sha256 || plan->list || plan->signature;
}

void proof_plan_free(struct proof_plan *plan)
{
    texts_free(&plan->mirrors);
    texts_free(&plan->keys);
    free(plan->list);
    free(plan->signature);
    free(plan->index);
    free(plan->suffix);
    free(plan->name);
    free(plan->keyring);
    *plan = (struct proof_plan){0};
}
