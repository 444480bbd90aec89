#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# Files and directories out of a tree: lximage cp makes what GNU cp -a makes of the same tree
# unpacked, as root and as somebody who may set no owners, and refuses before anything is written.
# Listings are what stat says, and a disk that was not unmounted is read, or refused as asked.
. tests/lib/tap.sh
need python3 tar debugfs setfattr getfattr setfacl getfacl setpriv truncate jq
umask 022

# ---- a tree, and what holds it ----
t=$tmp/t
mkdir -p "$t"/{etc/ssl/private,usr/{bin,lib},var/log,shut/in,proc}
echo 'root:x:0:0' >"$t/etc/passwd"
echo 'ID=odd' >"$t/usr/lib/os-release"
ln -s ../usr/lib/os-release "$t/etc/os-release"
ln -s usr/lib "$t/lib"
ln -s /etc/passwd "$t/usr/absolute"
ln -s ../../../../../../../../etc/hostname "$t/usr/outside"
ln -s nowhere "$t/usr/dangling"
echo 'perl' >"$t/usr/bin/perl"
ln "$t/usr/bin/perl" "$t/usr/bin/perl5"
ln "$t/usr/bin/perl" "$t/etc/perl"
head -c 3000000 /dev/urandom >"$t/usr/lib/data"
truncate -s 40M "$t/usr/lib/holes"
echo end >>"$t/usr/lib/holes"
printf 'line\nbreak' >"$t/var/log/"$'odd\nname\xff'
mkfifo "$t/var/fifo"
setfattr -n user.note -v 0x000a3d25ff00 "$t/usr/lib/data"
setfacl -m u:1000:rwx,g:55:r "$t/usr/bin/perl"
setfacl -m u:3:r -d -m u:1000:rwx "$t/var/log"
chmod 4755 "$t/usr/lib/data"
chmod 0555 "$t/proc" "$t/shut"
if [ "$(id -u)" -eq 0 ]; then
    mknod "$t/var/null" c 1 3
    mknod "$t/var/disk" b 259 70000
    chown -h 4000000000:3000000000 "$t/etc/passwd" "$t/usr/dangling" "$t/etc/ssl"
    chmod 0700 "$t/etc/ssl/private"
    setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 "$t/usr/bin/perl"
    setfattr -n trusted.note -v yes "$t/usr"
fi
find "$t" -exec touch -h -d '2024-02-03 04:05:06.123456789' {} +
touch -d '1960-01-01 00:00:00.5' "$t/etc/passwd"
tar -C "$t" --sparse --format=posix --xattrs '--xattrs-include=*' --acls -cf "$tmp/t.tar" .
lximage convert --no-sync "$tmp/t.tar" "$tmp/t.vhdx"
lximage convert --no-sync --size 64M "$tmp/t.tar" "$tmp/t.img"

# work DIRECTORY: a new one to copy into, twice: for GNU cp and for us.
work() {
    rm -rf "$tmp/gnu" "$tmp/ours"
    mkdir "$tmp/gnu" "$tmp/ours"
}
same_trees() {
    touch -d @0 "$tmp/gnu" "$tmp/ours"
    python3 tests/lib/tree_compare.py - "$tmp/gnu" "$tmp/ours"
}
# copies NAME INPUT PATH...: with -r into a directory. GNU cp changes that directory too when it is
# given what lies in one; so it is given the names.
copies() {
    local name=$1 input=$2 path paths=()
    shift 2
    work
    for path; do
        if [ "${path%/.}" = "$path" ]; then paths+=("$t/$path"); else paths+=("$t/${path%.}"*); fi
    done
    cp -a "${paths[@]}" "$tmp/gnu"
    ok "$name" lximage cp --no-sync -r "$tmp/$input" "$@" "$tmp/ours" || return
    ok "$name: every entry is GNU cp's" same_trees
}

for input in t.tar t.vhdx t; do
    copies "$input: a directory" $input usr
    copies "$input: several, with a hard link between them" $input etc usr/bin usr/lib/data
    copies "$input: a hard link whose file is not asked for" $input usr/bin/perl5
    copies "$input: one in a directory, and the file's other names elsewhere" $input etc
    copies "$input: symbolic links as links" $input etc/os-release usr/outside usr/dangling lib
    copies "$input: special files, odd names" $input var
    copies "$input: through a symbolic link" $input lib/data
    copies "$input: a directory behind a symbolic link" $input lib/
    copies "$input: what lies in a directory" $input usr/.
    copies "$input: closed directories" $input shut proc
    copies "$input: everything" $input /.
    work
    cp -a "$t" "$tmp/gnu/new"
    ok "$input: the root under a new name" lximage cp --no-sync -r "$tmp/$input" / "$tmp/ours/new"
    ok "$input: the root: every entry" same_trees
done
ok "holes are holes" test "$(du -k "$tmp/ours/new/usr/lib/holes" | cut -f 1)" -lt 100
is "nothing else is left" "$(ls -A "$tmp/ours")" new

# ---- one file, as cp names it ----
work
lximage cp --no-sync "$tmp/t.tar" /etc/passwd "$tmp/ours"
lximage cp --no-sync "$tmp/t.tar" etc/passwd "$tmp/ours/name"
lximage cp --no-sync "$tmp/t.tar" ./etc/../usr/lib/data "$tmp/ours/"
is "a file into a directory and as a new name" "$(ls -A "$tmp/ours")" $'data\nname\npasswd'
same "with its content" "$t/etc/passwd" "$tmp/ours/name"
work
lximage cp --no-sync "$tmp/t.img" etc/os-release usr/absolute "$tmp/ours"
is "without -r a symbolic link is followed inside the tree" \
    "$(cat "$tmp/ours/os-release" "$tmp/ours/absolute")" "$(cat "$t/usr/lib/os-release" "$t/etc/passwd")"
is "and becomes a file" "$(find "$tmp/ours" -type f | wc -l)" 2
ln -s ours "$tmp/to-ours"
lximage cp --no-sync "$tmp/t.tar" usr/bin/perl "$tmp/to-ours"
ok "a symbolic link to a directory is that directory" test -f "$tmp/ours/perl"
(cd "$tmp/ours" && lximage cp --no-sync "$tmp/t.tar" usr/lib/data . && lximage cp --no-sync "$tmp/t.tar" etc/perl here)
is "into the working directory" "$(ls "$tmp/ours")" $'absolute\ndata\nhere\nos-release\nperl'
is "B4: ACLs as getfacl shows them" "$(getfacl -cn "$tmp/ours/here" 2>/dev/null)" \
    "$(getfacl -cn "$t/usr/bin/perl" 2>/dev/null)"
if [ "$(id -u)" -eq 0 ]; then
    is "file capabilities" "$(getfattr -n security.capability -e hex "$tmp/ours/here" 2>/dev/null | tail -n +2)" \
        "$(getfattr -n security.capability -e hex "$t/usr/bin/perl" 2>/dev/null | tail -n +2)"
fi

# ---- refused, before anything is written ----
refuses 5 'ours/perl exists already.*remove' lximage cp --no-sync "$tmp/t.tar" usr/bin/perl "$tmp/ours"
refuses 5 'ours/perl exists already' lximage cp --no-sync -r "$tmp/t.tar" usr/bin/. "$tmp/ours"
refuses 5 'here exists already' lximage cp --no-sync "$tmp/t.tar" etc/passwd "$tmp/ours/here"
ln -s missing "$tmp/ours/dangling"
refuses 5 'dangling exists already' lximage cp --no-sync "$tmp/t.tar" etc/passwd "$tmp/ours/dangling"
"$B/lximage" cp --no-sync "$tmp/t.tar" etc/passwd /proc 2>"$tmp/said"
like "a place that takes no files" "$(<"$tmp/said")" 'write in /proc: '
rm "$tmp/said"
refuses 3 'no "etc/shadow"' lximage cp --no-sync "$tmp/t.tar" etc/passwd etc/shadow "$tmp/ours"
refuses 3 'no "usr/dangling"' lximage cp --no-sync "$tmp/t.tar" usr/dangling "$tmp/ours"
refuses 3 'no "usr/outside"' lximage cp --no-sync "$tmp/t.img" usr/outside "$tmp/ours"
refuses 3 'no "etc/passwd/"' lximage cp --no-sync "$tmp/t.tar" etc/passwd/ "$tmp/ours"
refuses 3 'no ""' lximage cp --no-sync -r "$tmp/t.tar" "" "$tmp/ours"
refuses 3 'no directory .*/none' lximage cp --no-sync "$tmp/t.tar" etc/passwd "$tmp/none/passwd"
refuses 3 'no directory .*/none/' lximage cp --no-sync "$tmp/t.tar" etc/passwd "$tmp/none/"
refuses 2 'etc is a directory; give -r' lximage cp --no-sync "$tmp/t.tar" etc "$tmp/ours"
refuses 2 'lib is a directory; give -r' lximage cp --no-sync "$tmp/t.tar" lib "$tmp/ours"
refuses 2 'need a directory' lximage cp --no-sync "$tmp/t.tar" etc/passwd usr/lib/data "$tmp/none"
refuses 2 'need a directory' lximage cp --no-sync "$tmp/t.tar" etc/passwd usr/lib/data "$tmp/ours/here"
refuses 2 'data is asked for twice' lximage cp --no-sync -r "$tmp/t.tar" usr usr/lib/data "$tmp/ours"
refuses 2 'usr is asked for twice' lximage cp --no-sync -r "$tmp/t.tar" usr/lib usr "$tmp/ours"
work
refuses 2 'absolute is asked for twice' lximage cp --no-sync "$tmp/t.tar" etc/passwd usr/absolute "$tmp/ours"
refuses 5 'end in passwd' lximage cp --no-sync "$tmp/t.tar" etc/passwd etc/passwd "$tmp/ours"
refuses 2 'standard input' lximage cp - etc/passwd "$tmp/ours"
refuses 2 'only once' lximage cp <(cat "$tmp/t.tar") etc/passwd "$tmp/ours"
refuses 2 't/var/log lies in' lximage cp --no-sync "$t" etc/passwd "$t/var/log"
head -c 2000000 "$tmp/t.tar" >"$tmp/cut.tar"
refuses 10 'cut.tar' lximage cp "$tmp/cut.tar" etc/passwd "$tmp/ours"
if have_tmpfs "a full target"; then
    mkdir "$tmp/small"
    refuses 7 'small/data.*space' with_tmpfs size=1M "$tmp/small" \
        lximage cp --no-sync "$tmp/t.tar" etc/passwd usr/lib/data "$tmp/small"
    unlike "and nothing is left of it" "$(cat "$scratch/error")" '^left:'
fi

# ---- as somebody who may set no owners ----
if [ "$(id -u)" -eq 0 ]; then
    chmod 755 "$scratch" "$tmp"
    cp "$B/lximage" "$tmp/program"
    work
    chown 65534:65534 "$tmp/gnu" "$tmp/ours"
    nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    "${nobody[@]}" cp -a "$t/usr" "$t/shut" "$t/proc" "$t/etc/os-release" "$tmp/gnu" 2>/dev/null
    "${nobody[@]}" "$tmp/program" cp --no-sync -r "$tmp/t.tar" usr shut proc etc/os-release \
        "$tmp/ours" 2>"$tmp/said"
    is "nobody may copy too" "$?" 0
    ok "and gets what GNU cp gets" same_trees
    like "and hears of owners" "$(<"$tmp/said")" 'lost: usr.*owner 0:0'
    like "and of capabilities" "$(<"$tmp/said")" 'things were lost: .*attributes'
    mkdir "$tmp/closed"
    refuses 7 'closed.*ermission denied' "${nobody[@]}" "$tmp/program" cp "$tmp/t.tar" etc/passwd \
        "$tmp/closed"
else
    skip "as somebody who may set no owners" "needs root to become another"
fi

# ---- ls in stat's terms ----
# What stat says of the tree, less the sizes that directories have on some file system.
stat_says() {
    find "$t" ! -name $'odd\n*' -printf '/%P|%M|%n|%U|%G|%s|%TY-%Tm-%Td %TT|%l\n' |
        awk -F'|' -v OFS='|' '{ if ($2 ~ /^d/) $6 = 0; if ($2 ~ /^l/) $2 = "lrwxrwxrwx"; print }' | sort
}
ls_says() {
    lximage ls -l "$1" | grep -v 'odd' | sed 's, link to /[^ ]*$,,' |
        sed -E 's/ -> /|/; t; s/$/|/' | sed -E 's/^(\S+) +(\S+) +(\S+) +(\S+) +(\S+) (\S+ \S+) \+0000 ([^|]*)\|(.*)/\7|\1|\2|\3|\4|\5|\6|\8/' |
        sed -E 's/\|[0-9]+,[0-9]+\|/|0|/; s/(\.[0-9]{9})\|/\10|/' | sort
}
for input in t.tar t.vhdx t; do
    is "$input: ls -l is what stat says" "$(ls_says "$tmp/$input")" "$(stat_says)"
done
like "ls -l shows hard links" "$(lximage ls -l "$tmp/t.tar")" '^-.* 3 .* link to /(etc|usr/bin)/perl5?$'
[ "$(id -u)" -ne 0 ] ||
    like "and devices" "$(lximage ls -l "$tmp/t.img")" '^b.* 259,70000 .* /var/disk$'
is "ls -R is what ls does" "$(lximage ls "$tmp/t.img" | sort)" \
    "$(cd "$t" && find . -printf '/%P\0' | LC_ALL=C sed -z 's/\n/\\x0a/g; s/\xff/\\xff/g' | tr '\0' '\n' | sort)"
ok "ls --json is what stat says" python3 -c '
import json, os, stat, subprocess, sys
tree, input = sys.argv[1:]
listing = json.loads(subprocess.check_output(["lximage", "ls", "--json", input]))["entries"]
assert len(listing) == 1 + sum(len(d) + len(f) for _, d, f in os.walk(tree)), len(listing)
for entry in listing:
    if entry.get("inexact"):
        continue
    status = os.lstat(os.path.join(tree, entry["path"]))
    got = [entry[k] for k in ("nlink", "uid", "gid", "mtime", "mtime_ns")]
    seconds, ns = divmod(status.st_mtime_ns, 10**9)
    assert got == [status.st_nlink, status.st_uid, status.st_gid, seconds, ns], (entry, status)
    assert stat.S_ISDIR(status.st_mode) or entry["size"] == status.st_size, entry
    assert entry["mode"] == stat.S_IMODE(status.st_mode), entry
    if stat.S_ISLNK(status.st_mode):
        assert entry["target"] == os.readlink(os.path.join(tree, entry["path"])), entry
    if entry["type"] == "hard link":
        assert os.path.samefile(os.path.join(tree, entry["path"]), os.path.join(tree, entry["target"]))
' "$t" "$tmp/t.img"
is "two of three names are hard links" "$(lximage ls --json "$tmp/t.tar" |
    jq '[.entries[] | select(.type == "hard link")] | length')" 2

# ---- a disk that was not unmounted: its journal has another block of /usr/lib/os-release ----
cp "$tmp/t.img" "$tmp/dirty.img"
block=$(debugfs -R 'bmap /usr/lib/os-release 0' "$tmp/dirty.img" 2>/dev/null)
python3 -c 'import sys; sys.stdout.write("ID=new\n" + "\0" * 4089)' >"$tmp/block"
printf 'jo\njw -b %s %s\njc\n' "$block" "$tmp/block" >"$tmp/commands"
debugfs -w -f "$tmp/commands" "$tmp/dirty.img" >/dev/null 2>&1
before=$(sha256sum <"$tmp/dirty.img")
is "the journal is replayed" "$(lximage cat "$tmp/dirty.img" usr/lib/os-release 2>"$tmp/said")" ID=new
is "and said so, once" "$(cat "$tmp/said")" "lximage: warning: $tmp/dirty.img: $(
    sed -n 's/.*dirty.img: //p' "$tmp/said" | head -n 1)"
like "with what became of the disk" "$(<"$tmp/said")" 'not unmounted.*journal.*stays as it is'
work
# with_disk WORD...: lximage, with DISK for D.
with_disk() {
    local word words=()
    for word; do
        [ "$word" != D ] || word=$tmp/dirty.img
        words+=("$word")
    done
    lximage "${words[@]}"
}
while read -ra words; do
    is "${words[0]}: one warning for each reading" \
        "$(cd "$tmp/ours" && with_disk "${words[@]}" 2>&1 >/dev/null | grep -c 'was not unmounted')" \
        "$(printf '%s\n' "${words[@]}" | grep -cx D)"
done <<'VERBS'
ls D
cp D etc/passwd .
convert --no-sync D out.tar
convert --no-sync --container raw D out.img
diff --ignore content D D
mtree D
VERBS
while read -ra words; do
    refuses 10 'dirty.img: .*not unmounted.*--no-replay' with_disk "${words[@]}" --no-replay
done <<VERBS
ls D
ls -l D
ls --json D
cat D etc/passwd
cp D etc/passwd $tmp/new
convert D $tmp/out.tar
diff D $tmp/t.img
diff $tmp/t.img D
mtree D
VERBS
is "nothing is written to the disk" "$(sha256sum <"$tmp/dirty.img")" "$before"
ok "a clean disk is not refused" lximage ls --no-replay "$tmp/t.img"
ok "nor what has no journal" lximage ls --no-replay "$tmp/t.tar"

# ---- a signal leaves nothing ----
work
mkdir "$tmp/large"
head -c 200M /dev/zero >"$tmp/large/zeros"
lximage cp "$tmp/large" zeros "$tmp/ours" 2>"$tmp/said" &
victim=$!
for _ in {1..100}; do
    [ -z "$(ls -A "$tmp/ours")" ] || break
    sleep 0.01
done
kill -TERM $victim
wait $victim
is "a signal ends it" $? 143
is "and nothing is left" "$(ls -A "$tmp/ours")" ""
