#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes one extended attribute of a file on a mounted ntfs-3g, as WSL1 would:

    ntfs_ea_edit.py FILE NAME NUMBER    the value of $LXUID, $LXGID or $LXMOD
    ntfs_ea_edit.py FILE NAME           takes the attribute away"""

import os
import struct
import sys

sys.path.insert(0, os.path.dirname(__file__))
import ntfs_oracle  # noqa: E402


def main(path, name, value=None):
    left = ntfs_oracle.attribute(path, "system.ntfs_ea")
    edited = b""
    found = False
    while left:
        size, _, n, _ = struct.unpack_from("<IBBH", left)
        entry, left = bytearray(left[:size]), left[size:]
        if entry[8:8 + n] == name.encode():
            found = True
            if value is None:
                continue
            struct.pack_into("<I", entry, 9 + n, int(value, 0))
        edited += entry
    os.setxattr(path, "system.ntfs_ea", edited, follow_symlinks=False)
    return 0 if found else f"{path} has no {name}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
