#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a VHDX by hand, of any kind that [MS-VHDX] knows.

usage: vhdx_image.py FILE DESCRIPTION

DESCRIPTION is JSON; only "size" (MiB of the disk) is needed:

    {"size": 16, "block": 2, "sector": 4096, "fixed": true, "data_write": "name",
     "blocks": {"0": "A", "3": "zero"},       block: full of a letter, or the name of a state
     "partial": {"5": {"0": "B", "9-12": "C"}},  block: its own sectors, each full of a letter
     "parent": {"relative_path": "base.vhdx", ...}}   the parent locator, which makes it a child

GUIDs follow from names, so that a child can name the "parent_linkage" of its parent: "@NAME" becomes
the GUID of a data_write NAME, in braces.
"""
import json
import struct
import sys
import uuid

from crc32c import crc32c

MIB = 1 << 20
LOG, METADATA, BAT = 1 * MIB, 2 * MIB, 3 * MIB
STATES = {"none": 0, "undefined": 1, "zero": 2, "unmapped": 3}
FULLY, PARTIALLY = 6, 7
LOCATOR_TYPE = "b04aefb7-d19e-4a81-b789-25b8e9445913"


def seal(data, length):
    data = bytearray(data.ljust(length, b"\0"))
    data[4:8] = struct.pack("<I", crc32c(data))
    return bytes(data)


def guid(text):
    return uuid.UUID(text).bytes_le


def named(name):
    """The GUID of a name."""
    return uuid.uuid5(uuid.NAMESPACE_URL, name)


def locator(pairs):
    """The parent locator: keys and values in UTF-16, behind a table of where they are."""
    table, text = b"", b""
    start = 20 + 12 * len(pairs)
    for key, value in pairs.items():
        key = key.encode("utf-16-le")
        if value.startswith("@"):
            value = f"{{{named(value[1:])}}}"
        value = value.encode("utf-16-le")
        at = start + len(text)
        table += struct.pack("<IIHH", at, at + len(key), len(key), len(value))
        text += key + value
    return guid(LOCATOR_TYPE) + struct.pack("<HH", 0, len(pairs)) + table + text


def metadata(what, block, sector):
    flags = (1 if what.get("fixed") else 0) | (2 if "parent" in what else 0)
    items = [
        ("caa16737-fa36-4d43-b3b6-33f0aa44e76b", 4, struct.pack("<II", block, flags)),
        ("2fa54224-cd1b-4876-b211-5dbed83bf4b8", 6, struct.pack("<Q", what["size"] * MIB)),
        ("8141bf1d-a96f-4709-ba47-f233a8faab5f", 6, struct.pack("<I", sector)),
        ("cda348c7-445d-4471-9cc9-e9885251c556", 6, struct.pack("<I", 4096)),
        ("beca12ab-b2e6-4523-93ef-c309e000c746", 6, named(json.dumps(what)).bytes_le),
    ]
    if "parent" in what:
        items.append(("a8d35f2d-b30b-454d-abf7-d3d84834ab0c", 4, locator(what["parent"])))
    table = b"metadata" + struct.pack("<HH", 0, len(items)) + bytes(20)
    values = b""
    for name, item_flags, value in items:
        at = 65536 + len(values)
        table += guid(name) + struct.pack("<IIII", at, len(value), item_flags, 0)
        values += value
    return table.ljust(65536, b"\0") + values


def sectors(bits, part, sector, per_block):
    """The content of a block that has some sectors, whose bits are set."""
    content = bytearray(b"?" * sector * per_block)  # what nobody may read
    for where, letter in part.items():
        first, _, last = where.partition("-")
        for i in range(int(first), int(last or first) + 1):
            bits[i // 8] |= 1 << i % 8
            content[i * sector : (i + 1) * sector] = letter.encode() * sector
    return bytes(content)


def make(what):
    """The file as a list of pieces: offset, bytes."""
    block, sector = what.get("block", 1) * MIB, what.get("sector", 512)
    ratio = (1 << 23) * sector // block
    n_blocks = -(-what["size"] * MIB // block)
    n_entries = -(-n_blocks // ratio) * (ratio + 1)
    bat = bytearray(-(-n_entries * 8 // MIB) * MIB)
    end = BAT + len(bat)
    pieces = []

    def add(index, state, content):
        nonlocal end
        struct.pack_into("<Q", bat, index * 8, end | state)
        pieces.append((end, content))
        end += len(content)

    for number, content in what.get("blocks", {}).items():
        index = int(number) + int(number) // ratio
        if content in STATES:
            struct.pack_into("<Q", bat, index * 8, STATES[content])
        else:
            add(index, FULLY, content.encode() * block)
    per_block = block // sector
    bitmaps = {}
    for number, part in what.get("partial", {}).items():
        n = int(number)
        bits = bytearray(per_block // 8)
        add(n + n // ratio, PARTIALLY, sectors(bits, part, sector, per_block))
        bitmap = bitmaps.setdefault(n // ratio, bytearray(MIB))
        at = n % ratio * len(bits)
        bitmap[at : at + len(bits)] = bits
    for chunk, bitmap in bitmaps.items():
        add(chunk * (ratio + 1) + ratio, FULLY, bytes(bitmap))

    write = named(what.get("data_write", "data"))
    file = named("file " + json.dumps(what))
    for i in range(2):
        header = b"head" + struct.pack("<IQ", 0, 1 + i) + file.bytes_le + write.bytes_le
        header += bytes(16) + struct.pack("<HHIQ", 0, 1, MIB, LOG)
        pieces.append(((64 << 10) * (1 + i), seal(header, 4096)))
    regions = b"regi" + struct.pack("<III", 0, 2, 0)
    for name, at, length in (
        ("2dc27766-f623-4200-9d64-115e9bfd4a08", BAT, len(bat)),
        ("8b7ca206-4790-4b9a-b8fe-575f050f886e", METADATA, MIB),
    ):
        regions += guid(name) + struct.pack("<QII", at, length, 1)
    regions = seal(regions, 65536)
    pieces += [(192 << 10, regions), (256 << 10, regions)]
    pieces.append((METADATA, metadata(what, block, sector)))
    pieces.append((BAT, bytes(bat)))
    pieces.append((0, b"vhdxfile" + "by hand".encode("utf-16-le")))
    return end, pieces


def main():
    end, pieces = make(json.loads(sys.argv[2]))
    with open(sys.argv[1], "wb") as file:
        file.truncate(end)
        for at, content in pieces:
            file.seek(at)
            file.write(content)


if __name__ == "__main__":
    main()
