#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# Trees of WSL1 on a volume that ntfs-3g has mounted are read as what they are, and as the volume
# itself is read. Needs root for mounts.
. tests/lib/tap.sh
. tests/lib/ntfs.sh
need mkntfs setfacl

ours() { python3 tests/lib/ntfs_tree.py "$@"; }

on() { # IMAGE [OPTION]: it is on $tmp/mnt
    ntfs-3g -o "special_files=wsl,permissions${2:+,$2}" "$tmp/$1" "$tmp/mnt" 2>/dev/null
}
off() { umount "$tmp/mnt"; }

volume() { # IMAGE SIZE: a new one is on $tmp/mnt
    truncate -s "$2" "$tmp/$1"
    mkntfs -F -Q -q "$tmp/$1" >/dev/null 2>&1
    on "$1"
}

# With times and values that NTFS can hold.
make_tree() {
    local tree=$1 i
    mkdir -p "$tree"/{etc,deep/er/still,many,a:dir}
    odd_entries "$tree"
    head -c 3000000 /dev/urandom >"$tree/deep/data"
    truncate -s 3000000 "$tree/deep/holes"
    echo here | dd of="$tree/deep/holes" bs=1 seek=1000000 conv=notrunc status=none
    for i in $(seq 60); do
        ln "$tree/etc/small" "$tree/deep/er/one more name of the same file, which is long, $i"
        : >"$tree/many/a file with a rather long name, number $i"
    done
    ln -s "/$(printf 't%.0s' {1..1500})" "$tree/etc/long-link"
    echo 1 >"$tree/a:dir/a:b*c?d<e>f|g\"h\\i"
    ln "$tree/a:dir/a:b*c?d<e>f|g\"h\\i" "$tree/a:dir/z:another"
    chmod 1777 "$tree/deep/er"
    setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 "$tree/deep/data"
    find "$tree" -depth -exec touch -h -d '2021-03-04 05:06:07.1234567' {} +
}

# reads NAME TREE PLACE: what is mounted at PLACE is the tree.
reads() {
    rm -rf "$tmp/out"
    ok "$1: is read" lximage convert --no-sync "$3" "$tmp/out/" || return
    ok "$1: every entry is the same" python3 tests/lib/tree_compare.py - "$2" "$tmp/out"
}

make_tree "$tmp/tree"

# ---- what our own writer made, and what its carriers hold ----

cp -a "$tmp/tree" "$tmp/more"
for i in $(seq 1100); do ln "$tmp/more/etc/x_t" "$tmp/more/many/link $i"; done
: >"$tmp/more/etc/$(printf 'no\xffutf-8')"
mkdir "$tmp/more/$(printf 'no\xff')"
echo below >"$tmp/more/$(printf 'no\xff')/below:it"
ln "$tmp/more/$(printf 'no\xff')/below:it" "$tmp/more/$(printf 'no\xff')/$(printf 'twice\xff')"
: >"$tmp/more/etc/$(printf '\xef\x80\xba')" # U+F03A, as ":" is stored
setfacl -m u:33:rw "$tmp/more/etc/x_T"
setfattr -n user.Case -v kept "$tmp/more/deep/data"
chown 4294967294:7 "$tmp/more/etc/empty"
find "$tmp/more/many" -exec touch -h -d '2020-01-02 03:04:05.123456789' {} +
ok "a tree becomes a volume" lximage convert --no-sync --format ntfs "$tmp/more" "$tmp/more.img"
on more.img ro
reads "carriers" "$tmp/more" "$tmp/mnt"
is "diff: the volume and its mount are the same" "$(lximage diff "$tmp/more.img" "$tmp/mnt" 2>&1)" ""
is "diff: the other way round" "$(lximage diff "$tmp/mnt/rootfs" "$tmp/more.img" 2>&1)" ""
sorted() { lximage mtree "$1" | sort; }
same "mtree: all times, sizes and digests" <(sorted "$tmp/mnt") <(sorted "$tmp/more.img")
ok "to tar" lximage convert --no-sync "$tmp/mnt" "$tmp/mounted.tar"
is "which is the same but for what tar cannot hold" \
    "$(lximage diff "$tmp/mounted.tar" "$tmp/more.img" 2>&1)" "only in B: /deep/socket"
ok "to a disk, verified" lximage convert --no-sync --verify --size 64M "$tmp/mnt" "$tmp/out.img"
is "cat" "$(lximage cat "$tmp/mnt" 'a:dir/z:another')" 1
like "--verbose says how it is read" "$(lximage convert --verbose --no-sync "$tmp/mnt" "$tmp/v.tar" 2>&1)" \
    'a tree of WSL from a mounted NTFS volume'
ok "a directory in it is a tree, too" lximage ls "$tmp/mnt/rootfs/a$(printf '\xef\x80\xba')dir"
off
rm -rf "$tmp"/{more,more.img,out,out.img,mounted.tar,v.tar}

# ---- what ntfs-3g was told to write, as WSL1 and its forerunner would have ----

volume wslfs.img 48M
mkdir "$tmp/mnt/rootfs"
ours wslfs "$tmp/tree" "$tmp/mnt/rootfs"
off
on wslfs.img ro
reads wslfs "$tmp/tree" "$tmp/mnt/rootfs"
is "wslfs: as the volume has it" "$(lximage diff "$tmp/wslfs.img" "$tmp/mnt" 2>&1)" ""
off
rm "$tmp/wslfs.img"

volume lxfs.img 48M
mkdir -p "$tmp/mnt/lxss/home/me" "$tmp/old/etc"
cp -a "$tmp/tree/." "$tmp/old"
setfattr -n user.Case -v kept "$tmp/old/etc/small"
find "$tmp/old" -depth -exec touch -h -d '2019-01-02 03:04:05.123456789' {} +
ours lxfs "$tmp/old" "$tmp/mnt/lxss/rootfs"
mkdir "$tmp/home"
ours lxfs "$tmp/home" "$tmp/mnt/lxss/home" 2>/dev/null
reads lxfs "$tmp/old" "$tmp/mnt/lxss/rootfs"
like "lxfs: what lies beside the root is told of" "$(lximage ls "$tmp/mnt/lxss" 2>&1 >/dev/null)" \
    '/home and /root .* left out'
off
rm "$tmp/lxfs.img"

# ---- Windows' own, and what ntfs-3g makes by itself ----

volume windows.img 32M
mkdir -p "$tmp/mnt/rootfs/usr"
is "a directory without metadata of WSL is a directory" \
    "$(chmod 751 "$tmp/mnt/rootfs/usr" && lximage ls -l "$tmp/mnt" | sed -n 's/ .* / /p' | xargs)" \
    "drwxrwxrwx / drwxr-xr-x /rootfs drwxr-x--x /rootfs/usr"
ours ea "$tmp/mnt/rootfs" '$LXUID=00000000' '$LXGID=00000000' '$LXMOD=ed410000'
mkfifo "$tmp/mnt/rootfs/fifo"
mknod "$tmp/mnt/rootfs/null" c 1 3
ln -s 'some where' "$tmp/mnt/rootfs/link"
echo edited >"$tmp/mnt/rootfs/usr/edited"
setfattr -n user.Zone.Identifier -v "[ZoneTransfer]" "$tmp/mnt/rootfs/usr/edited"
echo odd >"$tmp/mnt/rootfs/usr/odd"
ours ea "$tmp/mnt/rootfs/usr/odd" '$LXUID=ffffffff' '$LXGID=0500' '$LXMOD=ffa10000' \
    'LX.USER.SHORT=6c78' 'LX.USER.YES=6c78656131'
ours link "$tmp/mnt/rootfs/relative" relative 'usr\edited'
ours link "$tmp/mnt/rootfs/absolute" absolute 'C:\rootfs\usr\edited'
ours link "$tmp/mnt/rootfs/junction" junction 'C:\rootfs\usr'
ours link "$tmp/mnt/rootfs/outside" absolute 'D:\Users\me'
ours v1 "$tmp/mnt/rootfs/version1" usr/some
ours tag "$tmp/mnt/rootfs/cloud" 0x9000001A
: >"$tmp/mnt/rootfs/$(printf '\344\270\255%.0s' {1..100})"
off
on windows.img special_files=interix
ln -s 'some where else' "$tmp/mnt/rootfs/interix"
mknod "$tmp/mnt/rootfs/interix-null" c 1 3
off
ours v1-finish "$tmp/windows.img"
on windows.img ro
lximage ls -l "$tmp/mnt" >"$tmp/listing" 2>"$tmp/said"
lximage ls -l "$tmp/windows.img" >"$tmp/volume" 2>"$tmp/volume-said"
same "all but a link that is content are as on the volume" <(sort -k10 "$tmp/listing") \
    <(grep -v /version1 "$tmp/volume" | sort -k10)
like "a link by ntfs-3g" "$(cat "$tmp/listing")" '^l.* /interix -> some where else$'
like "a device by ntfs-3g" "$(cat "$tmp/listing")" '^c.* 1, *3 .* /null$'
like "a junction" "$(cat "$tmp/listing")" '^l.* /junction -> /usr$'
losses() { sed -n 's/.*\(lost: [a-z0-9]*\): .*/\1/p' "$1" | sort | xargs; }
is "losses" "$(losses "$tmp/said")" "lost: cloud lost: outside lost: version1"
like "a name that is too long is told of" "$(cat "$tmp/said")" 'more than 255 bytes'
same "warnings are those of the volume, too" \
    <(sed -n 's/.*warning: [^:]*: \(.*\) (the first.*/\1/p' "$tmp/said" | sort) \
    <(sed -n 's/.*warning: [^:]*: \(.*\) (the first.*/\1/p' "$tmp/volume-said" | sort)
as="--strict refuses these" refuses 6 'would be lost|lossy|loses|cannot' \
    lximage convert --strict "$tmp/mnt" "$tmp/strict.tar"
off

# Two names of one: what ":" became, and ":" itself, which only ntfs-3g writes.
on windows.img
: >"$tmp/mnt/rootfs/usr/a:b"
: >"$tmp/mnt/rootfs/usr/a$(printf '\xef\x80\xba')b"
off
on windows.img ro
refuses 10 'usr/a:b: two files have this name' lximage ls "$tmp/mnt"
off
