/* SPDX-License-Identifier: GPL-3.0-or-later */
/* librnp, loaded when it is first called for: librnp()->ffi_create() is rnp_ffi_create(). */
#ifndef LXKIT_FETCH_TRUST_LIBRNP_H
#define LXKIT_FETCH_TRUST_LIBRNP_H

#include <rnp/rnp.h>

#include "core/error.h"

#define LIBRNP_FILE "librnp.so.0"
#define LIBRNP_FUNCTIONS(FUNCTION)           \
    FUNCTION(add_security_rule)              \
    FUNCTION(buffer_destroy)                 \
    FUNCTION(ffi_create)                     \
    FUNCTION(ffi_destroy)                    \
    FUNCTION(import_keys)                    \
    FUNCTION(input_destroy)                  \
    FUNCTION(input_from_callback)            \
    FUNCTION(input_from_memory)              \
    FUNCTION(key_allows_usage)               \
    FUNCTION(key_get_alg)                    \
    FUNCTION(key_get_bits)                   \
    FUNCTION(key_get_fprint)                 \
    FUNCTION(key_get_primary_fprint)         \
    FUNCTION(key_handle_destroy)             \
    FUNCTION(key_is_revoked)                 \
    FUNCTION(key_is_sub)                     \
    FUNCTION(locate_key)                     \
    FUNCTION(op_verify_create)               \
    FUNCTION(op_verify_destroy)              \
    FUNCTION(op_verify_detached_create)      \
    FUNCTION(op_verify_execute)              \
    FUNCTION(op_verify_get_signature_at)     \
    FUNCTION(op_verify_get_signature_count)  \
    FUNCTION(op_verify_signature_get_handle) \
    FUNCTION(op_verify_signature_get_hash)   \
    FUNCTION(op_verify_signature_get_key)    \
    FUNCTION(op_verify_signature_get_status) \
    FUNCTION(op_verify_signature_get_times)  \
    FUNCTION(output_destroy)                 \
    FUNCTION(output_memory_get_buf)          \
    FUNCTION(output_to_memory)               \
    FUNCTION(set_timestamp)                  \
    FUNCTION(signature_get_type)             \
    FUNCTION(signature_handle_destroy)       \
    FUNCTION(signature_packet_to_json)

#define LIBRNP_MEMBER(name) __typeof__(rnp_##name) *name;
struct librnp {
    LIBRNP_FUNCTIONS(LIBRNP_MEMBER)
};
#undef LIBRNP_MEMBER

/* Who may be the first to need it asks before; UNSUPPORTED where there is none. */
int librnp_load(struct error *err) MUST_CHECK;
const struct librnp *librnp(void);

#endif
