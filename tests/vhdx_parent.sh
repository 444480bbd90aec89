#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# Differencing disks, which QEMU does not know: made by hand, read through their parents, and merged.
. tests/lib/tap.sh
need qemu-img 7zz python3

cd "$tmp" || exit 1
repository=$OLDPWD
image=$repository/tests/lib/vhdx_image.py

# What a disk holds, as runs of letters: "A8 .16" is 8 sectors of A and 16 of zeros.
content() { # FILE
    rm -f content.img
    lxvhdx convert --quiet --no-sync "$1" content.img || return
    python3 -c '
import os
file = os.open("content.img", os.O_RDONLY)
size = os.lseek(file, 0, os.SEEK_END)
runs = []
def add(letter, n):
    if runs and runs[-1][0] == letter:
        runs[-1][1] += n
    elif n:
        runs.append([letter, n])
at = 0
while at < size:
    try:
        start = os.lseek(file, at, os.SEEK_DATA)
        end = os.lseek(file, start, os.SEEK_HOLE)
    except OSError:
        start = end = size
    add(".", (start - at) // 512)
    for at in range(start, end, 512):
        data = os.pread(file, 512, at)
        add(chr(data[0] or 46) if data == data[:1] * 512 else "!", 1)
    at = end
print(*(letter + str(n) for letter, n in runs))'
}

# content() has just merged FILE into content.img; 7-Zip goes up the chain as well, though not
# behind the end of the parent, which has 8 MiB.
as_7zz() { # WHAT FILE
    ok "$1: so says 7-Zip" eval "7zz e -so '$2' 2>7zz.err | cmp -n 8388608 - content.img"
}

findings() { # FILE
    lxvhdx check --json "$1" |
        python3 -c 'import json, sys; print(*(f["id"] for f in json.load(sys.stdin)["findings"]))'
}

# ---- where each part comes from ----

"$image" base.vhdx '{"size": 8, "data_write": "base",
    "blocks": {"0": "A", "1": "B", "2": "C", "3": "D", "4": "E", "5": "F"}}'
"$image" child.vhdx '{"size": 8, "data_write": "child",
    "parent": {"parent_linkage": "@base", "relative_path": ".\\base.vhdx"},
    "blocks": {"0": "a", "1": "zero", "2": "unmapped", "3": "undefined"},
    "partial": {"5": {"0": "f", "8-15": "g", "2047": "h"}, "6": {"100": "i"}}}'
child='a2048 .6144 E2048 f1 F7 g8 F2031 h1 .100 i1 .3995'
is "own blocks, zeros, the parent's, and sectors of both" "$(content child.vhdx)" "$child"
as_7zz "own blocks, zeros, the parent's" child.vhdx
is "only the disk's kind is worth a word" "$(findings child.vhdx)" differencing
is "the map tells own and parent's" "$(lxvhdx map child.vhdx | awk '{ print $3 }' | xargs)" \
    "data zeros parent data parent data parent data parent data parent"
info=$(lxvhdx info child.vhdx)
like "info: its kind" "$info" '^type +differencing$'
like "info: its parent" "$info" '^parent +\.\\base\.vhdx$'
like "info --json" "$(lxvhdx info --json child.vhdx)" '"relative_path": "\.\\\\base\.vhdx"'
ok "merged into a VHDX" lxvhdx convert --quiet child.vhdx merged.vhdx
is "which is sound" "$(findings merged.vhdx)" ""
ok "and the same disk" qemu-img compare -q -f vhdx -F raw merged.vhdx content.img

"$image" chunks.vhdx '{"size": 4100, "parent": {"parent_linkage": "@base",
    "relative_path": "base.vhdx"}, "blocks": {"4099": "z"},
    "partial": {"1": {"5": "x"}, "4096": {"0-1": "y"}}}'
is "a child larger than its parent, of two chunks" "$(content chunks.vhdx)" \
    "A2048 B5 x1 B2042 C2048 D2048 E2048 F2048 .8376320 y2 .6142 z2048"

for block in 2 32 256; do
    for sector in 512 4096; do
        "$image" wide.vhdx "{\"size\": 512, \"block\": $block, \"sector\": $sector,
            \"parent\": {\"parent_linkage\": \"@base\", \"relative_path\": \"base.vhdx\"},
            \"partial\": {\"0\": {\"1\": \"x\"}, \"1\": {\"0\": \"y\"}}}"
        n=$((sector / 512))
        [ "$block" -gt 2 ] && end=$((block * 2048 - 6 * 2048)) || end=0
        if [ "$block" -eq 2 ]; then
            expected="A$n x$n A$((2048 - 2 * n)) B2048 y$n C$((2048 - n)) D2048 E2048 F2048"
            expected+=" .$((512 * 2048 - 6 * 2048))"
        else
            expected="A$n x$n A$((2048 - 2 * n)) B2048 C2048 D2048 E2048 F2048 .$end y$n"
            expected+=" .$((512 * 2048 - block * 2048 - n))"
        fi
        is "blocks of $block MiB, sectors of $sector" "$(content wide.vhdx)" "$expected"
        [ "$sector" -ne 512 ] || as_7zz "blocks of $block MiB, sectors of $sector" wide.vhdx
    done
done

# ---- chains ----

"$image" grandchild.vhdx '{"size": 8, "data_write": "grandchild",
    "parent": {"parent_linkage": "@child", "relative_path": "child.vhdx"},
    "partial": {"5": {"1": "x"}, "0": {"7": "y"}, "3": {"0": "z"}}}'
is "a grandchild" "$(content grandchild.vhdx)" \
    "a7 y1 a2040 .4096 z1 .2047 E2048 f1 x1 F6 g8 F2031 h1 .100 i1 .3995"
as_7zz "a grandchild" grandchild.vhdx
link() { # FILE PARENT LINKAGE
    "$image" "$1" "{\"size\": 8, \"data_write\": \"$1\", \"partial\": {\"0\": {\"0\": \"x\"}},
        \"parent\": {\"parent_linkage\": \"@$3\", \"relative_path\": \"$2\"}}"
}
"$image" 0 '{"size": 8, "data_write": "0", "blocks": {"7": "Z"}}'
for ((i = 1; i <= 32; i++)); do link "$i" $((i - 1)) $((i - 1)); done
is "32 disks" "$(content 31)" "x1 .14335 Z2048"
refuses 10 'more than 32' lxvhdx convert 32 no.img
link loop-a loop-c loop-c
link loop-b loop-a loop-a
link loop-c loop-b loop-b
refuses 10 'loop-a is among its own parents.*loop' lxvhdx convert loop-a no.img
is "a loop is a finding" "$(findings loop-b)" "differencing parent-damaged"
link self self self
refuses 10 'self is among its own parents' lxvhdx convert self no.img

# ---- which file is the parent ----

named() { # PATHS: a child of base.vhdx in a directory of its own, which names it by these
    mkdir -p place
    "$image" place/named.vhdx "{\"size\": 8, \"partial\": {\"0\": {\"0\": \"x\"}},
        \"parent\": {\"parent_linkage\": \"@base\", $1}}"
}
named_content='x1 A2047 B2048 C2048 D2048 E2048 F2048 .4096'
named '"relative_path": "..\\base.vhdx"'
is "by the relative path, from where the child is" "$(content place/named.vhdx)" "$named_content"
is "from another directory, too" "$(cd place && content named.vhdx)" "$named_content"
named "\"relative_path\": \"nowhere\\\\base.vhdx\", \"absolute_win32_path\": \"$PWD/base.vhdx\""
is "by the absolute path" "$(content place/named.vhdx)" "$named_content"
named '"absolute_win32_path": "\\\\?\\Q:\\none\\base.vhdx"'
refuses 3 'named\.vhdx.*not there.*/mnt/q/none/base\.vhdx, place/base\.vhdx' \
    lxvhdx convert place/named.vhdx no.img
is "a missing parent is a finding" "$(findings place/named.vhdx)" "differencing parent-missing"
named '"volume_path": "\\\\?\\Volume{26a21bda-a627-11d7-9931-806e6f6e6963}\\disks\\base.vhdx"'
refuses 3 'looked for: place/base\.vhdx \[' lxvhdx convert place/named.vhdx no.img
cp base.vhdx place/base.vhdx
is "by its name alone, beside the child" "$(content place/named.vhdx)" "$named_content"
"$image" place/base.vhdx '{"size": 8, "data_write": "other"}'
refuses 4 'place/base\.vhdx is not, or not any more, the disk that place/named\.vhdx differs from' \
    lxvhdx convert place/named.vhdx no.img
is "a parent that has changed is a finding" "$(findings place/named.vhdx)" \
    "differencing parent-changed"
named '"relative_path": "base.vhdx", "volume_path": "\\\\?\\Volume{0}\\base.vhdx",
    "absolute_win32_path": "'"$PWD/base.vhdx"'"'
is "a wrong file is passed over where a right one is named" "$(content place/named.vhdx)" \
    "$named_content"
named '"parent_linkage2": "@other", "relative_path": "base.vhdx"'
is "the second linkage counts" "$(content place/named.vhdx)" "x1 .16383"
echo text >place/base.vhdx
named '"relative_path": "base.vhdx"'
refuses 6 'place/base\.vhdx is not a VHDX' lxvhdx convert place/named.vhdx no.img
rm place/base.vhdx && mkfifo place/base.vhdx
refuses 6 'place/base\.vhdx.*regular file' lxvhdx convert place/named.vhdx no.img
rm place/base.vhdx && cp grandchild.vhdx place/base.vhdx
mv child.vhdx away.vhdx
named '"parent_linkage2": "@grandchild", "relative_path": "base.vhdx"'
refuses 3 'place/base\.vhdx: .*not there.*place/child\.vhdx' lxvhdx convert place/named.vhdx no.img
mv away.vhdx child.vhdx

# ---- locators of no use ----

locator() { # LOCATOR
    "$image" odd.vhdx "{\"size\": 8, \"parent\": $1}"
}
for row in 'names no file|{"parent_linkage": "@base"}' 'names no file|{}' \
    'which content|{"relative_path": "base.vhdx"}' \
    'no use|{"parent_linkage": "base", "relative_path": "base.vhdx"}'; do
    locator "${row#*|}"
    refuses 10 "odd\\.vhdx.*${row%%|*}" lxvhdx convert odd.vhdx no.img
    like "it is a finding: ${row%%|*}" "$(findings odd.vhdx)" '^differencing parent-unknown'
done

# ---- what is not done with them ----

refuses 6 'differencing disk.*convert' lxvhdx clone child.vhdx no.vhdx
cp child.vhdx dirty.vhdx
python3 "$repository/tests/lib/vhdx_mutate.py" dirty.vhdx 64K+100=01
is "the headers of a child are mended" "$(lxvhdx check --quiet --repair dirty.vhdx | cut -d: -f2)" \
    " differencing"

# ---- fixed disks ----

printf 'data' | dd of=raw.img bs=1 seek=5M status=none
truncate -s 16M raw.img
ok "a fixed disk from a raw one" lxvhdx convert --quiet --fixed raw.img fixed.vhdx
is "is sound" "$(findings fixed.vhdx)" ""
ok "to qemu-img, too" qemu-img check -q -f vhdx fixed.vhdx
ok "has the same content" qemu-img compare -q -f raw -F vhdx raw.img fixed.vhdx
like "and all of its space" "$(lxvhdx info fixed.vhdx)" '^allocated +16 of 16 blocks'
like "is fixed" "$(lxvhdx info fixed.vhdx)" '^type +fixed$'
ok "a raw disk from a fixed one" lxvhdx convert --quiet fixed.vhdx back.img
ok "is the first one" cmp raw.img back.img
ok "a dynamic disk from a fixed one" lxvhdx convert --quiet fixed.vhdx dynamic.vhdx
like "has one block" "$(lxvhdx info dynamic.vhdx)" '^allocated +1 of 16 blocks'
qemu-img convert -O vhdx -o subformat=fixed raw.img theirs.vhdx
is "QEMU's fixed disk" "$(lxvhdx info theirs.vhdx | sed -n 's/^type *//p')" fixed
ok "can be read" lxvhdx convert --quiet theirs.vhdx theirs.img
ok "and is the same disk" cmp raw.img theirs.img
ok "an empty fixed disk" lxvhdx create empty.vhdx --size 32M --block-size 2M --fixed
like "has space for everything" "$(lxvhdx info empty.vhdx)" '^allocated +16 of 16 blocks'
ok "and qemu-img takes it" qemu-img check -q -f vhdx empty.vhdx
refuses 2 'fixed' lxvhdx convert --fixed raw.img no.img
export SOURCE_DATE_EPOCH=1700000000
lxvhdx convert --quiet --fixed raw.img one.vhdx
lxvhdx convert --quiet --fixed raw.img two.vhdx
ok "fixed disks are reproducible" cmp one.vhdx two.vhdx
