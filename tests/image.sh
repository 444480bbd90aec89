#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Archives become disks: what must be refused is, what tar's rules say happens, every compressor is
# undone, and e2fsprogs reads what was meant. Needs no root.
. tests/lib/tap.sh
need python3 e2fsck debugfs dumpe2fs gzip xz zstd bzip2 lz4 igzip

# inside DISK COMMAND: what debugfs says.
inside() {
    debugfs -R "$2" "$tmp/$1" 2>/dev/null
}

# ---- what must be refused: the table is in the generator ----
mkdir "$tmp/hostile"
python3 tests/lib/hostile_archives.py "$tmp/hostile" >"$tmp/hostile.tsv"
while IFS=$'\t' read -r name status pattern id; do
    as="${id}refused with $status: $name" refuses "$status" "$name.*($pattern)" \
        lximage convert --size 64M "$tmp/hostile/$name" "$tmp/out.img"
done <"$tmp/hostile.tsv"
refuses 10 'cut short' lximage ls "$tmp/hostile/cut.tar"
tar -C tests -cf "$tmp/appended.tar" lib
echo x >>"$tmp/appended.tar"
refuses 10 'appended.tar.*or something was appended' lximage ls "$tmp/appended.tar"
ok "a VHDX" lxvhdx create "$tmp/empty.vhdx" --size 64M
refuses 6 'empty.vhdx: the disk is empty' lximage ls "$tmp/empty.vhdx"
refuses 6 'qcow2' lximage ls "$tmp/hostile/disk.qcow2"

# ---- tar's rules, each seen on the disk ----
python3 tests/lib/semantic_archive.py "$tmp/rules.tar"
ok "an archive that leans on tar's rules" \
    lximage convert --size 64M "$tmp/rules.tar" "$tmp/rules.img" || exit
ok "e2fsck has nothing to say" e2fsck -fn "$tmp/rules.img"
is "A5: of two files with one name the later counts" "$(inside rules.img 'cat /twice')" "second"
is "a file in the place of a directory" "$(inside rules.img 'cat /was-directory')" "file"
like "a directory in the place of a file" "$(inside rules.img 'stat /was-file')" 'Type: directory'
is "A1: a hard link before its target" "$(inside rules.img 'cat /early-link')" "late"
is "a hard link to a hard link" "$(inside rules.img 'cat /chained')" "late"
like "has all the names" "$(inside rules.img 'stat /late')" 'Links: 3'
is "a name through a symbolic link" "$(inside rules.img 'cat /usr/lib/through')" "through"
is "A7: a name through an absolute symbolic link" "$(inside rules.img 'cat /usr/lib/absolute')" "absolute"
is "A7: a link that would lead out stays inside" "$(inside rules.img 'cat /outside')" "inside"
like "A3: a missing parent is made" "$(inside rules.img 'stat /made/up')" 'Mode: +0755'
like "a late directory entry counts" "$(inside rules.img 'stat /lib-late')" 'Mode: +0700.*'
like "C9: the root takes its own entry" "$(inside rules.img 'stat /')" 'Mode: +0711'
is "a name of 255 bytes" "$(inside rules.img "cat /$(printf 'n%.0s' {1..255})")" "long"
is "a name that is no UTF-8" "$(inside rules.img $'cat /latin\xe9')" "latin"
like "C9: lost+found has room" "$(inside rules.img 'stat /lost+found')" 'Size: 16384'
like "C9: lost+found has its place" "$(inside rules.img 'stat /lost+found')" 'Inode: 11 '
like "a file of zeros takes no blocks" "$(inside rules.img 'stat /zeros')" 'Blockcount: 0'
like "C10: a fast symbolic link" "$(inside rules.img 'stat /link59')" 'Fast link dest'
unlike "a slow one" "$(inside rules.img 'stat /link60')" 'Fast link dest'

# ---- extents and directories at their limits ----
python3 tests/lib/semantic_archive.py --large "$tmp/large.tar"
ok "many extents, many names" lximage convert --no-sync --size 2G "$tmp/large.tar" "$tmp/large.img"
ok "e2fsck has nothing to say" e2fsck -fn "$tmp/large.img"
like "C2: an extent tree of two levels" "$(inside large.img 'dump_extents /holes')" '^ 2/ 2'
like "C3: a hash tree of two levels" "$(inside large.img 'htree_dump /many')" 'Indirect levels: 1'
like "B10: 65000 subdirectories are not counted" "$(inside large.img 'stat /many')" 'Links: 1 '
like "B6: an attribute in a block that many files share" \
    "$(inside large.img 'ea_get -V /attributes/2999 user.large')" 'v{1000}'
like "B6: a value of 60000 bytes has an inode of its own" \
    "$(inside large.img 'ea_get -V /huge user.c')" 'c{1000}'
like "and the file system says so" "$(dumpe2fs -h "$tmp/large.img" 2>/dev/null)" ' ea_inode '
inside large.img 'dump /holes '"$tmp/holes" >/dev/null
tar -xOf "$tmp/large.tar" ./holes >"$tmp/holes.expected"
same "the content between the holes" "$tmp/holes" "$tmp/holes.expected"
rm "$tmp/large.img" "$tmp/large.tar" "$tmp/holes" "$tmp/holes.expected"

# ---- compression ----
export SOURCE_DATE_EPOCH=1700000000
lximage convert --size 64M "$tmp/rules.tar" "$tmp/plain.img"
for compressor in gzip 'igzip -c' xz zstd bzip2 lz4 'xz --format=lzma'; do
    ok "undoes $compressor" lximage convert --size 64M \
        <(eval "$compressor -c" <"$tmp/rules.tar") "$tmp/compressed.img"
    same "and reads the same" "$tmp/plain.img" "$tmp/compressed.img"
    rm -f "$tmp/compressed.img"
done
half=$(($(stat -c %s "$tmp/rules.tar") / 2))
{ head -c $half "$tmp/rules.tar" | gzip; tail -c +$((half + 1)) "$tmp/rules.tar" | gzip; } \
    >"$tmp/members.tar.gz"
ok "A13: reads gzip of two members" lximage convert --size 64M "$tmp/members.tar.gz" "$tmp/members.img"
same "as one" "$tmp/plain.img" "$tmp/members.img"
head -c 512 /dev/zero >>"$tmp/members.tar.gz"
ok "takes zeros behind gzip for padding" \
    lximage convert --size 64M "$tmp/members.tar.gz" "$tmp/padded.img"
unset SOURCE_DATE_EPOCH

# ---- targets ----
refuses 5 'rules.img' lximage convert "$tmp/rules.tar" "$tmp/rules.img"
refuses 2 'ending' lximage convert "$tmp/rules.tar" "$tmp/out"
refuses 2 'ending' lximage convert "$tmp/rules.tar" "$tmp/out.qcow2"
refuses 2 'container' lximage convert --container iso "$tmp/rules.tar" "$tmp/out.img"
refuses 2 'format' lximage convert --format xfs "$tmp/rules.tar" "$tmp/out.img"
refuses 2 'size' lximage convert --size 1.5G "$tmp/rules.tar" "$tmp/out.img"
refuses 2 'standard input' lximage convert - "$tmp/out.img"
refuses 3 'nowhere' lximage convert "$tmp/nowhere.tar" "$tmp/out.img"
refuses 3 'no/such' lximage convert "$tmp/rules.tar" "$tmp/no/such/out.img"
refuses 7 'too small' lximage convert --size 4M "$tmp/rules.tar" "$tmp/out.img"
mkdir -p "$tmp/a-directory/etc"
ok "a directory is an input too" lximage convert --size 16M "$tmp/a-directory" "$tmp/directory.img"
ok "and nothing of it is lost" lximage diff "$tmp/a-directory" "$tmp/directory.img"
head -c 20M /dev/urandom >"$tmp/bulk"
tar -cf "$tmp/bulk.tar" -C "$tmp" bulk
refuses 7 'out.img: .*--size.*full' lximage convert --size 16M "$tmp/bulk.tar" "$tmp/out.img"
ok "a raw disk is fitted" lximage convert "$tmp/bulk.tar" "$tmp/fitted.img"
ok "e2fsck has nothing to say" e2fsck -fn "$tmp/fitted.img"

if have_tmpfs "full and read-only targets"; then
    mkdir "$tmp/target"
    refuses 7 'out.vhdx.*space' with_tmpfs size=8M "$tmp/target" \
        lximage convert "$tmp/rules.tar" "$tmp/target/out.vhdx"
    unlike "and nothing is left of it" "$(cat "$scratch/error")" '^left:'
    refuses 7 'target.*(needed|free)' with_tmpfs size=8M "$tmp/target" \
        lximage convert "$tmp/bulk.tar" "$tmp/target/out.img"
    refuses 7 'target.*Read-only' with_tmpfs ro "$tmp/target" \
        lximage convert "$tmp/rules.tar" "$tmp/target/out.img"
fi

# ---- ls ----
like "ls names the entries" "$(lximage ls "$tmp/rules.tar")" '^/twice$'
like "ls -l tells more" "$(lximage ls -l "$tmp/rules.tar")" \
    '^drwx--x--x +[0-9]+ +0 +0 +0 [0-9-]{10} [0-9:]{8}[.]0{9} [+]0000 /$'
ok "ls --json is JSON" python3 -c '
import json, subprocess, sys
listing = json.loads(subprocess.check_output(["lximage", "ls", "--json", sys.argv[1]]))
assert listing["version"] == 1
by_path = {entry["path"]: entry for entry in listing["entries"]}
assert by_path["early-link"]["target"] == "chained", by_path["early-link"]
assert by_path["link59"]["type"] == "symbolic link"
assert any(entry.get("inexact") for entry in listing["entries"])
' "$tmp/rules.tar"

# ---- interruption: nothing is left, and the parent sees the signal ----
mkdir "$tmp/interrupted"
mkfifo "$tmp/pipe"
(exec 9>"$tmp/pipe" && head -c 100000 "$tmp/bulk.tar" >&9 && exec sleep 5) &
feeder=$!
lximage convert --size 64M "$tmp/pipe" "$tmp/interrupted/out.img" 2>"$scratch/error" &
victim=$!
sleep 0.5
kill -TERM $victim
wait $victim
is "a signal ends it" $? 143
like "it says so" "$(cat "$scratch/error")" 'interrupted'
is "nothing is left" "$(ls -A "$tmp/interrupted")" ""
kill $feeder 2>/dev/null
wait $feeder 2>/dev/null || true
