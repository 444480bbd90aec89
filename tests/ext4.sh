#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# File systems that the kernel and e2fsprogs made, with every layout they know, are read: what comes
# out is what the kernel shows, entry by entry. Needs root for the mounts.
. tests/lib/tap.sh
need_root
need mke2fs e2fsck debugfs dumpe2fs python3 setfattr setfacl mount

cleanup() {
    for at in "$tmp"/mnt-*; do
        ! mountpoint -q "$at" || umount "$at"
    done
}

make_tree() {
    local tree=$1 i
    mkdir -p "$tree"/{etc,deep/er/still,many,acl}
    echo hello >"$tree/etc/small"
    : >"$tree/etc/empty"
    head -c 59 /dev/zero | tr '\0' x >"$tree/etc/inline-59"
    head -c 150 /dev/urandom >"$tree/etc/inline-150"
    head -c 5000000 /dev/urandom >"$tree/deep/data"
    head -c 70000 /dev/urandom >"$tree/deep/er/tail"
    for i in 1 5 9 40 300; do
        dd if=/dev/urandom of="$tree/deep/holes" bs=4096 count=1 seek=$i conv=notrunc status=none
    done
    truncate -s 3000000 "$tree/deep/holes"
    for i in $(seq 1200); do
        : >"$tree/many/a file with a rather long name, number $i"
    done
    ln "$tree/deep/data" "$tree/many/data again"
    ln -s small "$tree/etc/link"
    ln -s "$(printf 't%.0s' {1..300})" "$tree/etc/long-link"
    mkfifo "$tree/deep/fifo"
    mknod "$tree/deep/null" c 1 3
    mknod "$tree/deep/disk" b 259 70000
    chown 70000:80000 "$tree/etc/small"
    chmod 4711 "$tree/etc/small"
    setfattr -n user.note -v "a value" "$tree/etc/small"
    setfattr -n user.long -v "$(printf 'v%.0s' {1..700})" "$tree/deep/data"
    setfattr -n trusted.t -v y "$tree/etc"
    touch -d '2021-03-04 05:06:07' "$tree/etc/small" "$tree/deep" "$tree"
}

# mounted NAME DISK COMMAND...
mounted() {
    local at=$tmp/mnt-$1 disk=$2 status=0
    shift 2
    mkdir -p "$at"
    mount -o loop,ro "$disk" "$at" || return
    "$@" || status=$?
    umount "$at"
    return "$status"
}

same_trees() {
    python3 tests/lib/tree_compare.py - "$tmp/mnt-theirs" "$tmp/mnt-ours"
}

# reads NAME DISK [COPY]: ours, made of DISK, is what the kernel sees in DISK (or in a copy).
reads() {
    local before
    before=$(sha256sum <"$2")
    rm -f "$tmp/ours.img"
    ok "$1: is read" lximage convert --no-sync --size 256M "$2" "$tmp/ours.img" || return
    ok "$1: e2fsck" e2fsck -fn "$tmp/ours.img"
    ok "$1: every entry is the same" \
        mounted theirs "${3:-$2}" mounted ours "$tmp/ours.img" same_trees
    is "$1: the input is not touched" "$(sha256sum <"$2")" "$before"
}

make_tree "$tmp/tree"

while IFS='|' read -r name options; do
    # shellcheck disable=SC2086
    mke2fs -q -F $options -d "$tmp/tree" "$tmp/theirs.img" 128M >"$scratch/mke2fs" 2>&1 ||
        { not_ok "mke2fs $options"; diag "$(cat "$scratch/mke2fs")"; continue; }
    reads "${name% }" "$tmp/theirs.img"
    rm "$tmp/theirs.img"
done <<'FLAVOURS'
ext4 as e2fsprogs makes it | -t ext4
ext2 | -t ext2
ext3 | -t ext3
blocks of 1 KiB | -t ext4 -b 1024
small inodes | -t ext4 -I 128
inodes of 1 KiB | -t ext4 -I 1024
inline data | -t ext4 -O inline_data
block maps in ext4 | -t ext4 -O ^extent,^64bit
no checksums | -t ext4 -O ^metadata_csum
checksum seed and orphan file | -t ext4 -O metadata_csum_seed
clusters | -t ext4 -O bigalloc -C 16384
meta block groups | -t ext4 -O meta_bg,^resize_inode
FLAVOURS

# What the kernel writes: hash trees, delayed allocation, large attributes.
mke2fs -q -F -t ext4 -O ea_inode,inline_data "$tmp/kernel.img" 200M >/dev/null
mkdir "$tmp/mnt-rw"
mount -o loop "$tmp/kernel.img" "$tmp/mnt-rw"
cp -a "$tmp/tree/." "$tmp/mnt-rw"
setfacl -m u:1000:rwx,d:g:1001:r-x "$tmp/mnt-rw/acl"
setfattr -n user.huge -v "$(printf 'h%.0s' {1..20000})" "$tmp/mnt-rw/etc/small"
fallocate -l 8M "$tmp/mnt-rw/preallocated"
echo begin >"$tmp/mnt-rw/beyond"
fallocate --keep-size -o 1M -l 1M "$tmp/mnt-rw/beyond"
python3 -c '
import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$tmp/mnt-rw/socket"
rm "$tmp/mnt-rw/deep/er/tail"
umount "$tmp/mnt-rw"
reads "ext4 as the kernel wrote it" "$tmp/kernel.img"

# A journal that was not emptied: the kernel replays it into the disk, we in memory.
mount -o loop "$tmp/kernel.img" "$tmp/mnt-rw"
cp -a "$tmp/tree/many" "$tmp/mnt-rw/more"
rm -r "$tmp/mnt-rw/many"
for i in $(seq 50); do
    mkdir "$tmp/mnt-rw/new-$i"
    cp "$tmp/tree/etc/small" "$tmp/mnt-rw/new-$i/file"
    sync "$tmp/mnt-rw/new-$i/file"
    [ $((i % 3)) -ne 0 ] || rm -r "$tmp/mnt-rw/new-$i"
done
printf '\xc0\x3b\x39\x98 begins as journal blocks do' >"$tmp/mnt-rw/magic"
sync "$tmp/mnt-rw/magic" # commits to the journal, and does not empty it
cp "$tmp/kernel.img" "$tmp/dirty.img"
umount "$tmp/mnt-rw"
like "the journal holds changes" "$(dumpe2fs -h "$tmp/dirty.img" 2>/dev/null)" 'needs_recovery'
unlike "which are not in place" "$(debugfs -R 'ls /' "$tmp/dirty.img" 2>/dev/null)" 'new-49'
cp "$tmp/dirty.img" "$tmp/replayed.img"
mount -o loop "$tmp/replayed.img" "$tmp/mnt-rw"
umount "$tmp/mnt-rw"
reads "a journal that was not emptied" "$tmp/dirty.img" "$tmp/replayed.img"

# Refused by name.
mke2fs -q -F -t ext4 -O encrypt -d "$tmp/tree" "$tmp/encrypt.img" 128M >/dev/null
ok "the feature encrypt alone is no reason to refuse" lximage ls "$tmp/encrypt.img"
cp "$tmp/kernel.img" "$tmp/unknown.img"
printf '\x00\x00\x00\x80' | dd of="$tmp/unknown.img" bs=1 seek=$((1024 + 96)) conv=notrunc status=none
refuses 10 'unknown.img' lximage ls "$tmp/unknown.img"
head -c 3000000 "$tmp/kernel.img" >"$tmp/short.img"
refuses 10 'short.img' lximage ls "$tmp/short.img"
