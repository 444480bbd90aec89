#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# Group C of what users need: the file system that is made, as e2fsprogs and the kernel see it. Some
# lines of the group have their tests elsewhere: tests/image.sh (C2, C9, C10), tests/limits.sh (C2,
# C3), tests/debian.sh (C4, C8), tests/sizes.sh (C5, C6).
. tests/lib/tap.sh
. tests/lib/needs.sh
need python3 e2fsck debugfs dumpe2fs mke2fs jq

cleanup() {
    needs_cleanup
    ! mountpoint -q "$tmp/inline" || umount "$tmp/inline"
}

# header NAME FIELD: a line of dumpe2fs -h.
header() {
    dumpe2fs -h "$tmp/$1.img" 2>/dev/null | sed -n "s/^$2: *//p"
}

# counted NAME: free blocks and inodes of the superblock, and as the bitmaps have them.
counted() {
    dumpe2fs "$tmp/$1.img" 2>/dev/null | python3 -c '
import re, sys
text = sys.stdin.read()
def field(name):
    return int(re.search(rf"^{name}: +(\d+)", text, re.M)[1])
def ranges(name):
    total = 0
    for line in re.findall(rf"^  {name}: (.*)$", text, re.M):
        for run in filter(None, line.split(", ")):
            first, _, last = run.partition("-")
            total += int(last or first) - int(first) + 1
    return total
print(field("Free blocks"), field("Free inodes"), "=", ranges("Free blocks"), ranges("Free inodes"))'
}

# ---- C1: every fixture ----
fixtures=(links parents twice names labels numbers far attributes bytes_in_names devices users modes
    capabilities host_labels times closed root targets undescribed)
archive "${fixtures[@]}"
for fixture in "${fixtures[@]}"; do
    ok "C1: $fixture: e2fsck has nothing to say" disk "$fixture" || continue
    counts=$(counted "$fixture")
    is "C1: $fixture: the counters are what the bitmaps hold" "${counts% = *}" "${counts#* = }"
done
if am_root "C1: the kernel mounts every fixture"; then
    dmesg -C 2>/dev/null
    for fixture in "${fixtures[@]}"; do
        ok "C1: $fixture: the kernel reads every entry" mounted "$fixture" find "$tmp/mnt" -ls
    done
    is "C1: and says nothing of errors" "$(dmesg 2>/dev/null | grep -i 'ext4.*error')" ""
fi

# ---- C4: features of old kernels and tools ----
features=$(header root 'Filesystem features')
for feature in orphan_file metadata_csum_seed large_dir inline_data encrypt casefold verity \
    fast_commit bigalloc ea_inode quota project; do
    unlike "C4: no $feature (e2fsprogs 1.42 and Linux 4.19 are not here: by the feature bits)" \
        "$features" "(^| )$feature( |$)"
done
# compat 0x3c | incompat 0x2c2 | ro_compat 0x47b and less are what both know.
bits=$(python3 -c '
import struct, sys
block = open(sys.argv[1], "rb").read(2048)[1024:]
compat, incompat, ro_compat = struct.unpack_from("<3I", block, 0x5c)
print(compat & ~0x3c, incompat & ~0x2c2, ro_compat & ~0x47b)' "$tmp/root.img")
is "C4: no other bit is set (by the bytes of the superblock)" "$bits" "0 0 0"

# ---- C7: sizes are of content, not of what the host stores ----
mkdir "$tmp/apparent" "$tmp/inline"
if am_root "C7: a tree that takes hardly any blocks on its host"; then
    mke2fs -q -F -t ext4 -O inline_data -N 6000 "$tmp/inline.img" 16M
    mount -o loop "$tmp/inline.img" "$tmp/inline"
    mkdir "$tmp/inline/tree"
    for i in {1..5000}; do
        echo "$i, which lies in its inode" >"$tmp/inline/tree/$i"
    done
    ok "C7: files that take half a KiB on their host at most" \
        test -z "$(find "$tmp/inline/tree" -type f -printf '%b\n' | grep -v '^[01]$')"
    ok "C7: fit the disk that is made for them" \
        lximage convert --no-sync "$tmp/inline/tree" "$tmp/fitted.img"
    ok "C7: e2fsck has nothing to say" e2fsck -fn "$tmp/fitted.img"
    ok "C7: the disk has a block for each" test "$(stat -c %s "$tmp/fitted.img")" -gt $((5000 * 4096))
    rm -f "$tmp/fitted.img"
    umount "$tmp/inline"
fi
truncate -s 60M "$tmp/apparent/holes"
lximage convert --no-sync "$tmp/apparent" "$tmp/fitted.img"
ok "C7: holes take no room on the host" test "$(du -m "$tmp/fitted.img" | cut -f 1)" -lt 20

# ---- C8: large disks ----
# ext4 has no files so large, tmpfs has.
if have_tmpfs "C8: a disk of 20 TiB"; then
    mkdir "$tmp/large"
    # shellcheck disable=SC2016
    large=$(with_tmpfs size=400M "$tmp/large" sh -c '
        lximage convert --no-sync --size 20T "$1" "$2/large.img" && dumpe2fs -h "$2/large.img" &&
            echo "MiB: $(du -m "$2/large.img")"' sh "$tmp/root.tar" "$tmp/large" 2>/dev/null)
    like "C8: a disk of 20 TiB has 64-bit block numbers" "$large" '^Filesystem features:.* 64bit '
    like "C8: and all of its blocks" "$large" "^Block count: +$((20 << 28))$"
    like "C8: and takes less than 300 MiB" "$large" '^MiB: ([0-9]{1,2}|[12][0-9]{2})[^0-9]'
fi
ok "C8: a VHDX of 1 TiB" lximage convert --no-sync "$tmp/root.tar" "$tmp/root.vhdx"
ok "C8: takes less than 40 MiB" test "$(du -m "$tmp/root.vhdx" | cut -f 1)" -lt 40

# ---- C9: the root ----
like "C9: the root has its owner and mode" "$(inside root 'stat /' | xargs)" \
    'Mode: 01711 .*User: 5 Group: 6 '
like "C9: its attribute" "$(inside root 'ea_get -V / user.root')" 'mine'
like "C9: and its time to the nanosecond" "$(lximage mtree "$tmp/root.img")" \
    '^\. .*time=1500000000.000000007'
like "C9: there is a lost+found, closed to others" "$(inside root 'stat /lost+found')" 'Mode: +0700'
like "C9: a root that is not described is root's, 0755" "$(inside undescribed 'stat /' | xargs)" \
    'Mode: 0755 .*User: 0 Group: 0 '

# ---- C10: symbolic links ----
for n in 1 59; do
    like "C10: a target of $n bytes lies in the inode" "$(inside targets "stat /link$n")" 'Fast link dest'
    like "C10: and takes no block" "$(inside targets "stat /link$n")" 'Blockcount: 0'
done
for n in 60 61 4095; do
    unlike "C10: one of $n bytes does not" "$(inside targets "stat /link$n")" 'Fast link dest'
    like "C10: but a block" "$(inside targets "stat /link$n")" 'Blockcount: 8'
done
for n in 1 59 60 61 4095; do
    is "C10: a target of $n bytes is whole" \
        "$(lximage ls --json "$tmp/targets.img" "link$n" | jq -r '.entries[0].target | length')" "$n"
done
if am_root "C10: the kernel reads the targets"; then
    is "C10: the kernel reads the targets" \
        "$(mounted targets find "$tmp/mnt" -type l -printf '%s\n' | sort -n | xargs)" "1 59 60 61 4095"
fi
unlike "C10: nothing lies in an inode as inline data" "$features" 'inline_data'
