#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the inputs that fuzzing starts from: tests/fuzz/make_corpus.py DIRECTORY

Archives come from Python and GNU tar, file systems from mke2fs and, as root, from ntfs-3g; these are
packed as tests/fuzz/fuzz_disk.h has it. VHDX files are made by hand. What fuzzing found is added by hand.
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

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from crc32c import crc32c  # noqa: E402

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


def ntfs_volume(scratch, edit):
    """A volume that edit() changed, without its log and its table of letters, which are large."""
    image, mount = f"{scratch}/ntfs.img", f"{scratch}/mount"
    with open(image, "wb") as file:
        file.truncate(4 << 20)
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(["mkntfs", "-F", "-Q", "-q", "-c", "4096", image], **quiet)
    os.makedirs(mount, exist_ok=True)
    subprocess.run(["ntfs-3g", "-o", "special_files=wsl,permissions", image, mount], **quiet)
    edit(mount)
    subprocess.run(["umount", mount], **quiet)
    with open(image, "rb") as file:
        content = bytearray(file.read())
    for record in (2, 10):
        layout = subprocess.run(
            ["ntfscluster", "-f", "-q", "-I", str(record), image], check=True, capture_output=True
        ).stdout.decode()
        for cluster, n in re.findall(r"^\s*\d+\s+(\d+)\s+(\d+)\s*$", layout, re.M):
            start, length = int(cluster) * 4096, int(n) * 4096
            content[start : start + length] = bytes(length)
    return pack(bytes(content))


def ntfs_edit(mount):
    os.makedirs(f"{mount}/crowd")
    for i in range(60):
        open(f"{mount}/crowd/{i:02}-{'n' * 20}", "w", encoding="ascii").close()
    with open(f"{mount}/links", "wb") as file:
        file.write(b"content" * 1000)
    for i in range(12):
        os.link(f"{mount}/links", f"{mount}/link-{'l' * 30}-{i}")
    os.symlink("target", f"{mount}/symlink")
    os.mkfifo(f"{mount}/fifo")
    owner = b"".join(
        struct.pack("<IBBH", 20, 0, 6, 4) + name + b"\0" + value + b"\0"
        for name, value in ((b"$LXUID", b"\0\0\0\0"), (b"$LXMOD", b"\xa4\x81\0\0"))
    )
    os.setxattr(f"{mount}/links", "system.ntfs_ea", owner)


def ntfs_linux(kind, scratch):
    """An edit that copies a small tree as WSL1 kept it, with links of Windows beside it."""

    def edit(mount):
        tool = [sys.executable, "tests/lib/ntfs_tree.py"]
        tree = f"{scratch}/tree-{kind}"
        tree_make(tree, True)
        os.mkdir(f"{mount}/rootfs")
        subprocess.run([*tool, kind, tree, f"{mount}/rootfs"], check=True)
        for link, target in (("relative", "file"), ("absolute", "C:\\rootfs\\file")):
            subprocess.run([*tool, "link", f"{mount}/rootfs/{link}", link, target], check=True)
        os.setxattr(f"{mount}/rootfs/file", "user.stream", b"a stream")

    return edit


def carrier_field(kind, which=0, name=b"", value=b""):
    return struct.pack("<BBHI", kind, which, len(name), len(value)) + name + b"\0" + value


def carrier_fields():
    """One of each kind, as lximage(1) has them."""
    times = struct.pack("<qI", -20000000000, 0) + struct.pack("<qI", 1, 123456789)
    return [
        carrier_field(1, 3, value=times),
        carrier_field(2, value=b"\x40\0\0\0"),
        carrier_field(3, 3),
        carrier_field(4, name=b"a\xff"),
        carrier_field(5, name=b"user.Capital"),
        carrier_field(6, name=b"user.a:b", value=b"value"),
        carrier_field(7, name=b"user.CAPITAL", value=b"twin"),
        carrier_field(8, name=b"system.posix_acl_access", value=b"\xa4\x81\0\0acl"),
        carrier_field(9, name=b"security.ima", value=b"sum"),
        carrier_field(10, value=struct.pack("<Q", 64)),
    ]


def carrier(fields):
    body = b"".join(fields)
    heads = [struct.pack("<HHIII", 1, 0, 0, 0, 16 + len(body))]
    heads.append(struct.pack("<HHIII", 1, 0, crc32c(heads[0] + body), 0, 16 + len(body)))
    return heads[1] + body


def ea(name, value):
    length = (8 + len(name) + 1 + len(value) + 3) // 4 * 4
    head = struct.pack("<IBBH", length, 0, len(name), len(value))
    return (head + name + b"\0" + value).ljust(length, b"\0")


def ntfs_carried(mount):
    """Files with a carrier: one that holds together, one that does not, and one in a stream."""
    owner = ea(b"$LXUID", b"\xff" * 4) + ea(b"$LXGID", b"\0" * 4)
    os.mkdir(f"{mount}/rootfs")
    os.setxattr(f"{mount}/rootfs", "system.ntfs_ea", owner + ea(b"$LXMOD", b"\xed\x41\0\0"))
    owner += ea(b"$LXMOD", b"\xa4\x81\0\0")
    good = carrier(carrier_fields())
    for name, eas, stream in (
        ("good", ea(b"LX.USER.CAPITAL", b"lxeavalue") + ea(b"LXKIT.CARRIER", good), None),
        ("bad", ea(b"LXKIT.CARRIER", good[:-1]), None),
        ("a\ufffd~01234567", b"", good),
    ):
        with open(f"{mount}/rootfs/{name}", "w", encoding="ascii") as file:
            file.write("text\n")
        os.setxattr(f"{mount}/rootfs/{name}", "system.ntfs_ea", owner + eas)
        if stream:
            os.setxattr(f"{mount}/rootfs/{name}", "user.lxkit", stream)


def carriers(directory):
    fields = carrier_fields()
    for name, chosen in (("all", fields), ("times", fields[:1]), ("attributes", fields[4:9])):
        with open(f"{directory}/ntfs_carrier/{name}", "wb") as file:
            file.write(b"".join(chosen))


def ntfs_volumes(directory, scratch):
    with open(f"{directory}/ntfs/carrier", "wb") as file:
        file.write(ntfs_volume(scratch, ntfs_carried))
    for kind in ("wslfs", "lxfs"):
        with open(f"{directory}/ntfs/{kind}", "wb") as file:
            file.write(ntfs_volume(scratch, ntfs_linux(kind, scratch)))
    for name, edit in (("empty", lambda mount: None), ("tree", ntfs_edit)):
        with open(f"{directory}/ntfs_check/{name}", "wb") as file:
            file.write(ntfs_volume(scratch, edit))


def file_pack(length, pieces):
    """A file as tests/fuzz/fuzz_vhdx.h has it."""
    image = bytearray(length)
    for at, content in pieces:
        image[at : at + len(content)] = content
    for at in (64 << 10, 128 << 10, 192 << 10, 256 << 10):
        if image[at : at + 4] in (b"head", b"regi"):
            image[at + 4 : at + 8] = b"\xff" * 4
    return bytes([length >> 16]) + pack(bytes(image))


def log_entry(sequence, tail, updates):
    """updates: offset, and 4 KiB or a number of zeros. Its checksum is for the target to make."""
    table, sectors = b"", b""
    for at, what in updates:
        if isinstance(what, int):
            table += struct.pack("<4sIQQQ", b"zero", 0, what, at, sequence)
            continue
        table += b"desc" + what[-4:] + what[:8] + struct.pack("<QQ", at, sequence)
        sectors += b"data" + struct.pack("<I", sequence >> 32) + what[8:-4]
        sectors += struct.pack("<I", sequence & 0xFFFFFFFF)
    heads = -(-(64 + len(table)) // 4096) * 4096
    head = struct.pack("<4sIIIQII", b"loge", 0xFFFFFFFF, heads + len(sectors), tail, sequence,
                       len(updates), 0)
    head += bytes(range(1, 17)) + struct.pack("<QQ", 4 << 20, 5 << 20)
    return (head + table).ljust(heads, b"\0") + sectors


def log_pieces(name):
    """Logs that change the table at 3 MiB."""
    page = struct.pack("<Q", 4 << 20 | 6).ljust(4096, b"\0")
    one = [(3 << 20, page)]
    other = [(3 << 20, page), (3 << 20, 8192), ((3 << 20) + 4096, page)]
    log = 1 << 20
    return {
        "one": [(log, log_entry(1, 0, one))],
        "two": [(log, log_entry(1, 0, one)), (log + 8192, log_entry(2, 0, other))],
        "tail": [(log, log_entry(1, 0, one)), (log + 8192, log_entry(2, 8192, other))],
        "empty": [(log, log_entry(1, 0, []))],
        "lengthens": [(log, log_entry(1, 0, [*one, (5 << 20, 1 << 20)]))],
    }[name]


def vhdx_files(directory):
    """Small disks; the change target has them, too, with logs that wait."""
    sys.path.insert(0, "tests/lib")
    import vhdx_image

    disks = {
        "empty": {"size": 3},
        "dynamic": {"size": 8, "blocks": {"1": "zero", "2": "undefined", "3": "unmapped"}},
        "fixed": {"size": 3, "fixed": True},
        "sectors": {"size": 8, "sector": 4096, "block": 2},
        "large": {"size": 1 << 16, "block": 256},
        "differencing": {"size": 4, "parent": {"relative_path": "base.vhdx", "parent_linkage": "@x"}},
    }
    for name, what in disks.items():
        length, pieces = vhdx_image.make(what)
        # Blocks of which there is only a mark: content would be most of an input.
        if name == "dynamic":
            pieces += [(3 << 20, struct.pack("<Q", 4 << 20 | 6)), (4 << 20, b"content")]
            length += 1 << 20
        if name == "differencing":
            pieces += [(3 << 20, struct.pack("<Q", 4 << 20 | 7)), (4 << 20, b"content")]
            pieces += [((3 << 20) + 8 * 4096, struct.pack("<Q", 5 << 20 | 6)), (5 << 20, b"\x01")]
            length += 2 << 20
        for target in ("vhdx", "vhdx_change"):
            with open(f"{directory}/{target}/{name}", "wb") as file:
                file.write(file_pack(length, pieces))
    length, pieces = vhdx_image.make({"size": 3})
    marked = [((64 << 10) * i + 48, bytes(range(1, 17))) for i in (1, 2)]
    for name in ("one", "two", "tail", "empty", "lengthens"):
        log = log_pieces(name)
        for target, disk in (("vhdx_change", [*pieces, *marked]), ("vhdx_log", [])):
            with open(f"{directory}/{target}/log-{name}", "wb") as file:
                file.write(file_pack(5 << 20, [*disk, *log]))


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
    for name in ("tar", "ext4", "ntfs", "ntfs_carrier", "ntfs_check", "vhdx", "vhdx_change", "vhdx_log"):
        os.makedirs(f"{directory}/{name}", exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        file_systems(directory, scratch)
        ntfs_volumes(directory, scratch)
        carriers(directory)
        archives(directory, scratch)
    vhdx_files(directory)


main()
