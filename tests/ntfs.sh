#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# NTFS volumes as WSL1 has them: every program that reads them sees what was put in. Needs root for
# mounts.
. tests/lib/tap.sh
. tests/lib/ntfs.sh
need ntfsinfo ntfsfix ntfssecaudit 7zz fls istat fsntfsinfo ntfs2btrfs qemu-system-x86_64 busybox cpio

export SOURCE_DATE_EPOCH=1700000000

# audited IMAGE: ntfssecaudit ends with 0 whatever it finds.
audited() {
    local said
    said=$(ntfssecaudit -a "$1" 2>&1) && grep -q '^No errors were found' <<<"$said" && return
    echo "$said"
    return 1
}

# sound NAME IMAGE: all who know the format find nothing wrong.
sound() {
    ok "$1: lximage check" lximage check "$2"
    ok "$1: ntfsfix -n" ntfsfix -n "$2"
    ok "$1: 7zz t" 7zz t "$2"
}

make_tree() {
    local tree=$1 i
    mkdir -p "$tree"/{etc,deep/er/still,many,empty}
    odd_entries "$tree"
    # Around what a record holds.
    for i in $(seq 0 20 560) $(seq 580 640) $(seq 660 20 1100); do
        head -c "$i" /dev/urandom >"$tree/etc/size-$i"
    done
    for i in 4095 4096 4097 65536 1000000; do
        head -c "$i" /dev/urandom >"$tree/deep/size-$i"
    done
    truncate -s 3000000 "$tree/deep/holes"
    for i in 0 1 3 7 40; do
        dd if=/dev/urandom of="$tree/deep/holes" bs=65536 count=1 seek="$i" conv=notrunc status=none
    done
    truncate -s 5000 "$tree/deep/all-hole"
    for i in $(seq 400); do
        : >"$tree/many/a file with a rather long name, number $i"
    done
    # Names that take several records.
    for i in $(seq 40); do
        ln "$tree/etc/small" "$tree/deep/er/one more name of the same file, which is long, $i"
    done
    ln -s "/$(printf 't%.0s' {1..4000})" "$tree/etc/long-link"
    for i in 400 500 520 540 560 580 600; do
        ln -s "$(head -c "$i" /dev/zero | tr '\0' l)" "$tree/etc/link-$i"
    done
    mknod "$tree/deep/whiteout" c 0 0
    : >"$tree/etc/a:b*c?d<e>f|g\"h\\i"
    : >"$tree/etc/CON"
    for i in x_T x_t X_T X_t; do echo "$i" >"$tree/etc/$i"; done
    : >"$tree/etc/$(printf '\xef\x80\xa5 and \xef\x84\x80 stay')" # U+F025, U+F100
    # 255 units, with as many entries and attributes as overflow the record.
    local long
    long=$(printf 'n%.0s' {1..255})
    mkdir "$tree/$long"
    for i in $(seq 100); do : >"$tree/$long/$i and more"; done
    setfattr -n user.note -v "$(printf 'v%.0s' {1..1500})" "$tree/$long"
    : >"$tree/$long/$long"
    mkdir "$tree/$long/few" && : >"$tree/$long/few/$long"
    mkdir "$tree/$long/few/$long" 2>/dev/null || mkdir "$tree/$long/few/${long%n}d"
    chmod 1777 "$tree/deep/er"
    setfattr -n user.long -v "$(printf 'v%.0s' {1..3000})" "$tree/deep/size-4097"
    setfattr -n trusted.t -v y "$tree/deep/fifo"
    setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 \
        "$tree/deep/size-4097"
    find "$tree" -depth -exec touch -h -d '2021-03-04 05:06:07.1234567' {} +
    touch -d '1999-12-31 23:59:59.9999999' "$tree/etc/small"
    touch -d '1903-01-01 00:00:00.5' "$tree/etc/empty"
}

make_tree "$tmp/tree"
ok "a tree becomes a volume" \
    lximage convert --no-sync --strict --format ntfs "$tmp/tree" "$tmp/tree.img"
sound tree "$tmp/tree.img"
ok "ntfssecaudit" audited "$tmp/tree.img"
ok "ntfs-3g shows every file as it was put in" \
    mounted "$tmp/tree.img" python3 tests/lib/ntfs_oracle.py "$tmp/tree" "$tmp/mnt/rootfs"

# What ntfs-3g does not show, by its own tool.
info() { # PATH
    ntfsinfo -v -F "$1" "$tmp/tree.img" 2>&1
}
like "every directory is case-sensitive" "$(info /rootfs/deep/er)" 'Version number:[[:space:]]+1'
like "the root too" "$(info /rootfs)" 'Version number:[[:space:]]+1'
like "a symbolic link's tag" "$(info /rootfs/etc/link)" 'a000001d'
like "40 names take extension records" "$(info /rootfs/etc/small)" 'ATTRIBUTE_LIST'

# The Sleuth Kit, libfsntfs and 7-Zip.
is "fls lists every name" \
    "$(fls -rpu "$tmp/tree.img" | grep -cE '[[:space:]]rootfs(/|$)')" \
    "$(find "$tmp/tree" -printf '.\n' | wc -l)"
inode=$(fls -rpu "$tmp/tree.img" | sed -nE 's/^[^ ]+ ([0-9]+)-[0-9-]+:[[:space:]]+rootfs\/etc\/small$/\1/p')
like "istat" "$(istat "$tmp/tree.img" "$inode")" '^Links: 41$'
ok "fsntfsinfo" fsntfsinfo -E "$inode" "$tmp/tree.img"
like "7zz shows a link" "$(7zz l -slt "$tmp/tree.img" rootfs/etc/link)" 'small'
same "7zz unpacks the same" <(7zz x -so "$tmp/tree.img" rootfs/deep/size-1000000 2>/dev/null) \
    "$tmp/tree/deep/size-1000000"

# btrfs, as ntfs2btrfs makes it of a copy: owners, modes, devices, links and capabilities. It knows no
# other attributes, no long targets of links and no escapes in names, and orders what it says of data
# outside of records as newer kernels do not take it.
facts() { # DIRECTORY
    (cd "$1" && find . -printf '%P %M %U:%G %TF %TT -> %l\n' -type b,c -exec stat -c '%n %t:%T' {} + | sort)
}
if grep -qw btrfs /proc/filesystems; then
    cp -a "$tmp/tree" "$tmp/plain"
    find "$tmp/plain" -size +1 -type f -delete
    rm "$tmp/plain"/etc/a:b* "$tmp/plain"/etc/line* "$tmp/plain/etc/long-link" "$tmp/plain"/etc/link-[56]* "$tmp/plain"/etc/size-{5,6}*
    for name in user.note user.empty user.long trusted.t; do
        find "$tmp/plain" -exec setfattr -h -x "$name" {} + 2>/dev/null
    done
    setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 \
        "$tmp/plain/etc/size-100"
    find "$tmp/plain" -depth -exec touch -h -d '2021-03-04 05:06:07.1234567' {} +
    lximage convert --no-sync --strict --format ntfs --size 2G "$tmp/plain" "$tmp/btrfs.img"
    ok "ntfs2btrfs" ntfs2btrfs "$tmp/btrfs.img"
    mkdir -p "$tmp/btrfs"
    mount -t btrfs -o loop,ro "$tmp/btrfs.img" "$tmp/btrfs"
    is "btrfs has the same modes, owners, times, links and devices" \
        "$(facts "$tmp/btrfs/rootfs")" "$(facts "$tmp/plain")"
    is "and capabilities" \
        "$(getfattr --absolute-names --only-values -n security.capability "$tmp/btrfs/rootfs/etc/size-100" | od -An -tx1 | tr -d " \n")" \
        0100000200040000000000000000000000000000
    umount "$tmp/btrfs"
else
    skip "ntfs2btrfs" "no btrfs in this kernel"
fi

# Linux' own driver. It knows owners and modes, but no links, and shows escaped names as they are.
seen='export LC_ALL=C
    find . \( -type f -o -type d \) ! -name "a*b*" ! -name "line*" -exec stat -c "%a %u:%g %n" {} + | sort
    find . -type f ! -name "a*b*" ! -name "line*" -exec sha256sum {} + | sort'
if ! [ -s "$LXKIT_TEST_CACHE/ntfs3/vmlinuz" ] && ! apt-cache show linux-image-6.12-amd64 >/dev/null 2>&1; then
    skip "ntfs3" "apt knows no linux-image-6.12-amd64"
elif guest=$(tests/lib/ntfs3_guest "$tmp/tree.img" "cd rootfs
    $seen" 2>"$tmp/guest"); then
    is "ntfs3 shows the same modes, owners and contents, and complains of nothing" "$guest" \
        "$(cd "$tmp/tree" && eval "$seen")"
else
    not_ok "ntfs3 mounts it"
    diag "$(tail -n 5 "$tmp/guest")"
fi
