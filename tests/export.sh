#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# Trees go into archives and come out again: GNU tar and bsdtar read them, nothing is lost on the
# way there and back, and a distribution is exported whole or not at all.
. tests/lib/tap.sh
need python3 tar bsdtar gzip xz zstd setfattr setfacl jq qemu-img

# ---- an odd tree ----
odd=$tmp/odd
long=$(printf 'n%.0s' {1..255})
mkdir -p "$odd/etc" "$odd/bin" "$odd/d/$long/$long" "$odd/"$'dir\xff'
echo 'ID=odd' >"$odd/etc/os-release"
echo 'deep' >"$odd/d/$long/$long/file"
echo 'long' >"$odd/$long"
ln -s "$long/$long" "$odd/d/symlink"
ln "$odd/$long" "$odd/hard"
echo 'latin' >"$odd/"$'latin\xe9'
ln "$odd/"$'latin\xe9' "$odd/"$'dir\xff/link\xfe'
ln -s $'target\xe9' "$odd/not-utf8"
ln -s 'ünïcode' "$odd/"$'symlink\xe9'
mkfifo "$odd/fifo"
printf 'x' >"$odd/attributes"
setfattr -n user.binary -v 0x000a3d25ff00 "$odd/attributes"
setfattr -n user.empty "$odd/attributes"
for place in 0 3M 250G; do
    truncate -s "${place/0/1}" "$odd/hole-$place"
    printf 'data' | dd of="$odd/hole-$place" oflag=seek_bytes,append conv=notrunc status=none
done
truncate -s 1M "$odd/all-hole"
head -c 17M /dev/urandom >"$odd/more-than-is-gathered"
truncate -s 18M "$odd/more-than-is-gathered"
printf 'end' >>"$odd/more-than-is-gathered"
setfacl -m u:1000:rwx,g:55:r "$odd/attributes"
setfacl -m u:3:r -d -m u:1000:rwx "$odd/d"
chmod 6755 "$odd/bin"
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$odd/s"
if [ "$(id -u)" -eq 0 ]; then
    mknod "$odd/device" b 4095 1048575
    echo 'large' >"$odd/owner"
    chown 4000000000:3000000000 "$odd/owner"
    setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 "$odd/owner"
fi
find "$odd" -exec touch -h -d '2024-02-03 04:05:06.123456789' {} +
touch -d '1960-01-01' "$odd/hole-0"
touch -d '2400-01-01 00:00:00.1' "$odd/hole-3M"
gnu=(tar --xattrs '--xattrs-include=*' --acls --numeric-owner)
"${gnu[@]}" --format=posix --sparse -C "$odd" -cf "$tmp/gnu.tar" . 2>/dev/null
rm -f "$odd/s"
touch -d '2024-02-03 04:05:06.123456789' "$odd"

# ---- there and back ----
ok "from GNU tar to a disk" lximage convert --no-sync "$tmp/gnu.tar" "$tmp/1.vhdx" || exit
ok "from the disk to an archive" lximage convert --no-sync "$tmp/1.vhdx" "$tmp/1.tar" || exit
ok "A12: holes are not stored" test "$(stat -c %s "$tmp/1.tar")" -lt 25000000
tar -tf "$tmp/1.tar" >"$tmp/listing" 2>/dev/null
is "the root comes first" "$(head -n 1 "$tmp/listing")" "./"
is "every name begins with it" "$(grep -cv '^\./' "$tmp/listing")" 0
ok "bsdtar lists it" bsdtar -tf "$tmp/1.tar"
ok "B1: owners are numbers only" python3 -c '
import sys, tarfile
for member in tarfile.open(sys.argv[1], errors="surrogateescape"):
    assert not member.uname and not member.gname, member
    assert member.islnk() or "mtime" in member.pax_headers or member.name.endswith("hole-0"), member
' "$tmp/1.tar"
for reader in tar bsdtar; do
    is "$reader reads a name that is no UTF-8" \
        "$($reader -xOf "$tmp/1.tar" $'./latin\xe9' 2>/dev/null || $reader -xOf "$tmp/1.tar" './latin*' 2>/dev/null)" latin
done

if [ "$(id -u)" -eq 0 ]; then
    mkdir "$tmp/gnu" "$tmp/bsd"
    "${gnu[@]}" -xpf "$tmp/1.tar" -C "$tmp/gnu" 2>/dev/null
    bsdtar --numeric-owner --acls --xattrs -xpf "$tmp/1.tar" -C "$tmp/bsd"
    ok "holes are holes again" test "$(du -sm "$tmp/gnu" | cut -f 1)" -lt 25
    rm "$odd/hole-250G" "$tmp"/{gnu,bsd}/hole-250G
    touch -d '2024-02-03 04:05:06.123456789' "$odd" "$tmp/gnu" "$tmp/bsd"
    ok "GNU tar extracts what was there" python3 tests/lib/tree_compare.py - "$odd" "$tmp/gnu"
    ok "bsdtar extracts what was there" python3 tests/lib/tree_compare.py - "$odd" "$tmp/bsd"
    rm -rf "$tmp/gnu" "$tmp/bsd"
else
    skip "extractions compared" "needs root"
fi

export SOURCE_DATE_EPOCH=1700000000
previous=gnu
for i in a b c; do
    lximage convert --no-sync "$tmp/$previous.tar" "$tmp/$i.vhdx" 2>/dev/null
    lximage convert --no-sync "$tmp/$i.vhdx" "$tmp/$i.tar"
    previous=$i
done
same "an archive of a disk of an archive is that archive" "$tmp/a.tar" "$tmp/b.tar"
same "and a disk of it that disk" "$tmp/b.vhdx" "$tmp/c.vhdx"
unset SOURCE_DATE_EPOCH
rm "$tmp"/[abc].* "$tmp/1.vhdx"

# ---- compression ----
tar -cf "$tmp/own.tar" core image tests
lximage convert --no-sync "$tmp/own.tar" "$tmp/plain.tar"
for row in tar.gz:gzip tgz:gzip wsl:gzip tar.xz:xz txz:xz tar.zst:zstd tzst:zstd TAR.GZ:gzip; do
    out=$tmp/out.${row%:*}
    program=${row#*:}
    lximage convert --no-sync "$tmp/own.tar" "$out"
    ok "$program takes .${row%:*}" "$program" -tq "$out"
    same "with the same content" <("$program" -dcq <"$out") "$tmp/plain.tar"
    rm -f "$out"
done
lximage convert - - <"$tmp/1.tar" >"$tmp/piped.tar" 2>/dev/null
same "from standard input to standard output" "$tmp/piped.tar" "$tmp/1.tar"
ok "--format tar, whatever the name" lximage convert --no-sync --format tar "$tmp/1.tar" "$tmp/out"
same "is not compressed" "$tmp/out" "$tmp/1.tar"
rm "$tmp/piped.tar" "$tmp/out" "$tmp/own.tar" "$tmp/plain.tar"

# ---- refused, and nothing left ----
refuses 5 '1.tar.*exists' lximage convert "$tmp/gnu.tar" "$tmp/1.tar"
refuses 2 'size is for disks' lximage convert --size 1G "$tmp/1.tar" "$tmp/out.tar"
refuses 2 'container is for disks' lximage convert -f tar -c vhdx "$tmp/1.tar" "$tmp/out.tar"
refuses 2 'standard output' lximage convert --format ext4 "$tmp/1.tar" -
# shellcheck disable=SC2016
refuses 7 'standard output.*space' sh -c 'lximage convert "$1" - >/dev/full' sh "$tmp/1.tar"
if have_tmpfs "a full target"; then
    mkdir "$tmp/target"
    for ending in tar tar.gz tar.zst; do
        refuses 7 "out.$ending.*space" with_tmpfs size=8M "$tmp/target" \
            lximage convert "$tmp/1.tar" "$tmp/target/out.$ending"
        unlike "and nothing is left of it" "$(cat "$scratch/error")" '^left:'
    done
fi
mkfifo "$tmp/pipe"
exec 9<>"$tmp/pipe" # a reader that does not read
lximage convert "$tmp/1.tar" - >"$tmp/pipe" 2>/dev/null &
victim=$!
sleep 0.5
kill -TERM $victim
wait $victim
is "a signal ends it, also where nobody takes the output" $? 143
exec 9<&-

# ---- what tar cannot hold ----
python3 - "$tmp/tree" <<'PYTHON'
import os, socket, sys
os.makedirs(sys.argv[1] + "/etc")
socket.socket(socket.AF_UNIX).bind(sys.argv[1] + "/socket")
os.link(sys.argv[1] + "/socket", sys.argv[1] + "/another")
PYTHON
truncate -s 16M "$tmp/sockets.img"
mke2fs -q -t ext4 -d "$tmp/tree" "$tmp/sockets.img"
lximage convert --events "$tmp/sockets.img" "$tmp/sockets.tar" 2>"$tmp/events"
is "A16: a socket and its other name are losses" \
    "$(jq -r 'select(.path) | .path' "$tmp/events" | sort | tr '\n' ' ')" "another socket "
is "the rest is there" "$(tar -tf "$tmp/sockets.tar" | sort | tr '\n' ' ')" "./ ./etc/ "

# ---- lxinstall export ----
disk=$XDG_DATA_HOME/lxkit/distributions/odd/ext4.vhdx
lxinstall install "$tmp/1.tar" --name odd --size 2G --no-sync 2>/dev/null
ok "an installed distribution becomes an archive" lxinstall export odd "$tmp/odd.tar"
same "the one it was made from" "$tmp/odd.tar" "$tmp/1.tar"
lxinstall export odd - >"$tmp/stdout.tar"
same "or goes to standard output" "$tmp/stdout.tar" "$tmp/1.tar"
ok "as wsl.exe says it" lxinstall --export odd "$tmp/odd.wsl" --no-sync
ok "a file that can be installed" lxinstall install "$tmp/odd.wsl" --name again --no-sync
ok "its disk is copied" lxinstall export odd "$tmp/odd.vhdx"
ok "bit for bit" qemu-img compare -q "$tmp/odd.vhdx" "$disk"
refuses 5 'odd.tar.*exists' lxinstall export odd "$tmp/odd.tar"
refuses 5 'odd.vhdx.*exists' lxinstall export odd "$tmp/odd.vhdx"
refuses 3 "'none'" lxinstall export none "$tmp/none.tar"
refuses 2 'ending' lxinstall export odd "$tmp/odd.zip"
refuses 2 'or \.wsl for an archive \[' lxinstall export odd "$tmp/odd.zip"
refuses 3 'directory /proc takes no new file' lxinstall export odd /proc/odd.tar
refuses 2 'exported to a file' lxinstall export odd "$tmp/odd/"
refuses 2 'OUT' lxinstall export odd
refuses 9 'in use' flock "$disk" lxinstall export odd "$tmp/busy.tar"
mv "$disk" "$tmp/away.vhdx"
refuses 3 'the disk of odd is gone: .*ext4.vhdx; .*lxinstall unregister odd' lxinstall export odd "$tmp/missing.tar"
