#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# From the virtual machine's disk to the translation backend's and back, and the other way round:
# nothing is lost, and what somebody changed in between, by programs that know nothing of the carrier,
# is what counts. Needs root for mounts.
. tests/lib/tap.sh
. tests/lib/ntfs.sh
need getfattr setfacl chattr

convert() { # IN OUT [ARGUMENT...]
    rm -f "$2"
    lximage convert --quiet --no-sync --strict --size 64M "$@"
}

# Every kind of metadata, and what wslfs has no place for of each.
make_tree() {
    local tree=$1 i
    mkdir -p "$tree"/{a/b,keep,many}
    for i in touched written chmod renamed deleted xattr linked moved kept; do
        echo "$i" >"$tree/a/$i"
        setfattr -n user.Capital -v "of $i" "$tree/a/$i"
        setfattr -n user.plain -v "of $i" "$tree/a/$i"
        setfattr -n security.ima -v 0x0102 "$tree/a/$i"
        setfattr -n security.selinux -v label "$tree/a/$i"
        setfacl -m u:1000:rw "$tree/a/$i"
        cp -a "$tree/a/$i" "$tree/keep/$i"
    done
    setfacl -d -m g:1000:rx "$tree/a/b"
    setfattr -n "user.a b:c" -v odd "$tree/a/b"
    echo bytes >"$tree/a/$(printf 'bytes \377')"
    ln "$tree/a/$(printf 'bytes \377')" "$tree/a/b/$(printf 'other \376')"
    echo private >"$tree/a/$(printf 'U+F03A \357\200\272')"
    setfattr -n user.large -v "$(printf 'v%.0s' {1..3000})" "$tree/a/kept"
    ln -s target "$tree/a/symlink"
    mkfifo "$tree/a/fifo"
    mknod "$tree/a/device" c 300 70000
    echo first >"$tree/many/first"
    seq -f "$tree/many/%g" 1500 | xargs -n 1 ln "$tree/many/first"
    find "$tree" -depth -exec touch -h -d '2021-03-04 05:06:07.123456789' {} +
    chattr +d "$tree/a/kept" "$tree/a/b"
}
make_tree "$tmp/tree"
ok "the disk of a virtual machine" convert "$tmp/tree" "$tmp/vm.img"
ok "to the translation backend" convert "$tmp/vm.img" "$tmp/wslfs.img" --format ntfs
ok "its checker finds nothing" lximage check "$tmp/wslfs.img"
ok "and back" convert "$tmp/wslfs.img" "$tmp/again.img"
is "the tree is the same" "$(lximage diff "$tmp/vm.img" "$tmp/again.img")" ""
ok "the other way round" convert "$tmp/again.img" "$tmp/wslfs2.img" --format ntfs
is "it is the same, too" "$(lximage diff "$tmp/wslfs.img" "$tmp/wslfs2.img")" ""
is "names are one file again" "$(lximage ls -l "$tmp/again.img" | grep -c '^-rw-r--r-- 1501 ')" \
    1501

# ---- changed by what knows nothing of it ----

edit_ntfs() {
    local a=$tmp/mnt/rootfs/a
    echo "written in between" >"$a/written" &&
        touch -d '2022-02-02 02:02:02.5' "$a/touched" &&
        tests/lib/ntfs_ea_edit.py "$a/chmod" '$LXMOD' 0o100600 &&
        mv "$a/renamed" "$a/b/has another name" &&
        mv "$a"/bytes* "$a/no longer bytes" &&
        rm "$a/deleted" &&
        tests/lib/ntfs_ea_edit.py "$a/xattr" LX.USER.CAPITAL &&
        ln "$a/linked" "$a/b/one more link" &&
        cp "$a/moved" "$a/copy" && mv "$a/copy" "$a/moved" &&
        echo new >"$a/new"
}
# edit_ext4: the same on the other side.
edit_ext4() {
    local a=$tmp/mnt/a
    echo "written in between" >"$a/written" &&
        touch -d '2022-02-02 02:02:02.5' "$a/touched" &&
        chmod 600 "$a/chmod" &&
        mv "$a/renamed" "$a/b/has another name" &&
        mv "$a"/bytes* "$a/no longer bytes" &&
        rm "$a/deleted" &&
        setfattr -x user.Capital "$a/xattr" &&
        ln "$a/linked" "$a/b/one more link" &&
        cp "$a/moved" "$a/copy" && mv "$a/copy" "$a/moved" &&
        echo new >"$a/new"
}
# errors_none DISK: warnings there are, of what ntfs-3g does not keep up to date.
errors_none() {
    ! lximage check --json "$1" 2>&1 | grep -q '"severity": *"error"'
}
edited() { # COMMAND IMAGE MOUNT...
    local command=$1 image=$2 status=0
    shift 2
    "$@" "$image" "$tmp/mnt" || return
    "$command" || status=$?
    umount "$tmp/mnt"
    return "$status"
}
differences() { # A B: paths with the fields that differ; times of what was made or had names added
    lximage diff --json "$1" "$2" | python3 -c '
import json
import sys

rows = {}
for row in json.load(sys.stdin)["differences"]:
    what = row.get("field") or row["kind"]
    if what != "mtime" or row["path"] not in ("a", "a/b"):
        rows.setdefault(row["path"], []).append(what.replace("xattr ", ""))
for path in sorted(rows):
    print(path.encode("ascii", "replace").decode() + ":", *sorted(rows[path]))'
}

cp --sparse=always "$tmp/wslfs.img" "$tmp/edited.img"
ok "edited through ntfs-3g" edited edit_ntfs "$tmp/edited.img" ntfs-3g -o special_files=wsl
ok "its checker finds no errors" errors_none "$tmp/edited.img"
ok "... becomes a disk" convert "$tmp/edited.img" "$tmp/edited-vm.img"
differences "$tmp/vm.img" "$tmp/edited-vm.img" >"$tmp/found"
cat >"$tmp/expected" <<'END'
a/b/has another name: only in B
a/b/one more link: only in B
a/bytes ?: only in A
a/chmod: mode security.ima system.posix_acl_access
a/deleted: only in A
a/linked: security.ima
a/moved: mode mtime security.ima security.selinux system.posix_acl_access user.Capital user.plain
a/new: only in B
a/no longer bytes: only in B
a/renamed: only in A
a/touched: mtime security.ima
a/written: mtime security.ima size
a/xattr: security.ima user.Capital
END
is "the edits survive, and what they are not about does" "$(<"$tmp/found")" "$(<"$tmp/expected")"
is "as does what was written" "$(lximage cat "$tmp/edited-vm.img" a/written)" "written in between"
aside() { # what is aside of a file that was renamed
    (cd "$tmp/mnt" && getfattr -d -m - "$1" | tail -n +2 | grep -v ima && getfacl -c "$1")
}
same_aside() { diff <(aside "a/b/has another name") <(aside keep/renamed); }
ok "a name that changed takes all along" edited same_aside "$tmp/edited-vm.img" mount -o loop,ro

ok "edited through the kernel's ext4" edited edit_ext4 "$tmp/again.img" mount -o loop
ok "... becomes a translation disk" convert "$tmp/again.img" "$tmp/edited2.img" --format ntfs
ok "... and a disk again" convert "$tmp/edited2.img" "$tmp/last.img"
is "nothing is lost, and nothing stale comes back" "$(lximage diff "$tmp/again.img" "$tmp/last.img")" ""

# ---- damaged ----

damage() {
    python3 -c '
import sys

disk = bytearray(open(sys.argv[1], "rb").read())
at = disk.index(b"LXKIT.CARRIER\0") + 14
disk[at + 20] ^= 1
open(sys.argv[2], "wb").write(disk)' "$tmp/wslfs.img" "$tmp/damaged.img"
}
ok "a carrier that is damaged" damage
is "is found by the checker" "$(lximage check "$tmp/damaged.img" | grep -c 'carrier-invalid: .* checksum')" 1
like "and left out by the reader" "$(lximage ls "$tmp/damaged.img" 2>&1)" '1 values of metadata make no sense'

# ---- a Debian root ----

ok "a Debian root" scripts/debian-root "$tmp/root.tar" minimal || exit
debian() { # IN OUT [ARGUMENT...]
    rm -f "$2"
    lximage convert --quiet --no-sync --strict "$@"
}
ok "becomes a disk" debian "$tmp/root.tar" "$tmp/vm.vhdx"
ok "goes to the translation backend, and is verified" \
    debian "$tmp/vm.vhdx" "$tmp/wslfs.vhdx" --format ntfs --verify
ok "and back" debian "$tmp/wslfs.vhdx" "$tmp/again.vhdx" --verify
is "the same" "$(lximage diff "$tmp/vm.vhdx" "$tmp/again.vhdx")" ""
ok "and there again" debian "$tmp/again.vhdx" "$tmp/wslfs2.vhdx" --format ntfs
is "the same there" "$(lximage diff "$tmp/wslfs.vhdx" "$tmp/wslfs2.vhdx")" ""
ok "without a carrier" lximage convert --quiet --no-sync --format ntfs --no-carrier --verify \
    "$tmp/vm.vhdx" "$tmp/bare.vhdx"
is "what differs is in the manual's list" "$(differences "$tmp/vm.vhdx" "$tmp/bare.vhdx")" \
    "var/log/journal: system.posix_acl_access system.posix_acl_default"
