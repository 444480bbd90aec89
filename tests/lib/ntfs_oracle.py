#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares a tree with what ntfs-3g shows of an NTFS volume that was made of it.

    ntfs_oracle.py TREE MOUNTED

MOUNTED is the directory rootfs on a mounted ntfs-3g. Names, contents, times of modification, which
names are one file, the extended attributes (system.ntfs_ea) and the reparse point
(system.ntfs_reparse_data) of every file must be what WSL1 would have written, and at most a carrier
beside. Ends with 1 and the
first differences if there are any."""

import ctypes
import hashlib
import os
import stat
import struct
import sys

sys.path.insert(0, os.path.dirname(__file__))
import ntfs_tree  # noqa: E402

SHOWN = 40
TAGS = {
    stat.S_IFLNK: 0xA000001D,
    stat.S_IFSOCK: 0x80000023,
    stat.S_IFIFO: 0x80000024,
    stat.S_IFCHR: 0x80000025,
    stat.S_IFBLK: 0x80000026,
}
LEFT_OUT = ("security.selinux", "security.ima", "security.evm", "system.posix_acl_access",
            "system.posix_acl_default")


LIBC = ctypes.CDLL(None, use_errno=True)


def attribute(path, name):
    """None where there is none. os.getxattr tries with a short buffer first, which ntfs-3g answers
    with an error."""
    buffer = ctypes.create_string_buffer(65536)
    n = LIBC.lgetxattr(os.fsencode(path), name.encode(), buffer, len(buffer))
    return buffer.raw[:n] if n >= 0 else None


def reparse(path, status):
    tag = TAGS.get(stat.S_IFMT(status.st_mode))
    if tag is None:
        return None
    data = b""
    if stat.S_ISLNK(status.st_mode):
        data = struct.pack("<I", 2) + os.fsencode(os.readlink(path))
    return ntfs_tree.reparse_pack(tag, data)


def mtime(status):
    return ntfs_tree.EPOCH + status.st_mtime_ns // 100


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def eas(path, status):
    kept = [(name, value) for name, value in ntfs_tree.wslfs_eas(path, status)
            if name[3:].decode().lower() not in LEFT_OUT]
    return sorted(kept[:3]) + sorted(kept[3:])


def unpack(blob):
    found = []
    while blob:
        size, _, n, length = struct.unpack_from("<IBBH", blob)
        if blob[8:8 + n] != b"LXKIT.CARRIER":
            found.append((blob[8:8 + n], blob[9 + n:9 + n + length]))
        blob = blob[size:]
    return sorted(found[:3]) + sorted(found[3:])


def facts(path, status):
    """What must be there, by what is in the tree."""
    found = {"eas": eas(path, status), "reparse": reparse(path, status), "mtime": mtime(status)}
    if stat.S_ISREG(status.st_mode):
        found["size"] = status.st_size
        found["content"] = digest(path)
    return found


def shown(path, mode):
    """The same, as ntfs-3g shows it."""
    status = os.lstat(path)
    stored = struct.unpack("<4Q", attribute(path, "system.ntfs_times"))
    found = {
        "eas": unpack(attribute(path, "system.ntfs_ea") or b""),
        "reparse": attribute(path, "system.ntfs_reparse_data"),
        "mtime": stored[1],
    }
    if stat.S_ISREG(mode):
        found["size"] = status.st_size
        found["content"] = digest(path)
    if stat.S_IFMT(status.st_mode) != stat.S_IFMT(mode):
        found["type"] = oct(stat.S_IFMT(status.st_mode))
    return found


def compare(tree, mounted):
    differences = []
    first, first_there = {}, {}  # names of each inode
    pending = [("", "")]
    n = 0
    while pending:
        path, there = pending.pop()
        n += 1
        source, target = tree + path, mounted + there
        status = os.lstat(source)
        want, have = facts(source, status), shown(target, status.st_mode)
        for key in want.keys() | have.keys():
            if want.get(key) != have.get(key):
                differences.append(f"{path}: {key} is {have.get(key)}, expected {want.get(key)}")
        if not stat.S_ISDIR(status.st_mode):
            one = first.setdefault(status.st_ino, path)
            other = first_there.setdefault(os.lstat(target).st_ino, path)
            if one != other or os.lstat(target).st_nlink != status.st_nlink:
                differences.append(f"{path}: is one file with {other}, expected {one}")
            continue
        names = {ntfs_tree.wslfs_name(name): name for name in os.listdir(source)}
        listed = set(os.listdir(target))
        for name in sorted(names.keys() ^ listed):
            differences.append(f"{there}/{name}: {'missing' if name in names else 'too much'}")
        pending += [(f"{path}/{names[name]}", f"{there}/{name}")
                    for name in names.keys() & listed]
    return n, differences


def main():
    n, differences = compare(*sys.argv[1:])
    for difference in differences[:SHOWN]:
        print(difference.encode("utf-8", "surrogateescape")[:400])
    print(f"{n} entries, {len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
