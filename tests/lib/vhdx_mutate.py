# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes bytes of a VHDX file in place and makes the checksums of its headers and region tables
right again where --seal is given.

usage: vhdx_mutate.py FILE [--seal] [OFFSET=HEX | length=BYTES]...

An offset is a sum of terms, each a number with an optional suffix K or M: "3M+8".
"""
import sys

from crc32c import crc32c

SEALED = [(64 << 10, 4096), (128 << 10, 4096), (192 << 10, 65536), (256 << 10, 65536)]


def number(text):
    unit = {"K": 1 << 10, "M": 1 << 20}.get(text[-1])
    return int(text[:-1], 0) * unit if unit else int(text, 0)


def offset(text):
    return sum(number(term) for term in text.split("+"))


def main():
    path, changes = sys.argv[1], sys.argv[2:]
    with open(path, "r+b") as file:
        for change in changes:
            if change == "--seal":
                continue
            where, value = change.split("=")
            if where == "length":
                file.truncate(offset(value))
                continue
            file.seek(offset(where))
            file.write(bytes.fromhex(value))
        if "--seal" not in changes:
            return
        for at, length in SEALED:
            file.seek(at)
            data = bytearray(file.read(length))
            data[4:8] = bytes(4)
            data[4:8] = crc32c(data).to_bytes(4, "little")
            file.seek(at)
            file.write(data)


main()
