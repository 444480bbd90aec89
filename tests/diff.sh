#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What is in a tree, said in ways that others understand: two trees compared, single files, mtree.
# Needs no root.
. tests/lib/tap.sh
need python3 mke2fs debugfs bsdtar tar truncate

# differs NAME EXPECTED A B [OPTION...]: what diff prints and its exit status.
differs() {
    local name=$1 expected=$2 status=0 output
    shift 2
    output=$(lximage diff "$@" 2>&1) || status=$?
    is "$name" "$status: $output" "$([ -n "$expected" ] && echo 1 || echo 0): $expected"
}

# ---- each kind of difference is found and named, in an archive and on a disk ----
# The times of "future" are beyond ext4's.
mkdir "$tmp/variants"
python3 tests/lib/variant_archives.py "$tmp/variants" >"$tmp/variants.tsv"
base=$tmp/variants/base.tar
while IFS=$'\t' read -r name expected; do
    differs "diff: $name" "$expected" "$base" "$tmp/variants/$name.tar"
    [ "$name" != future ] || continue
    lximage convert --no-sync --size 16M "$tmp/variants/$name.tar" "$tmp/variants/$name.img"
    differs "diff: $name, on a disk" "$expected" "$base" "$tmp/variants/$name.img"
done <"$tmp/variants.tsv"
lximage convert --no-sync "$base" "$tmp/base.vhdx"
differs "a VHDX holds the same" "" "$base" "$tmp/base.vhdx"
differs "an archive from a pipe" "" - "$tmp/base.vhdx" <"$base"

# ---- an archive that leans on tar's rules, and the disk made of it ----
python3 tests/lib/semantic_archive.py "$tmp/rules.tar"
lximage convert --no-sync --size 64M "$tmp/rules.tar" "$tmp/rules.img"
differs "an archive that leans on tar's rules" "" "$tmp/rules.tar" "$tmp/rules.img"

# ---- a disk by e2fsprogs and an archive by GNU tar, of one directory ----
mkdir -p "$tmp/tree/usr/lib" "$tmp/tree/empty"
head -c 100000 /dev/urandom >"$tmp/tree/usr/lib/random"
seq 20000 >"$tmp/tree/usr/numbers"
truncate -s 1M "$tmp/tree/holes"
echo end >>"$tmp/tree/holes"
ln "$tmp/tree/usr/numbers" "$tmp/tree/usr/again"
ln -s usr/lib "$tmp/tree/lib"
ln -s ../lib/./random "$tmp/tree/usr/through"
ln -s "$(printf 'long/%.0s' {1..100})" "$tmp/tree/long"
ln -s loop "$tmp/tree/loop"
mkfifo "$tmp/tree/fifo"
find "$tmp/tree" -exec touch -h -d @1600000000 {} +
tar -C "$tmp/tree" --sparse --format=pax -cf "$tmp/tree.tar" .
mke2fs -q -t ext4 -d "$tmp/tree" "$tmp/tree.img" 16M >/dev/null 2>&1
# The root is the one inode that mke2fs gives the time of the day.
debugfs -w -R 'set_inode_field / mtime @1600000000' "$tmp/tree.img" 2>/dev/null
differs "mke2fs -d and GNU tar of one directory" "" "$tmp/tree.tar" "$tmp/tree.img"
cp --sparse=always "$tmp/tree.img" "$tmp/changed.img"
debugfs -w -R 'set_inode_field /usr/numbers mode 0100600' "$tmp/changed.img" 2>/dev/null
differs "what debugfs changed is found" "/usr/again: mode 0644 | 0600" \
    "$tmp/tree.tar" "$tmp/changed.img"

# ---- what is ignored, JSON, exit status ----
differs "ignored: owners" "" "$base" "$tmp/variants/owner.tar" --ignore owners
differs "ignored: modes" "" "$base" "$tmp/variants/mode.tar" --ignore=mtimes,modes
differs "ignored: mtimes" "" "$base" "$tmp/variants/nanosecond.tar" --ignore mtimes
differs "ignored: xattrs" "" "$base" "$tmp/variants/capability.tar" --ignore xattrs
differs "ignored: content" "" "$base" "$tmp/variants/size.tar" --ignore modes --ignore content
refuses 2 'colour.*owners' lximage diff "$base" "$base" --ignore owners,colour
refuses 2 'standard input' lximage diff - -
refuses 3 'nowhere' lximage diff "$base" "$tmp/nowhere.tar"
head -c 3000 "$base" >"$tmp/cut.tar"
refuses 10 '/cut.tar.*cut short' lximage diff "$base" "$tmp/cut.tar"
refuses 10 '/cut.tar.*cut short' lximage diff "$tmp/cut.tar" "$base"
ok "diff --json is JSON" python3 -c '
import json, subprocess, sys
base, variants = sys.argv[1:]
def diff(name):
    run = subprocess.run(["lximage", "diff", "--json", base, f"{variants}/{name}.tar"],
                         stdout=subprocess.PIPE)
    found = json.loads(run.stdout)
    assert found["version"] == 1 and found["count"] == len(found["differences"]), found
    assert run.returncode == (found["count"] > 0), run.returncode
    return found["differences"]
assert diff("same") == []
assert diff("mode") == [{"path": "bin/dash", "kind": "changed", "field": "mode",
                         "a": "0755", "b": "4755"}], diff("mode")
assert diff("attribute")[0].get("a") is None
assert diff("removed") == [{"path": "tab\there", "kind": "only in A"}]
assert diff("added") == [{"path": "new", "kind": "only in B"}]
' "$base" "$tmp/variants"

# ---- a signal ends it, whichever tree is waited for ----
mkfifo "$tmp/pipe"
for place in first second; do
    operands=("$tmp/pipe" "$tmp/base.vhdx")
    [ $place = first ] || operands=("$tmp/base.vhdx" "$tmp/pipe")
    (exec 9>"$tmp/pipe" && head -c 50000 "$tmp/tree.tar" >&9 && exec sleep 5) &
    feeder=$!
    lximage diff "${operands[@]}" >/dev/null 2>&1 &
    victim=$!
    sleep 0.5
    kill -TERM $victim
    wait $victim
    is "a signal ends diff while it waits for the $place" $? 143
    kill $feeder 2>/dev/null
    wait $feeder 2>/dev/null
done
rm "$tmp/pipe"

# ---- cat ----
tar -C "$tmp/tree" --hard-dereference -cf "$tmp/plain.tar" .
for file in usr/lib/random usr/numbers usr/again holes; do
    tar -xOf "$tmp/plain.tar" "./$file" >"$tmp/expected"
    for input in tree.tar tree.img; do
        lximage cat "$tmp/$input" "$file" >"$tmp/content"
        same "cat $file of $input is GNU tar's" "$tmp/expected" "$tmp/content"
    done
done
cat "$tmp/tree/usr/numbers" "$tmp/tree/usr/lib/random" "$tmp/tree/usr/numbers" >"$tmp/expected"
lximage cat "$tmp/tree.tar" usr/numbers /lib/random ./usr/numbers >"$tmp/content"
same "cat of several files, in the order asked for" "$tmp/expected" "$tmp/content"
lximage cat "$tmp/tree.img" usr/through >"$tmp/content"
same "cat through symbolic links" "$tmp/tree/usr/lib/random" "$tmp/content"
is "cat takes the last of two with one name" "$(lximage cat "$tmp/rules.tar" twice)" "second"
refuses 3 'no/such' lximage cat "$tmp/tree.img" usr/numbers no/such
is "and nothing is written then" "$(<"$scratch/output")" ""
refuses 3 'there is no loop' lximage cat "$tmp/tree.tar" loop
refuses 6 'usr is a directory' lximage cat "$tmp/tree.img" usr
refuses 6 'lib is a directory' lximage cat "$tmp/tree.img" lib
refuses 6 'fifo is a fifo' lximage cat "$tmp/tree.img" fifo
refuses 2 'standard input' lximage cat - usr/numbers
refuses 2 'only once' lximage cat <(cat "$tmp/tree.tar") usr/numbers

# ---- ls of a part ----
is "ls lists what lies at a path" "$(lximage ls "$tmp/tree.img" /usr/lib/)" \
    "$(printf '%s\n' /usr/lib /usr/lib/random)"
is "ls of a file" "$(lximage ls "$tmp/tree.tar" usr/numbers)" "/usr/numbers"
refuses 3 '/us([^r]|$)' lximage ls "$tmp/tree.tar" us
refuses 2 'cannot be a path' lximage ls "$tmp/tree.tar" ../usr

# ---- mtree ----
lximage mtree "$tmp/tree.tar" >"$tmp/tree.mtree"
lximage mtree "$tmp/rules.img" >"$tmp/rules.mtree"
like "mtree tells a file" "$(<"$tmp/tree.mtree")" \
    "^./usr/numbers type=file mode=0644 .*time=1600000000.000000000 nlink=2 .*sha256digest=$(
        sha256sum <"$tmp/tree/usr/numbers" | cut -d' ' -f1)\$"
like "and the digest of holes" "$(<"$tmp/tree.mtree")" \
    "^./holes .*size=1048580 sha256digest=$(sha256sum <"$tmp/tree/holes" | cut -d' ' -f1)\$"
like "and quotes names" "$(<"$tmp/rules.mtree")" '^\./latin\\351 '
lximage mtree "$base" >"$tmp/base.mtree"
like "and a device" "$(<"$tmp/base.mtree")" '^\./null type=char .*device=linux,1,3$'
lximage mtree "$tmp/base.vhdx" >"$tmp/disk.mtree"
same "mtree of an archive and of its disk" "$tmp/base.mtree" "$tmp/disk.mtree"
# listing ARCHIVE: type and mode, owner, size, time and target of each name as bsdtar sees them; not
# of hard links, which are files in mtree.
listing() {
    bsdtar --numeric-owner -tvf "$1" | sed '/perl5/d; s,\([^ ]\)/$,\1,' |
        awk '{ $2 = ""; print }' | sort
}
is "bsdtar sees the same in mtree as in the archive" "$(listing "$tmp/base.mtree")" \
    "$(listing "$base")"
like "and the hard link as a file of two names" "$(bsdtar -tvf "$tmp/base.mtree")" \
    '^-rw-r--r-- +2 .* 4 .*\./bin/perl5$'

# ---- convert: the tree on its way, read back each time ----
# converted OPTION...: ls -l of base with what was done to it.
converted() {
    rm -f "$tmp/converted.tar"
    lximage convert --verify "$base" "$tmp/converted.tar" "$@" && lximage ls -l "$tmp/converted.tar"
}

unlike "--exclude" "$(converted --exclude /bin --exclude 'ti*')" 'bin|time'
differs "and nothing else goes" "only in A: /bin"$'\n'"only in A: /time" \
    "$base" "$tmp/converted.tar" --ignore mtimes
like "--strip-components" "$(converted --strip-components 1)" ' /perl5 link to /perl$|^-.* /perl5$'
like "--root-prefix" "$(converted --root-prefix bin)" '^l.* /sh -> dash$'
like "--id-map" "$(converted --id-map 0:100000:65536)" '100000 +100000 .* /bin/dash$'
like "--clamp-mtime" "$(converted --clamp-mtime 5)" '1970-01-01 00:00:05[.]0{9} [+]0000 /time$'
like "--clamp-mtime epoch" "$(SOURCE_DATE_EPOCH=6 converted --clamp-mtime epoch)" \
    '1970-01-01 00:00:06[.]0{9} [+]0000 /time$'
rm -f "$tmp/converted.tar"
ok "--no-host-xattrs" lximage convert --no-host-xattrs --verify "$tmp/variants/label.tar" \
    "$tmp/converted.tar"
differs "takes the label away" "" "$base" "$tmp/converted.tar"
refuses 2 'SOURCE_DATE_EPOCH' lximage convert --clamp-mtime epoch "$base" "$tmp/out.tar"
refuses 2 'exclude each other' lximage convert --clamp-mtime 1 --mtime-all 1 "$base" "$tmp/out.tar"
refuses 2 'clamp-mtime 1.5' lximage convert --clamp-mtime 1.5 "$base" "$tmp/out.tar"
refuses 2 'strip-components -1' lximage convert --strip-components=-1 "$base" "$tmp/out.tar"
refuses 2 'id-map|map' lximage convert --id-map 0:x:1 "$base" "$tmp/out.tar"

# ---- convert --verify ----
ok "--verify has nothing to say of a disk" \
    lximage convert --verify "$tmp/tree.tar" "$tmp/verified.vhdx"
lximage convert --verify --size 16M "$tmp/variants/future.tar" "$tmp/future.img" 2>"$tmp/error"
is "--verify knows of the time that ext4 cuts" "$?" 0
like "which is told" "$(<"$tmp/error")" 'time'
refuses 2 'standard input' lximage convert --verify --size 16M - "$tmp/out.img"
refuses 2 'standard output' lximage convert --verify "$base" -
