# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a log into a clean VHDX: what a writer that died may leave behind, or a hostile one.

usage: vhdx_log.py list
       vhdx_log.py FILE CASE

FILE is a disk of lxvhdx of at least 2 GiB with blocks of 1 MiB. Its BAT is at 3 MiB, one page of 4
KiB for 512 blocks. The file gets three more MiB of space that no entry points to, full of 'A', 'B'
and 'C'; the entries of the log make blocks of it: block 1 of 'A' (in the BAT's page 0), block 512 of
'B' (page 1), block 1 of 'C' (page 0 again).
"""
import struct
import sys

from crc32c import crc32c

MIB = 1 << 20
PAGE = 4096
LOG = MIB
BAT = 3 * MIB
SECTORS = 256
GUID = bytes(range(1, 17))
STALE = bytes(range(101, 117))


def seal(data):
    data[4:8] = bytes(4)
    data[4:8] = struct.pack("<I", crc32c(data))
    return data


class Disk:
    def __init__(self, path):
        self.file = open(path, "r+b")
        self.end = self.file.seek(0, 2)
        for i, letter in enumerate(b"ABC"):
            self.file.write(bytes([letter]) * MIB)
        self.size = self.end + 3 * MIB

    def read(self, at, n):
        self.file.seek(at)
        return bytearray(self.file.read(n))

    def write(self, at, data):
        self.file.seek(at)
        self.file.write(data)

    def place(self, letter):
        return self.end + "ABC".index(letter) * MIB

    def page(self, number, blocks=()):
        """A page of the BAT, with (block, offset) added."""
        page = self.read(BAT + number * PAGE, PAGE)
        for block, at in blocks:
            struct.pack_into("<Q", page, block % 512 * 8, at | 6)
        return page

    def data(self, letter):
        block = 512 if letter == "B" else 1
        number = block // 512
        return (BAT + number * PAGE, self.page(number, [(block, self.place(letter))]))

    def entry(self, sequence, tail, updates, **more):
        """updates: (offset, page) or (offset, length to be zeros)."""
        descriptors, sectors = b"", b""
        for offset, what in updates:
            if isinstance(what, int):
                descriptors += struct.pack("<4sIQQQ", b"zero", 0, what, offset, sequence)
                continue
            descriptors += struct.pack("<4s4s8sQQ", b"desc", bytes(what[-4:]), bytes(what[:8]),
                                       offset, sequence)
            sectors += struct.pack("<4sI4084sI", b"data", sequence >> 32, bytes(what[8:-4]),
                                   sequence & 0xFFFFFFFF)
        body = bytearray(64) + descriptors
        body += bytes(-len(body) % PAGE) + sectors + bytes(more.get("padding", 0) * PAGE)
        size = self.size
        struct.pack_into("<4sIIIQII16sQQ", body, 0, b"loge", 0, len(body), tail * PAGE, sequence,
                         len(updates), 0, more.get("guid", GUID), more.get("flushed", size),
                         more.get("last", size))
        return seal(body)

    def put(self, sector, entry):
        """Writes an entry into the log, around its end; the sector behind it."""
        for at in range(0, len(entry), PAGE):
            self.write(LOG + sector % SECTORS * PAGE, entry[at : at + PAGE])
            sector += 1
        return sector

    def mark(self, guid=GUID, version=0):
        for at in (64 << 10, 128 << 10):
            header = self.read(at, PAGE)
            header[48:64] = guid
            struct.pack_into("<H", header, 64, version)
            self.write(at, seal(header))


CASES = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


@case
def one_entry(d):
    d.put(0, d.entry(1, 0, [d.data("A")]))


@case
def data_and_zeros(d):
    d.put(0, d.entry(1, 0, [d.data("A"), (BAT + 2 * PAGE, PAGE)]))


@case
def two_entries(d):
    at = d.put(0, d.entry(7, 0, [d.data("A")]))
    d.put(at, d.entry(8, 0, [d.data("B")]))


@case
def two_entries_second_alone(d):
    at = d.put(0, d.entry(7, 0, [d.data("A")]))
    d.put(at, d.entry(8, at, [d.data("B")]))


@case
def three_entries_from_second(d):
    at = d.put(0, d.entry(7, 0, [d.data("A")]))
    second = at
    at = d.put(at, d.entry(8, 0, [d.data("B")]))
    d.put(at, d.entry(9, second, [(BAT + 2 * PAGE, PAGE)]))


@case
def sequence_wraps(d):
    d.put(254, d.entry(7, 254, [d.data("A")]))
    d.put(0, d.entry(8, 254, [d.data("B")]))


@case
def entry_wraps(d):
    d.put(255, d.entry(7, 255, [d.data("A"), d.data("B")]))


@case
def descriptors_wrap(d):
    zeros = [(BAT + 100 * PAGE, PAGE)] * 130
    d.put(255, d.entry(7, 255, [*zeros, d.data("A"), d.data("B")]))


@case
def newest_run_without_tail(d):
    d.put(0, d.entry(5, 0, [d.data("A")]))
    d.put(20, d.entry(10, 10, [d.data("B")]))


@case
def newer_run(d):
    d.put(0, d.entry(5, 0, [d.data("A")]))
    d.put(20, d.entry(10, 20, [d.data("B")]))


@case
def newer_run_before_older(d):
    d.put(0, d.entry(10, 0, [d.data("B")]))
    d.put(20, d.entry(5, 20, [d.data("A")]))


@case
def sequence_gap(d):
    at = d.put(0, d.entry(5, 0, [d.data("A")]))
    d.put(at, d.entry(7, 0, [d.data("B")]))


def torn(d, at, n):
    entry = d.entry(8, 0, [d.data("B")])
    entry[at : at + n] = bytes(n)
    d.put(d.put(0, d.entry(7, 0, [d.data("A")])), entry)


@case
def torn_data(d):
    torn(d, PAGE + 512, 512)


@case
def torn_data_end(d):
    torn(d, 2 * PAGE - 4, 4)


@case
def torn_data_sector(d):
    torn(d, PAGE, PAGE)


@case
def torn_descriptor(d):
    torn(d, 64, 32)


@case
def torn_head(d):
    torn(d, 0, PAGE)


@case
def stale_entry_behind(d):
    at = d.put(0, d.entry(7, 0, [d.data("A")]))
    d.put(at, d.entry(8, 0, [d.data("B")], guid=STALE))


@case
def stale_entries_alone(d):
    d.put(0, d.entry(7, 0, [d.data("A")], guid=STALE))


@case
def no_entry(d):
    pass


@case
def empty_entry(d):
    d.put(0, d.entry(7, 0, []))


@case
def full_log_one_entry(d):
    others = [(BAT + i * PAGE, d.page(i)) for i in range(2, 254)]
    d.put(0, d.entry(7, 0, [d.data("A"), d.data("B"), *others]))


@case
def full_log_many_entries(d):
    at = 101
    for i in range(128):
        letter = "AB"[i % 2] if i > 1 else "C"
        at = d.put(at, d.entry(1000 + i, 101, [d.data(letter)]))


@case
def same_page_twice(d):
    d.put(0, d.entry(7, 0, [d.data("C"), d.data("A"), d.data("B"), (BAT + PAGE, PAGE)]))


@case
def data_over_zeros(d):
    d.put(0, d.entry(7, 0, [(BAT, 3 * PAGE), d.data("A"), d.data("B")]))


@case
def second_entry_over_first(d):
    at = d.put(0, d.entry(7, 0, [d.data("C"), d.data("B")]))
    d.put(at, d.entry(8, 0, [d.data("A")]))


@case
def padded_entries(d):
    at = d.put(0, d.entry(7, 0, [d.data("A")], padding=14))
    d.put(at, d.entry(8, 0, [d.data("B")], padding=14))


@case
def large_sequence_numbers(d):
    at = d.put(0, d.entry((1 << 64) - 2, 0, [d.data("A")]))
    d.put(at, d.entry((1 << 64) - 1, 0, [d.data("B")]))


@case
def file_shorter_than_last(d):
    page = d.page(0, [(1, d.size)])
    d.put(0, d.entry(7, 0, [(BAT, page), d.data("B")], last=d.size + MIB))


@case
def file_shorter_than_descriptor(d):
    page = d.page(0, [(1, d.size)])
    d.put(0, d.entry(7, 0, [(BAT, page), d.data("B"), (d.size, MIB)]))


@case
def file_cut_off(d):
    d.put(0, d.entry(7, 0, [d.data("A")], flushed=d.size + MIB, last=d.size + MIB))


@case
def writes_over_header(d):
    d.put(0, d.entry(7, 0, [(64 << 10, PAGE), d.data("A")]))


@case
def writes_over_log(d):
    d.put(0, d.entry(7, 0, [(LOG + 10 * PAGE, PAGE), d.data("A")]))


@case
def writes_without_end(d):
    d.put(0, d.entry(7, 0, [((1 << 64) - 2 * PAGE, 3 * PAGE), d.data("A")]))


@case
def unknown_version(d):
    d.put(0, d.entry(7, 0, [d.data("A")]))
    d.mark(version=1)


def main():
    if sys.argv[1] == "list":
        print(*CASES, sep="\n")
        return
    disk = Disk(sys.argv[1])
    disk.mark()
    CASES[sys.argv[2]](disk)
    disk.file.close()


main()
