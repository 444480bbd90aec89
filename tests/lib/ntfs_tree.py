#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trees on a mounted ntfs-3g (special_files=wsl), with metadata as WSL1 writes it.

    ntfs_tree.py wslfs TREE PLACE    copies TREE to PLACE, with $LXUID ... and LX.* attributes
    ntfs_tree.py lxfs TREE PLACE     the same as lxfs kept it: LXATTRB, LXXATTR, "#003A"
    ntfs_tree.py link PLACE KIND TARGET
                                     makes a link of Windows: relative, absolute or junction
    ntfs_tree.py v1 PLACE TARGET     a symbolic link of LX_SYMLINK version 1, but for its tag, which
                                     ntfs-3g does not take; for
    ntfs_tree.py v1-finish IMAGE     which sets the tag, when IMAGE is not mounted
    ntfs_tree.py tag PLACE TAG       any other reparse point, without data
    ntfs_tree.py ea PLACE NAME=HEX...  extended attributes, as they are

PLACE is written through ntfs-3g's own interfaces: system.ntfs_ea, system.ntfs_reparse_data and
system.ntfs_times."""

import os
import socket
import stat
import struct
import sys

ILLEGAL = set('"*:<>?\\|') | {chr(c) for c in range(1, 32)}
EPOCH = 116444736000000000  # 1970 in units of 100 ns since 1601
LX_SYMLINK = 0xA000001D
VERSION_1 = (0xA000001E, struct.pack("<I", 1))


def wslfs_name(name):
    return "".join(chr(0xF000 + ord(c)) if c in ILLEGAL else c for c in name)


def lxfs_name(name):
    return "".join(f"#{ord(c):04X}" if c in ILLEGAL or c == "#" else c for c in name)


def ea_pack(entries):
    out = b""
    for name, value in entries:
        entry = struct.pack("<BBH", 0, len(name), len(value)) + name + b"\0" + value
        size = (4 + len(entry) + 3) & ~3
        out += struct.pack("<I", size) + entry.ljust(size - 4, b"\0")
    return out


def ea_set(path, entries):
    os.setxattr(path, "system.ntfs_ea", ea_pack(entries), follow_symlinks=False)


def xattrs(path):
    return [(name, os.getxattr(path, name, follow_symlinks=False))
            for name in sorted(os.listxattr(path, follow_symlinks=False))]


def wslfs_eas(path, status):
    entries = [
        (b"$LXUID", struct.pack("<I", status.st_uid)),
        (b"$LXGID", struct.pack("<I", status.st_gid)),
        (b"$LXMOD", struct.pack("<I", status.st_mode)),
    ]
    if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
        entries.append((b"$LXDEV", struct.pack("<II", os.major(status.st_rdev),
                                               os.minor(status.st_rdev))))
    for name, value in xattrs(path):
        entries.append((b"LX." + name.upper().encode(), b"lxea" + value))
    return entries


def lxfs_eas(path, status):
    entries = []
    packed = b""
    found = xattrs(path)
    for i, (name, value) in enumerate(found):
        body = struct.pack("<HB", len(value), len(name)) + name.encode() + value + b"\0"
        packed += struct.pack("<I", 0 if i + 1 == len(found) else 4 + len(body)) + body
    if packed:
        entries.append((b"LXXATTR", struct.pack("<HH", 0, 1) + packed))
    seconds = [ns // 10**9 for ns in (status.st_atime_ns, status.st_mtime_ns, status.st_ctime_ns)]
    parts = [ns % 10**9 for ns in (status.st_atime_ns, status.st_mtime_ns, status.st_ctime_ns)]
    device = os.major(status.st_rdev) << 20 | os.minor(status.st_rdev)
    entries.append((b"LXATTRB", struct.pack("<HH7I3Q", 0, 1, status.st_mode, status.st_uid,
                                            status.st_gid, device, *parts, *seconds)))
    return entries


def copy_data(path, place):
    """Holes stay holes."""
    with open(path, "rb") as source, open(place, "wb") as to:
        size = os.fstat(source.fileno()).st_size
        at = 0
        while at < size:
            try:
                at = os.lseek(source.fileno(), at, os.SEEK_DATA)
            except OSError:
                break
            end = os.lseek(source.fileno(), at, os.SEEK_HOLE)
            source.seek(at)
            to.seek(at)
            to.write(source.read(end - at))
            at = end
        to.truncate(size)


def file_make(path, place, status, lxfs):
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFREG:
        copy_data(path, place)
    elif kind == stat.S_IFLNK and lxfs:
        with open(place, "w", encoding="utf-8") as file:
            file.write(os.readlink(path))
    elif lxfs:
        open(place, "wb").close()
    elif kind == stat.S_IFLNK:
        os.symlink(os.readlink(path), place)
    elif kind == stat.S_IFSOCK:
        os.mknod(place, stat.S_IFSOCK | 0o644)
    else:
        os.mknod(place, kind | 0o644, status.st_rdev)


def times_set(place, status):
    """Created, modified, accessed and changed."""
    ticks = [EPOCH + ns // 100 for ns in (status.st_mtime_ns, status.st_mtime_ns,
                                          status.st_atime_ns, status.st_ctime_ns)]
    os.setxattr(place, "system.ntfs_times", struct.pack("<4Q", *ticks), follow_symlinks=False)


def copy(tree, place, lxfs):
    escape = lxfs_name if lxfs else wslfs_name
    first = {}  # of each inode
    directories = [(tree, place)]
    done = []
    while directories:
        path, to = directories.pop()
        if not os.path.isdir(to):
            os.mkdir(to)
        done.append((path, to))
        for name in sorted(os.listdir(path)):
            source, target = f"{path}/{name}", f"{to}/{escape(name)}"
            status = os.lstat(source)
            if stat.S_ISDIR(status.st_mode):
                directories.append((source, target))
            elif status.st_ino in first:
                os.link(first[status.st_ino], target, follow_symlinks=False)
            else:
                first[status.st_ino] = target
                file_make(source, target, status, lxfs)
                done.append((source, target))
    for path, to in done:
        status = os.lstat(path)
        ea_set(to, (lxfs_eas if lxfs else wslfs_eas)(path, status))
    for path, to in done:
        times_set(to, os.lstat(path))


def reparse_pack(tag, data):
    return struct.pack("<IHH", tag, len(data), 0) + data


def reparse_set(place, tag, data):
    os.setxattr(place, "system.ntfs_reparse_data", reparse_pack(tag, data), follow_symlinks=False)


def link(place, kind, target):
    name = target.encode("utf-16-le")
    if kind != "relative":
        name = "\\??\\".encode("utf-16-le") + name
    head = struct.pack("<HHHH", 0, len(name), len(name), 0)
    if kind == "junction":
        os.mkdir(place)
        reparse_set(place, 0xA0000003, head + name + b"\0\0\0\0")
    else:
        open(place, "wb").close()
        flags = struct.pack("<I", 1 if kind == "relative" else 0)
        reparse_set(place, 0xA000000C, head + flags + name)


def main():
    verb, place, *rest = sys.argv[1:]
    if verb in ("wslfs", "lxfs"):
        copy(place, rest[0], verb == "lxfs")
    elif verb == "link":
        link(place, *rest)
    elif verb == "v1":
        with open(place, "w", encoding="utf-8") as file:
            file.write(rest[0])
        reparse_set(place, *VERSION_1)
    elif verb == "v1-finish":
        with open(place, "r+b") as image:
            at = image.read().index(reparse_pack(*VERSION_1))
            image.seek(at)
            image.write(reparse_pack(LX_SYMLINK, VERSION_1[1]))
    elif verb == "tag":
        open(place, "wb").close()
        reparse_set(place, int(rest[0], 0), b"")
    elif verb == "ea":
        pairs = [pair.split("=") for pair in rest]
        ea_set(place, [(name.encode(), bytes.fromhex(value)) for name, value in pairs])


if __name__ == "__main__":
    main()
