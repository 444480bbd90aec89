/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Access control lists: Linux shows them as an attribute of version 2 with 8 bytes an entry; ext4
 * keeps version 1, where entries that name nobody have 4.
 *
 * Source: linux/posix_acl_xattr.h, fs/ext4/acl.h. */
#ifndef LXKIT_IMAGE_EXT4_ACL_H
#define LXKIT_IMAGE_EXT4_ACL_H

#include <stddef.h>
#include <stdint.h>

/* The size on disk of an attribute's value; 0: it is no access control list. */
size_t ext4_acl_size(const uint8_t *value, size_t n);
/* Writes that many bytes. */
void ext4_acl_put(uint8_t *to, const uint8_t *value, size_t n);

/* The way back: the size of the attribute for n bytes on disk (0: they are no list), and it. */
size_t ext4_acl_attribute_size(const uint8_t *disk, size_t n);
void ext4_acl_attribute_put(uint8_t *to, const uint8_t *disk, size_t n);

#endif
