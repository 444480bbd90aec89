#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# NTFS volumes are read: what ntfs-3g was told to write, as WSL1 would have, comes out entry by
# entry. Needs root for mounts.
. tests/lib/tap.sh
. tests/lib/ntfs.sh
need mkntfs ntfsinfo ntfscp 7zz losetup

ours() { python3 tests/lib/ntfs_tree.py "$@"; }

# volume NAME SIZE [OPTION...]: a new one, $tmp/NAME.img, mounted on $tmp/mnt.
volume() {
    local name=$1 size=$2
    shift 2
    truncate -s "$size" "$tmp/$name.img"
    mkntfs -F -Q "$@" "$tmp/$name.img" >"$scratch/mkntfs" 2>&1 || diag "$(cat "$scratch/mkntfs")"
    mount_again "$name"
}

mount_again() {
    ntfs-3g -o special_files=wsl,permissions,compression "$tmp/$1.img" "$tmp/mnt" \
        >"$scratch/ntfs-3g" 2>&1 || diag "$(cat "$scratch/ntfs-3g")"
}

unmount() {
    umount "$tmp/mnt"
}

# reads NAME TREE [ARGUMENT...]: $tmp/NAME.img holds what TREE does, and stays as it is.
reads() {
    local name=$1 tree=$2 before
    shift 2
    before=$(sha256sum <"$tmp/$name.img")
    rm -rf "$tmp/out"
    ok "$name: is read" lximage convert --no-sync "$@" "$tmp/$name.img" "$tmp/out/" || return
    ok "$name: every entry is the same" \
        python3 tests/lib/tree_compare.py - "$tree" "$tmp/out"
    is "$name: the volume is not touched" "$(sha256sum <"$tmp/$name.img")" "$before"
}

# With times that NTFS can hold.
make_tree() {
    local tree=$1 i
    mkdir -p "$tree"/{etc,deep/er/still,many,packed}
    odd_entries "$tree"
    head -c 650 /dev/urandom >"$tree/etc/resident-no-more"
    head -c 5000000 /dev/urandom >"$tree/deep/data"
    head -c 3000000 /dev/zero | tr '\0' x >"$tree/packed/much alike"
    { head -c 100000 /dev/urandom; head -c 300000 /dev/zero; seq 30000; } >"$tree/packed/mixed"
    truncate -s 3000000 "$tree/deep/holes"
    for i in 1 5 9 40 300; do
        dd if=/dev/urandom of="$tree/deep/holes" bs=65536 count=1 seek=$((i / 8)) conv=notrunc status=none
    done
    for i in $(seq 400); do
        : >"$tree/many/a file with a rather long name, number $i"
    done
    for i in $(seq 60); do
        ln "$tree/etc/small" "$tree/deep/er/one more name of the same file, which is long, $i"
    done
    ln -s "/$(printf 't%.0s' {1..1500})" "$tree/etc/long-link"
    : >"$tree/etc/a:b*c?d<e>f|g\"h\\i"
    : >"$tree/etc/CON"
    : >"$tree/etc/$(printf '\xef\x80\xa5 and \xef\x84\x80 stay')" # U+F025, U+F100
    chmod 1777 "$tree/deep/er"
    setfattr -n user.long -v "$(printf 'v%.0s' {1..3000})" "$tree/deep/data"
    setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 "$tree/deep/data"
    find "$tree" -depth -exec touch -h -d '2021-03-04 05:06:07.1234567' {} +
    touch -d '1999-12-31 23:59:59.9999999' "$tree/etc/small"
}

make_tree "$tmp/tree"

# What WSL1 writes, with everything that ntfs-3g can do to data: fragments, compression.
volume wslfs 96M
mkdir -p "$tmp/mnt/rootfs/packed"
setfattr -h -n system.ntfs_attrib_be -v 0x00000810 "$tmp/mnt/rootfs/packed"
ok "ntfs-3g takes the tree" ours wslfs "$tmp/tree" "$tmp/mnt/rootfs"
unmount
like "some data is compressed" "$(ntfsinfo -v -F '/rootfs/packed/much alike' "$tmp/wslfs.img")" \
    'COMPRESSED'
like "a file has records beside its own" "$(ntfsinfo -v -F /rootfs/etc/small "$tmp/wslfs.img")" \
    'ATTRIBUTE_LIST'
reads wslfs "$tmp/tree"
ok "holes stay holes" test "$(stat -c %b "$tmp/out/deep/holes")" -lt 2000

# Every verb, and every output.
ok "to tar" lximage convert --no-sync "$tmp/wslfs.img" "$tmp/out.tar"
like "GNU tar reads that" "$(tar -tvf "$tmp/out.tar")" '^prw-r--r-- 70000/80000 .*deep/fifo$'
ok "to ext4, and verified" lximage convert --no-sync --verify --size 64M "$tmp/wslfs.img" "$tmp/out.img"
ok "e2fsck" e2fsck -fn "$tmp/out.img"
ok "both are the same to diff" lximage diff "$tmp/wslfs.img" "$tmp/out.img"
ok "to a VHDX" lximage convert --no-sync "$tmp/wslfs.img" "$tmp/out.vhdx"
is "cat" "$(lximage cat "$tmp/wslfs.img" etc/small)" hello
lximage cat "$tmp/wslfs.img" deep/data packed/mixed "packed/much alike" >"$tmp/cat"
same "cat of what is fragmented and compressed" "$tmp/cat" \
    <(cat "$tmp/tree/deep/data" "$tmp/tree/packed/mixed" "$tmp/tree/packed/much alike")
like "ls -l" "$(lximage ls -l "$tmp/wslfs.img" deep/disk)" '^brw-r--r-- +1 +0 +0 +259, *70000 '
ok "cp" lximage cp --no-sync -r "$tmp/wslfs.img" etc "$tmp/copied"
is "cp keeps names that Windows does not allow" "$(ls -b "$tmp/copied")" "$(ls -b "$tmp/tree/etc")"
like "mtree" "$(lximage mtree "$tmp/wslfs.img")" 'etc/small .*uid=70000'
is "a part of the tree as the root" \
    "$(lximage ls --path rootfs/many "$tmp/wslfs.img" | wc -l)" 401
as="--path is for NTFS" refuses 2 '--path says where .* this is an archive' \
    lximage ls --path rootfs "$tmp/out.tar"
as="--path is not for ext4" refuses 2 '--path says where .* this is an ext4 file system' \
    lximage ls --path rootfs "$tmp/out.img"
as="--path is not for directories" refuses 2 '--path says where .* this is a directory' \
    lximage mtree --path rootfs "$tmp/out"
ok "diff --path: the other side is read whole" \
    lximage diff --path rootfs "$tmp/wslfs.img" "$tmp/out.img"
refuses 3 'there is no nothing on the volume' lximage ls --path nothing "$tmp/wslfs.img"
refuses 6 'not a directory' lximage ls --path rootfs/etc/small "$tmp/wslfs.img"
ok "the whole volume on request" \
    test "$(lximage ls --path / "$tmp/wslfs.img" 2>/dev/null | sed -n 2p)" = /rootfs
same "7zz unpacks the same" <(7zz x -so "$tmp/wslfs.img" rootfs/deep/data 2>/dev/null) \
    "$tmp/tree/deep/data"

# On a divided disk, with the start of the partition as sectors: dos and gpt tables.
divide() { # TABLE: writes $tmp/divided.img with the volume from 1 MiB on
    rm -f "$tmp/divided.img"
    truncate -s 200M "$tmp/divided.img"
    dd if="$tmp/wslfs.img" of="$tmp/divided.img" bs=1M seek=1 conv=notrunc,sparse status=none
    python3 tests/lib/partition_table.py "$1" "$tmp/divided.img" "${@:2}"
}
for table in mbr gpt gpt4096; do
    divide "$table" 1:96
    is "$table: the only volume is found" "$(lximage cat "$tmp/divided.img" etc/small)" hello
    divide "$table" 1:96 100:20
    is "$table: a partition without a file system does not count" \
        "$(lximage cat "$tmp/divided.img" etc/small)" hello
    truncate -s 20M "$tmp/second.img"
    mke2fs -q -F -t ext4 "$tmp/second.img"
    dd if="$tmp/second.img" of="$tmp/divided.img" bs=1M seek=100 conv=notrunc status=none
    as="$table: two are named" refuses 6 '1 \(an NTFS file system, .* 2 \(an ext4 file system' \
        lximage ls "$tmp/divided.img"
done
divide mbr 100:20
refuses 6 'no partition with ext4 or NTFS' lximage ls "$tmp/divided.img"
rm "$tmp"/{divided,second,out}.img "$tmp/out.vhdx"

# lxfs, with /home and /root beside the root, as the first systems had them.
mkdir -p "$tmp/old/root" "$tmp/old/home/me"
cp -a "$tmp/tree/etc" "$tmp/old/etc"
cp -a "$tmp/tree/deep" "$tmp/old/deep"
echo profile >"$tmp/old/home/me/.profile"
setfattr -n user.Case -v kept "$tmp/old/home/me/.profile"
find "$tmp/old" -depth -exec touch -h -d '2019-01-02 03:04:05.123456789' {} +
volume lxfs 96M
mkdir -p "$tmp/mnt/lxss" "$tmp/apart"
mv "$tmp/old/home" "$tmp/old/root" "$tmp/apart/"
mkdir "$tmp/old/home" "$tmp/old/root"
touch -d '2019-01-02 03:04:05.123456789' "$tmp/old"
ours lxfs "$tmp/old" "$tmp/mnt/lxss/rootfs"
ours lxfs "$tmp/apart/home" "$tmp/mnt/lxss/home"
ours lxfs "$tmp/apart/root" "$tmp/mnt/lxss/root"
ok "names of lxfs are escaped" test -e "$tmp/mnt/lxss/rootfs/etc/a#003Ab#002Ac#003Fd#003Ce#003Ef#007Cg#0022h#005Ci"
unmount
rmdir "$tmp/old/home" "$tmp/old/root"
mv "$tmp/apart"/* "$tmp/old/"
touch -d '2019-01-02 03:04:05.123456789' "$tmp/old"
reads lxfs "$tmp/old"

# What is Windows' own.
volume windows 64M
mkdir -p "$tmp/mnt/distro/rootfs/usr/bin" "$tmp/mnt/Users/me" "$tmp/mnt/System Volume Information"
ours ea "$tmp/mnt/distro/rootfs" '$LXUID=00000000' '$LXGID=00000000' '$LXMOD=ed410000'
echo edited >"$tmp/mnt/distro/rootfs/usr/edited"
setfattr -n user.Zone.Identifier -v "[ZoneTransfer]" "$tmp/mnt/distro/rootfs/usr/edited"
echo some >"$tmp/mnt/distro/rootfs/usr/some"
ours ea "$tmp/mnt/distro/rootfs/usr/some" '$LXUID=e8030000'
echo odd >"$tmp/mnt/distro/rootfs/usr/odd"
ours ea "$tmp/mnt/distro/rootfs/usr/odd" '$LXUID=ffffffff' '$LXGID=0500' '$LXMOD=ffa10000' \
    'LX.USER.SHORT=6c78' 'LX.SYSTEM.NO=6c78656131' 'LX.USER.YES=6c78656131' '$KERNEL.PURGE=00'
ours link "$tmp/mnt/distro/rootfs/relative" relative 'usr\edited'
ours link "$tmp/mnt/distro/rootfs/absolute" absolute 'C:\Distro\ROOTFS\usr\some'
ours link "$tmp/mnt/distro/rootfs/junction" junction 'C:\distro\rootfs\usr'
ours link "$tmp/mnt/distro/rootfs/outside" absolute 'D:\Users\me'
ours v1 "$tmp/mnt/distro/rootfs/version1" usr/some
ours tag "$tmp/mnt/distro/rootfs/cloud" 0x9000001A
: >"$tmp/mnt/distro/rootfs/$(printf '\344\270\255%.0s' {1..100})"
unmount
ours v1-finish "$tmp/windows.img"
listing=$(lximage ls -l "$tmp/windows.img" 2>"$tmp/said")
said=$(cat "$tmp/said")
like "the only root is found" "$said" 'taken from distro/rootfs'
like "a file without metadata" "$listing" '^-rw-r--r-- +1 +0 +0 +7 .* /usr/edited$'
like "is told of" "$said" '4 files have no metadata of Linux'
like "streams are counted" "$said" '1 alternate data streams are left out .*usr/edited'
like "a file with an owner alone" "$listing" '^-rw-r--r-- +1 +1000 +0 +5 .* /usr/some$'
like "ids of -1, a short group and a wrong type" "$listing" '^-rw-r--r-- +1 +0 +0 +4 .* /usr/odd$'
like "are told of" "$said" '4 values of metadata make no sense'
lximage convert --no-sync "$tmp/windows.img" "$tmp/w.tar" 2>/dev/null
is "attributes that Linux knows, in lower case" \
    "$(grep -ao 'SCHILY.xattr[^=]*=.' "$tmp/w.tar")" 'SCHILY.xattr.user.yes=1'
like "a relative link of Windows" "$listing" '/relative -> usr/edited$'
like "an absolute one that leads into the tree" "$listing" '/absolute -> /usr/some$'
like "a junction" "$listing" '/junction -> /usr$'
like "one that leads out of it" "$listing" '/outside -> /mnt/d/Users/me$'
like "is told of" "$said" 'outside: a link of Windows to D:/Users/me'
like "the first form of a WSL link" "$listing" '/version1 -> usr/some$'
like "what only Windows reads is left out, and told of" "$said" 'cloud: left out: .*0x9000001a'
unlike "and is not there" "$listing" '/cloud$'
like "a name that is too long" "$listing" '/(\xe4\xb8\xad|\\xe4|中)+.*~[0-9a-f]+$'
like "is told of" "$said" 'more than 255 bytes'
lximage convert --quiet --no-sync --report "$tmp/lost.json" "$tmp/windows.img" "$tmp/lost.tar" 2>/dev/null
is "each loss has its kind" "$(grep -o '"loss":"[a-z]*"' "$tmp/lost.json" | sort | xargs)" \
    'loss:file loss:name loss:target'
as="--strict refuses these" refuses 6 'would be lost|lossy|loses|cannot' \
    lximage convert --strict "$tmp/windows.img" "$tmp/strict.tar"

# Interix, as ntfs-3g does it by default.
mkdir -p "$tmp/mnt"
ntfs-3g -o permissions "$tmp/windows.img" "$tmp/mnt"
ln -s 'some where' "$tmp/mnt/Users/link"
mknod "$tmp/mnt/Users/null" c 1 3
mkfifo "$tmp/mnt/Users/fifo"
unmount
listing=$(lximage ls -l --path Users "$tmp/windows.img" 2>/dev/null)
like "Interix: a link" "$listing" '^l.* /link -> some where$'
like "Interix: a device" "$listing" '^c.* 1, *3 .* /null$'
like "Interix: a fifo" "$listing" '^p.* /fifo$'
unlike "--path: nothing else" "$listing" 'usr'

# Two systems on one volume; none.
mount_again windows
mkdir -p "$tmp/mnt/other/rootfs"
ours ea "$tmp/mnt/other/rootfs" '$LXUID=00000000'
unmount
refuses 2 'holds 2 Linux systems, as in .*rootfs' lximage ls "$tmp/windows.img"
is "one of them, as Windows writes paths" \
    "$(lximage ls --path 'other\RootFS' "$tmp/windows.img" 2>/dev/null)" /
volume plain 64M
mkdir -p "$tmp/mnt/System Volume Information" "$tmp/mnt/dir"
unmount
is "without a root, the volume is the tree, and Windows' own files are left out" \
    "$(lximage ls "$tmp/plain.img" 2>/dev/null | tr '\n' ' ')" '/ /dir '

# Other shapes of volumes.
cp -a "$tmp/tree/etc" "$tmp/etc"
while IFS='|' read -r words options; do
    # shellcheck disable=SC2086
    volume "${words% }" 64M $options
    mkdir "$tmp/mnt/rootfs"
    ours wslfs "$tmp/etc" "$tmp/mnt/rootfs"
    unmount
    reads "${words% }" "$tmp/etc"
    rm "$tmp/${words% }.img"
done <<'SHAPES'
clusters of 512 bytes | -c 512
clusters of 64 KiB | -c 65536
sectors of 4096 bytes | -s 4096 -c 4096
SHAPES

# Damage, and a volume that was not unmounted.
cp "$tmp/wslfs.img" "$tmp/bad.img"
python3 tests/lib/ntfs_damage.py dirty "$tmp/bad.img"
like "a volume that is marked is read, with a warning" "$(lximage cat "$tmp/bad.img" etc/small 2>&1)" \
    'was not unmounted'
refuses 10 'was not unmounted' lximage ls --no-replay "$tmp/bad.img"
while read -r damage id; do
    cp "$tmp/wslfs.img" "$tmp/bad.img"
    like "$damage: damage is made" "$(python3 tests/lib/ntfs_damage.py "$damage" "$tmp/bad.img")" .
    status=0
    timeout 20 lximage convert --no-sync "$tmp/bad.img" "$tmp/bad.tar" >"$tmp/said" 2>&1 || status=$?
    is "$damage: refused" "$status" 10
    like "$damage: with its name" "$(cat "$tmp/said")" "bad\\.img: .*\\($id\\): "
    rm -f "$tmp/bad.tar"
done <<'DAMAGES'
sectors boot-size
cluster boot-sector
mft boot-sector
fixup record-fixups
record attribute-length
pairs runs-invalid
overlap runs-overlap
cycle directory-loop
upcase attribute-sizes
DAMAGES
for size in 100 512 4096 1000000 40000000; do
    head -c "$size" "$tmp/wslfs.img" >"$tmp/short.img"
    as="cut after $size bytes" refuses 10 'short.img: ' lximage ls "$tmp/short.img"
done

# A disk that Windows 10 made and used: MBR, clusters of 2 KiB. 7zz is the judge of names and content.
windows_disk() {
    local name="a disk of Windows 10: the same names and content as 7zz finds"
    [ -e "$data/ntfs/ntfs_index.raw.gz" ] || { skip "$name" "no $data/ntfs" && return; }
    gzip -dc "$data/ntfs/ntfs_index.raw.gz" >"$tmp/w10.img"
    tail -c +65537 "$tmp/w10.img" >"$tmp/w10-volume.img"
    ok "a disk of Windows 10 is read" lximage convert --no-sync "$tmp/w10.img" "$tmp/w10/"
    7zz x -o"$tmp/w10-7zz" -x'![SYSTEM]' "$tmp/w10-volume.img" >/dev/null 2>&1
    rm -rf "$tmp/w10-7zz/System Volume Information" "$tmp/w10-7zz/[SYSTEM]"
    ok "$name" diff -r "$tmp/w10-7zz" "$tmp/w10"
    is "the partition is found to be checked, too" "$(lximage check "$tmp/w10.img")" \
        "$(lximage check "$tmp/w10-volume.img")"
    is "its 30 files" "$(find "$tmp/w10" -mindepth 1 | wc -l)" 30
    unlike "it was unmounted" "$(lximage ls "$tmp/w10.img" 2>&1 >/dev/null)" 'unmounted'
    like "a time, to 100 ns, as istat shows it" "$(lximage ls -l "$tmp/w10.img" test_dir 2>&1)" \
        ' 2019-05-10 20:14:44\.611812600 .* /test_dir$'
}
windows_disk
