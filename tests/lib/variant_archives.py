#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes base.tar and, for each kind of difference, an archive that differs in that one way.

    variant_archives.py DIRECTORY

Prints one line for each: its name, and what "lximage diff base.tar IT" must print."""

import io
import sys
import tarfile

CAPABILITY = "\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0"  # cap_net_raw=ep


class Member:
    def __init__(self, name, kind=tarfile.REGTYPE, content=b"", **fields):
        self.name, self.kind, self.content, self.fields = name, kind, content, fields

    def write(self, tar):
        info = tarfile.TarInfo(self.name)
        info.type, info.size, info.mtime = self.kind, len(self.content), 1600000000
        info.mode = 0o755 if self.kind == tarfile.DIRTYPE else 0o644
        for field, value in self.fields.items():
            setattr(info, field, value)
        tar.addfile(info, io.BytesIO(self.content))


def base():
    return [
        Member(".", tarfile.DIRTYPE),
        Member("./bin", tarfile.DIRTYPE),
        Member("./bin/ping", content=b"\x7fELF" + bytes(9000) + b"end",
               pax_headers={"SCHILY.xattr.security.capability": CAPABILITY}),
        Member("./bin/sh", tarfile.SYMTYPE, linkname="dash"),
        Member("./bin/dash", content=b"shell", mode=0o755),
        Member("./bin/perl", content=b"perl"),
        Member("./bin/perl5", tarfile.LNKTYPE, linkname="./bin/perl"),
        Member("./null", tarfile.CHRTYPE, devmajor=1, devminor=3),
        Member("./time", pax_headers={"mtime": "1600000000.000000001"}),
        Member("./tab\there"),
    ]


def changed(name, **fields):
    def change(members):
        member = next(m for m in members if m.name == name)
        for field, value in fields.items():
            if hasattr(member, field):
                setattr(member, field, value)
            else:
                member.fields[field] = value
        return members
    return change


def without(name):
    return lambda members: [m for m in members if m.name != name]


def added(member):
    return lambda members: members + [member]


ELF = b"\x7fELF" + bytes(9000)
VARIANTS = [
    ("same", lambda members: members, ""),
    ("reversed", lambda members: members[::-1], ""),
    ("mode", changed("./bin/dash", mode=0o4755), "/bin/dash: mode 0755 | 4755"),
    ("owner", changed("./bin/dash", uid=0, gid=42), "/bin/dash: owner 0:0 | 0:42"),
    ("mtime", changed("./bin", mtime=1600000001),
     "/bin: mtime 2020-09-13 12:26:40.000000000 | 2020-09-13 12:26:41.000000000"),
    ("nanosecond", changed("./time", pax_headers={"mtime": "1600000000.000000002"}),
     "/time: mtime 2020-09-13 12:26:40.000000001 | 2020-09-13 12:26:40.000000002"),
    ("future", changed("./time", pax_headers={"mtime": "20000000000.5"}),
     "/time: mtime 2020-09-13 12:26:40.000000001 | 2603-10-11 11:33:20.500000000"),
    ("content", changed("./bin/ping", content=ELF + b"eNd"), "/bin/ping: content"),
    ("size", changed("./bin/ping", content=ELF), "/bin/ping: size 9007 | 9004"),
    ("type", changed("./bin/sh", kind=tarfile.REGTYPE), "/bin/sh: type symbolic link | file"),
    ("target", changed("./bin/sh", linkname="bash"), "/bin/sh: target dash | bash"),
    ("device", changed("./null", devminor=5), "/null: device 1,3 | 1,5"),
    ("capability", changed("./bin/ping", pax_headers={}),
     "/bin/ping: xattr security.capability "
     "0x0100000200200000000000000000000000000000 | -"),
    ("attribute", changed("./bin/dash", pax_headers={"SCHILY.xattr.user.note": "new"}),
     '/bin/dash: xattr user.note - | "new"'),
    ("label", changed("./bin/dash", pax_headers={"SCHILY.xattr.security.selinux": "bin_t"}),
     '/bin/dash: xattr security.selinux - | "bin_t"'),
    ("link", changed("./bin/perl5", kind=tarfile.REGTYPE, content=b"perl"),
     "/bin/perl5: links bin/perl | -"),
    ("removed", without("./tab\there"), "only in A: /tab\\x09here"),
    ("added", added(Member("./new/in/here")), "only in B: /new"),
]


def main(directory):
    for name, change, expected in [("base", lambda members: members, "")] + VARIANTS:
        with tarfile.open(f"{directory}/{name}.tar", "w", format=tarfile.PAX_FORMAT) as tar:
            for member in change(base()):
                member.write(tar)
        if name != "base":
            print(name, expected, sep="\t")


if __name__ == "__main__":
    main(sys.argv[1])
