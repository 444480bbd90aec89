#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a partition table: partition_table.py mbr|gpt|gpt4096 DISK START:SIZE... (in MiB)"""

import struct
import sys
import uuid
import zlib

MIB = 1 << 20
BASIC_DATA = uuid.UUID("EBD0A0A2-B9E5-4433-87C0-68B6B72699C7").bytes_le


def mbr(disk, parts):
    table = b"".join(
        struct.pack("<B3sB3sII", 0, b"\0\2\0", kind, b"\xff\xff\xff", start, size)
        for kind, start, size in parts
    )
    disk.seek(446)
    disk.write(table.ljust(64, b"\0") + b"\x55\xaa")


def gpt(disk, sector, parts):
    mbr(disk, [(0xEE, 1, 0xFFFFFFFF)])
    entries = b"".join(
        struct.pack("<16s16sQQQ72s", BASIC_DATA, bytes([i + 1] * 16), start, start + size - 1, 0,
                    f"part {i}".encode("utf-16-le"))
        for i, (start, size) in enumerate(parts)
    ).ljust(128 * 128, b"\0")
    disk.seek(0, 2)
    last = disk.tell() // sector - 1
    head = struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, 1, last, 34, last - 34,
                       b"d" * 16, 2, 128, 128, zlib.crc32(entries))
    head = head[:16] + struct.pack("<I", zlib.crc32(head)) + head[20:]
    disk.seek(sector)
    disk.write(head)
    disk.seek(2 * sector)
    disk.write(entries)


def main():
    kind, path, *parts = sys.argv[1:]
    ranges = [[int(n) * MIB for n in part.split(":")] for part in parts]
    sector = 4096 if kind == "gpt4096" else 512
    parts = [(start // sector, size // sector) for start, size in ranges]
    with open(path, "r+b") as disk:
        if kind == "mbr":
            mbr(disk, [(7, *part) for part in parts])
        else:
            gpt(disk, sector, parts)


main()
