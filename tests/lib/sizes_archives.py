#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives for tests/sizes.sh: sizes_archives.py DIRECTORY.

    tree.tar     files of many sizes, so that an exact fit uses every block
    empty.tar    20 000 empty files in 20 directories: inodes run out before blocks
    names.tar    nothing but symbolic links, short and long
    links.tar    one file with 65 000 names, which ext4 allows
    over.tar     one file with 140 001 names and an attribute of 9 000 bytes, which it does not
    huge.tar     a file of 200 GiB, all hole but for a few bytes at its ends
"""
import io
import random
import sys
import tarfile


def member(name, **fields):
    entry = tarfile.TarInfo(name)
    entry.mtime = 1700000000
    for field, value in fields.items():
        setattr(entry, field, value)
    return entry


def archive(path, members):
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for entry, content in members:
            tar.addfile(entry, io.BytesIO(content) if content else None)


def tree():
    dice = random.Random(5)
    for i in range(3000):
        content = dice.randbytes(dice.choice([0, 10, 4096, 5000, 20000, 70000]))
        yield member(f"d{i % 40}/f{i}", size=len(content)), content
    yield member("large", size=9 << 20), dice.randbytes(9 << 20)


def empty():
    for i in range(20000):
        yield member(f"d{i % 20}/{i}"), None


def names():
    for i in range(6000):
        target = "t" * (20 if i % 2 else 200)
        yield member(f"link{i}", type=tarfile.SYMTYPE, linkname=target), None


def links(n, **fields):
    content = bytes(range(256)) * 40
    yield member("first", size=len(content), **fields), content
    for i in range(n - 1):
        yield member(f"names/{i:06}", type=tarfile.LNKTYPE, linkname="first"), None


def huge():
    size = 200 << 30
    at_end = size - 4096
    body = b"2\n0\n5\n%d\n5\n" % at_end
    body += b"\0" * (-len(body) % 512) + b"begin" + b"endin"
    yield member("huge", size=len(body), pax_headers={
        "GNU.sparse.major": "1", "GNU.sparse.minor": "0",
        "GNU.sparse.name": "huge", "GNU.sparse.realsize": str(size)}), body


def main():
    where = sys.argv[1]
    archive(f"{where}/tree.tar", tree())
    archive(f"{where}/empty.tar", empty())
    archive(f"{where}/names.tar", names())
    archive(f"{where}/links.tar", links(65000))
    archive(f"{where}/over.tar", links(140001, pax_headers={
        "SCHILY.xattr.user.large": "v" * 9000}))
    archive(f"{where}/huge.tar", huge())


main()
