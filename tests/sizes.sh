#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# Disks that fit their tree to the last block, what is said when one block is missing, and files
# with more names than ext4 counts.
. tests/lib/tap.sh
need python3 e2fsck debugfs dumpe2fs
PATH=$PATH:/usr/sbin:/sbin

# field DISK NAME: of the superblock.
field() {
    dumpe2fs -h "$tmp/$1" 2>/dev/null | sed -n "s/^$2: *//p"
}
# inside DISK COMMAND: what debugfs says.
inside() {
    debugfs -R "$2" "$tmp/$1" 2>/dev/null
}
convert() {
    lximage convert --no-sync "$@"
}

export SOURCE_DATE_EPOCH=1700000000
python3 tests/lib/sizes_archives.py "$tmp"

# ---- the smallest disk ----
ok "C5: the smallest disk" convert --size min "$tmp/tree.tar" "$tmp/min.img" || exit
size=$(stat -c %s "$tmp/min.img")
is "C5: every block is used" "$(field min.img 'Free blocks')" 0
ok "e2fsck has nothing to say" e2fsck -fn "$tmp/min.img"
ok "and everything is there" lximage diff "$tmp/tree.tar" "$tmp/min.img"
ok "C5: its size as a number does too" convert --size "$size" "$tmp/tree.tar" "$tmp/same.img"
same "and makes the same disk" "$tmp/min.img" "$tmp/same.img"
refuses 7 'small\.vhdx: a disk of 1.00 MiB is too small .* at least 8 MiB' \
    convert --size 1M "$tmp/tree.tar" "$tmp/small.vhdx"
refuses 7 "one.img: the tree needs a disk of $size bytes .*--size $size" \
    convert --size $((size - 4096)) "$tmp/tree.tar" "$tmp/one.img"
ok "C5: one block less names the size and leaves nothing" test ! -e "$tmp/one.img"
refuses 7 'half.img: the tree needs a disk of [0-9]+ bytes' \
    convert --size $((size / 2)) "$tmp/tree.tar" "$tmp/half.img"
piped() {
    convert --size "$2" - "$tmp/pipe.img" <"$1"
}
refuses 7 'pipe.img: the tree needs a disk of [0-9]+ bytes' piped "$tmp/tree.tar" 9M
named=$(piped "$tmp/tree.tar" 9M 2>&1 | sed -n 's/.*give --size \([0-9]*\),.*/\1/p')
ok "from a pipe: the size that was named is enough" piped "$tmp/tree.tar" "$named"
rm -f "$tmp/pipe.img"
is "a tree of one file: the smallest file system" \
    "$(echo x >"$tmp/x" && tar -C "$tmp" -cf "$tmp/x.tar" x &&
        convert --size min "$tmp/x.tar" "$tmp/x.img" && stat -c %s "$tmp/x.img")" $((8 << 20))

ok "room beside the tree" convert --size +64M "$tmp/tree.tar" "$tmp/plus.img"
is "is added to the smallest size" "$(stat -c %s "$tmp/plus.img")" $((size + (64 << 20)))
free=$(field plus.img 'Free blocks')
ok "most of it is free ($free blocks)" test "$free" -gt $((12 * 1024))
ok "a VHDX fits too" convert --size min "$tmp/tree.tar" "$tmp/min.vhdx"
ok "rounded up to what a VHDX can have" lxvhdx check "$tmp/min.vhdx"
is "in MiB" "$(lxvhdx info --json "$tmp/min.vhdx" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["virtual_size"])')" \
    $(((size + (1 << 20) - 1) >> 20 << 20))
ok "from a directory" convert --size min tests "$tmp/tests.img"
ok "e2fsck has nothing to say" e2fsck -fn "$tmp/tests.img"
refuses 2 'can be read only once' piped "$tmp/tree.tar" min
refuses 2 'can be read only once' convert --size +1M <(cat "$tmp/tree.tar") "$tmp/no.img"
refuses 2 'size is for disks' convert --size min "$tmp/tree.tar" "$tmp/no.tar"
refuses 2 '\+N' convert --size +1.5G "$tmp/tree.tar" "$tmp/no.img"
refuses 2 'minimum' convert --size minimum "$tmp/tree.tar" "$tmp/no.img"

# ---- inodes ----
ok "C6: 20000 empty files on 64 MiB" convert --size 64M "$tmp/empty.tar" "$tmp/empty.img"
ok "have their inodes" test "$(field empty.img 'Inode count')" -ge 20021
ok "e2fsck has nothing to say" e2fsck -fn "$tmp/empty.img"
ok "C6: on the smallest disk" convert --size min "$tmp/empty.tar" "$tmp/empty-min.img"
is "every block is used" "$(field empty-min.img 'Free blocks')" 0
ok "C6: on a fitted one" convert "$tmp/empty.tar" "$tmp/empty-fit.img"
ok "C6: only symbolic links" convert --size min "$tmp/names.tar" "$tmp/names.img"
ok "e2fsck has nothing to say" e2fsck -fn "$tmp/names.img"
refuses 7 'pipe.img: give a larger --size, or a file that can be read twice.*200[0-9]+ inodes' \
    piped "$tmp/empty.tar" 64M
ok "C7: sizes count what a file holds, not what its host stores" \
    sh -c 'truncate -s 300M "$0/sparse" && printf x | dd of="$0/sparse" seek=299M oflag=seek_bytes \
        conv=notrunc status=none && mkdir "$0/apparent" && mv "$0/sparse" "$0/apparent" &&
        lximage convert --no-sync "$0/apparent" "$0/apparent.img" &&
        [ "$(stat -c %s "$0/apparent.img")" -gt $((300 << 20)) ]' "$tmp"

# ---- names ----
ok "B10: a file with 65000 names" convert --size 64M "$tmp/links.tar" "$tmp/links.img"
like "counts them" "$(inside links.img 'stat /first')" 'Links: 65000'
refuses 6 'first has 140001 hard links; ext4 allows 65000: --split-links' \
    convert --size 64M "$tmp/over.tar" "$tmp/over.img"
ok "B10: one more is refused and nothing is left" test ! -e "$tmp/over.img"
like "B10: --split-links makes several files and says so" \
    "$(convert --size 64M --split-links "$tmp/over.tar" "$tmp/over.img" 2>&1)" \
    'first: 140001 hard links.*3 equal files'
ok "e2fsck has nothing to say" e2fsck -fn "$tmp/over.img"
is "their names" "$(for name in first names/100000 names/139999; do
    inside over.img "stat /$name" | sed -n 's/.*Links: \([0-9]*\).*/\1/p'
done | paste -sd' ')" '65000 65000 10001'
is "each has the content" "$(for name in first names/100000 names/139999; do
    lximage cat "$tmp/over.img" "$name" | sha256sum
done | sort -u | wc -l)" 1
like "each has the attribute" "$(inside over.img 'ea_list /names/139999')" 'user.large.*9000'
ok "on the smallest disk too" convert --size min --split-links "$tmp/over.tar" "$tmp/over-min.img"
ok "e2fsck has nothing to say" e2fsck -fn "$tmp/over-min.img"

# ---- attributes ----
refuses 6 'user.large has 9000 bytes.*ea_inode' \
    convert --size 64M --split-links --no-ea-inode "$tmp/over.tar" "$tmp/no.img"
ok "--no-ea-inode leaves what needs no such inode" \
    convert --size 128M --no-ea-inode "$tmp/tree.tar" "$tmp/plain.img"

# ---- large files ----
ok "C2: a file of 200 GiB, almost all hole" convert --size min "$tmp/huge.tar" "$tmp/huge.img"
ok "e2fsck has nothing to say" e2fsck -fn "$tmp/huge.img"
like "C2: its size" "$(inside huge.img 'stat /huge')" 'Size: 214748364800'
is "its end" "$(inside huge.img "dump_extents /huge" | tail -n 1 | awk '{print $5}')" 52428799
