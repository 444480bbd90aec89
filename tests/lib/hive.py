#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes registry hives, so that tests have some that no library of ours had a hand in.

    hive.py user FILE [BYTES]   a user's hive (NTUSER.DAT) with what one holds, of at least BYTES
    hive.py system FILE         one that is no user's
    hive.py damage HOW FILE     breaks one: see HOWS
    hive.py mutants FILE DIR N  N of them with a few wrong bytes each
    hive.py cells OLD NEW       how many cells of OLD are not in NEW at the same place, bit for bit
"""

import os
import random
import struct
import sys

PAGE = 4096
TIME = 133800000000000000  # some day of 2024, as Windows counts
SZ, EXPAND_SZ, BINARY, DWORD, MULTI_SZ, QWORD = 1, 2, 3, 4, 7, 11
NONE = 0xFFFFFFFF


class Key:
    def __init__(self):
        self.keys = {}
        self.values = []

    def at(self, path):
        key = self
        for name in path.split("\\"):
            key = key.keys.setdefault(name, Key())
        return key


def text(s):
    return (s + "\0").encode("utf-16-le")


# ---- writing ----


class Bins:
    """Cells in bins; offsets count from the first bin."""

    def __init__(self):
        self.bytes = bytearray()
        self.at = self.end = 0  # the free part of the last bin

    def free(self):
        if self.end > self.at:
            struct.pack_into("<i", self.bytes, self.at, self.end - self.at)

    def cell(self, payload):
        size = (len(payload) + 4 + 7) // 8 * 8
        if size > self.end - self.at:
            self.free()
            start = len(self.bytes)
            length = (size + 32 + PAGE - 1) // PAGE * PAGE
            self.bytes += struct.pack("<4sIIQQI", b"hbin", start, length, 0, TIME, 0)
            self.bytes += bytes(length - 32)
            self.at, self.end = start + 32, start + length
        offset = self.at
        struct.pack_into("<i", self.bytes, offset, -size)
        self.bytes[offset + 4 : offset + 4 + len(payload)] = payload
        self.at += size
        return offset


def encoded(name):
    """Its bytes, and whether they are single bytes."""
    try:
        return name.encode("latin-1"), True
    except UnicodeEncodeError:
        return name.encode("utf-16-le"), False


def put_value(bins, name, kind, data):
    raw, single = encoded(name)
    length = len(data)
    if length <= 4:
        where = struct.unpack("<I", data.ljust(4, b"\0"))[0]
        length |= 0x80000000
    else:
        where = bins.cell(data)
    head = struct.pack("<2sHIIIHH", b"vk", len(raw), length, where, kind, single, 0)
    return bins.cell(head + raw)


def name_hash(name):
    h = 0
    for c in name.upper():
        h = (h * 37 + ord(c)) & 0xFFFFFFFF
    return h


def put_list(bins, children):
    """Of (name, offset), sorted; long ones in two levels."""
    if not children:
        return NONE
    leaves = []
    for i in range(0, len(children), 500):
        part = children[i : i + 500]
        body = b"".join(struct.pack("<II", at, name_hash(name)) for name, at in part)
        leaves.append(bins.cell(struct.pack("<2sH", b"lh", len(part)) + body))
    if len(leaves) == 1:
        return leaves[0]
    return bins.cell(struct.pack("<2sH", b"ri", len(leaves)) + struct.pack(f"<{len(leaves)}I", *leaves))


def put_key(bins, name, key, parent, sk, count, root=False):
    raw, single = encoded(name)
    nk = bins.cell(bytes(76) + raw)
    count[0] += 1
    children = []
    for child in sorted(key.keys, key=str.upper):
        children.append((child, put_key(bins, child, key.keys[child], nk, sk, count)))
    values = [put_value(bins, *value) for value in key.values]
    value_list = bins.cell(struct.pack(f"<{len(values)}I", *values)) if values else NONE
    struct.pack_into(
        "<2sHQIIIIIIIIIIIIIIIHH", bins.bytes, nk + 4, b"nk", (0x0C if root else 0) | (0x20 if single else 0),
        TIME, 0, parent, len(children), 0, put_list(bins, children), NONE, len(values), value_list, sk, NONE,
        max([2 * len(c) for c in key.keys], default=0), 0, max([2 * len(v[0]) for v in key.values], default=0),
        max([len(v[2]) for v in key.values], default=0), 0, len(raw), 0)  # fmt: skip
    return nk


# O:BAG:BA, everyone may do everything.
SECURITY = bytes.fromhex(
    "0100048014000000240000000000000034000000010200000000000520000000200200000102000000000005"
    "20000000200200000200 1c00010000000000 14 00 3f000f00 010100000000000100000000".replace(" ", "")
)


def checksum(base):
    total = 0
    for (word,) in struct.iter_unpack("<I", base[:508]):
        total ^= word
    return 1 if total == 0 else 0xFFFFFFFE if total == NONE else total


def seal(image):
    struct.pack_into("<I", image, 508, checksum(image))


def hive(tree):
    bins = Bins()
    count = [0]
    sk = bins.cell(struct.pack("<2sHIIII", b"sk", 0, 0, 0, 1, len(SECURITY)) + SECURITY)
    struct.pack_into("<II", bins.bytes, sk + 8, sk, sk)
    root = put_key(bins, "CMI-CreateHive{D43B12B8-09B5-40DB-B4F6-F6DFEB78DAEC}", tree, 0, sk, count, root=True)
    struct.pack_into("<I", bins.bytes, sk + 16, count[0])
    bins.free()
    image = bytearray(PAGE)
    struct.pack_into("<4sIIQIIIIIII", image, 0, b"regf", 7, 7, TIME, 1, 5, 0, 1, root, len(bins.bytes), 1)
    name = "\\??\\C:\\Users\\ann\\ntuser.dat".encode("utf-16-le")
    image[48 : 48 + len(name)] = name
    seal(image)
    return image + bins.bytes


# ---- what there is ----


def user(size):
    chance = random.Random(8)
    tree = Key()
    current = tree.at("Software\\Microsoft\\Windows\\CurrentVersion")
    for name in ("Run", "Explorer", "Internet Settings", "Themes"):
        current.at(name).values.append(("Enabled", DWORD, struct.pack("<I", 1)))
    for name in ("Environment", "Control Panel\\Desktop", "Console", "Network", "Software\\Classes"):
        tree.at(name)
    tree.at("Environment").values += [
        ("TEMP", EXPAND_SZ, text("%USERPROFILE%\\AppData\\Local\\Temp")),
        ("Pfad", SZ, text("C:\\Benutzer\\größer ☃")),
    ]
    held = 0
    number = 0
    while held < size:
        key = tree.at(f"Software\\Vendor {number % 61}\\Product {number % 7}\\Item-{number:05}")
        for i in range(chance.randint(0, 9)):
            kind = chance.choice([SZ, BINARY, DWORD, MULTI_SZ, QWORD])
            if kind == DWORD:
                data = chance.randbytes(4)
            elif kind == QWORD:
                data = chance.randbytes(8)
            elif kind == BINARY:
                data = chance.randbytes(chance.choice([0, 1, 3, 5, 40, 700, 9000]))
            else:
                data = text("värld " * chance.randint(0, 60)) + (b"\0\0" if kind == MULTI_SZ else b"")
            key.values.append((f"Wert ☂ {i}" if i == 3 else f"Value{i}" if i else "", kind, data))
            held += len(data) + 40
        held += 120
        number += 1
    return tree


def system():
    tree = Key()
    tree.at("ControlSet001\\Services\\lxss").values.append(("Start", DWORD, struct.pack("<I", 3)))
    tree.at("Select")
    return tree


# ---- harm ----


def harm_dirty(image):
    struct.pack_into("<I", image, 4, 8)
    seal(image)


def harm_checksum(image):
    image[508] ^= 1


def harm_length(image):
    struct.pack_into("<I", image, 40, len(image) * 2 // PAGE * PAGE)
    seal(image)


def harm_bin(image):
    image[PAGE : PAGE + 4] = b"nibh"


def harm_bin_length(image):
    struct.pack_into("<I", image, PAGE + 8, 0)


def harm_root(image):
    struct.pack_into("<I", image, 36, 0xFFFFFFF0)
    seal(image)


def harm_root_cell(image):
    """The root points at what is no key."""
    struct.pack_into("<I", image, 36, 32)
    seal(image)


def harm_magic(image):
    image[0:4] = b"fger"


def harm_log(image):
    struct.pack_into("<I", image, 28, 6)
    seal(image)


HOWS = {name[5:]: harm for name, harm in list(globals().items()) if name.startswith("harm_")}


def mutants(image, count):
    """With a few words of its keys overwritten, where the base block's checksum does not see it."""
    chance = random.Random(16)
    for _ in range(count):
        mutant = bytearray(image)
        for _ in range(chance.randint(1, 4)):
            word = chance.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000004, chance.randrange(1 << 32), 32, 0x20])
            struct.pack_into("<I", mutant, chance.randrange(PAGE + 32, len(mutant) - 4, 2), word)
        yield mutant


# ---- comparing ----


def cells(image):
    at = PAGE
    end = PAGE + struct.unpack_from("<I", image, 40)[0]
    while at < end:
        length = struct.unpack_from("<I", image, at + 8)[0]
        inner = at + 32
        while inner < at + length:
            size = struct.unpack_from("<i", image, inner)[0]
            if size < 0:  # in use
                yield inner, image[inner : inner - size]
            inner += abs(size)
        at += length


def main():
    verb = sys.argv[1]
    if verb in ("user", "system"):
        size = int(sys.argv[3]) if len(sys.argv) > 3 else 0
        with open(sys.argv[2], "wb") as out:
            out.write(hive(user(size) if verb == "user" else system()))
    elif verb == "damage":
        with open(sys.argv[3], "rb") as file:
            image = bytearray(file.read())
        HOWS[sys.argv[2]](image)
        with open(sys.argv[3], "wb") as file:
            file.write(image)
    elif verb == "mutants":
        with open(sys.argv[2], "rb") as file:
            image = file.read()
        os.mkdir(sys.argv[3])
        for i, mutant in enumerate(mutants(image, int(sys.argv[4]))):
            with open(f"{sys.argv[3]}/{i}", "wb") as out:
                out.write(mutant)
    elif verb == "cells":
        with open(sys.argv[2], "rb") as old, open(sys.argv[3], "rb") as new:
            a, b = old.read(), new.read()
        print(sum(b[at : at + len(cell)] != cell for at, cell in cells(a)))


main()
