#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the inputs that fuzzing starts from: tests/fuzz/make_corpus.py DIRECTORY

Archives come from Python and GNU tar, file systems from mke2fs; these are packed as
tests/fuzz/ext4_fuzz.c wants them. What fuzzing found is added by hand.
"""
import bz2
import gzip
import io
import lzma
import os
import re
import struct
import subprocess
import sys
import tarfile
import tempfile

EPOCH = 1700000000
FILE_SYSTEMS = {
    "ext2": "-t ext2 -O ^resize_inode",
    "ext3": "-t ext3 -O ^resize_inode,^has_journal,dir_index",
    "ext4": "-t ext4 -O ^has_journal,^resize_inode,^metadata_csum",
    "ext4-checksums": "-t ext4 -O ^has_journal,^resize_inode,metadata_csum",
    "ext4-inline": "-t ext4 -O ^has_journal,^resize_inode,^metadata_csum,inline_data",
    "ext4-ea-inode": "-t ext4 -O ^has_journal,^resize_inode,^metadata_csum,ea_inode",
    "ext4-bigalloc": "-t ext4 -O ^has_journal,^resize_inode,^metadata_csum,bigalloc -C 4096",
}
# With changes that wait in the journal, a revocation among them.
JOURNALS = {
    "ext4-journal": ("^resize_inode,^metadata_csum", "jo"),
    "ext4-journal-checksums": ("^resize_inode,metadata_csum", "jo -c"),
}
KINDS = {
    "directory": tarfile.DIRTYPE,
    "character": tarfile.CHRTYPE,
    "block": tarfile.BLKTYPE,
    "fifo": tarfile.FIFOTYPE,
}


def pack(image):
    """The parts of an image that are not zeros."""
    parts = []
    for found in re.finditer(rb"[^\0](?:\0{0,15}[^\0])*", image):
        for at in range(found.start(), found.end(), 0xFFFF):
            part = image[at : min(at + 0xFFFF, found.end())]
            parts.append(struct.pack("<IH", at, len(part)) + part)
    return b"".join(parts)


def tree_make(root, longer):
    """A little of everything; longer: a value that fits no block of 1 KiB."""
    os.makedirs(f"{root}/directory/crowd")
    for i in range(40):
        open(f"{root}/directory/crowd/{i:02}-{'n' * 30}", "w", encoding="ascii").close()
    with open(f"{root}/file", "wb") as file:
        file.write(b"content\n")
    os.link(f"{root}/file", f"{root}/directory/link")
    os.symlink("file", f"{root}/short")
    os.symlink("t" * 80, f"{root}/long")
    os.mkfifo(f"{root}/fifo")
    with open(f"{root}/comb", "wb") as file:
        for i in range(8):
            file.seek(i * 8192)
            file.write(b"c" * 20)
    with open(f"{root}/indirect", "wb") as file:
        file.seek(300 * 1024)
        file.write(b"far")
    os.setxattr(f"{root}/file", "user.short", b"value")
    os.setxattr(f"{root}/comb", "user.block", b"b" * 300)
    if longer:
        os.setxattr(f"{root}/directory", "user.longer", b"l" * 1500)


def file_system(directory, scratch, name, options, blocks, edit=""):
    """edit: what debugfs does to it."""
    root, image = f"{scratch}/{name}", f"{scratch}/{name}.img"
    tree_make(root, "ea_inode" in options)
    command = f"mke2fs -q -b 1024 -N 80 -U 01234567-89ab-cdef-0123-456789abcdef {options} -d"
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([*command.split(), root, image, str(blocks)], **quiet)
    if edit:
        subprocess.run(["debugfs", "-w", "-f", "-", image], input=edit, text=True, **quiet)
    with open(image, "rb") as file:
        packed = pack(file.read())
    with open(f"{directory}/ext4/{name}", "wb") as file:
        file.write(packed)


def file_systems(directory, scratch):
    for name, options in FILE_SYSTEMS.items():
        file_system(directory, scratch, name, options, 256)
    with open(f"{scratch}/block", "wb") as file:
        file.write(b"new content\n" + b"j" * 1012)
    for name, (options, journal) in JOURNALS.items():
        edit = f"dirty\n{journal}\njw -b 1800,1801 {scratch}/block\njw -r 1801\njc\n"
        file_system(directory, scratch, name, f"-t ext4 -J size=1 -O {options}", 3500, edit)


def archive(kind, headers=None):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind, encoding="utf-8") as tar:
        for name, code in KINDS.items():
            info = tarfile.TarInfo(f"./{name}")
            info.type, info.mtime, info.devmajor, info.devminor = code, EPOCH, 1, 3
            tar.addfile(info)
        info = tarfile.TarInfo("directory/file")
        info.size, info.mtime, info.uid, info.mode = 700, EPOCH, 1000, 0o4755
        info.pax_headers = headers or {}
        tar.addfile(info, io.BytesIO(b"content" * 100))
        for name, code in (("hard", tarfile.LNKTYPE), ("soft", tarfile.SYMTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.mtime = code, "directory/file", EPOCH
            tar.addfile(info)
        if kind != tarfile.USTAR_FORMAT:
            info = tarfile.TarInfo("directory/" + "n" * 200)
            info.type, info.linkname, info.uid = tarfile.SYMTYPE, "t" * 200, 1 << 31
            tar.addfile(info)
    return out.getvalue().rstrip(b"\0") + b"\0" * (1024 + -len(out.getvalue().rstrip(b"\0")) % 512)


def archives(directory, scratch):
    pax = {
        "mtime": "1700000000.123456789",
        "atime": "-1.5",
        "SCHILY.xattr.user.name": "value",
        "LIBARCHIVE.xattr.security.selinux": "bGFiZWw=",
        "SCHILY.acl.access": "user::rw-,user:7:r--,group::r--,mask::rw-,other::---",
        "LIBARCHIVE.creationtime": "1600000000",
    }
    made = {
        "ustar": archive(tarfile.USTAR_FORMAT),
        "gnu": archive(tarfile.GNU_FORMAT),
        "pax": archive(tarfile.PAX_FORMAT, pax),
    }
    made["pax.gz"] = gzip.compress(made["pax"], mtime=EPOCH)
    made["pax.bz2"] = bz2.compress(made["pax"])
    made["pax.xz"] = lzma.compress(made["pax"])
    for name in ("zstd", "lz4"):
        made[f"pax.{name}"] = subprocess.run(
            [name, "-c"], input=made["pax"], check=True, capture_output=True
        ).stdout
    with open(f"{scratch}/sparse", "wb") as file:
        for i in range(2):
            file.seek(i * 100000)
            file.write(b"s" * 10)
    for name, options in (("sparse-gnu", "--format=gnu"), ("sparse-pax", "--format=pax")):
        command = ["tar", "-C", scratch, "-b1", "--sparse", options, "-cf", "-", "sparse"]
        made[name] = subprocess.run(command, check=True, capture_output=True).stdout
    for name, content in made.items():
        with open(f"{directory}/tar/{name}", "wb") as file:
            file.write(content)


def main():
    directory = sys.argv[1]
    for name in ("tar", "ext4"):
        os.makedirs(f"{directory}/{name}", exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        file_systems(directory, scratch)
        archives(directory, scratch)


main()
