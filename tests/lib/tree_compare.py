#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares a mounted tree with a tar and with GNU tar's extraction of it, entry by entry.

    tree_compare.py TAR|- EXTRACTED MOUNTED

Path, type, mode, owner, modification time to the nanosecond, link count, which names are one file,
symbolic link target, device number, content, extended attributes and ACLs must be as in EXTRACTED.
Extended attributes in TAR's own headers must be there too: GNU tar leaves out some that it extracts.
Ends with 1 and the first differences when there are any."""

import hashlib
import os
import stat
import sys
import tarfile

SHOWN = 40
XATTR = "SCHILY.xattr."


def tar_xattrs(path):
    """Path to {name: value} for every member that has extended attributes."""
    found = {}
    with tarfile.open(path, errors="surrogateescape") as tar:
        for member in tar:
            xattrs = {
                key[len(XATTR):]: value.encode("utf-8", "surrogateescape")
                for key, value in member.pax_headers.items()
                if key.startswith(XATTR)
            }
            if xattrs:
                found[os.path.normpath(member.name)] = xattrs
    return found


def read_xattrs(path):
    return {name: os.getxattr(path, name, follow_symlinks=False)
            for name in os.listxattr(path, follow_symlinks=False)}


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe(root):
    """Path to facts, for everything below root and root itself, but not its lost+found."""
    entries = {}
    first_name = {}  # of each inode
    pending = ["."]
    while pending:
        path = pending.pop()
        full = os.path.join(root, path)
        status = os.lstat(full)
        mode = status.st_mode
        facts = {
            "mode": oct(mode),
            "owner": (status.st_uid, status.st_gid),
            "mtime": status.st_mtime_ns,
            "links": status.st_nlink,
        }
        if stat.S_ISDIR(mode):
            names = sorted(os.listdir(full))
            if path == "." and "lost+found" in names:
                names.remove("lost+found")
            children = [os.path.normpath(os.path.join(path, name)) for name in names]
            pending += reversed(children)
            # Some file systems count 1; ext4 counts "." and each "..".
            facts["links"] = 2 + sum(
                stat.S_ISDIR(os.lstat(os.path.join(root, child)).st_mode) for child in children)
        else:
            facts["one file with"] = first_name.setdefault(status.st_ino, path)
        if stat.S_ISLNK(mode):
            facts["target"] = os.readlink(full)
        if stat.S_ISBLK(mode) or stat.S_ISCHR(mode):
            facts["device"] = (os.major(status.st_rdev), os.minor(status.st_rdev))
        if stat.S_ISREG(mode):
            facts["size"] = status.st_size
            facts["content"] = digest(full)
        entries[path] = facts
    return entries


def directory_links(root, path):
    """The link count that a directory really has, less the one of lost+found."""
    count = os.lstat(os.path.join(root, path)).st_nlink
    return count - (path == "." and os.path.isdir(os.path.join(root, "lost+found")))


def main():
    tar, extracted, mounted = sys.argv[1:]
    differences = []
    expected, got = describe(extracted), describe(mounted)
    xattrs = {} if tar == "-" else tar_xattrs(tar)

    for path in sorted(expected.keys() - got.keys()):
        differences.append(f"{path}: missing")
    for path in sorted(got.keys() - expected.keys()):
        differences.append(f"{path}: must not be there")
    for path in sorted(expected.keys() & got.keys()):
        full = os.path.join(mounted, path)
        for fact in sorted(expected[path].keys() | got[path].keys()):
            want, have = expected[path].get(fact), got[path].get(fact)
            if want != have:
                differences.append(f"{path}: {fact} is {have}, expected {want}")
        if "one file with" not in got[path]:
            want, have = expected[path]["links"], directory_links(mounted, path)
            if want != have:
                differences.append(f"{path}: links is {have}, expected {want}")
        have = read_xattrs(full)
        want = read_xattrs(os.path.join(extracted, path)) | xattrs.get(path, {})
        if want != have:
            differences.append(f"{path}: xattrs are {have}, expected {want}")

    for difference in differences[:SHOWN]:
        print(difference)
    print(f"{len(got)} entries, {len(xattrs)} with xattrs, {len(differences)} differences")
    return 1 if differences else 0


sys.exit(main())
