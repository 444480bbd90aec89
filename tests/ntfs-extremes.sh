#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# NTFS volumes at the edges of what the format and the disk can hold. Needs root for mounts.
. tests/lib/tap.sh
. tests/lib/ntfs.sh
need ntfsfix ntfscat mkntfs istat

export SOURCE_DATE_EPOCH=1700000000

# make INPUT IMAGE [ARGUMENT...]: a volume that is sound.
make() {
    local input=$1 image=$2
    shift 2
    rm -f "$image" "$tmp/report"
    lximage convert --no-sync --format ntfs "$@" "$input" "$image" && lximage check "$image" &&
        ntfsfix -n "$image"
}

# ---- names ----

mkdir "$tmp/links"
echo one >"$tmp/links/0000"
(cd "$tmp/links" && seq -w 1 2049 | xargs -n 1 ln 0000)
ok "2050 names of one file" make "$tmp/links" "$tmp/links.img" --strict --verify
is "are one again where the carrier is read" "$(lximage diff "$tmp/links" "$tmp/links.img")" ""
ok "without a carrier, too" make "$tmp/links" "$tmp/links.img" --no-carrier --verify \
    --report "$tmp/report"
like "are reported, and become three files" "$(cat "$tmp/report")" \
    '"loss":"links",.*2050 hard links; NTFS allows 1024, so the names lead to 3 equal files'
counts() { (cd "$tmp/mnt/rootfs" && stat -c '%h %s' -- * | sort | uniq -c | xargs); }
is "of as many names as are allowed" "$(mounted "$tmp/links.img" counts)" \
    '2048 1024 4 2 2 4'
rm -r "$tmp/links" "$tmp/links.img"

n=100000
[ "${CHECK:-}" != full ] || n=1000000
python3 - "$tmp/many.tar" "$n" <<'PYTHON'
import sys
import tarfile

with tarfile.open(sys.argv[1], "w") as tar:
    for i in range(int(sys.argv[2])):
        tar.addfile(tarfile.TarInfo(f"d/{i * 7919 % 1000003:07d}-{'x' * (i % 50)}"))
PYTHON
ok "$n names in a directory" make "$tmp/many.tar" "$tmp/many.img"
count() { find "$tmp/mnt/rootfs/d" -mindepth 1 -maxdepth 1 | wc -l; }
is "ntfs-3g lists all" "$(mounted "$tmp/many.img" count)" "$n"
found() { stat -c %s "$tmp/mnt/rootfs/d/0000000-" "$tmp/mnt/rootfs/d/0007919-x" | xargs; }
is "and finds them by name" "$(mounted "$tmp/many.img" found)" "0 0"
rm "$tmp"/many.*

# Members that no directory here can have.
python3 - "$tmp/odd.tar" <<'PYTHON'
import io
import sys
import tarfile

LONG = "s" * 65000


def add(tar, name, content=b"", **fields):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for field, value in fields.items():
        setattr(member, field, value)
    tar.addfile(member, io.BytesIO(content))


with tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT, errors="surrogateescape") as tar:
    for name in ("a\udcff", "a\udcfe", "a\uf03a", "a:", "a"):
        add(tar, f"names/{name}", name.encode("utf-8", "surrogateescape"))
    add(tar, "names/" + "\udcff" * 255)
    add(tar, "old", mtime=-12000000000)
    add(tar, "new", mtime=1.5e10)
    add(tar, "most", pax_headers={"SCHILY.xattr.user.a": LONG})
    add(tar, "more", pax_headers={"SCHILY.xattr.user.a": LONG, "SCHILY.xattr.user.b": LONG})
    add(tar, "case", pax_headers={"SCHILY.xattr.user.Key": "1", "SCHILY.xattr.user.kEY": "2"})
    add(tar, "space", pax_headers={"SCHILY.xattr.user.a b": "1"})
    add(tar, "replaced", b"r" * 100000)
    add(tar, "replaced", b"again")
PYTHON
ok "what wslfs cannot hold" make "$tmp/odd.tar" "$tmp/odd.img" --strict --verify
is "is in the carrier" "$(lximage diff "$tmp/odd.tar" "$tmp/odd.img")" ""
ok "without a carrier" make "$tmp/odd.tar" "$tmp/odd.img" --no-carrier --verify \
    --report "$tmp/report"
losses=$(python3 -c '
import json, sys
for line in open(sys.argv[1]):
    loss = json.loads(line)
    if "loss" in loss:
        print(loss["loss"], loss["path"][:40], loss["text"])' "$tmp/report")
is "is told, each with its path" "$(cut -d' ' -f1 <<<"$losses" | sort | uniq -c | xargs)" \
    '4 name 1 time 4 xattr'
like "a time before 1601" "$losses" '^time old .*1601'
lximage diff "$tmp/odd.tar" "$tmp/odd.img" >"$tmp/differences"
is "what differs is what was told" "$(grep -c . "$tmp/differences")" 14
like "more than 64 KiB of attributes" "$losses" '^xattr more .*user\.[ab] .*64 KiB'
like "capital letters" "$losses" '^xattr case .*user\.(Key|kEY) .*small'
like "two that become one" "$losses" '^xattr case .*user\.(Key|kEY) .*same'
names() { find "$tmp/mnt/rootfs/names" -type f -exec md5sum {} + | sed 's/ .*//' | sort; }
is "names stay apart, with their contents" "$(mounted "$tmp/odd.img" names | sort -u | wc -l)" 6
name=$(mounted "$tmp/odd.img" ls "$tmp/mnt/rootfs/names" | grep -m 1 '^a.*~')
mkdir "$tmp/same"
: >"$tmp/same/$name"
: >"$tmp/same/$(printf 'a\377')"
: >"$tmp/same/$(printf 'a\376')"
: >"$tmp/same/$(printf 'a\357\200\272')"
refuses 6 'have the same name on NTFS' \
    lximage convert --no-sync --format ntfs "$tmp/same" "$tmp/same.img"
rm "$tmp/same/$name"
largest() { getfattr -h --absolute-names --only-values -n system.ntfs_ea "$tmp/mnt/rootfs/most" | wc -c; }
is "65000 bytes of an attribute" "$(mounted "$tmp/odd.img" largest)" $((60 + 8 + 10 + 4 + 65000 + 2))
is "of two members the later counts" "$(lximage cat "$tmp/odd.img" replaced)" again

# ---- where the tree lies ----

long=$(printf 'l%.0s' {1..255})
for path in tree '\Distros\Debian 12\rootfs' "/$long/${long%l}/$long/"; do
    ok "--out-path ${path:0:30}" make "$tmp/same" "$tmp/placed.img" --verify --out-path "$path"
    is "... is where it is" "$(lximage ls --path "$path" "$tmp/placed.img" | wc -l)" 4
    is "... and is found" "$(lximage diff "$tmp/same" "$tmp/placed.img" 2>/dev/null)" ""
done
rm "$tmp/same/"* "$tmp/placed.img"
for path in / \\ . a/../b "\$Extend/x" 'system volume information' "$(printf 'a\377')" "${long}l" \
    "$(printf 'a/%.0s' {1..33})"; do
    refuses 2 'is no place for a tree' \
        lximage convert --no-sync --format ntfs --out-path "$path" "$tmp/same" "$tmp/placed.img"
done

# ---- holes ----

python3 - "$tmp/holes" <<'PYTHON'
import sys

with open(sys.argv[1], "wb") as file:
    for i in range(3000):
        file.seek(i * 131072 + i * 37 % 65536)
        file.write(b"%d" % i)
    file.truncate(3000 * 131072 + 5)
PYTHON
truncate -s 41G "$tmp/far"
printf end | dd of="$tmp/far" bs=1 seek=$((41 << 30)) conv=notrunc status=none
mkdir "$tmp/sparse"
mv "$tmp/holes" "$tmp/far" "$tmp/sparse"
ok "3000 holes, and 41 GiB of one" make "$tmp/sparse" "$tmp/sparse.img"
ok "the disk is small" test "$(du -k "$tmp/sparse.img" | cut -f1)" -lt 250000
contents() {
    cmp "$tmp/sparse/holes" "$tmp/mnt/rootfs/holes" &&
        [ "$(stat -c %s "$tmp/mnt/rootfs/far")" = $(((41 << 30) + 3)) ] &&
        [ "$(tail -c 5 "$tmp/mnt/rootfs/far" | tr '\0' .)" = ..end ]
}
ok "ntfs-3g reads the same" mounted "$tmp/sparse.img" contents
rm -r "$tmp/sparse" "$tmp/sparse.img"

# ---- sizes ----

mkdir -p "$tmp/some/dir"
head -c 3000000 /dev/urandom >"$tmp/some/data"
for i in $(seq 300); do echo "$i" >"$tmp/some/dir/$i"; done
for extra in 0 7000000 30000000; do
    head -c "$extra" /dev/urandom >"$tmp/some/extra"
    find "$tmp/some" -exec touch -d '2021-03-04 05:06:07.1234567' {} +
    ok "+$extra: as small as can be" make "$tmp/some" "$tmp/min.img" --size min
    size=$(stat -c %s "$tmp/min.img")
    as="+$extra: one cluster less is refused, and the need named" \
        refuses 7 "the tree needs a disk of $size bytes" \
        lximage convert --no-sync --format ntfs --size $((size - 4096)) "$tmp/some" "$tmp/less.img"
    ok "+$extra: that size is enough" make "$tmp/some" "$tmp/again.img" --size "$size"
    same "+$extra: the same input gives the same bytes" "$tmp/min.img" "$tmp/again.img"
done
SOURCE_DATE_EPOCH=1600000000 make "$tmp/some" "$tmp/other.img" --size "$size" >/dev/null
ok "another date gives others" test "$(cmp "$tmp/min.img" "$tmp/other.img" | wc -l)" -gt 0
refuses 10 'too large for NTFS' \
    lximage convert --no-sync --format ntfs --size 17T "$tmp/some" "$tmp/large.vhdx"
refuses 7 'too small for NTFS' \
    lximage convert --no-sync --format ntfs --size 2M "$tmp/some" "$tmp/small.img"
rm "$tmp"/*.img

ok "a VHDX of 1 TiB" lximage convert --no-sync --format ntfs "$tmp/some" "$tmp/disk.vhdx"
like "has that size" "$(lxvhdx info "$tmp/disk.vhdx")" '1 TiB|1\.0 TiB|1099511627776'
ok "its file is small" test "$(stat -c %s "$tmp/disk.vhdx")" -lt $((60 << 20))
ok "it is sound" lximage check "$tmp/disk.vhdx"
ok "and holds the tree" lximage diff "$tmp/some" "$tmp/disk.vhdx"
ok "a VHDX of 16 TiB" \
    lximage convert --no-sync --format ntfs --size 16T "$tmp/some" "$tmp/largest.vhdx"
ok "it is sound, too" lximage check "$tmp/largest.vhdx"
rm "$tmp"/*.vhdx

# ---- the same on every volume ----

make "$tmp/some" "$tmp/ours.img" >/dev/null
truncate -s 64M "$tmp/theirs.img"
mkntfs -F -Q -q -c 4096 "$tmp/theirs.img" >/dev/null 2>&1
ntfscat -i 4 "$tmp/ours.img" >"$tmp/ours"
ntfscat -i 4 "$tmp/theirs.img" >"$tmp/theirs"
same "\$AttrDef is that of mkntfs, which is that of Windows" "$tmp/ours" "$tmp/theirs"
