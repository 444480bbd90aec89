#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damages an NTFS volume (512-byte sectors) in one way: ntfs_damage.py WHAT IMAGE

    dirty    the volume is marked to be checked
    sectors  more sectors than the disk has
    cluster  clusters of three sectors
    mft      the master file table begins behind the end
    fixup    a record was written in part
    record   an attribute is longer than its record
    pairs    clusters beyond the end of the volume
    overlap  two files have the same clusters
    cycle    a directory lies in itself, by way of another
    upcase   the table of upper cases says that it is huge

Prints what was changed."""

import struct
import sys


class Volume:
    def __init__(self, file):
        self.file = file
        boot = self.read(0, 512)
        self.cluster = boot[13] * 512
        self.mft, self.mirror = (n * self.cluster for n in struct.unpack_from("<QQ", boot, 48))

    def read(self, at, n):
        self.file.seek(at)
        return bytearray(self.file.read(n))

    def write(self, at, data):
        self.file.seek(at)
        self.file.write(data)

    def place(self, number):
        """Of a record; the table of these volumes begins with one long run."""
        return self.mft + number * 1024

    def record(self, number):
        data = self.read(self.place(number), 1024)
        for i in range(2):
            data[510 + 512 * i:512 + 512 * i] = data[0x32 + 2 * i:0x34 + 2 * i]
        return data

    def put(self, number, data):
        data = bytearray(data)
        for i in range(2):
            data[0x32 + 2 * i:0x34 + 2 * i] = data[510 + 512 * i:512 + 512 * i]
            data[510 + 512 * i:512 + 512 * i] = data[0x30:0x32]
        self.write(self.place(number), data)
        if number < 4:
            self.write(self.mirror + number * 1024, data)

    def attributes(self, data):
        at = struct.unpack_from("<H", data, 20)[0]
        while struct.unpack_from("<I", data, at)[0] != 0xFFFFFFFF:
            kind, length, non_resident, name = struct.unpack_from("<IIBB", data, at)
            yield at, kind, non_resident, name
            at += length

    def find(self, wanted, non_resident=None, directory=False):
        """Numbers, records and places in them of user files with such an attribute."""
        for number in range(64, 4096):
            data = self.record(number)
            if data[:4] != b"FILE" or not data[22] & 1 or struct.unpack_from("<Q", data, 32)[0]:
                continue
            if bool(data[22] & 2) != directory:
                continue
            for at, kind, resident, name in self.attributes(data):
                if kind == wanted and name == 0 and non_resident in (None, resident):
                    yield number, data, at


def patch(volume, number, at, data):
    record = volume.record(number)
    record[at:at + len(data)] = data
    volume.put(number, record)
    print(f"record {number}, byte {at}")


def main():
    what, path = sys.argv[1:]
    with open(path, "r+b") as file:
        volume = Volume(file)
        boot = volume.read(0, 512)
        if what == "dirty":
            at = next(at for at, kind, _, _ in volume.attributes(volume.record(3)) if kind == 0x70)
            patch(volume, 3, at + 0x18 + 10, b"\x01\0")
        elif what in ("sectors", "cluster", "mft"):
            at, data = {"sectors": (40, struct.pack("<Q", 1 << 40)), "cluster": (13, b"\3"),
                        "mft": (48, struct.pack("<Q", 1 << 50))}[what]
            boot[at:at + len(data)] = data
            volume.write(0, boot)
            print(f"boot sector, byte {at}")
        elif what == "fixup":
            number = next(volume.find(0x80))[0]
            volume.write(volume.place(number) + 1022, b"\xee\xee")
            print(f"record {number}")
        elif what == "record":
            number, _, at = next(volume.find(0x80))
            patch(volume, number, at + 4, struct.pack("<I", 0x800))
        elif what == "pairs":
            number, record, at = next(volume.find(0x80, 1))
            pairs = at + struct.unpack_from("<H", record, at + 32)[0]
            patch(volume, number, pairs, b"\x41" + record[pairs + 1:pairs + 2] + b"\xff\xff\xff\x7f\0")
        elif what == "overlap":
            # The largest extent of all, in as many files as there are.
            found = [f for f in volume.find(0x80, 1)]
            number, record, at = max(
                found, key=lambda f: struct.unpack_from("<Q", f[1], f[2] + 40)[0])
            length = struct.unpack_from("<I", record, at + 4)[0]
            value = record[at:at + length]
            for i, (other, data, place) in enumerate(list(volume.find(0x80, 0))):
                old = struct.unpack_from("<I", data, place + 4)[0]
                used = struct.unpack_from("<I", data, 24)[0]
                if used - old + length > 1000:
                    continue
                data[place:used] = value + data[place + old:used]
                struct.pack_into("<I", data, 24, used - old + length)
                volume.put(other, data[:1024])
            print(f"record {number}, in {i} others")
        elif what == "cycle":
            # A directory and one that lies in it.
            names = {number: at + 0x18 for number, _, at in volume.find(0x30, directory=True)}
            for number, at in names.items():
                parent = struct.unpack_from("<Q", volume.record(number), at)[0] & (1 << 48) - 1
                if parent in names:
                    sequence = struct.unpack_from("<H", volume.record(number), 16)[0]
                    patch(volume, parent, names[parent], struct.pack("<Q", number | sequence << 48))
                    break
        elif what == "upcase":
            at = next(at for at, kind, _, name in volume.attributes(volume.record(10))
                      if kind == 0x80 and name == 0)
            patch(volume, 10, at + 48, struct.pack("<Q", 1 << 40))


main()
