#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# lximage mount: the kernel shows of a tree in any format what the tree holds, lets it be changed
# like any other file system where that is asked for, and nothing stays mounted.
. tests/lib/tap.sh
need fusermount3 getfattr setfattr tar python3 unshare
need_root
[ -w /dev/fuse ] || skip_all "no /dev/fuse"

mnt=$tmp/mnt
mkdir "$mnt"
cleanup() {
    while umount -l "$mnt" 2>/dev/null; do :; done
}

wait_mounted() {
    for _ in $(seq 300); do
        mountpoint -q "$mnt" && return
        sleep 0.1
    done
}

# ---- a tree of everything ----

tree=$tmp/tree
mkdir -p "$tree/d/e/empty" "$tree/many"
printf 'hello\n' >"$tree/d/file"
ln "$tree/d/file" "$tree/d/e/second"
ln -s ../d/file "$tree/d/link"
ln -s nowhere "$tree/dangling"
mknod "$tree/null" c 1 3
mknod "$tree/loop" b 7 9
mkfifo "$tree/fifo"
chmod 4711 "$tree/d/file"
chmod 1777 "$tree/d/e"
chown 1234:4321 "$tree/d/e/empty"
chown -h 7:8 "$tree/d/link"
setfattr -n user.colour -v green "$tree/d/file"
setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 "$tree/d/file"
truncate -s 9000001 "$tree/sparse"
printf middle | dd of="$tree/sparse" bs=1 seek=5000000 conv=notrunc status=none
head -c 3000000 /dev/urandom >"$tree/large"
(cd "$tree/many" && seq -f 'name-%g' 700 | xargs touch)
touch -d '2021-02-03 04:05:06.123456700' "$tree/d/file" "$tree/large" "$tree/d/e/empty"
find "$tree" -depth -exec touch -hd '2020-01-02 03:04:05.5' {} +

# What the system says of all below the current directory, but for sizes of directories.
listing() {
    find . -printf '%p %y %m %U %G %n %T@ %l\n' | sort
    find . -type f -printf '%p %s\n' | sort
    find . -type f ! -name 'name-*' -exec sha256sum {} + | sort -k 2
    getfattr -Rhd -m - . | sort
    stat -c '%n %t %T' null loop
}
expected=$(cd "$tree" && listing)

tar -C "$tree" --xattrs --xattrs-include='*' --format=pax -cf "$tmp/in.tar" .
gzip -k "$tmp/in.tar"
lximage convert -q --no-sync --size 64M "$tree" "$tmp/in.img"
lximage convert -q --no-sync "$tree" "$tmp/in.vhdx"
lximage convert -q --no-sync --format ntfs --size 64M "$tmp/in.tar" "$tmp/ntfs.img" 2>/dev/null
lximage convert -q --no-sync --format ntfs "$tmp/in.tar" "$tmp/ntfs.vhdx" 2>/dev/null

for input in in.tar in.tar.gz tree in.img in.vhdx ntfs.img ntfs.vhdx; do
    ok "$input is mounted" lximage mount "$tmp/$input" "$mnt" || continue
    is "$input: find, getfattr and sha256sum see what was in the directory" \
        "$(cd "$mnt" && listing)" "$expected"
    is "$input: a mount of it is the same tree" "$(lximage diff "$tmp/$input" "$mnt")" ""
    tar -C "$mnt" --xattrs --xattrs-include='*' --format=pax -cf "$tmp/out.tar" .
    is "$input: GNU tar packs the same tree" "$(lximage diff "$tmp/in.tar" "$tmp/out.tar")" ""
    ok "$input: pieces from anywhere, holes, and one file with two names" python3 - "$tree" "$mnt" <<'PY'
import os, random, sys

here, there = sys.argv[1:]
random.seed(1)
for name in "large", "sparse":
    with open(f"{here}/{name}", "rb") as a, open(f"{there}/{name}", "rb") as b:
        size = os.fstat(a.fileno()).st_size
        for _ in range(60):
            at = random.randrange(size)
            n = random.choice((1, 4095, 4096, 70000))
            assert os.pread(a.fileno(), n, at) == os.pread(b.fileno(), n, at), (name, at, n)
with open(f"{there}/sparse", "rb") as b:
    assert os.fstat(b.fileno()).st_blocks * 512 < 1000000
    data = os.lseek(b.fileno(), 0, os.SEEK_DATA)
    assert 4900000 < data <= 5000000, data
    assert os.lseek(b.fileno(), data, os.SEEK_HOLE) < 5100000
assert os.stat(f"{there}/d/file").st_ino == os.stat(f"{there}/d/e/second").st_ino
assert len({entry.inode() for entry in os.scandir(f"{there}/many")}) == 700
assert os.statvfs(there).f_namemax == 255
PY
    numbers=$(cd "$mnt" && find . -printf '%p %i\n' | sort | sha256sum)
    is "$input: it cannot be written" "$(touch "$mnt/new" 2>&1 | grep -c 'Read-only')" 1
    ok "$input: it is unmounted" fusermount3 -u "$mnt"
    lximage mount "$tmp/$input" "$mnt"
    is "$input: files have the same numbers the next time" \
        "$(cd "$mnt" && find . -printf '%p %i\n' | sort | sha256sum)" "$numbers"
    fusermount3 -u "$mnt"
done

# ---- changes ----

# What is done to a mount and to a directory of the system's own.
edit() (
    cd "$1" || return 1
    echo more >>d/file
    printf X | dd of=large bs=1 seek=100000 conv=notrunc status=none
    truncate -s 1500001 large
    truncate -s 1600000 large
    fallocate -p -o 8192 -l 100001 large
    mv d moved
    mkdir -p new/deep/er
    mv moved/e new/deep/er/e
    ln new/deep/er/e/second third
    rm moved/file dangling
    mv -f many/name-1 many/name-2
    rm many/name-3
    cp -a moved/link new/
    chown 5:6 third
    chmod 640 third
    setfattr -n user.taste -v sweet third
    setfattr -x user.colour third
    mkfifo new/pipe
    mknod new/zero c 1 5
    rm -r new/deep/er/e/empty
    python3 -c '
import mmap, os
with open("mapped", "w+b") as f:
    f.truncate(20000)
    m = mmap.mmap(f.fileno(), 20000)
    m[9000:9005] = b"hello"
    m.close()
with open("gone", "w+b") as f:
    f.write(b"x" * 100000)
    os.unlink("gone")
    f.seek(99999)
    assert f.read() == b"x"
try:
    os.rmdir("many")
    raise SystemExit("a full directory was removed")
except OSError:
    pass
try:
    os.rename("third", "many")
    raise SystemExit("a directory was replaced by a file")
except IsADirectoryError:
    pass
'
    find . -exec touch -hd '2022-01-01' {} +
)

cp -a "$tree" "$tmp/copy"
ok "a directory of the system is edited" edit "$tmp/copy"
for input in in.tar.gz tree in.vhdx ntfs.img; do
    lximage mount --foreground --rw --save "$tmp/saved.tar" "$tmp/$input" "$mnt" \
        >"$tmp/said" 2>&1 &
    wait_mounted
    ok "$input: the mount is edited" edit "$mnt"
    is "$input: it shows the same as the directory" "$(lximage diff "$tmp/copy" "$mnt")" ""
    fusermount3 -u "$mnt"
    wait $!
    is "$input: saving went well" "$? $(cat "$tmp/said")" "0 "
    is "$input: what was saved is the same too" "$(lximage diff "$tmp/copy" "$tmp/saved.tar")" ""
    rm "$tmp/saved.tar"
done
is "the inputs stay as they were" "$(lximage diff "$tmp/in.tar" "$tmp/in.vhdx")$(lximage diff \
    "$tmp/in.tar" "$tmp/ntfs.img")$(lximage diff "$tmp/in.tar" "$tree")" ""

# ---- ends ----

lximage mount "$tmp/in.vhdx" "$mnt"
exec 9<"$mnt/d/file"
as="a mount in use is not unmounted" refuses 1 'busy' fusermount3 -u "$mnt"
is "and still serves" "$(cat "$mnt/d/file")" hello
exec 9<&-
fusermount3 -u "$mnt"

lximage mount -f "$tmp/in.vhdx" "$mnt" &
wait_mounted
exec 9<"$mnt/d"
kill -TERM $!
wait $!
is "a signal ends it well" $? 0
ok "and unmounts, whoever uses it" test ! -e "$mnt/d"
exec 9<&-

# ---- refusals ----

refuses 2 'can be read only once' lximage mount - "$mnt"
refuses 3 'no-such' lximage mount "$tmp/in.img" "$tmp/no-such"
refuses 2 'not a directory' lximage mount "$tmp/in.img" "$tmp/in.tar"
refuses 2 'lies in' lximage mount "$tree" "$tree/d"
refuses 2 'give --rw' lximage mount --save x.tar "$tmp/in.img" "$mnt"
head -c 100000 "$tmp/in.tar" >"$tmp/cut.tar"
cp "$tmp/in.img" "$tmp/damaged.img"
dd if=/dev/urandom of="$tmp/damaged.img" bs=4096 seek=1 count=60 conv=notrunc status=none
as="half an archive is refused" refuses 10 'cut.tar' lximage mount "$tmp/cut.tar" "$mnt"
as="a damaged disk is refused" refuses 10 'damaged.img' lximage mount "$tmp/damaged.img" "$mnt"
ok "and nothing is mounted then" test ! -e "$mnt/d"

# ---- without root ----

# As nobody, with a /dev/fuse as udev makes it.
as_nobody() {
    # shellcheck disable=SC2016
    unshare --mount sh -c '
        mount -t tmpfs -o mode=755 tmpfs "$1" && mknod -m 666 "$1/fuse" c 10 229 &&
            mount --bind "$1/fuse" /dev/fuse && shift &&
            exec setpriv --reuid nobody --regid nogroup --clear-groups "$@"' sh "$tmp/place" "$@"
}
mkdir "$tmp/place" "$tmp/nobody"
cp "$tmp/ntfs.img" "$tmp/nobody"
chown -R nobody "$tmp/nobody"
chmod 711 "$scratch" "$tmp"
# shellcheck disable=SC2016
ok "who is not root mounts, looks and unmounts" as_nobody sh -ec '
    cd "$1"
    mkdir m
    lximage mount ntfs.img m
    test "$(stat -c %u:%g m/d/e/empty)" = 1234:4321
    sha256sum m/large | grep -q "^$2 "
    fusermount3 -u m
    lximage mount --allow-other ntfs.img m 2>said || grep -q user_allow_other said' sh \
    "$tmp/nobody" "$(sha256sum <"$tree/large" | cut -d ' ' -f 1)"
ok "nothing stays mounted" sh -c "! grep -F '$scratch' /proc/self/mounts"
