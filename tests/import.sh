#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the user has already becomes a distribution: archives, directories and disks, from anywhere
# or where they lie; and what the runtime would not start is refused.
. tests/lib/tap.sh
need python3 jq tar gzip mke2fs e2fsck dumpe2fs qemu-img setfattr setfacl flock

registry=$XDG_DATA_HOME/lxkit/registry.json
place=$XDG_DATA_HOME/lxkit/distributions

# ---- a tree that an archive can hold ----
root=$tmp/root
mkdir -p "$root/etc" "$root/bin" "$root/home/user"
printf 'NAME=Tiny\nID=tiny\nVERSION_ID="1.2"\n' >"$root/etc/os-release"
printf 'a shell' >"$root/bin/sh"
ln "$root/bin/sh" "$root/bin/bash"
ln -s bin "$root/sbin"
mkfifo "$root/fifo"
head -c 3M /dev/urandom >"$root/home/user/random"
truncate -s 5M "$root/home/user/hole"
printf 'end' >>"$root/home/user/hole"
setfattr -n user.binary -v 0x000a3d25ff00 "$root/etc/os-release"
setfacl -m u:1000:rwx,g:55:r "$root/home"
chmod 6755 "$root/bin/sh"
find "$root" -exec touch -h -d '2024-02-03 04:05:06.123456789' {} +
tar --format=posix --xattrs '--xattrs-include=*' --acls --numeric-owner -C "$root" -czf \
    "$tmp/tiny.tar.gz" .
printf 'ID=hollow\n' >"$tmp/os-release"
tar -C "$tmp" -cf "$tmp/hollow.tar" os-release
rm "$tmp/os-release"

# entry NAME FILTER: from the registry file itself.
entry() {
    jq -r --arg name "$1" '.distributions[] | select(.DistributionName == $name) | '"$2" "$registry"
}
disk() {
    lxinstall info "$1" --json | jq -r .disk
}
names() {
    lxinstall list --quiet | sort | tr '\n' ' '
}
import() {
    lxinstall import --no-sync "$@"
}

# ---- from an archive or a directory ----

before=$(snapshot)
like "a dry run tells" "$(import a "$tmp/a" "$tmp/tiny.tar.gz" --dry-run)" '^Method: +a new disk is made$'
is "and as JSON" "$(import a "$tmp/a" "$tmp/tiny.tar.gz" --dry-run --json |
    jq -r '.method, .disk, .becomes_default')" "build
$tmp/a/ext4.vhdx
true"
is "and changes nothing" "$(snapshot)" "$before"
ok "import an archive" import a "$tmp/a" "$tmp/tiny.tar.gz"
is "registered as wsl --import does: root, no first run" "$(entry a \
    '[.State, .Version, .Flags, .DefaultUid, .RunOOBE, .Modern, .VhdFileName, .Flavor, .OsVersion, .BasePath] | @csv')" \
    "1,2,15,0,0,1,\"ext4.vhdx\",\"tiny\",\"1.2\",\"$tmp/a\""
ok "nothing is lost" lximage diff "$tmp/tiny.tar.gz" "$tmp/a/ext4.vhdx"
lxinstall install "$tmp/tiny.tar.gz" --name first --no-sync 2>/dev/null
is "install leaves the first run to come" "$(entry first .RunOOBE)" 1
ok "import a directory, of a certain size" import tree "$tmp/tree" "$root" --size 3G --set-default
is "the size asked for" "$(lxinstall info tree --json | jq .disk_size)" $((3 << 30))
is "the default asked for" "$(lxinstall list --json | jq -r .default)" tree
ok "nothing is lost" lximage diff "$root" "$tmp/tree/ext4.vhdx"
ok "install a directory" lxinstall install "$root/" --no-sync
ok "nothing is lost" lximage diff "$root" "$place/root/ext4.vhdx"
ok "install a directory of here" sh -c 'cd "$1" && lxinstall install root --name here --no-sync' sh "$tmp"
ok "import standard input" sh -c 'lxinstall import piped "$1/piped" - --no-sync <"$1/tiny.tar.gz"' sh "$tmp"
ok "as wsl.exe says it" lxinstall --import words "$tmp/words" "$tmp/tiny.tar.gz" --version 2 --no-sync
is "which is the same" "$(entry words '[.Flags, .RunOOBE, .BasePath] | @csv')" "15,0,\"$tmp/words\""

# ---- a disk is copied as it is ----

ok "import a VHDX" import copy "$tmp/copy" "$tmp/a/ext4.vhdx"
same "byte for byte" "$tmp/copy/ext4.vhdx" "$tmp/a/ext4.vhdx"
is "what is in it is known" "$(entry copy '.Flavor + " " + .OsVersion')" "tiny 1.2"
ok "from standard input with --vhd" \
    sh -c 'lxinstall --import vhd "$1/vhd" - --vhd --no-sync <"$1/a/ext4.vhdx"' sh "$tmp"
same "byte for byte" "$tmp/vhd/ext4.vhdx" "$tmp/a/ext4.vhdx"
is "what is in it is known" "$(entry vhd '.Flavor + " " + .OsVersion')" "tiny 1.2"
truncate -s 64M "$tmp/raw.img"
mke2fs -q -t ext4 -U 01234567-89ab-cdef-0123-456789abcdef -d "$root" "$tmp/raw.img"
like "a dry run looks into it" "$(import raw "$tmp/raw" "$tmp/raw.img" --dry-run)" '^Disk size: +64.0 MiB$'
ok "import a raw disk" import raw "$tmp/raw" "$tmp/raw.img" --vhd
ok "it is a VHDX now" qemu-img check -f vhdx "$tmp/raw/ext4.vhdx"
ok "with the same disk in it" qemu-img compare -q -F raw -f vhdx "$tmp/raw/ext4.vhdx" "$tmp/raw.img"
ok "four at once of one disk" sh -c '
    for i in 1 2 3 4; do lxinstall import "many$i" "$1/many$i" "$1/a/ext4.vhdx" --no-sync & p="$p $!"; done
    for i in $p; do wait "$i" || exit 1; done' sh "$tmp"

# ---- where it lies ----

mkdir "$tmp/mine"
cp "$tmp/a/ext4.vhdx" "$tmp/mine/old.VHDX"
ln -s mine/old.VHDX "$tmp/link"
before=$(snapshot)
is "a dry run tells" "$(lxinstall import-in-place kept "$tmp/link" --dry-run --json |
    jq -r '.method, .disk, .disk_size')" "in-place
$tmp/mine/old.VHDX
$((1 << 40))"
is "and changes nothing" "$(snapshot)" "$before"
like "import-in-place tells what would delete the disk" \
    "$(lxinstall --import-in-place kept "$tmp/link" 2>&1)" "'lxinstall remove kept' deletes it"
is "registered where it lies" "$(entry kept '[.BasePath, .VhdFileName, .Flags, .RunOOBE, .Flavor] | @csv')" \
    "\"$tmp/mine\",\"old.VHDX\",15,0,\"tiny\""
same "nothing of it was changed" "$tmp/mine/old.VHDX" "$tmp/a/ext4.vhdx"
ln "$tmp/mine/old.VHDX" "$tmp/vhd/other.vhdx"
refuses 5 "registered already, as 'kept'.*lxinstall unregister kept" \
    lxinstall import-in-place again "$tmp/mine/old.VHDX"
refuses 5 "registered already, as 'kept'" lxinstall import-in-place again "$tmp/vhd/other.vhdx"
rm "$tmp/vhd/other.vhdx"
ok "unregister" lxinstall unregister kept
same "keeps the disk" "$tmp/mine/old.VHDX" "$tmp/a/ext4.vhdx"
ok "register it under another name" lxinstall import-in-place again "$tmp/mine/old.VHDX" --set-default
is "as the default" "$(lxinstall list --json | jq -r .default)" again
ok "remove" lxinstall remove again --yes
ok "deletes the disk" test ! -e "$tmp/mine/old.VHDX"

# ---- refused, and nothing left ----

mkdir "$tmp/bad"
bad() {
    lxinstall import-in-place bad "$tmp/bad/$1"
}
cp "$tmp/raw.img" "$tmp/bad/raw.vhdx"
cp "$tmp/tiny.tar.gz" "$tmp/bad/archive.vhdx"
cp "$tmp/a/ext4.vhdx" "$tmp/bad/vhdx.img"
cp "$tmp/a/ext4.vhdx" "$tmp/bad/dirty.vhdx"
python3 tests/lib/vhdx_log.py "$tmp/bad/dirty.vhdx" one-entry
qemu-img create -q -f qcow2 "$tmp/bad/qcow2.vhdx" 16M
lxvhdx create "$tmp/bad/empty.vhdx" --size 16M
truncate -s 16M "$tmp/hollow.img"
mke2fs -q -t ext4 "$tmp/hollow.img"
lxvhdx convert "$tmp/hollow.img" "$tmp/bad/hollow.vhdx"
head -c 16M /dev/zero | tr '\0' 'x' >"$tmp/noise.img"
lxvhdx convert "$tmp/noise.img" "$tmp/bad/noise.vhdx"
# One partition with ext4 from 1 MiB on, by MBR or GPT.
cp "$tmp/noise.img" "$tmp/mbr.img"
python3 - "$tmp/mbr.img" "$tmp/gpt.img" <<'PYTHON'
import sys
partition = bytes([0, 0, 2, 0, 0x83, 0, 0, 0]) + (2048).to_bytes(4, "little") + (8192).to_bytes(4, "little")
with open(sys.argv[1], "r+b") as disk:
    disk.seek(446)
    disk.write(partition + bytes(48) + b"\x55\xaa")
with open(sys.argv[2], "wb") as disk:
    disk.seek(512)
    disk.write(b"EFI PART\0\0\1\0")
    disk.truncate(16 << 20)
PYTHON
for table in mbr gpt; do
    lxvhdx convert "$tmp/$table.img" "$tmp/bad/$table.vhdx"
    refuses 6 "bad/$table.vhdx: the disk has a partition table" bad "$table.vhdx"
    refuses 6 "$table.img: the disk has a partition table" import bad "$tmp/bad/new" "$tmp/$table.img" --vhd
done
refuses 6 'raw.vhdx: this is a raw disk with ext4.*lxvhdx convert' bad raw.vhdx
refuses 6 'archive.vhdx: this is a gzip file.*lxinstall import' bad archive.vhdx
refuses 6 'qcow2.vhdx: this is a qcow2 disk; qemu-img convert -O vhdx' bad qcow2.vhdx
refuses 6 'vhdx.img: .*\.vhdx only; rename it' bad vhdx.img
refuses 6 'dirty.vhdx: the log of the disk.*lxvhdx check --repair' bad dirty.vhdx
refuses 6 'empty.vhdx: the disk is empty' bad empty.vhdx
refuses 6 'noise.vhdx: there is neither ext4 nor NTFS on the disk;' bad noise.vhdx
refuses 6 'hollow.vhdx: .*neither /etc nor /bin/sh.*not-a-distribution' bad hollow.vhdx
refuses 3 'none.vhdx' bad none.vhdx
refuses 6 'no VHDX' bad .
refuses 5 "belongs to the distribution 'a' already.*move other.vhdx" \
    sh -c 'ln "$1/vhd/ext4.vhdx" "$1/a/other.vhdx" && mv "$1/vhd" "$1/bad" &&
        lxinstall import-in-place bad "$1/a/other.vhdx"
        status=$?
        mv "$1/bad/vhd" "$1/vhd" && rm "$1/a/other.vhdx"
        exit $status' sh "$tmp"
refuses 5 "registered as 'a'" lxinstall import-in-place A "$tmp/copy/ext4.vhdx"
refuses 2 "'b/c' cannot be" lxinstall import-in-place b/c "$tmp/bad/hollow.vhdx"
refuses 9 'ext4.vhdx is in use' flock "$tmp/copy/ext4.vhdx" \
    lxinstall import bad "$tmp/bad/new" "$tmp/copy/ext4.vhdx"

refuses 5 "registered as 'a'" import A "$tmp/bad/new" "$tmp/tiny.tar.gz"
refuses 5 "belongs to the distribution 'a'" import bad "$tmp/a" "$tmp/tiny.tar.gz"
cp "$tmp/a/ext4.vhdx" "$tmp/bad/ext4.vhdx"
refuses 5 'there already.*lxinstall import-in-place bad' import bad "$tmp/bad" "$tmp/tiny.tar.gz"
refuses 2 'cannot be' import 'b d' "$tmp/bad/new" "$tmp/tiny.tar.gz"
refuses 3 'none.tar' import bad "$tmp/bad/new" "$tmp/none.tar"
refuses 2 'is a URL.*lxinstall install' import bad "$tmp/bad/new" https://example.org/root.tar
refuses 2 'leave --size out' import bad "$tmp/bad/new" "$tmp/raw.img" --size 8G
refuses 6 'tiny.tar.gz: this is a gzip file.*without --vhd' import bad "$tmp/bad/new" "$tmp/tiny.tar.gz" --vhd
refuses 6 'hollow.tar.*not-a-distribution' import bad "$tmp/bad/new" "$tmp/hollow.tar"
refuses 6 'hollow.img.*not-a-distribution' import bad "$tmp/bad/new" "$tmp/hollow.img"
refuses 6 'qcow2.*qemu-img convert' import bad "$tmp/bad/new" "$tmp/bad/qcow2.vhdx" --vhd
for row in "--vhd:tiny.tar.gz:this is a gzip file.*with --vhd a VHDX" \
    "--vhd:raw.img:with --vhd a VHDX" "--vhd:bad/hollow.vhdx:standard input: .*not-a-distribution" \
    "--no-sync:a/ext4.vhdx:this is a VHDX.*lxinstall import --vhd"; do
    IFS=: read -r option file pattern <<<"$row"
    refuses 6 "$pattern" sh -c 'lxinstall import bad "$1/bad/new" - "$2" <"$1/$3"' sh "$tmp" "$option" "$file"
done
refuses 2 'takes vm or translation' lxinstall --import bad "$tmp/bad/new" "$tmp/tiny.tar.gz" --version 3
refuses 2 'NAME LOCATION FILE' lxinstall --import bad "$tmp/bad/new"
refuses 7 'No space|space' with_tmpfs size=1M "$tmp/bad" \
    lxinstall import bad "$tmp/bad/new" "$tmp/a/ext4.vhdx"
ok "no directory is left behind" test ! -e "$tmp/bad/new"

# ---- there and back, in every form ----

for ending in tar tar.gz tar.xz tar.zst wsl vhdx; do
    ok "export as .$ending" lxinstall --export a "$tmp/out.$ending" --no-sync --no-sidecar
    ok "and import it" import "from.$ending" "$tmp/from.$ending" "$tmp/out.$ending"
    ok "nothing is lost" lximage diff "$tmp/a/ext4.vhdx" "$tmp/from.$ending/ext4.vhdx"
    rm "$tmp/out.$ending"
done
ok "through a pipe" sh -c 'lxinstall export a - | lxinstall import pipe "$1/pipe" - --no-sync' sh "$tmp"
ok "nothing is lost" lximage diff "$tmp/a/ext4.vhdx" "$tmp/pipe/ext4.vhdx"
ok "export --vhd" lxinstall --export raw "$tmp/out.vhdx" --vhd --no-sync
refuses 2 'ends in .vhdx' lxinstall --export raw "$tmp/out.tar" --vhd
ok "a disk keeps its file system's identifier all the way" \
    import uuid "$tmp/uuid" "$tmp/out.vhdx"
lxvhdx convert "$tmp/uuid/ext4.vhdx" "$tmp/uuid.img"
like "as dumpe2fs sees it" "$(dumpe2fs -h "$tmp/uuid.img" 2>/dev/null)" \
    'UUID: +01234567-89ab-cdef-0123-456789abcdef'
ok "and e2fsck" e2fsck -fn "$tmp/uuid.img"
