#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# Group H of what users need: the same input gives the same bytes, whoever makes it and wherever.
. tests/lib/tap.sh
. tests/lib/needs.sh
need python3 tar gzip xz zstd taskset mke2fs dumpe2fs debugfs e2fsck jq

formats=(wsl tar img vhdx)
cleanup() {
    local place
    for place in "$tmp"/on-*; do
        ! mountpoint -q "$place" || umount "$place"
    done
}

make_tree() {
    local tree=$1 name
    mkdir -p "$tree"/{etc,dev,proc,sys,run,many}
    for name in $2; do
        seq "${name#file}" >"$tree/many/$name"
    done
    ln "$tree/many/file7" "$tree/etc/hard"
    ln -s ../many/file8 "$tree/etc/symlink"
    truncate -s 3M "$tree/many/sparse"
    echo end >>"$tree/many/sparse"
    setfattr -n user.note -v value "$tree/etc"
    chmod 2750 "$tree/many"
    chmod 644 "$tree"/many/* && chmod 755 "$tree"/{etc,dev,proc,sys,run} "$tree"
    find "$tree" -exec touch -h -d @1600000000.5 {} +
}

# build INPUT DIRECTORY: every format of it.
build() {
    local format
    for format in "${formats[@]}"; do
        "$B/lximage" convert --no-sync --quiet "$1" "$2/out.$format" || return
    done
}

# same_bytes NAME DIRECTORY: what lies there is what lies in $tmp/first.
same_bytes() {
    local format
    for format in "${formats[@]}"; do
        same "$1: .$format" "$tmp/first/out.$format" "$2/out.$format"
    done
    rm -f "$2"/out.*
}

export SOURCE_DATE_EPOCH=1700000000
forwards=$(printf 'file%s ' $(seq 60))
backwards=$(printf 'file%s ' $(seq 60 -1 1))
make_tree "$tmp/tree" "$forwards"
tar --format=posix --xattrs --numeric-owner --sort=name -cf "$tmp/tree.tar" -C "$tmp/tree" .
mkdir "$tmp/first" "$tmp/second" "$tmp/elsewhere"
ok "H1: every format is made of an archive" build "$tmp/tree.tar" "$tmp/first"
(
    umask 077
    cd "$tmp/elsewhere" || exit
    export TZ=Asia/Kolkata LANG=tr_TR.UTF-8 LC_ALL=C HOME=/nowhere USER=other
    build ../tree.tar ../second
)
same_bytes "H1: another umask, time zone, language, home and place" "$tmp/second"
taskset -c 0 bash -c "$(declare -f build); $(declare -p formats); build \"\$@\"" bash \
    "$tmp/tree.tar" "$tmp/second"
same_bytes "H1: one processor" "$tmp/second"
if am_root "H1: another user"; then
    chmod 755 "$scratch" "$tmp"
    chmod 777 "$tmp/second"
    setpriv --reuid 65534 --regid 65534 --clear-groups \
        bash -c "$(declare -f build); $(declare -p formats); build \"\$@\"" bash \
        "$tmp/tree.tar" "$tmp/second"
    same_bytes "H1: another user" "$tmp/second"
fi
rm "$tmp"/first/out.*

ok "H1: every format is made of a directory" build "$tmp/tree" "$tmp/first"
make_tree "$tmp/backwards" "$backwards"
build "$tmp/backwards" "$tmp/second"
same_bytes "H1: names that were made in another order" "$tmp/second"
# on FILE-SYSTEM COMMAND...: a file system of its own on $tmp/on-FILE-SYSTEM.
on() {
    mkdir -p "$tmp/on-$1"
    case $1 in
    tmpfs) mount -t tmpfs tmpfs "$tmp/on-$1" ;;
    *)
        truncate -s 256M "$tmp/$1.img"
        "mkfs.$1" -q "$tmp/$1.img" >/dev/null 2>&1 && mount -o loop "$tmp/$1.img" "$tmp/on-$1"
        ;;
    esac
}
if am_root "H1: other file systems"; then
    for host in tmpfs ext4 btrfs; do
        if ! on "$host"; then
            skip "H1: a directory on $host" "it cannot be made or mounted"
            continue
        fi
        # What tmpfs cannot hold is carried by an archive into it, not by the tree there.
        make_tree "$tmp/on-$host/tree" "$backwards" 2>/dev/null
        if getfattr -n user.note "$tmp/on-$host/tree/etc" >/dev/null 2>&1; then
            build "$tmp/on-$host/tree" "$tmp/second"
            same_bytes "H1: a directory on $host" "$tmp/second"
        else
            diag "$host has no user attributes here; the archive alone is compared"
        fi
        mkdir "$tmp/on-$host/out"
        cp "$tmp/tree.tar" "$tmp/on-$host/tree.tar"
        lximage convert --no-sync "$tmp/tree.tar" "$tmp/second/expected.vhdx"
        ok "H1: an archive and its disk on $host" \
            lximage convert --no-sync "$tmp/on-$host/tree.tar" "$tmp/on-$host/out/out.vhdx"
        same "H1: hold the same bytes" "$tmp/second/expected.vhdx" "$tmp/on-$host/out/out.vhdx"
        rm "$tmp/second/expected.vhdx"
        umount "$tmp/on-$host"
    done
fi

# ---- H2: where the identifiers come from ----
uuid() {
    dumpe2fs -h "$1" 2>/dev/null | sed -n "s/^$2: *//p"
}
cp -a "$tmp/tree" "$tmp/changed"
chmod 600 "$tmp/changed/many/file1"
touch -d @1600000000.5 "$tmp/changed/many/file1"
lximage convert --no-sync "$tmp/changed" "$tmp/changed.img"
for field in 'Filesystem UUID' 'Directory Hash Seed'; do
    like "H2: $field is set" "$(uuid "$tmp/first/out.img" "$field")" '^[0-9a-f-]{36}$'
    unlike "H2: $field follows from the tree" "$(uuid "$tmp/changed.img" "$field")" \
        "$(uuid "$tmp/first/out.img" "$field")"
done
SOURCE_DATE_EPOCH=1700000001 lximage convert --no-sync "$tmp/tree" "$tmp/later.img"
unlike "H2: and from SOURCE_DATE_EPOCH" "$(uuid "$tmp/later.img" 'Filesystem UUID')" \
    "$(uuid "$tmp/first/out.img" 'Filesystem UUID')"
is "H2: the file system was made then" "$(uuid "$tmp/first/out.img" 'Filesystem created')" \
    "Tue Nov 14 22:13:20 2023"
is "H2: gzip has no time, no name and says nothing of the system" \
    "$(head -c 10 "$tmp/first/out.wsl" | od -An -tx1 | tr -d ' ' | cut -c 1-16)" "1f8b080000000000"
touch -d @1800000000 "$tmp/tree/many/file3"
lximage convert --no-sync --clamp-mtime epoch "$tmp/tree" "$tmp/clamped.img"
like "H2: --clamp-mtime epoch cuts later times" "$(lximage mtree "$tmp/clamped.img")" \
    '^\./many/file3 .* time=1700000000\.0'
like "H2: and leaves earlier ones" "$(lximage mtree "$tmp/clamped.img")" \
    '^\./many/file4 .* time=1600000000\.5'
holds "H2: names of pax headers say nothing of the process" "$tmp/first/out.tar" <<'PYTHON'
import sys
with open(sys.argv[1], "rb") as tar:
    while (block := tar.read(512)) and block.strip(b"\0"):
        name, kind = block[:100].rstrip(b"\0").decode(errors="replace"), block[156:157]
        size = int(block[124:135].rstrip(b"\0 ") or b"0", 8)
        if kind == b"x":
            assert "PaxHeader" in name and not any(part.isdigit() for part in name.split(".")), name
        tar.seek((size + 511) // 512 * 512, 1)
PYTHON
lximage convert --no-sync --mtime-all 86400 "$tmp/tree" "$tmp/all.img"
is "H2: --mtime-all makes all times one" \
    "$(lximage mtree "$tmp/all.img" | grep -o 'time=[0-9.]*' | sort -u)" "time=86400.000000000"

# ---- H3: nothing of the time of the build ----
archive undescribed
lximage convert --no-sync --size 64M "$tmp/undescribed.tar" "$tmp/undescribed.img"
now=$(date +%s)
for path in / /etc /lost+found '<8>' '<7>'; do
    holds "H3: $path has no time of the build" "$tmp/undescribed.img" "$path" "$now" <<'PYTHON'
import re, subprocess, sys
disk, path, now = sys.argv[1:]
stat = subprocess.run(["debugfs", "-R", f"stat {path}", disk], capture_output=True, text=True).stdout
times = [int(time, 16) for time in re.findall(r"[acm]r?time: 0x([0-9a-f]+)", stat)]
assert times, stat
assert all(time <= 1700000000 for time in times), times
PYTHON
done
unlike "H3: neither has the superblock" "$(dumpe2fs -h "$tmp/undescribed.img" 2>/dev/null)" \
    "$(date +'%b %e .* %Y')"
is "H3: /proc, /sys, /dev and /run keep the time that they have" \
    "$(lximage mtree "$tmp/first/out.img" | grep -cE '^\./(proc|sys|dev|run) .*time=1600000000\.5')" 4

# ---- H4: compressors ----
# More than one block of each compressor, so that threads have something to share.
yes 'a line that is found again' | head -c 60M >"$tmp/changed/many/large"
for format in wsl tar.xz tar.zst; do
    taskset -c 0 lximage convert --no-sync "$tmp/changed" "$tmp/one.$format"
    lximage convert --no-sync "$tmp/changed" "$tmp/two.$format"
    same "H4: .$format has one form, whatever the number of threads" \
        "$tmp/one.$format" "$tmp/two.$format"
done
