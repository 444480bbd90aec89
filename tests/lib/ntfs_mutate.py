#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damages an NTFS volume that tests/ntfs-check.sh made, in one way, with its own reader of NTFS.

    ntfs_mutate.py list              NAME, and what must be found then, a line each
    ntfs_mutate.py NAME FROM TO
"""
import struct
import sys

CLUSTER, RECORD = 4096, 1024
DATA, NAME, ROOT, BLOCKS, BITMAP, EA, EA_INFO = 0x80, 0x30, 0x90, 0xA0, 0xB0, 0xE0, 0xD0
SI, LIST, VOLUME_NAME, REPARSE = 0x10, 0x20, 0x60, 0xC0


class Volume:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.b = bytearray(file.read())
        self.mft = [(self.u64(48), 1)]
        self.mft = self.runs(0, DATA)

    def u16(self, at):
        return struct.unpack_from("<H", self.b, at)[0]

    def u32(self, at):
        return struct.unpack_from("<I", self.b, at)[0]

    def u64(self, at):
        return struct.unpack_from("<Q", self.b, at)[0]

    def put(self, at, form, *values):
        struct.pack_into("<" + form, self.b, at, *values)

    def place(self, runs, offset):
        for cluster, n in runs:
            if offset < n * CLUSTER:
                return cluster * CLUSTER + offset
            offset -= n * CLUSTER
        raise ValueError("beyond the end")

    def rec(self, number):
        return self.place(self.mft, number * RECORD)

    def n_records(self):
        return sum(n for _, n in self.mft) * CLUSTER // RECORD

    def attrs(self, number):
        at = self.rec(number)
        at += self.u16(at + 20)
        while self.u32(at) != 0xFFFFFFFF:
            yield at
            at += self.u32(at + 4)

    def attr(self, number, kind, name=""):
        for at in self.attrs(number):
            n = self.b[at + 9]
            start = at + self.u16(at + 10)
            if self.u32(at) == kind and self.b[start : start + 2 * n].decode("utf-16le") == name:
                return at
        raise KeyError((number, kind, name))

    def value(self, number, kind, name=""):
        at = self.attr(number, kind, name)
        return at + self.u16(at + 20)

    def runs(self, number, kind, name=""):
        at = self.attr(number, kind, name)
        at += self.u16(at + 32)
        out, cluster = [], 0
        while self.b[at]:
            n, d = self.b[at] & 15, self.b[at] >> 4
            length = int.from_bytes(self.b[at + 1 : at + 1 + n], "little")
            cluster += int.from_bytes(self.b[at + 1 + n : at + 1 + n + d], "little", signed=True)
            out.append((cluster, length))
            at += 1 + n + d
        return out

    def stream(self, number, kind, name="", offset=0):
        return self.place(self.runs(number, kind, name), offset)

    def find(self, name):
        """The record with a name."""
        units = name.encode("utf-16le")
        for number in range(64, self.n_records()):
            if self.b[self.rec(number) : self.rec(number) + 4] != b"FILE":
                continue
            if not self.u16(self.rec(number) + 22) & 1:
                continue
            for at in self.attrs(number):
                if self.u32(at) == NAME:
                    value = at + self.u16(at + 20)
                    n = self.b[value + 64]
                    if self.b[value + 66 : value + 66 + 2 * n] == units:
                        return number
        raise KeyError(name)

    def entries(self, node):
        """Offsets of the entries of a node, whose head is given."""
        at = node + self.u32(node)
        while True:
            yield at
            if self.u16(at + 12) & 2:
                return
            at += self.u16(at + 8)

    def root(self, number, name="$I30"):
        return self.value(number, ROOT, name) + 16

    def entry(self, node, number):
        for at in self.entries(node):
            if self.u64(at) & 0xFFFFFFFF == number and not self.u16(at + 12) & 2:
                return at
        raise KeyError(number)

    def drop(self, node, at):
        """Takes an entry out of a node."""
        length, end = self.u16(at + 8), node + self.u32(node + 4)
        self.b[at : end - length] = self.b[at + length : end]
        self.put(node + 4, "I", self.u32(node + 4) - length)

    def flip(self, at, bit):
        self.b[at + bit // 8] ^= 1 << bit % 8

    def both_boots(self, at, form, value):
        self.put(at, form, value)
        self.put(self.u64(40) * 512 + at, form, value)

    def mirror(self):
        at = self.u64(56) * CLUSTER
        self.b[at : at + 4 * RECORD] = self.b[self.rec(0) : self.rec(0) + 4 * RECORD]

    def block(self, name, vcn):
        return self.stream(self.find(name), BLOCKS, "$I30", vcn * CLUSTER)

    def leaf(self, name):
        """The block of a directory's first leaf."""
        node = self.root(self.find(name))
        while True:
            first = next(self.entries(node))
            if not self.u16(first + 12) & 1:
                return node - 24
            node = self.block(name, self.u64(first + self.u16(first + 8) - 8)) + 24


def bad_cluster(v, used):
    runs = v.runs(v.find("two"), DATA)
    cluster = runs[0][0] if used else v.u64(40) // 8 - 5
    v.flip(v.stream(6, DATA), cluster)


def overlap(v):
    one, two = v.attr(v.find("one"), DATA), v.attr(v.find("two"), DATA)
    for cluster, n in v.runs(v.find("two"), DATA):
        for i in range(n):
            v.flip(v.stream(6, DATA), cluster + i)
    a, b = one + v.u16(one + 32), two + v.u16(two + 32)
    v.b[b : b + 8] = v.b[a : a + 8]


def orphan(v):
    number = v.find("links")
    at = v.stream(number, LIST)
    while v.u64(at + 16) & 0xFFFFFFFF == number:
        at += v.u16(at + 4)
    source, to = v.rec(v.u64(at + 16) & 0xFFFFFFFF), v.rec(16)
    v.b[to : to + RECORD] = v.b[source : source + RECORD]
    v.put(to + 44, "I", 16)
    v.flip(v.stream(0, BITMAP), 16)


def short_list(v):
    at = v.attr(v.find("links"), LIST)
    size, start = v.u64(at + 48), v.stream(v.find("links"), LIST)
    last = offset = 0
    while offset < size:
        last = offset
        offset += v.u16(start + offset + 4)
    v.put(at + 48, "QQ", last, last)


def swap(v, a, b, n):
    v.b[a : a + n], v.b[b : b + n] = v.b[b : b + n], v.b[a : a + n]


def list_swap(v):
    at = v.stream(v.find("links"), LIST)
    swap(v, at, at + 0x20, 0x20)


def leaf_swap(v):
    first, second = list(v.entries(v.leaf("crowd") + 24))[1:3]
    swap(v, first, second, v.u16(first + 8))


def rename(v, old, new):
    """In the file and in its directory, small; both names are as long."""
    a, b = old.encode("utf-16le"), new.encode("utf-16le")
    for start in (v.rec(v.find(old)), v.rec(v.find("small"))):
        at = v.b.index(a, start, start + RECORD)
        v.b[at : at + len(b)] = b


def small_entry(v):
    return v.entry(v.root(v.find("small")), v.find("plain"))


def file_name(v, name):
    return v.value(v.find(name), NAME)


def directory_loop(v):
    inner = v.find("inner")
    v.put(file_name(v, "outer"), "Q", inner | v.u16(v.rec(inner) + 16) << 48)


def unused_reserved(v):
    v.put(v.rec(13) + 22, "H", 0)
    v.flip(v.stream(0, BITMAP), 13)


def upcase_letters(v):
    at = v.attr(10, DATA, "$Info")
    v.b[at + v.u16(at + 10) + 8] = ord("X")
    v.put(v.stream(10, DATA) + 2 * ord("a"), "H", ord("a"))


def definitions_grow(v):
    """More bytes than the table can have, in clusters that were free."""
    at, (old, _) = v.attr(4, DATA), v.runs(4, DATA)[0]
    first, n = 4000, 20
    v.put(at + v.u16(at + 32), "BBHB", 0x21, n, first, 0)
    v.put(at + 24, "Q", n - 1)
    v.put(at + 40, "QQQ", *[n * CLUSTER] * 3)
    for cluster in (old, *range(first, first + n)):
        v.flip(v.stream(6, DATA), cluster)


def descriptor_byte(v, copy):
    for offset in (0x40000,) if copy else (0, 0x40000):
        v.b[v.stream(9, DATA, "$SDS", offset + 30)] ^= 1


def volume(v, at, form, value):
    v.put(at, form, value)
    v.mirror()


def ea_value(v, name, index):
    """The head of an extended attribute: 20 bytes each."""
    return v.value(v.find(name), EA) + 20 * index


def child(v, value):
    root = v.root(v.find("crowd"))
    entry = next(v.entries(root))
    at = entry + v.u16(entry + 8) - 8
    v.put(at, "Q", v.u64(at) if value is None else value)
    return v.u64(at)


def fork(v):
    """A node of several children: where the number of each child stands, and its own."""
    node, own = v.root(v.find("crowd")), None
    while v.u16(next(v.entries(node)) + 12) & 2:  # only an end that leads on
        first = next(v.entries(node))
        own = v.u64(first + v.u16(first + 8) - 8)
        node = v.block("crowd", own) + 24
    return [at + v.u16(at + 8) - 8 for at in v.entries(node)], own


def child_twice(v):
    """Two entries of one node lead to the same block."""
    children, _ = fork(v)
    v.put(children[1], "Q", v.u64(children[0]))


def child_loop(v):
    """An entry of a node leads to the node."""
    children, own = fork(v)
    v.put(children[1], "Q", own)


def reparse_stale(v):
    at = [e for e in v.entries(v.root(26, "$R")) if not v.u16(e + 12) & 2][-1]
    v.put(at + 20, "Q", v.u64(at + 20) + 1000)


def reparse_drop(v):
    node = v.root(26, "$R")
    v.drop(node, next(v.entries(node)))


MUTATIONS = {
    "geometry": ("boot-sector", lambda v: v.put(13, "B", 3)),
    "cut off": ("boot-size", lambda v: v.b.__delitem__(slice(1 << 22, None))),
    "media byte": ("boot-fields", lambda v: v.both_boots(21, "B", 0xF0)),
    "copy of the boot sector": ("boot-copy", lambda v: v.put(v.u64(40) * 512 + 80, "B", 1)),
    "place of the table": ("mft-place", lambda v: v.both_boots(48, "Q", v.u64(56))),
    "mirror": ("mft-mirror", lambda v: v.put(v.u64(56) * CLUSTER + RECORD + 60, "B", 9)),
    "no signature": ("record-signature", lambda v: v.put(v.rec(v.find("plain")), "B", 0x58)),
    "half a record": ("record-fixups", lambda v: v.put(v.rec(v.find("plain")) + 510, "H", 0x7777)),
    "used size": ("record-header", lambda v: v.put(v.rec(v.find("plain")) + 24, "I", 4096)),
    "first attribute": ("record-header", lambda v: v.put(v.rec(v.find("plain")) + 20, "H", 1020)),
    "own number": ("record-number", lambda v: v.put(v.rec(v.find("plain")) + 44, "I", 7)),
    "sequence": ("record-sequence", lambda v: v.put(v.rec(12) + 16, "H", 99)),
    "sequence of a file": ("entry-no-name", lambda v: v.put(v.rec(v.find("plain")) + 16, "H", 99)),
    "record marked free": ("record-free", lambda v: v.flip(v.stream(0, BITMAP), v.find("plain"))),
    "record marked used": ("record-lost", lambda v: v.flip(v.stream(0, BITMAP), 17)),
    "attribute of no length": (
        "attribute-length",
        lambda v: v.put(v.attr(v.find("plain"), DATA) + 4, "I", 0),
    ),
    "attribute too long": (
        "attribute-length",
        lambda v: v.put(v.attr(v.find("plain"), DATA) + 4, "I", 1 << 20),
    ),
    "value outside": (
        "attribute-value",
        lambda v: v.put(v.attr(v.find("plain"), DATA) + 16, "I", 5000),
    ),
    "unknown type": ("attribute-type", lambda v: volume(v, v.attr(3, VOLUME_NAME), "I", 0x68)),
    "types not in order": (
        "attribute-order",
        lambda v: volume(v, v.attr(3, VOLUME_NAME), "I", 0x40),
    ),
    "two with a number": (
        "attribute-number",
        lambda v: volume(v, v.attr(3, VOLUME_NAME) + 14, "H", v.u16(v.attr(3, SI) + 14)),
    ),
    "allocated size": (
        "attribute-sizes",
        lambda v: v.put(v.attr(v.find("one"), DATA) + 40, "Q", 1 << 40),
    ),
    "size beyond": (
        "attribute-sizes",
        lambda v: v.put(v.attr(v.find("one"), DATA) + 48, "Q", 1 << 60),
    ),
    "no data": ("attribute-missing entry-sizes", lambda v: v.put(v.attr(v.find("plain"), DATA), "I", 0x100)),
    "list without attribute": (
        "list-entry",
        lambda v: v.put(v.stream(v.find("links"), LIST) + 24, "H", 77),
    ),
    "list to another file": (
        "list-entry",
        lambda v: v.put(v.stream(v.find("links"), LIST) + 16, "Q", v.find("plain") | 1 << 48),
    ),
    "list in a loop": (
        "list-entry",
        lambda v: v.put(v.stream(v.find("links"), LIST) + 4, "H", 0),
    ),
    "list not in order": ("list-order", list_swap),
    "list too short": ("list-missing", short_list),
    "extension of nobody": ("extension-orphan", orphan),
    "mapping pairs": (
        "runs-invalid",
        lambda v: v.put(v.attr(v.find("one"), DATA) + 64, "B", 0x0F),
    ),
    "run outside": (
        "runs-invalid",
        lambda v: v.put(v.attr(v.find("one"), DATA) + 66, "H", 0x7FFF),
    ),
    "two files in one place": ("runs-overlap", overlap),
    "cluster marked free": ("cluster-free", lambda v: bad_cluster(v, True)),
    "cluster marked used": ("cluster-lost", lambda v: bad_cluster(v, False)),
    "bits behind the end": (
        "cluster-tail",
        lambda v: v.flip(v.stream(6, DATA), v.u64(40) // 8),
    ),
    "slash in a name": ("name-invalid", lambda v: rename(v, "plain", "plai/")),
    "colon in a name": ("name-illegal", lambda v: rename(v, "plain", "plai:")),
    "sequence of the parent": (
        "name-parent",
        lambda v: v.put(file_name(v, "plain") + 6, "H", 99),
    ),
    "orphan": ("name-unlisted", lambda v: v.drop(v.root(v.find("small")), small_entry(v))),
    "entry of another time": (
        "entry-no-name",
        lambda v: v.put(small_entry(v) + 6, "H", 99),
    ),
    "directory bit of a name": (
        "name-type",
        lambda v: v.put(file_name(v, "plain") + 56, "I", 0x10000020),
    ),
    "directory bit of an entry": (
        "entry-type",
        lambda v: v.put(small_entry(v) + 16 + 56, "I", 0x10000020),
    ),
    "attributes of an entry": (
        "entry-attributes",
        lambda v: v.put(small_entry(v) + 16 + 56, "I", 0x21),
    ),
    "size of an entry": ("entry-sizes", lambda v: v.put(small_entry(v) + 16 + 48, "Q", 99)),
    "times of an entry": ("entry-times", lambda v: v.put(small_entry(v) + 16 + 8, "Q", 99)),
    "link count": ("link-count", lambda v: v.put(v.rec(v.find("plain")) + 18, "H", 2)),
    "directory in itself": ("directory-loop entry-no-name name-unlisted", directory_loop),
    "root of no index": (
        "index-root",
        lambda v: v.put(v.value(v.find("small"), ROOT, "$I30") + 4, "I", 0x10),
    ),
    "entry of no length": ("index-entry", lambda v: v.put(small_entry(v) + 8, "H", 0)),
    "entry too long": ("index-entry", lambda v: v.put(small_entry(v) + 8, "H", 0x4000)),
    "used size of a node": (
        "index-entry",
        lambda v: v.put(v.leaf("crowd") + 28, "I", 0x10000),
    ),
    "no INDX": ("index-signature", lambda v: v.put(v.leaf("crowd"), "B", 0x58)),
    "half a block": ("index-fixups", lambda v: v.put(v.leaf("crowd") + 1022, "H", 0x7777)),
    "number of a block": ("index-block", lambda v: v.put(v.leaf("crowd") + 16, "Q", 5000)),
    "child outside": ("index-child", lambda v: child(v, 1 << 40)),
    "child twice": ("index-child", child_twice),
    "child of itself": ("index-child", child_loop),
    "index not in order": ("index-order", leaf_swap),
    "block marked used": (
        "index-bitmap",
        lambda v: v.flip(v.value(v.find("crowd"), BITMAP, "$I30"), 63),
    ),
    "block marked free": (
        "index-bitmap",
        lambda v: v.flip(v.value(v.find("crowd"), BITMAP, "$I30"), child(v, None)),
    ),
    "length of a reparse point": (
        "reparse-invalid",
        lambda v: v.put(v.value(v.find("symlink"), REPARSE) + 4, "H", 3),
    ),
    "flag of a reparse point": (
        "entry-attributes reparse-flag",
        lambda v: v.put(v.value(v.find("symlink"), SI) + 32, "I", 0x20),
    ),
    "reparse point not listed": ("reparse-unlisted", reparse_drop),
    "reparse point of nobody": ("reparse-stale reparse-unlisted", reparse_stale),
    "last attribute with no next": (
        "ea-invalid",
        lambda v: v.put(ea_value(v, "owned", 2), "I", 0),
    ),
    "packed length": ("ea-information", lambda v: v.put(v.value(v.find("owned"), EA_INFO), "H", 46)),
    "unpacked length": (
        "ea-information",
        lambda v: v.put(v.value(v.find("owned"), EA_INFO) + 4, "I", 64),
    ),
    "no descriptor": (
        "security-missing",
        lambda v: v.put(v.value(v.find("plain"), SI) + 52, "I", 0),
    ),
    "unknown descriptor": (
        "security-id",
        lambda v: v.put(v.value(v.find("plain"), SI) + 52, "I", 0x999),
    ),
    "entry of descriptors": (
        "security-entry security-index",
        lambda v: v.put(v.stream(9, DATA, "$SDS") + 8, "Q", 64),
    ),
    "hash of a descriptor": ("security-hash", lambda v: descriptor_byte(v, False)),
    "copy of a descriptor": ("security-mirror", lambda v: descriptor_byte(v, True)),
    "index of descriptors": (
        "security-index",
        lambda v: v.put(next(v.entries(v.root(9, "$SII"))) + 20 + 16, "I", 8),
    ),
    "size of the case table": (
        "upcase-size",
        lambda v: v.put(v.attr(10, DATA) + 48, "QQ", 131070, 131070),
    ),
    "case table": ("upcase-checksum", lambda v: v.put(v.stream(10, DATA) + 0x1FFFE, "H", 1)),
    "case of letters": ("upcase-table", upcase_letters),
    "definitions": ("attribute-definitions", lambda v: v.put(v.stream(4, DATA) + 144, "Q", 0x31)),
    "size of the definitions": ("definitions-size", definitions_grow),
    "version": ("volume-version", lambda v: volume(v, v.value(3, 0x70) + 8, "H", 2)),
    "dirty": ("volume-dirty", lambda v: volume(v, v.value(3, 0x70) + 10, "H", 1)),
    "log": ("log-dirty", lambda v: v.put(v.stream(2, DATA), "I", 0)),
    "system file": ("system-file", unused_reserved),
    "length of a device": ("wsl-ea", lambda v: v.put(ea_value(v, "owned", 2) + 8, "6s", b"$LXDEV")),
    "mode of another kind": ("wsl-mode", lambda v: v.put(ea_value(v, "owned", 2) + 15, "I", 0o40755)),
    "mode bits": ("wsl-mode", lambda v: v.put(ea_value(v, "owned", 2) + 15, "I", 0o1100644)),
    "device without numbers": (
        "wsl-device",
        lambda v: v.put(ea_value(v, "device", 3) + 8, "6s", b"$LXNOT"),
    ),
    "version of a link": (
        "wsl-symlink",
        lambda v: v.put(v.value(v.find("symlink"), REPARSE) + 8, "I", 3),
    ),
}


def main():
    if sys.argv[1] == "list":
        for name, (found, _) in MUTATIONS.items():
            print(f"{name}: {found}")
        return
    made = Volume(sys.argv[2])
    MUTATIONS[sys.argv[1]][1](made)
    with open(sys.argv[3], "wb") as file:
        file.write(made.b)


main()
