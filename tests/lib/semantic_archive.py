#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes an archive whose meaning hangs on tar's rules, or one at the limits of ext4's structures.

    semantic_archive.py [--large] FILE"""

import io
import sys
import tarfile

HOLES = 1500        # pieces of one file: more extents than a leaf holds, times four
MANY = 65100        # subdirectories: beyond ext4's link count, and two levels of a hash tree
ATTRIBUTES = 3000   # files with the same large attribute: more than may share one block


class Writer:
    def __init__(self, path):
        self.tar = tarfile.open(path, "w", format=tarfile.PAX_FORMAT, errors="surrogateescape")

    def put(self, name, kind=tarfile.REGTYPE, content=b"", link="", mode=0o644, **pax):
        member = tarfile.TarInfo(name)
        member.type, member.size, member.linkname, member.mode = kind, len(content), link, mode
        member.mtime = 1600000000
        member.pax_headers = pax
        self.tar.addfile(member, io.BytesIO(content))

    def directory(self, name, mode=0o755):
        self.put(name, tarfile.DIRTYPE, mode=mode)

    def symlink(self, name, link):
        self.put(name, tarfile.SYMTYPE, link=link)

    def hardlink(self, name, link):
        self.put(name, tarfile.LNKTYPE, link=link)


def rules(out):
    out.directory("./etc")
    out.put("./twice", content=b"first, and longer than the second")
    out.put("./twice", content=b"second")
    out.directory("./was-directory")
    out.put("./was-directory/child", content=b"child")
    out.put("./was-directory", content=b"file")
    out.put("./was-file", content=b"file")
    out.directory("./was-file")
    out.hardlink("./chained", "./early-link")
    out.hardlink("./early-link", "./late")
    out.put("./late", content=b"late")
    out.symlink("./lib", "usr/lib")
    out.symlink("./lib-absolute", "/usr/lib")
    out.put("./lib/through", content=b"through")
    out.put("./lib-absolute/absolute", content=b"absolute")
    out.symlink("./up", "../../../..")
    out.put("./up/outside", content=b"inside")
    out.put("./made/up/of/parents", content=b"")
    out.put("./lib-late/child", content=b"")
    out.directory("./lib-late", mode=0o700)
    out.put("./" + "n" * 255, content=b"long")
    out.put(b"./latin\xe9".decode("utf-8", "surrogateescape"), content=b"latin")
    out.put("./zeros", content=bytes(1 << 20))
    out.symlink("./link59", "t" * 59)
    out.symlink("./link60", "t" * 60)
    out.directory("./", mode=0o711)


def large(out):
    out.directory("./etc")
    piece = b"x" * 4096 + bytes(4096)
    out.put("./holes", content=piece * HOLES)
    for i in range(MANY):
        out.directory(f"./many/a directory with a name {i}")
    for i in range(ATTRIBUTES):
        out.put(f"./attributes/{i}", **{"SCHILY.xattr.user.large": "v" * 1000})
    out.put("./huge", **{f"SCHILY.xattr.user.{name}": name * 60000 for name in "abc"})


def main():
    out = Writer(sys.argv[-1])
    (large if "--large" in sys.argv else rules)(out)
    out.tar.close()


if __name__ == "__main__":
    main()
