#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# lximage check: volumes that others made have no errors, and each kind of damage is found as what
# it is.
. tests/lib/tap.sh
need mkntfs ntfs-3g mke2fs python3 gzip
need_root
[ -e /dev/fuse ] || skip_all "no /dev/fuse"

repository=$PWD
cd "$tmp" || exit 1
mutate=$repository/tests/lib/ntfs_mutate.py
cleanup() {
    if mountpoint -q "$tmp/mount"; then umount "$tmp/mount"; fi
}

# ids SEVERITY FILE: of what is found, each once. SEVERITY may be a part of it.
ids() {
    lximage check "$2" | sed -nE "s/^[a-z]*$1[a-z]*: ([a-z-]+): .*/\\1/p" | sort -u | xargs
}

# ---- volumes as mkntfs makes them ----

for cluster in 512 4096 65536; do
    truncate -s 24M fresh.img
    mkntfs -F -Q -q -c "$cluster" fresh.img >/dev/null 2>&1
    ok "mkntfs, clusters of $cluster bytes: nothing to find" lximage check fresh.img
    rm fresh.img
done

# ---- as ntfs-3g changes them ----

truncate -s 16M base.img
mkntfs -F -Q -q -c 4096 -L label base.img >/dev/null 2>&1
mkdir mount
ntfs-3g -o special_files=wsl,permissions base.img mount 2>/dev/null
(
    cd mount || exit 1
    mkdir -p small crowd outer/inner
    echo plain >small/plain
    echo owned >owned
    for i in $(seq 300); do echo "$i" >"crowd/a-file-that-is-one-of-many-$i"; done
    ln -s "target/of link" symlink
    mkfifo fifo
    mknod device c 5 1
    head -c 8192 /dev/urandom >one
    head -c 8192 /dev/urandom >two
    truncate -s 1M sparse
    echo far | dd of=sparse bs=1 seek=700000 conv=notrunc status=none
    echo links >links
    for i in $(seq 45); do ln links "hard-link-with-a-rather-long-name-$i"; done
)
python3 - mount <<'PYTHON'
import os
import struct
import sys


def entries(*pairs):
    out = b""
    for name, value in pairs:
        entry = struct.pack("<BBH", 0, len(name), len(value)) + name + b"\0" + value
        length = (len(entry) + 7) // 4 * 4
        out += struct.pack("<I", length) + entry.ljust(length - 4, b"\0")
    return out


def number(n):
    return struct.pack("<I", n)


for name, mode, device in (("owned", 0o100644, ()), ("device", 0o20644, (5, 1))):
    pairs = [(b"$LXUID", number(0)), (b"$LXGID", number(0)), (b"$LXMOD", number(mode))]
    if device:
        pairs.append((b"$LXDEV", struct.pack("<II", *device)))
    os.setxattr(f"{sys.argv[1]}/{name}", "system.ntfs_ea", entries(*pairs), follow_symlinks=False)
PYTHON
umount mount

is "ntfs-3g: no errors" "$(ids error base.img)" ""
# ntfs-3g leaves the copies in FILE_NAME as they were when a file was made, and does not mark files
# that have extended attributes.
is "ntfs-3g: warnings" "$(ids warning base.img)" \
    "ea-flag entry-extra name-attributes name-extra name-sizes name-times"
like "all of it is looked at" "$(lximage check --json base.img)" '"complete":true'
before=$(sha256sum <base.img)

# ---- as Windows 10 makes them ----

if [ -e "$repository/$data/ntfs/ntfs_index.raw.gz" ]; then
    gzip -dc "$repository/$data/ntfs/ntfs_index.raw.gz" | tail -c +65537 >windows.img
    is "Windows: no errors" "$(ids error windows.img)" ""
    # It brings the copies in directories up to date late, and those in FILE_NAME hardly ever.
    is "Windows: warnings" "$(ids warning windows.img)" \
        "entry-attributes entry-sizes entry-times name-attributes name-sizes name-times"
else
    skip "Windows: no errors" "no $data/ntfs"
fi

# ---- each kind of damage ----

# What is found beside the warnings that there were before.
tr ' ' '\n' <<<"$(ids warning base.img)" >known
# What nobody can read past: loops, shared places, sizes and places that cannot be, halves of writes,
# ends that are missing. The rest is read as far as it makes sense.
hostile='boot-(sector|size)|mft-place|record-(signature|fixups|header)|attribute-(length|value|sizes)'
hostile+='|list-(entry|missing)|runs-(invalid|overlap)|directory-loop|name-invalid'
hostile+='|index-(root|entry|signature|fixups|block|child)|upcase-size|definitions-size'
wrong=
n=0
while IFS=: read -r name expected; do
    python3 "$mutate" "$name" base.img bad.img
    is "$name" "$(ids '' bad.img | tr ' ' '\n' | grep -vxF -f known | xargs)" "${expected# }"
    status=0
    timeout 20 lximage convert --quiet --no-sync -f tar bad.img - >bad.tar 2>said || status=$?
    if [[ $expected =~ ^\ ($hostile)( |$) ]]; then
        n=$((n + 1))
        grep -q "bad\.img: .*(${BASH_REMATCH[1]}): " said || wrong+="$name: no name; "
        [ "$status" = 10 ] || wrong+="$name: $status; "
    elif [ "$status" != 0 ] && [ "$status" != 10 ]; then
        wrong+="$name: $status; "
    fi
done < <(python3 "$mutate" list)
is "each is refused by its name when it is read, or does no harm" "$wrong" ""
ok "most were refused" test "$n" -ge 30
is "the volume was only read" "$(sha256sum <base.img)" "$before"

# ---- the verb ----

python3 "$mutate" "link count" base.img bad.img
status=0
lximage check bad.img >report || status=$?
is "findings: status 1" "$status" 1
like "findings: a line each" "$(cat report)" '^error: link-count: record [0-9]+ has 1 names and counts 2$'
printf 'no volume %.0s' $(seq 2000) >text.img
refuses 10 'no file system begins here' lximage check text.img
truncate -s 8M blank.img
refuses 10 'no file system begins here' lximage check blank.img
tar -cf archive.tar report
refuses 6 'this is a tar archive; a disk that holds NTFS .* partition, is checked' lximage check archive.tar
mke2fs -q -t ext4 ext4.img 8M >/dev/null 2>&1
is "ext4" "$(lximage check -q ext4.img)" "no findings"
like "ext4: who knows more" "$(lximage check ext4.img 2>&1)" 'e2fsck -fn'
