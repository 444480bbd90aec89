#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes archives that users lost data over, one for each need.

    needs_archives.py NAME     to standard output; the names are those of the functions below"""

import base64
import sys
import tarfile

sys.dont_write_bytecode = True
from hostile_archives import END, directory, file, header, pax  # noqa: E402

GIB = 1 << 30
LINK, SYMLINK, DIRECTORY = tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.DIRTYPE


def symlink(name, target):
    return header(name, SYMLINK, link=target)


def link(name, target):
    return header(name, LINK, link=target)


def links():
    """A1, A2: hard links before their target, through a symbolic link, and to one."""
    return (directory("./") + directory("./usr/") + directory("./usr/lib/") + symlink("./lib", "usr/lib")
            + link("./early", "./usr/lib/x") + link("./through", "./lib/x")
            + link("./lib/both", "./lib/x") + file("./usr/lib/x", b"the target\n")
            + symlink("./symlink", "usr/lib/x") + link("./symlink-again", "./symlink")
            + pax({"comment": b"as pax -o linkdata"}) + file("./again", b"the target\n", type=LINK,
                                                          linkname="./usr/lib/x"))


def parents():
    """A3: everything without its parent, and one parent late."""
    return (file("a/b/file", b"file\n") + symlink("c/d/symlink", "x") + link("e/f/link", "a/b/file")
            + file("late/file", b"") + header("late", DIRECTORY, mode=0o2750, uid=7, gid=8, mtime=5))


def twice():
    """A5: one path twice, one of the two with another name; a directory that is listed again."""
    return (directory("./d/") + file("./d/child", b"child\n") + file("./first", b"old\n")
            + link("./sibling", "./first") + file("./first", b"new\n")
            + header("./d/", DIRECTORY, mode=0o700))


def circle():
    """A6: hard links that only lead to each other, and one to itself."""
    return (directory("./") + link("./a", "./b") + link("./b", "./c") + link("./c", "./a")
            + link("./self", "./self"))


def names():
    """A7: forms of names that all mean the same, and targets that must stay as they are."""
    return (directory(".") + directory("./d//") + file(".//d/./x", b"x\n") + file("y", b"y\n")
            + file("/rooted", b"r\n") + file("d/../up", b"u\n")
            + directory("z/") + symlink("./dots", "./../a//b/./..//")
            + symlink("./absolute", "/etc/../etc/./x") + symlink("./accents", "e\u0301\u00e9")
            + directory("./etc/") + file("./absolute-dir", b"") + symlink("./out", "/etc")
            + file("./out/below", b"inside\n"))


def acl_by_name(rights="r--"):
    """B4: a list as GNU tar writes it, with a name where bsdtar has a number."""
    text = f"user::rwx\nuser:somebody:{rights}\nuser:2000:rw-\ngroup::r-x\nmask::rwx\nother::r-x\n"
    return directory(".") + pax({"SCHILY.acl.access": text.encode()}) + file("listed", b"x\n")


def acl_denied_by_name():
    """B4: the same, and the name is denied everything."""
    return acl_by_name("---")


def endless():
    """A file of 1 TiB that has no end within anybody's patience."""
    yield header("endless", size=1 << 40)
    data = bytes(range(1, 256)) * 4096
    while True:
        yield data


def endless_again():
    """One name again and again, each time with a MiB of content."""
    member = file("again", bytes(range(1, 256)) * 4113)
    while True:
        yield member


def labelled(prefix):
    def member(name, body):
        return pax({"SCHILY.xattr.security.selinux": b"system_u:object_r:etc_t:s0\0"}) + body
    return (member("", directory(prefix)) + member("", directory(f"{prefix}etc/"))
            + member("", file(f"{prefix}etc/passwd", b"root\n")))


def labels():
    """A8: a leading "./" and a label on everything."""
    return labelled("./")


def labels_plain():
    """A8: the same without "./"."""
    return labelled("").replace(header("", DIRECTORY, mode=0o755), header(".", DIRECTORY, mode=0o755))


def base256(value, width):
    return (value & ((1 << (8 * width)) - 1) | 1 << (8 * width - 1)).to_bytes(width, "big")


def checksummed(block):
    block = block[:148] + b" " * 8 + block[156:]
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def raw_header(name, size=0, uid=0, gid=0, mtime=0):
    """A GNU header whose numbers are base 256, whatever they are."""
    block = bytearray(header(name)[-512:])
    block[108:116], block[116:124] = base256(uid, 8), base256(gid, 8)
    block[124:136], block[136:148] = base256(size, 12), base256(mtime, 12)
    block[257:265] = b"ustar  \0"
    return checksummed(bytes(block))


def numbers():
    """A9: numbers that octal fields do not hold, in both extensions."""
    return (raw_header("base256", uid=3000000, gid=4294967294, mtime=-86400)
            + raw_header("base256-late", mtime=(1 << 33) + 5)
            + pax({"uid": b"3000001", "gid": b"4294967293", "mtime": b"-2.5"}) + file("pax", b"")
            + pax({"mtime": b"8589934600.25", "size": b"5"}) + header("pax-late") + b"12345"
            + bytes(507))


def sparse_pax(name, size, offset, data):
    """A member in GNU's sparse format 1.0: the map comes before the data."""
    table = b"1\n%d\n%d\n" % (offset, len(data))
    table += bytes(-len(table) % 512)
    body = table + data + bytes(-len(data) % 512)
    return pax({"GNU.sparse.major": b"1", "GNU.sparse.minor": b"0", "GNU.sparse.name": name.encode(),
                "GNU.sparse.realsize": b"%d" % size}) \
        + header("./GNUSparseFile.0/" + name, size=len(table) + len(data)) + body


def far():
    """A10: data behind 2 TiB of one file."""
    return directory("./") + sparse_pax("./far", 3 << 40, 5 << 39, b"far away\n")


VALUES = {
    "binary": bytes(range(256)),
    "nul": b"\0starts with it",
    "equals": b"a=b=c",
    "lines": b"one\ntwo\n",
    "empty": b"",
}


def attributes():
    """A11: values that are no text, in both forms, and more than a MiB of them."""
    def both(form, encode):
        return b"".join(pax({f"{form}.xattr.user.{key}": encode(value)}) + file(f"{form}-{key}", b"")
                        for key, value in VALUES.items())
    return (both("SCHILY", bytes)
            + both("LIBARCHIVE", lambda value: base64.b64encode(value).rstrip(b"=")))


def attributes_large():
    """A11: 1.2 MiB of attributes of one file."""
    return pax({f"SCHILY.xattr.user.{i}": b"v" * 60000 for i in range(21)}) + file("large", b"")


def bytes_in_names():
    """A14: bytes that are no UTF-8, control bytes, the longest name, and a path beyond PATH_MAX."""
    deep = "/".join(["d" * 250] * 20)
    return (file("latin\udce9", b"latin\n") + file("new\nline", b"line\n")
            + file("escape\x1b[31m", b"escape\n") + file("n" * 255, b"long\n")
            + pax({"path": f"{deep}/deep".encode()}) + file("x", b"deep\n")
            + pax({"path": "e\u0301".encode()}) + file("y", b"decomposed\n"))


def devices():
    """A16: devices at the edges of their numbers, and a fifo."""
    return (header("./null", tarfile.CHRTYPE, devmajor=1, devminor=3)
            + header("./large", tarfile.BLKTYPE, devmajor=4095, devminor=1048575)
            + header("./old", tarfile.BLKTYPE, devmajor=255, devminor=255)
            + header("./fifo", tarfile.FIFOTYPE, mode=0o600))


def large_member_base256():
    """A9: the header of a member of 8 GiB and a byte; the data is for the caller."""
    return raw_header("large", size=8 * GIB + 1)


def large_member_pax():
    """A9: the same size in a pax record."""
    return pax({"size": b"%d" % (8 * GIB + 1)}) + header("large")


def users():
    """B1: names of users that say other numbers."""
    return (header("./crontab", uid=0, gid=104, uname="root", gname="messagebus")
            + header("./odd", uid=12, gid=34, uname="root", gname="root"))


def modes():
    """B2: every high bit, alone and with others."""
    return b"".join(header(f"./mode-{mode:04o}", mode=mode)
                    for mode in (0o4755, 0o2755, 0o1777, 0o6711, 0o7000, 0o7777)) \
        + b"".join(header(f"./d-{mode:04o}", DIRECTORY, mode=mode)
                   for mode in (0o2775, 0o1777, 0o7777))


def capabilities():
    """B3: file capabilities of version 2, and of version 3 with its root user."""
    second = bytes.fromhex("0100000200200000000000000000000000000000")
    third = bytes.fromhex("0100000300200000000000000000000000000000a0860100")
    return (pax({"SCHILY.xattr.security.capability": second}) + file("./ping", b"x")
            + pax({"SCHILY.xattr.security.capability": third}) + file("./newuidmap", b"x"))


def host_labels():
    """B5: what belongs to the machine that built the tree."""
    return pax({f"SCHILY.xattr.security.{name}": f"label {name}".encode()
                for name in ("selinux", "ima", "evm", "apparmor")}) + file("./file", b"x")


EDGES = {
    "1901": (-2147483648, 0),
    "1969": (-2, 500000000),
    "1970": (0, 1),
    "2038": (2147483647, 999999999),
    "2038-later": (2147483648, 1),
    "2106": (4294967296, 123456789),
    "2446": (15032385535, 999999999),
}


def times():
    """B7: times where their encodings turn over; atime and ctime differ from mtime."""
    def text(seconds, ns):
        if seconds < 0 and ns:
            return b"-%d.%09d" % (-seconds - 1, 10 ** 9 - ns)
        return b"%d.%09d" % (seconds, ns)
    return b"".join(pax({"mtime": text(*edge), "atime": b"1000000000.000000001",
                         "ctime": b"1100000000.000000002"}) + file(f"./{name}", b"")
                    for name, edge in EDGES.items())


def closed():
    """B12: what its owner may not read."""
    return (header("./closed/", DIRECTORY, mode=0) + header("./gshadow", mode=0, size=5) + b"root\n"
            + bytes(507) + header("./closed/inside", mode=0, size=5) + b"deep\n" + bytes(507)
            + header("./write-only/", DIRECTORY, mode=0o300) + file("./write-only/x", b"x\n"))


def root():
    """C9: a root with an owner, a mode and an attribute of its own."""
    return pax({"SCHILY.xattr.user.root": b"mine", "mtime": b"1500000000.000000007"}) \
        + header("./", DIRECTORY, mode=0o1711, uid=5, gid=6) + directory("./etc/")


def targets():
    """C10: symbolic links around the 60 bytes of an inode, and the longest."""
    return b"".join(symlink(f"./link{n}", "t" * n) if n < 4095 else
                    pax({"linkpath": b"t" * n}) + symlink(f"./link{n}", "t")
                    for n in (1, 59, 60, 61, 4095))


def undescribed():
    """H3: no entry for the root or any directory."""
    return file("etc/hostname", b"here\n", mtime=1234567890)


def bomb():
    """Limits: the header of a file of 16 GiB; the data is for the caller."""
    return directory("./") + raw_header("zeros", size=16 * GIB)


def deep_path():
    """Limits: one path that is too long."""
    return pax({"path": b"d/" * 40000 + b"x"}) + file("x")


def deep_tree():
    """Limits: a directory too many in each other."""
    return pax({"path": b"d/" * 8193}) + header("x", DIRECTORY, mode=0o755)


def many_attributes():
    """Limits: an attribute too many."""
    return pax({f"SCHILY.xattr.user.{i}": b"" for i in range(4097)}) + file("many")


def large_value():
    """Limits: a byte too many in one value."""
    return pax({"SCHILY.xattr.user.large": b"v" * 65537}) + file("large")


def vast_file():
    """Limits: a sparse file with data where ext4 has no block for it."""
    return directory("./") + sparse_pax("./vast", (16 << 40) + 4096, 16 << 40, b"x")


def empty_files(directory_name, n, body=b""):
    """n files, a thousand at a time; only the name and the checksum of a header change."""
    block = bytearray(header(f"{directory_name}/name-{0:09}", size=len(body)))
    at = len(directory_name) + len("/name-")
    rest = sum(block) - sum(block[148:156]) + 8 * 32 - sum(block[at:at + 9])
    data = body + bytes(-len(body) % 512)
    for first in range(0, n, 1000):
        parts = []
        for i in range(first, min(first + 1000, n)):
            digits = b"%09d" % i
            block[at:at + 9] = digits
            block[148:156] = b"%06o\0 " % (rest + sum(digits))
            parts += (block[:], data)
        yield b"".join(parts)


def million():
    """A18: a million names in one directory."""
    yield directory("./many/")
    yield from empty_files("./many", 1000000)


def five_million():
    """A17: five million small files in a hundred directories."""
    for i in range(100):
        yield directory(f"./d{i:02}/")
        yield from empty_files(f"./d{i:02}", 50000, b"small\n")


UNFINISHED = {"large_member_base256", "large_member_pax", "bomb"}


def main():
    name = sys.argv[1]
    made = globals()[name]()
    for part in [made] if isinstance(made, bytes) else made:
        sys.stdout.buffer.write(part)
    if name not in UNFINISHED:
        sys.stdout.buffer.write(END)


if __name__ == "__main__":
    main()
