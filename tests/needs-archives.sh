#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Group A of what users need: archives that other tools read wrongly. What one archive is about
# stands in tests/lib/needs_archives.py. Some lines of the group have their tests elsewhere:
# tests/image.sh (hostile inputs), tests/limits.sh (A17, A18), tests/metadata.sh (A12).
. tests/lib/tap.sh
. tests/lib/needs.sh
need python3 e2fsck debugfs mke2fs gzip xz zstd jq

cleanup() {
    needs_cleanup
}

# ---- A1 to A3: links and parents ----
archive links parents twice names labels labels_plain numbers far attributes attributes_large
ok "A1: an archive of links out of order becomes a disk" disk links
is "A1: a hard link before its target resolves" "$(inside links 'cat /early')" "the target"
is "A1: a hard link with the content again is a link" "$(inside links 'cat /again')" "the target"
is "A1: a hard link through a symbolic link resolves" "$(inside links 'cat /through')" "the target"
is "A1: so does one whose own name goes through it" "$(inode links /usr/lib/both)" \
    "$(inode links /usr/lib/x)"
like "A1: all of them are one file" "$(inside links 'stat /usr/lib/x')" 'Links: 5'
is "A2: a hard link to a symbolic link is that link" "$(inode links /symlink-again)" \
    "$(inode links /symlink)"
like "A2: which is a symbolic link" "$(inside links 'stat /symlink')" 'Type: symlink'
like "A2: and has two names" "$(inside links 'stat /symlink')" 'Links: 2'
ok "A3: an archive without parents becomes a disk" disk parents
for made in a a/b c/d e/f; do
    like "A3: the missing parent $made has mode 0755" "$(inside parents "stat /$made")" \
        'Type: directory +Mode: +0755 '
    like "A3: and is root's" "$(inside parents "stat /$made")" 'User: +0 +Group: +0 '
done
like "A3: an entry that comes late overrides the mode" "$(inside parents 'stat /late')" 'Mode: +02750'
like "A3: and the owner" "$(inside parents 'stat /late')" 'User: +7 +Group: +8'
is "A3: what lies in it stays" "$(inside parents 'stat /late/file' | grep -c 'Type: regular')" 1

# ---- A4 to A7 ----
ok "A5: a path that comes twice" disk twice
is "A5: the later counts" "$(inside twice 'cat /first')" "new"
is "A5: another name of the earlier one keeps its content" "$(inside twice 'cat /sibling')" "old"
like "A5: and is alone" "$(inside twice 'stat /sibling')" 'Links: 1'
is "A5: a directory that is listed again keeps its children" "$(inside twice 'cat /d/child')" "child"
like "A5: and takes the later mode" "$(inside twice 'stat /d')" 'Mode: +0700'
archive circle
as="A6: hard links in a circle end with an error, not in a circle" refuses 10 'hard link' \
    timeout 10 lximage convert --size 64M "$tmp/circle.tar" "$tmp/out.img"
ok "A7: many forms of a name" disk names
is "A7: are one" "$(inside names 'cat /d/x')" "x"
is "A7: an absolute name lies below the root" "$(inside names 'cat /rooted')" "r"
is "A7: .. goes up, and never out" "$(inside names 'cat /up')" "u"
is "A7: a name through an absolute symbolic link stays inside" "$(inside names 'cat /etc/below')" \
    "inside"
is "A7: targets are kept to the byte" \
    "$(lximage ls --json "$tmp/names.img" | jq -r '.entries[].target // empty' | sort)" \
    "$(printf '%s\n' './../a//b/./..//' '/etc/../etc/./x' $'e\u0301\u00e9' '/etc' | sort)"
ok "A7: and nothing else changes" lximage diff "$tmp/names.tar" "$tmp/names.img"

# ---- A8 to A11 ----
ok "A8: labels and names with ./ become a disk" disk labels
ok "A8: so do they without" disk labels_plain
ok "A8: and both are the same" lximage diff "$tmp/labels.img" "$tmp/labels_plain.img"
like "A8: every entry has its label" "$(inside labels 'ea_get /etc security.selinux')" \
    'system_u:object_r:etc_t:s0'
for form in base256 pax; do
    archive "large_member_$form"
    listing=$(lximage ls -l "$tmp/large_member_$form.tar" 2>&1)
    like "A9: a size of 8 GiB and a byte as $form is understood" "$listing" 'needed 8589935104 bytes'
    like "A9: and missed where the data is not there" "$listing" 'cut short'
done
if [ "${CHECK:-}" = full ]; then
    truncate -s +$(((8 << 30) + 512)) "$tmp/large_member_base256.tar"
    ok "A9: and read to its end where it is" lximage ls -l "$tmp/large_member_base256.tar"
    rm "$tmp/large_member_base256.tar"
fi
ok "A9: large numbers become a disk" disk numbers
numbers=$(lximage ls -l "$tmp/numbers.img")
like "A9: owners and a time before 1970 in base 256" "$numbers" \
    ' 3000000 4294967294 .*1969-12-31 00:00:00[.]0+ [+]0000 /base256$'
like "A9: and in pax records" "$numbers" ' 3000001 4294967293 .*1969-12-31 23:59:57[.]50+ [+]0000 /pax$'
like "A9: a time beyond 2^33 in base 256" "$numbers" '2242-03-16 12:56:37[.]0+ [+]0000 /base256-late$'
like "A9: and in a pax record, with its size" "$numbers" ' 5 2242-03-16 12:56:40[.]250+ [+]0000 /pax-late$'
like "A9: debugfs sees the same owner" "$(inside numbers 'stat /base256')" \
    'User: 3000000 +Group: +-2 '
ok "A10: a member of 3 TiB becomes a disk (arithmetic beyond 2 TiB, by a sparse member)" disk far
is "A10: its size is kept" "$(inside far 'stat /far' | sed -n 's/^User.*Size: //p')" 3298534883328
like "A10: the data lies behind 2.5 TiB" "$(inside far 'dump_extents /far')" ' 671088640 '
lximage convert --no-sync "$tmp/far.img" "$tmp/far-again.tar"
is "A10: and comes out of the disk again" \
    "$(lximage diff "$tmp/far.tar" "$tmp/far-again.tar" 2>&1)" ""
ok "A11: values that are no text become a disk" disk attributes
holds "A11: and are what the archive says" "$tmp/attributes.img" <<'PYTHON'
import subprocess, sys
from needs_archives import VALUES
for form in ("SCHILY", "LIBARCHIVE"):
    for key, value in VALUES.items():
        subprocess.run(["debugfs", "-R", f"ea_get -f {sys.argv[1]}.value /{form}-{key} user.{key}",
                        sys.argv[1]], check=True, capture_output=True)
        got = open(f"{sys.argv[1]}.value", "rb").read()
        assert got == value, (form, key, got)
PYTHON
as="A11: more than a MiB of them is refused" refuses 10 'attributes_large.*(too large|more than)' \
    lximage convert --size 64M "$tmp/attributes_large.tar" "$tmp/out.img"

# ---- A13: broken and odd compression ----
archive names
python3 tests/lib/hostile_archives.py "$tmp" >/dev/null
head -c 2000000 /dev/urandom >"$tmp/noise"
tar -C "$tmp" -cf "$tmp/noise.tar" noise
for program in gzip xz zstd bzip2 lz4; do
    "$program" -qc "$tmp/noise.tar" >"$tmp/whole"
    head -c 1000000 "$tmp/whole" >"$tmp/half.$program"
    as="A13: half a $program stream is refused at once, and nothing is left" refuses 10 \
        "half.$program" timeout 10 lximage convert --size 64M "$tmp/half.$program" "$tmp/out.img"
done
as="A13: garbage behind gzip is refused" refuses 10 'not gzip follows' \
    lximage convert --size 64M "$tmp/garbage-after.tar.gz" "$tmp/out.img"
{ gzip -c "$tmp/noise.tar" && head -c 700 /dev/zero; } >"$tmp/padded.gz"
ok "A13: zeros behind it are padding" lximage convert --no-sync --size 64M "$tmp/padded.gz" "$tmp/padded.img"
split -n 3 "$tmp/noise.tar" "$tmp/part."
for program in gzip xz zstd bzip2; do
    for part in "$tmp"/part.*; do "$program" -qc "$part"; done >"$tmp/members.$program"
    rm -f "$tmp/members.img"
    ok "A13: $program of several members is read" \
        lximage convert --no-sync --verify --size 64M "$tmp/members.$program" "$tmp/members.img"
done
zstd -q --long=27 -c "$tmp/noise.tar" >"$tmp/window.zst"
ok "A13: zstd with a window of 128 MiB is read" lximage ls "$tmp/window.zst"
truncate -s 300M "$tmp/zeros"
zstd -q --ultra --long=31 --content-size --single-thread -1 -c <"$tmp/zeros" >"$tmp/window-large.zst"
as="A13: one with a larger window is refused by name" refuses 10 'window-large.zst.*(window|memory)' \
    lximage convert --size 64M "$tmp/window-large.zst" "$tmp/out.img"
rm -f "$tmp"/part.* "$tmp"/members.* "$tmp/zeros" "$tmp/noise"* "$tmp"/*.img

# ---- A14: bytes in names ----
archive bytes_in_names devices
ok "A14: odd names become a disk" disk bytes_in_names
lximage convert --no-sync "$tmp/bytes_in_names.img" "$tmp/names-again.tar" 2>"$scratch/error"
holds "A14: their bytes are kept, there and back" "$tmp" <<'PYTHON'
import os, sys, tarfile
def names(file):
    with tarfile.open(f"{sys.argv[1]}/{file}", errors="surrogateescape") as tar:
        return sorted(os.path.normpath(member.name) for member in tar if member.isreg())
assert names("names-again.tar") == names("bytes_in_names.tar"), names("names-again.tar")
assert "e\u0301" in names("names-again.tar")
PYTHON
listing=$(lximage ls "$tmp/bytes_in_names.img")
like "A14: a byte that is no UTF-8 is shown escaped" "$listing" '^/latin\\xe9$'
like "A14: so is a line feed" "$listing" '^/new\\x0aline$'
like "A14: so is an escape" "$listing" '^/escape\\x1b\[31m$'
unlike "A14: and none goes out as it is" "$listing" $'\x1b'
d=$(printf 'd%.0s' {1..250})
is "A14: a path of more than 4096 bytes leads to its file" \
    "$(lximage cat "$tmp/bytes_in_names.img" "$(printf "$d/%.0s" {1..20})deep")" "deep"

# ---- A16: devices, fifos, sockets ----
ok "A16: devices and a fifo become a disk" disk devices
like "A16: a device has its number" "$(inside devices 'stat /null')" 'Device major/minor number: 01:03'
like "A16: the kernel's largest too" "$(lximage ls -l "$tmp/devices.img")" '4095,1048575 .* /large$'
like "A16: a fifo is one" "$(inside devices 'stat /fifo')" 'Type: FIFO'
mkdir "$tmp/sockets"
python3 -c 'import socket, sys
for name in "abc":
    socket.socket(socket.AF_UNIX).bind(f"{sys.argv[1]}/{name}")' "$tmp/sockets"
lximage convert --no-sync --size 16M "$tmp/sockets" "$tmp/sockets.img" 2>"$scratch/error"
like "A16: a socket of a directory stays one on ext4" "$(inside sockets 'stat /a')" 'Type: socket'
ok "A16: an archive of a disk with sockets ends with 0" \
    lximage convert --no-sync "$tmp/sockets.img" "$tmp/sockets.tar"
lximage convert --no-sync "$tmp/sockets.img" "$tmp/sockets-again.tar" 2>"$scratch/error"
like "A16: and says that there are three" "$(<"$scratch/error")" '3'
ok "A16: in no more lines than two" test "$(wc -l <"$scratch/error")" -le 2
if am_root "A16: the kernel sees the devices"; then
    is "A16: the kernel sees the devices" \
        "$(mounted devices stat -c '%F %t,%T' "$tmp/mnt/null" "$tmp/mnt/large" "$tmp/mnt/old")" \
        "$(printf '%s\n' 'character special file 1,3' 'block special file fff,fffff' \
            'block special file ff,ff')"
fi
