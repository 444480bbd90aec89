/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of extended attributes as keys of pax records, where "=" ends a key.
 *
 *     user.a=b   SCHILY.xattr.user.a%3Db      GNU tar: "%" and "=" only, also when reading
 *                LIBARCHIVE.xattr.user.a%3Db  libarchive: like an URL; the value is base 64
 *
 * libarchive writes SCHILY.xattr like an URL too, and reads it as it is: of the two records that
 * it writes for one attribute the second is right. */
#ifndef LXKIT_IMAGE_TAR_XATTR_NAME_H
#define LXKIT_IMAGE_TAR_XATTR_NAME_H

#include <stdbool.h>

#define TAR_XATTR_SCHILY     "SCHILY.xattr."
#define TAR_XATTR_LIBARCHIVE "LIBARCHIVE.xattr."

/* Whether GNU tar and libarchive both read the name from a SCHILY record as it is. */
bool tar_xattr_name_plain(const char *name);
/* Whether libarchive writes the name into a SCHILY record as it is. */
bool tar_xattr_name_direct(const char *name);

/* to has room for three times the name's bytes and a NUL. */
void tar_xattr_name_encode_gnu(char *to, const char *name);
void tar_xattr_name_encode_url(char *to, const char *name);
/* In place. */
void tar_xattr_name_decode_gnu(char *name);
void tar_xattr_name_decode_url(char *name);

#endif
