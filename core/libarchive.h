/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libarchive, loaded when it is first called for: libarchive()->read_new() is archive_read_new().
 * It brings a dozen other libraries along, and most commands see no archive. */
#ifndef LXKIT_CORE_LIBARCHIVE_H
#define LXKIT_CORE_LIBARCHIVE_H

#include <archive.h>
#include <archive_entry.h>

#include "core/error.h"

#define LIBARCHIVE_FILE "libarchive.so.13"
#define LIBARCHIVE_FUNCTIONS(FUNCTION)   \
    FUNCTION(entry_acl_add_entry)        \
    FUNCTION(entry_acl_next)             \
    FUNCTION(entry_acl_reset)            \
    FUNCTION(entry_atime)                \
    FUNCTION(entry_atime_is_set)         \
    FUNCTION(entry_atime_nsec)           \
    FUNCTION(entry_birthtime)            \
    FUNCTION(entry_birthtime_is_set)     \
    FUNCTION(entry_birthtime_nsec)       \
    FUNCTION(entry_clear)                \
    FUNCTION(entry_copy_hardlink)        \
    FUNCTION(entry_copy_pathname)        \
    FUNCTION(entry_copy_symlink)         \
    FUNCTION(entry_ctime)                \
    FUNCTION(entry_ctime_is_set)         \
    FUNCTION(entry_ctime_nsec)           \
    FUNCTION(entry_fflags)               \
    FUNCTION(entry_filetype)             \
    FUNCTION(entry_free)                 \
    FUNCTION(entry_gid)                  \
    FUNCTION(entry_hardlink)             \
    FUNCTION(entry_mtime)                \
    FUNCTION(entry_mtime_is_set)         \
    FUNCTION(entry_mtime_nsec)           \
    FUNCTION(entry_new)                  \
    FUNCTION(entry_pathname)             \
    FUNCTION(entry_perm)                 \
    FUNCTION(entry_rdevmajor)            \
    FUNCTION(entry_rdevminor)            \
    FUNCTION(entry_set_atime)            \
    FUNCTION(entry_set_ctime)            \
    FUNCTION(entry_set_fflags)           \
    FUNCTION(entry_set_filetype)         \
    FUNCTION(entry_set_gid)              \
    FUNCTION(entry_set_mode)             \
    FUNCTION(entry_set_mtime)            \
    FUNCTION(entry_set_nlink)            \
    FUNCTION(entry_set_pathname)         \
    FUNCTION(entry_set_perm)             \
    FUNCTION(entry_set_rdevmajor)        \
    FUNCTION(entry_set_rdevminor)        \
    FUNCTION(entry_set_size)             \
    FUNCTION(entry_set_uid)              \
    FUNCTION(entry_size)                 \
    FUNCTION(entry_sparse_add_entry)     \
    FUNCTION(entry_sparse_count)         \
    FUNCTION(entry_sparse_next)          \
    FUNCTION(entry_sparse_reset)         \
    FUNCTION(entry_symlink)              \
    FUNCTION(entry_uid)                  \
    FUNCTION(entry_xattr_add_entry)      \
    FUNCTION(entry_xattr_next)           \
    FUNCTION(entry_xattr_reset)          \
    FUNCTION(error_string)               \
    FUNCTION(filter_bytes)               \
    FUNCTION(read_data)                  \
    FUNCTION(read_data_block)            \
    FUNCTION(read_free)                  \
    FUNCTION(read_header_position)       \
    FUNCTION(read_new)                   \
    FUNCTION(read_next_header)           \
    FUNCTION(read_open)                  \
    FUNCTION(read_open_memory)           \
    FUNCTION(read_support_filter_all)    \
    FUNCTION(read_support_filter_bzip2)  \
    FUNCTION(read_support_filter_lz4)    \
    FUNCTION(read_support_filter_lzma)   \
    FUNCTION(read_support_filter_xz)     \
    FUNCTION(read_support_format_raw)    \
    FUNCTION(read_support_format_tar)    \
    FUNCTION(set_error)                  \
    FUNCTION(write_add_filter_xz)        \
    FUNCTION(write_add_filter_zstd)      \
    FUNCTION(write_close)                \
    FUNCTION(write_data)                 \
    FUNCTION(write_finish_entry)         \
    FUNCTION(write_free)                 \
    FUNCTION(write_header)               \
    FUNCTION(write_new)                  \
    FUNCTION(write_open)                 \
    FUNCTION(write_open_fd)              \
    FUNCTION(write_set_bytes_per_block)  \
    FUNCTION(write_set_filter_option)    \
    FUNCTION(write_set_format_cpio_newc) \
    FUNCTION(write_set_format_option)    \
    FUNCTION(write_set_format_pax)       \
    FUNCTION(write_set_format_raw)

#define LIBARCHIVE_MEMBER(name) __typeof__(archive_##name) *name;
struct libarchive {
    LIBARCHIVE_FUNCTIONS(LIBARCHIVE_MEMBER)
    __typeof__(archive_errno) *error_code; /* errno is a macro */
};
#undef LIBARCHIVE_MEMBER

/* Who may be the first to need it asks before; UNSUPPORTED where there is none. */
int libarchive_load(struct error *err) MUST_CHECK;
const struct libarchive *libarchive(void);

#endif
