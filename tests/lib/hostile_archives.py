#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes archives that must be refused into DIRECTORY, and says what must happen to each.

    hostile_archives.py DIRECTORY

Prints a line per file: name, exit status, a pattern that the message must match, and the need that
it is about where there is one ("A13: "), separated by tabs."""

import bz2
import gzip
import lzma
import os
import random
import struct
import subprocess
import sys
import tarfile

ZEROS = bytes(512)
END = ZEROS * 20


def header(name, kind=tarfile.REGTYPE, size=0, link="", mode=0o644, **more):
    member = tarfile.TarInfo(name)
    member.type, member.size, member.linkname, member.mode = kind, size, link, mode
    for key, value in more.items():
        setattr(member, key, value)
    return member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def file(name, content=b"", **more):
    return header(name, size=len(content), **more) + content + bytes(-len(content) % 512)


def directory(name):
    return header(name, tarfile.DIRTYPE, mode=0o755)


def pax(records):
    body = b""
    for key, value in records.items():
        record = b" %s=%s\n" % (key.encode(), value)
        length = len(record)
        while len(str(length).encode() + record) != length:
            length = len(str(length).encode() + record)
        body += str(length).encode() + record
    return header("pax", tarfile.XHDTYPE, size=len(body)) + body + bytes(-len(body) % 512)


ROOT = directory("./") + directory("./etc/") + file("./etc/hostname", b"here\n")
GOOD = ROOT + file("./data", random.Random(1).randbytes(300000)) + END


def flipped(content, at):
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1:]


def huge_size():
    """A file that claims 2^60 bytes and has none."""
    return ROOT + header("./big", size=1 << 60) + END


def cases():
    """Name, content, exit status, pattern."""
    gz, xz, bz = gzip.compress(GOOD, mtime=0), lzma.compress(GOOD), bz2.compress(GOOD)
    yield "empty", b"", 10, "is empty"
    yield "zeros.tar", END, 6, "no entries"
    yield "text", b"Hello, this is no archive.\n" * 100, 6, "tar archive .* is expected"
    yield "noise", random.Random(2).randbytes(100000), 6, "is expected"

    yield "cut.tar", GOOD[:200000], 10, "cut short"
    yield "cut-between.tar", ROOT, 10, "zeros of its mark"
    yield "cut.tar.gz", gz[:len(gz) // 2], 10, "cut short"
    yield "cut-trailer.tar.gz", gz[:-3], 10, "cut short"
    yield "cut.tar.xz", xz[:len(xz) // 2], 10, "damaged or cut short"
    yield "cut.tar.bz2", bz[:len(bz) // 2], 10, "damaged or cut short"
    zst = subprocess.run(["zstd", "-qc", "--check"], input=GOOD, capture_output=True, check=True).stdout
    yield "cut.tar.zst", zst[:len(zst) // 2], 10, "cut short"
    yield "cut-trailer.tar.zst", zst[:-3], 10, "cut short"
    yield "flipped-checksum.tar.zst", flipped(zst, len(zst) - 2), 10, "checksum"
    yield "garbage-after.tar.zst", zst + b"surplus", 10, "damaged"
    yield "flipped.tar.gz", flipped(gz, len(gz) // 2), 10, "damaged|checksum|cut short"
    yield "flipped-checksum.tar.gz", flipped(gz, len(gz) - 6), 10, "checksum"
    yield "flipped.tar.xz", flipped(xz, len(xz) // 2), 10, "damaged"
    yield "flipped-header.tar", flipped(GOOD, 512 + 150), 10, "damaged"
    yield "garbage-after.tar.gz", gz + b"surplus", 10, "not gzip follows"
    yield "twice.tar.gz.gz", gzip.compress(gz, mtime=0), 6, "gzip"
    yield "bomb-name.tar", ROOT + pax({"path": b"a/" * 40000 + b"b"}) + file("x") + END, 10, "bytes"
    yield "huge.tar", huge_size(), 6, "big: 1152921504606846976 bytes"

    yield "dotdot.tar", ROOT + file("./a/../../etc/passwd") + END, 10, r"leads out of the tree"
    yield "link-dotdot.tar", ROOT + header("./l", tarfile.LNKTYPE, link="../x") + END, 10, "leads out"
    yield "link-absolute.tar", ROOT + header("./l", tarfile.LNKTYPE, link="/x") + END, 10, "l is a hard link to x"
    yield "link-missing.tar", ROOT + header("./l", tarfile.LNKTYPE, link="./gone") + END, 10, \
        "hard link to .*gone.* does not hold"
    yield "link-self.tar", ROOT + header("./l", tarfile.LNKTYPE, link="./l") + END, 10, "hard link"
    yield "link-directory.tar", ROOT + header("./l", tarfile.LNKTYPE, link="./etc") + END, 10, \
        "is a directory"
    yield "name-256.tar", ROOT + pax({"path": b"n" * 256}) + file("x") + END, 10, "256 bytes"
    yield "below-file.tar", ROOT + file("./etc/hostname/x") + END, 10, "not a directory"
    yield "loop.tar", ROOT + header("./a", tarfile.SYMTYPE, link="b") \
        + header("./b", tarfile.SYMTYPE, link="a") + file("./a/x") + END, 10, "circle"
    yield "root-file.tar", file(".") + END, 10, "root of the tree is a file"
    yield "target-4096.tar", ROOT + pax({"linkpath": b"t" * 4096}) \
        + header("./l", tarfile.SYMTYPE, link="t") + END, 10, "4096 bytes"
    yield "target-empty.tar", ROOT + header("./l", tarfile.SYMTYPE) + END, 10, "target of 0 bytes"
    yield "owner.tar", ROOT + pax({"uid": b"4294967296"}) + file("x") + END, 6, "user id 4294967296"
    yield "xattr-large.tar", ROOT + pax({"SCHILY.xattr.user.a": b"v" * 70000}) + file("x") + END, 6, \
        "does not fit"
    yield "xattr-acl.tar", ROOT + pax({"SCHILY.xattr.system.posix_acl_access": b"none"}) \
        + file("x") + END, 6, "not valid"
    yield "device.tar", ROOT + header("./d", tarfile.CHRTYPE, devmajor=5000, devminor=1) + END, 6, \
        "device 5000:1"

    yield "docker.tar", file("manifest.json", b"[]") + file("abc/layer.tar", b"x") + END, 6, \
        "docker export"
    yield "oci.tar", directory("blobs/") + directory("blobs/sha256/") \
        + file("blobs/sha256/00", b"x") + file("oci-layout", b"{}") + END, 6, "docker export"

    yield "disk.qcow2", b"QFI\xfb" + struct.pack(">I", 3) + bytes(1000), 6, "qcow2"
    yield "disk.vhdx", b"vhdxfile" + bytes(70000), 10, "only 70008 bytes"
    yield "disk.vhd", b"conectix" + bytes(1000), 6, "VHD"
    yield "disk.vmdk", b"KDMV" + bytes(1000), 6, "VMDK"
    yield "root.zip", b"PK\x03\x04" + bytes(1000), 6, "zip.*install.tar.gz"
    yield "root.7z", b"7z\xbc\xaf\x27\x1c" + bytes(1000), 6, "7"
    yield "root.squashfs", b"hsqs" + bytes(1000), 6, "squashfs"
    yield "program", b"\x7fELF" + bytes(1000), 6, "ELF|program"
    yield "error.html", b"<!DOCTYPE html><title>404</title>" + bytes(100), 6, "web page"
    ext4 = bytearray(4096)
    ext4[1080:1082] = b"\x53\xef"
    yield "disk.img", bytes(ext4), 10, "ext4.*cannot be opened"


# Needs of users, by how the names of the files that are about them begin.
NEEDS = {
    "A4": ("link-missing",),
    "A6": ("link-self",),
    "A7": ("dotdot", "link-dotdot", "link-absolute"),
    "A13": ("cut", "flipped", "garbage"),
    "A15": ("docker", "oci", "disk.", "root.", "program", "error.html", "text", "noise"),
}


def need(name):
    return next((f"{key}: " for key, starts in NEEDS.items() if name.startswith(starts)), "")


def main():
    where = sys.argv[1]
    for name, content, status, pattern in cases():
        with open(os.path.join(where, name), "wb") as out:
            out.write(content)
        print(name, status, pattern, need(name), sep="\t")


if __name__ == "__main__":
    main()
