/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/pgp_engine.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>
#include <rnp/rnp_err.h>

#include "fetch/trust/librnp.h"

/* ---- what librnp hands out is given back ---- */

static void ffi_freep(rnp_ffi_t *ffi)
{
    librnp()->ffi_destroy(*ffi);
}

static void input_freep(rnp_input_t *input)
{
    librnp()->input_destroy(*input);
}

static void output_freep(rnp_output_t *output)
{
    librnp()->output_destroy(*output);
}

static void op_freep(rnp_op_verify_t *op)
{
    librnp()->op_verify_destroy(*op);
}

static void key_freep(rnp_key_handle_t *key)
{
    librnp()->key_handle_destroy(*key);
}

static void signature_freep(rnp_signature_handle_t *signature)
{
    librnp()->signature_handle_destroy(*signature);
}

static void text_freep(char **text)
{
    librnp()->buffer_destroy(*text);
}

/* ---- what is found of a key and a signature ---- */

/* The texts that librnp's getters give, cut to size. */
static bool copy_text(char *out, size_t size, rnp_result_t rc, char *text)
{
    CLEANUP(text_freep) char *owned = rc == RNP_SUCCESS ? text : NULL;
    return owned && (size_t)snprintf(out, size, "%s", owned) < size;
}

static bool key_text(rnp_result_t (*get)(rnp_key_handle_t, char **), rnp_key_handle_t key,
                     char *out, size_t size)
{
    char *text = NULL;
    rnp_result_t rc = get(key, &text);
    return copy_text(out, size, rc, text);
}

/* A primary has no primary of its own. A revocation for whatever reason counts, also of a
 * signature that is older: who took the key back may have had a reason not to say. */
static bool look_at_key(rnp_ffi_t ffi, rnp_key_handle_t key, struct pgp_finding *out)
{
    CLEANUP(key_freep) rnp_key_handle_t primary = NULL;
    bool sub = false, revoked = false, primary_revoked = false;
    if (!key_text(librnp()->key_get_fprint, key, out->fingerprint, sizeof(out->fingerprint)) ||
        !key_text(librnp()->key_get_alg, key, out->algorithm, sizeof(out->algorithm)) ||
        librnp()->key_is_sub(key, &sub) != RNP_SUCCESS ||
        librnp()->key_is_revoked(key, &revoked) != RNP_SUCCESS ||
        librnp()->key_get_bits(key, &out->bits) != RNP_SUCCESS ||
        librnp()->key_allows_usage(key, "sign", &out->may_sign) != RNP_SUCCESS)
        return false;
    strcpy(out->primary, out->fingerprint);
    if (sub &&
        (!key_text(librnp()->key_get_primary_fprint, key, out->primary, sizeof(out->primary)) ||
         librnp()->locate_key(ffi, "fingerprint", out->primary, &primary) != RNP_SUCCESS ||
         !primary || librnp()->key_is_revoked(primary, &primary_revoked) != RNP_SUCCESS))
        return false;
    out->revoked = revoked || primary_revoked;
    return true;
}

static uint32_t version_of(rnp_signature_handle_t signature)
{
    CLEANUP(text_freep) char *text = NULL;
    if (librnp()->signature_packet_to_json(signature, 0, &text) != RNP_SUCCESS)
        return 0;
    json_auto_t *json = json_loads(text, 0, NULL);
    const json_t *packet = json_is_array(json) ? json_array_get(json, 0) : json;
    return (uint32_t)json_integer_value(json_object_get(packet, "version"));
}

static bool look_at_signature(rnp_op_verify_signature_t signature, struct pgp_finding *out)
{
    CLEANUP(signature_freep) rnp_signature_handle_t handle = NULL;
    char *type = NULL, *hash = NULL;
    if (librnp()->op_verify_signature_get_handle(signature, &handle) != RNP_SUCCESS)
        return false;
    rnp_result_t rc = librnp()->signature_get_type(handle, &type);
    if (!copy_text(out->type, sizeof(out->type), rc, type))
        return false;
    rc = librnp()->op_verify_signature_get_hash(signature, &hash);
    if (!copy_text(out->hash, sizeof(out->hash), rc, hash))
        return false;
    out->version = version_of(handle);
    return librnp()->op_verify_signature_get_times(signature, &out->created, NULL) == RNP_SUCCESS;
}

static enum pgp_status status_of(rnp_result_t rc)
{
    switch (rc) {
    case RNP_SUCCESS:
        return PGP_GOOD;
    case RNP_ERROR_SIGNATURE_EXPIRED:
        return PGP_EXPIRED;
    case RNP_ERROR_KEY_NOT_FOUND:
        return PGP_UNKNOWN_KEY;
    case RNP_ERROR_SIGNATURE_UNKNOWN:
        return PGP_UNREADABLE;
    default:
        return PGP_BAD;
    }
}

/* A good signature of which something cannot be told is none. */
static void look(rnp_ffi_t ffi, rnp_op_verify_signature_t signature, struct pgp_finding *out)
{
    CLEANUP(key_freep) rnp_key_handle_t key = NULL;
    *out = (struct pgp_finding){.status =
                                    status_of(librnp()->op_verify_signature_get_status(signature))};
    bool whole = look_at_signature(signature, out);
    bool known = librnp()->op_verify_signature_get_key(signature, &key) == RNP_SUCCESS && key &&
                 look_at_key(ffi, key, out);
    if (out->status == PGP_GOOD && !(whole && known))
        out->status = PGP_UNREADABLE;
}

static int report(rnp_ffi_t ffi, rnp_op_verify_t op, struct pgp_findings *out)
{
    size_t n;
    if (librnp()->op_verify_get_signature_count(op, &n) != RNP_SUCCESS)
        return -1;
    out->n = 0;
    for (size_t i = 0; i < n && i < PGP_SIGNATURES_MAX; i++) {
        rnp_op_verify_signature_t signature;
        if (librnp()->op_verify_get_signature_at(op, i, &signature) != RNP_SUCCESS)
            return -1;
        look(ffi, signature, &out->of[out->n++]);
    }
    return 0;
}

/* ---- the run ---- */

/* No weak hash of any date for data. For the self-signatures of keys they stay allowed: keys that
 * are pinned by fingerprint have them (Ubuntu's cloud images, SUSE). */
static bool forbid_weak_hashes(rnp_ffi_t ffi)
{
    static const char *const weak[] = {"MD5", "SHA1", "RIPEMD160"};
    for (size_t i = 0; i < array_length(weak); i++) {
        if (librnp()->add_security_rule(ffi, RNP_FEATURE_HASH_ALG, weak[i],
                                        RNP_SECURITY_OVERRIDE | RNP_SECURITY_VERIFY_DATA, 0,
                                        RNP_SECURITY_PROHIBITED) != RNP_SUCCESS)
            return false;
    }
    return true;
}

static bool load(rnp_ffi_t ffi, const struct pgp_job *job)
{
    for (size_t i = 0; i < job->n_certificates; i++) {
        CLEANUP(input_freep) rnp_input_t input = NULL;
        const struct pgp_certificate *certificate = &job->certificates[i];
        if (librnp()->input_from_memory(&input, certificate->bytes, certificate->n, false) !=
                RNP_SUCCESS ||
            librnp()->import_keys(ffi, input, RNP_LOAD_SAVE_PUBLIC_KEYS | RNP_LOAD_SAVE_PERMISSIVE,
                                  NULL) != RNP_SUCCESS)
            return false;
    }
    return true;
}

static bool read_input(void *context, void *buf, size_t n, size_t *read)
{
    const struct pgp_job *job = context;
    ssize_t got = job->read(job->context, buf, n);
    *read = got < 0 ? 0 : (size_t)got;
    return got >= 0;
}

static int run_detached(rnp_ffi_t ffi, rnp_input_t input, const struct pgp_job *job,
                        struct pgp_findings *out)
{
    CLEANUP(input_freep) rnp_input_t signature = NULL;
    CLEANUP(op_freep) rnp_op_verify_t op = NULL;
    if (librnp()->input_from_memory(&signature, job->detached->bytes, job->detached->n_bytes,
                                    false) != RNP_SUCCESS ||
        librnp()->op_verify_detached_create(&op, ffi, input, signature) != RNP_SUCCESS)
        return -1;
    /* What it returns says too little: each signature is looked at. */
    (void)librnp()->op_verify_execute(op);
    return report(ffi, op, out);
}

static int run_clearsigned(rnp_ffi_t ffi, rnp_input_t input, const struct pgp_job *job,
                           struct pgp_findings *out, uint8_t **text, size_t *text_n)
{
    CLEANUP(output_freep) rnp_output_t output = NULL;
    CLEANUP(op_freep) rnp_op_verify_t op = NULL;
    uint8_t *bytes;
    if (librnp()->output_to_memory(&output, job->text_max) != RNP_SUCCESS ||
        librnp()->op_verify_create(&op, ffi, input, output) != RNP_SUCCESS)
        return -1;
    (void)librnp()->op_verify_execute(op);
    if (report(ffi, op, out) < 0)
        return -1;
    if (librnp()->output_memory_get_buf(output, &bytes, text_n, false) != RNP_SUCCESS)
        return -1;
    *text = malloc(*text_n + 1);
    if (!*text)
        return -1;
    memcpy(*text, bytes, *text_n);
    return 0;
}

int pgp_engine_run(const struct pgp_job *job, struct pgp_findings *out, uint8_t **text,
                   size_t *text_n)
{
    CLEANUP(ffi_freep) rnp_ffi_t ffi = NULL;
    CLEANUP(input_freep) rnp_input_t input = NULL;
    *text = NULL;
    *text_n = 0;
    if (librnp()->ffi_create(&ffi, "GPG", "GPG") != RNP_SUCCESS || !forbid_weak_hashes(ffi) ||
        librnp()->set_timestamp(ffi, (uint64_t)job->now) != RNP_SUCCESS || !load(ffi, job) ||
        librnp()->input_from_callback(&input, read_input, NULL, (void *)(uintptr_t)job) !=
            RNP_SUCCESS)
        return -1;
    return job->detached ? run_detached(ffi, input, job, out)
                         : run_clearsigned(ffi, input, job, out, text, text_n);
}
