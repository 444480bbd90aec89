#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# A real Debian root file system becomes a disk, and programs that nobody here wrote judge it: the
# kernel, e2fsprogs, GNU tar, QEMU, libvhdi and 7-Zip. Then it boots, is written to, and is judged
# again.
. tests/lib/tap.sh
need_root
need mmdebstrap qemu-system-x86_64 qemu-img vhdiinfo 7zz e2fsck dumpe2fs mke2fs python3 setfattr \
    setfacl busybox

wsl_options=discard,errors=remount-ro,data=ordered
MiB=$((1 << 20))

# judge DISK: the container's and the file system's checkers find nothing. Leaves $tmp/disk.img,
# which is sparse: the checkers run for seconds on 1 TiB.
judge() {
    rm -f "$tmp/disk.img"
    ok "$1: qemu-img check" qemu-img check "$tmp/$1"
    ok "$1: lxvhdx check" lxvhdx check "$tmp/$1"
    ok "$1: lxvhdx convert to raw" lxvhdx convert "$tmp/$1" "$tmp/disk.img"
    ok "$1: e2fsck" e2fsck -fn "$tmp/disk.img"
}

# with_mount COMMAND...: runs with $tmp/disk.img on $tmp/mnt.
with_mount() {
    mkdir -p "$tmp/mnt"
    mount -o loop,ro "$tmp/disk.img" "$tmp/mnt" || return
    local status=0
    "$@" || status=$?
    umount "$tmp/mnt"
    return "$status"
}
cleanup() {
    ! mountpoint -q "$tmp/mnt" || umount "$tmp/mnt"
}

# What a distribution seldom has.
make_oddities() {
    local odd=$1 name
    mkdir -p "$odd"/{etc,full,acl,"$(printf 'n%.0s' {1..255})"}
    for name in {1..3000}; do
        : >"$odd/full/a name that is rather long $name"
    done
    head -c 100000 /dev/urandom >"$odd/data"
    ln "$odd/data" "$odd/data again"
    ln "$odd/data" "$odd/full/data too"
    ln -s "$(printf 't%.0s' {1..59})" "$odd/short link"
    ln -s "$(printf 't%.0s' {1..1000})" "$odd/long link"
    mkfifo "$odd/fifo"
    mknod "$odd/block" b 259 1048575
    mknod "$odd/char" c 300 70000
    truncate -s 300M "$odd/sparse"
    echo end >>"$odd/sparse"
    chown 4000000000:3000000000 "$odd/data"
    chmod 7751 "$odd/full"
    setfattr -n user.small -v value "$odd/data"
    setfattr -n user.large -v "$(printf 'x%.0s' {1..3000})" "$odd/data"
    setfattr -n trusted.overlay.opaque -v y "$odd/full"
    setfacl -m u:1000:rwx,g:1001:r-x,d:u:1000:rx "$odd/acl"
    touch -d '1969-12-31 23:59:58.123456789' "$odd/fifo"
    touch -d '2400-01-01 00:00:00.999999999' "$odd/char"
    touch -h -d '2001-02-03 04:05:06.000000001' "$odd/long link"
}

ok "a Debian root" scripts/debian-root "$tmp/root.tar" minimal || exit

ok "lximage convert" lximage convert "$tmp/root.tar" "$tmp/debian.vhdx" || exit
judge debian.vhdx
info=$(vhdiinfo "$tmp/debian.vhdx" 2>&1)
like "vhdiinfo reads the disk type" "$info" 'Disk type[[:space:]]+: Dynamic'
like "vhdiinfo reads the size" "$info" 'Media size[[:space:]]+: .*\(1099511627776 bytes\)'
like "7zz sees a VHDX" "$(7zz l "$tmp/debian.vhdx" 2>&1)" '^Type = VHDX'
ok "7zz has no complaint" 7zz l "$tmp/debian.vhdx"

header=$(dumpe2fs -h "$tmp/disk.img" 2>/dev/null)
is "C4: the features are those of WSL's own disks" \
    "$(sed -n 's/^Filesystem features: *//p' <<<"$header" | tr ' ' '\n' | sort | xargs)" \
    "64bit dir_index dir_nlink ext_attr extent extra_isize filetype flex_bg has_journal huge_file large_file metadata_csum resize_inode sparse_super"
like "the file system is clean" "$header" '^Filesystem state: +clean$'
like "flexible groups are as large as -G 4096 makes them" "$header" '^Flex block group size: +4096$'
like "directories hash as in the kernel's default" "$header" '^Default directory hash: +half_md4$'
groups=$(dumpe2fs "$tmp/disk.img" 2>/dev/null | grep '^Group [0-9]')
is "all inode tables are marked as zeroed" \
    "$(grep -c ITABLE_ZEROED <<<"$groups")" "$(wc -l <<<"$groups")"
like "files are contiguous" "$(e2fsck -fn "$tmp/disk.img" 2>/dev/null)" '\(0\.[0-2]% non-contiguous\)'

# compare TAR: $tmp/disk.img, as the kernel reads it, is what GNU tar extracts to $tmp/tree.
compare() {
    rm -rf "$tmp/tree"
    mkdir "$tmp/tree"
    tar --xattrs --xattrs-include='*' --acls --numeric-owner -xpf "$1" -C "$tmp/tree"
    with_mount python3 tests/lib/tree_compare.py "$1" "$tmp/tree" "$tmp/mnt"
}
ok "the kernel reads what GNU tar extracts" compare "$tmp/root.tar"
largest=$(cd "$tmp/tree" && find . -xdev ! -path . -printf '%h\n' | sort | uniq -c | sort -rn |
    sed -n '1s/^ *[0-9]* \.//p')
diag "the largest directory: $largest"

before=$(sha256sum <"$tmp/debian.vhdx")
system=$(scripts/boot "$tmp/debian.vhdx" 2>&1)
like "it boots: os-release" "$system" '^ID=debian$'
like "it boots: kernel" "$system" '^[0-9]+\.[0-9]+\..*-cloud-amd64$'
is "a boot without --write leaves the disk alone" "$(sha256sum <"$tmp/debian.vhdx")" "$before"

writes="set -e; cat /proc/mounts; cd $largest
i=0; while [ \$i -lt 300 ]; do echo \$i >new-\$i; i=\$((i+1)); done
rm -r /usr/share/bug"
written=$(scripts/boot --write --options "$wsl_options" "$tmp/debian.vhdx" "$writes" 2>&1)
is "a boot that writes" "$?" 0
like "has WSL's mount options" "$written" '^/dev/root / ext4 rw,.*discard,errors=remount-ro'
judge debian.vhdx
ok "the new files are there" with_mount test -s "$tmp/mnt$largest/new-299"
ok "the removed directory is not" with_mount test ! -e "$tmp/mnt/usr/share/bug"
rm -r "$tmp/tree" "$tmp/disk.img" "$tmp/debian.vhdx"

make_oddities "$tmp/made"
tar --format=posix --acls --xattrs --xattrs-include='*' --sparse --numeric-owner \
    -cf "$tmp/odd.tar" -C "$tmp/made" .
ok "what a distribution seldom has" lximage convert --no-sync "$tmp/odd.tar" "$tmp/odd.vhdx"
judge odd.vhdx
ok "the kernel reads the oddities as GNU tar extracts them" compare "$tmp/odd.tar"
like "a large directory has an index" \
    "$(debugfs -R "htree_dump /full" "$tmp/disk.img" 2>&1)" 'Number of entries \(count\)'
rm -r "$tmp/made" "$tmp/tree" "$tmp/disk.img" "$tmp/odd.vhdx"

# The same bytes, wherever and however it is made.
mkdir "$tmp/elsewhere"
SOURCE_DATE_EPOCH=1700000000 lximage convert --no-sync "$tmp/root.tar" "$tmp/one.vhdx"
(
    umask 077
    cd "$tmp/elsewhere" || exit
    export SOURCE_DATE_EPOCH=1700000000 TZ=Asia/Kolkata LC_ALL=C
    "$B/lximage" convert --no-sync - two.vhdx <../root.tar
)
same "H1: SOURCE_DATE_EPOCH makes the same bytes" "$tmp/one.vhdx" "$tmp/elsewhere/two.vhdx"
lximage convert --no-sync "$tmp/root.tar" "$tmp/three.vhdx"
ok "and without it identifiers are new" test -s "$tmp/three.vhdx"
unlike "so the bytes are not the same" \
    "$(sha256sum "$tmp/three.vhdx")" "$(sha256sum <"$tmp/one.vhdx" | cut -d ' ' -f 1)"
rm -r "$tmp/one.vhdx" "$tmp/three.vhdx" "$tmp/elsewhere"

# The empty disk of 1 TiB, and how much its first mount adds: busybox is the guest here.
allocated() {
    echo $(($(stat -c '%b * %B' "$1")))
}
mkdir -p "$tmp/small/etc" "$tmp/small/bin" "$tmp/small/"{dev,proc,sys}
tar -cf "$tmp/empty.tar" -C "$tmp/small" ./etc
ok "an empty disk" lximage convert "$tmp/empty.tar" "$tmp/empty.vhdx"
ok "C8: of 1 TiB has at most 40 MiB allocated" test "$(allocated "$tmp/empty.vhdx")" -le $((40 * MiB))
ok "and is at most 44 MiB long" test "$(stat -c %s "$tmp/empty.vhdx")" -le $((44 * MiB))
judge empty.vhdx

cp "$(command -v busybox)" "$tmp/small/bin/busybox"
for applet in sh mount base64 sleep sync cat; do
    ln -s busybox "$tmp/small/bin/$applet"
done
mknod "$tmp/small/dev/console" c 5 1
tar -cf "$tmp/small.tar" -C "$tmp/small" .
lximage convert --no-sync "$tmp/small.tar" "$tmp/small.vhdx"
length=$(stat -c %s "$tmp/small.vhdx")
like "busybox boots" "$(scripts/boot --write --options "$wsl_options" "$tmp/small.vhdx" \
    'echo hello >/etc/greeting; sync; sleep 8; cat /etc/greeting' 2>&1)" '^hello$'
growth=$(($(stat -c %s "$tmp/small.vhdx") - length))
diag "the first mount added $((growth / MiB)) MiB"
ok "the first mount adds at most 10 MiB" test "$growth" -le $((10 * MiB))
judge small.vhdx
is "what the guest wrote is there" "$(with_mount cat "$tmp/mnt/etc/greeting")" hello
