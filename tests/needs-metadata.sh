#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# Group B of what users need: owners and metadata survive, as the kernel, getcap, getfacl and bsdtar
# see them. Archives stand in tests/lib/needs_archives.py. Some lines of the group have their tests
# elsewhere: tests/metadata.sh (B9 and more of B3, B4), tests/image.sh (B6, B10),
# tests/unit/directory_links_test.c (B11).
. tests/lib/tap.sh
. tests/lib/needs.sh
need python3 e2fsck debugfs mke2fs dumpe2fs jq tar bsdtar setfattr getfattr getfacl setfacl getcap setpriv

cleanup() {
    needs_cleanup
}

# there_and_back NAME: $tmp/NAME.tar through ext4 to $tmp/NAME-again.tar.
there_and_back() {
    rm -f "$tmp/$1-again.tar"
    disk "$1" && lximage convert --no-sync "$tmp/$1.img" "$tmp/$1-again.tar"
}

archive users modes capabilities host_labels times closed

# ---- B1: numbers, not names ----
ok "B1: an archive whose names of users lie" there_and_back users
owners=$(lximage ls -l "$tmp/users.img")
like "B1: its numbers count, not the name messagebus" "$owners" ' 0 +104 .*/crontab$'
like "B1: not the name root either" "$owners" ' 12 +34 .*/odd$'
ok "B1: what is written has no names" python3 -c '
import sys, tarfile
for member in tarfile.open(sys.argv[1]):
    assert not member.uname and not member.gname, member
' "$tmp/users-again.tar"

# ---- B2: high bits ----
ok "B2: an archive of setuid, setgid and sticky" there_and_back modes
for mode in 4755 2755 1777 6711 7000 7777; do
    like "B2: a file keeps $mode" "$(inside modes "stat /mode-$mode")" "Mode: +0$mode "
done
for mode in 2775 1777 7777; do
    like "B2: a directory keeps $mode" "$(inside modes "stat /d-$mode")" "Mode: +0$mode "
done
ok "B2: GNU tar reads them from what comes out again" python3 -c '
import sys, tarfile
found = {member.name: member.mode for member in tarfile.open(sys.argv[1])}
for name, mode in found.items():
    if "-" in name:
        assert mode == int(name.rsplit("-", 1)[1], 8), (name, oct(mode))
assert len(found) == 10, found
' "$tmp/modes-again.tar"

# ---- B3: file capabilities ----
ok "B3: an archive of file capabilities" there_and_back capabilities
holds "B3: versions 2 and 3 are the same bytes afterwards" "$tmp" <<'PYTHON'
import sys, tarfile
def capabilities(file):
    with tarfile.open(f"{sys.argv[1]}/{file}", errors="surrogateescape") as tar:
        return {member.name.removeprefix("./"): member.pax_headers["SCHILY.xattr.security.capability"]
                for member in tar if member.isreg()}
before, after = capabilities("capabilities.tar"), capabilities("capabilities-again.tar")
assert len(before) == 2 and before == after, (before, after)
PYTHON
if am_root "B3: getcap"; then
    is "B3: getcap sees version 2" "$(mounted capabilities getcap -n "$tmp/mnt/ping" | sed 's/.*ping //')" \
        "cap_net_raw=ep"
    is "B3: getcap sees version 3 and its root user" \
        "$(mounted capabilities getcap -n "$tmp/mnt/newuidmap" | sed 's/.*newuidmap //')" \
        "cap_net_raw=ep [rootid=100000]"
fi

# ---- B4: access control lists ----
mkdir "$tmp/acl"
echo x >"$tmp/acl/file"
# GNU tar writes numbers only for users that this machine does not know.
setfacl -m u:70000:rwx,g:70001:r-x "$tmp/acl/file"
setfacl -m u:70003:r-x,d:u:70000:rwx,d:g:70055:r "$tmp/acl"
tar --format=posix --acls --numeric-owner -cf "$tmp/acl.tar" -C "$tmp/acl" .
ok "B4: an archive of access control lists" there_and_back acl
archive acl_by_name
like "B4: an entry that has a name and no number is lost aloud" \
    "$(lximage convert --no-sync --size 16M "$tmp/acl_by_name.tar" "$tmp/by_name.img" 2>&1)" \
    'lost: listed: .*"somebody" without a number'
like "B4: and the others of the list stay" \
    "$(debugfs -R 'ea_get -x /listed system.posix_acl_access' "$tmp/by_name.img" 2>/dev/null)" \
    '[(]44[)] = 02 00 00 00 01 00 07 00 .. .. .. .. 02 00 06 00 d0 07 00 00'
archive acl_denied_by_name
as="B4: one that takes rights away cannot be left out" refuses 6 'takes rights from "somebody"' \
    lximage convert --no-sync --size 16M "$tmp/acl_denied_by_name.tar" "$tmp/denied.img"
# lists DIRECTORY: the lists as getfacl prints them.
lists() {
    (cd "$1" && getfacl -n . file)
}
if am_root "B4: getfacl"; then
    # The kernel knows only ext4's own encoding there.
    is "B4: getfacl sees them on ext4" "$(mounted acl lists "$tmp/mnt")" "$(lists "$tmp/acl")"
    mkdir "$tmp/acl-again"
    tar --acls --numeric-owner -xpf "$tmp/acl-again.tar" -C "$tmp/acl-again"
    is "B4: and where GNU tar extracts them again" "$(lists "$tmp/acl-again")" "$(lists "$tmp/acl")"
fi

# ---- B5: labels of the host ----
ok "B5: an archive with labels of the machine that built it" disk host_labels
for name in selinux ima evm; do
    like "B5: security.$name is kept" "$(inside host_labels "ea_get /file security.$name")" "label $name"
done
mv "$tmp/host_labels.img" "$tmp/kept.img"
ok "B5: --no-host-xattrs" disk host_labels --no-host-xattrs
is "B5: leaves out those three and nothing else" \
    "$(inside host_labels 'ea_list /file' | grep -o 'security[.a-z]*')" "security.apparmor"

# ---- B6: attributes of all sizes ----
holds "B6: attributes at each place they can have" "$tmp/sizes.tar" <<'PYTHON'
import sys
from hostile_archives import END, file, pax
def member(name, values):
    return pax({f"SCHILY.xattr.user.{key}": value for key, value in values.items()}) + file(name)
with open(sys.argv[1], "wb") as out:
    out.write(member("inode", {"a": b"v" * 20}) + member("inode-full", {"a": b"v" * 60})
              + member("block", {"a": b"v" * 200}) + member("block-full", {"a": b"v" * 4000})
              + member("many", {str(i): b"%d" % i for i in range(120)})
              + member("larger", {"a": b"v" * 5000}) + member("largest", {"a": b"v" * 65536})
              + b"".join(member(f"shared{i}", {"a": b"s" * 1000}) for i in range(1500)) + END)
PYTHON
ok "B6: e2fsck has nothing to say" disk sizes
ok "B6: and nothing is lost" lximage diff "$tmp/sizes.tar" "$tmp/sizes.img"
block=$(inside sizes 'stat /shared0' | sed -n 's/^File ACL: //p')
is "B6: equal attributes share one block" "$(inside sizes 'stat /shared7' | sed -n 's/^File ACL: //p')" \
    "$block"
if am_root "B6: the kernel reads them"; then
    is "B6: the kernel reads the largest" \
        "$(mounted sizes getfattr --only-values -n user.a "$tmp/mnt/largest" | wc -c)" 65536
    is "B6: and 120 of one file" \
        "$(mounted sizes getfattr -m user --absolute-names "$tmp/mnt/many" | grep -c '^user')" 120
fi

# ---- B7, B8: times ----
ok "B7: an archive of times at their edges" there_and_back times
while read -r name expected; do
    is "B7: $name as the archive has it" \
        "$(lximage mtree "$tmp/times.img" | sed -n "s,^\./$name .* time=\([^ ]*\).*,\1,p")" "$expected"
done <<'EDGES'
1901 -2147483648.000000000
1969 -2.500000000
1970 0.000000001
2038 2147483647.999999999
2038-later 2147483648.000000001
2106 4294967296.123456789
2446 15032385535.999999999
EDGES
stat=$(inside times 'stat /1970')
like "B7: debugfs sees atime with its nanoseconds" "$stat" 'atime: 0x3b9aca00:00000004'
like "B7: and ctime" "$stat" 'ctime: 0x4190ab00:00000008'
like "B7: 2446 as 32 bits and two more (what a 32-bit host computes, by the bytes on disk)" \
    "$(inside times 'stat /2446')" 'mtime: 0x7fffffff:ee6b27ff'
like "B7: 1901 has none of the two" "$(inside times 'stat /1901')" 'mtime: 0x80000000:00000000'
is "B7: inodes have 256 bytes" "$(dumpe2fs -h "$tmp/times.img" 2>/dev/null | sed -n 's/^Inode size:[^0-9]*//p')" 256
holds "B8: every file keeps its nanoseconds in an archive" "$tmp/times-again.tar" <<'PYTHON'
import sys, tarfile
from decimal import Decimal
EDGES = {"1970": "0.000000001", "2038": "2147483647.999999999", "2038-later": "2147483648.000000001",
         "2106": "4294967296.123456789", "2446": "15032385535.999999999"}
found = {member.name.removeprefix("./"): member.pax_headers.get("mtime")
         for member in tarfile.open(sys.argv[1])}
for name, time in EDGES.items():
    assert Decimal(found[name]) == Decimal(time), (name, found[name])
PYTHON
mkdir "$tmp/wsl"
: >"$tmp/wsl/file"
touch -d '2024-02-03 04:05:06.123456789' "$tmp/wsl/file" "$tmp/wsl"
bsdtar -C "$tmp/wsl" -c --one-file-system --xattrs --numeric-owner -f "$tmp/wsl-export.tar" .
like "B8: wsl --export would lose them (its bsdtar command)" \
    "$(lximage mtree "$tmp/wsl-export.tar")" '^\./file .* time=1706933106\.000000000 '
lximage convert --no-sync "$tmp/wsl" "$tmp/wsl.tar"
like "B8: lximage does not" "$(lximage mtree "$tmp/wsl.tar")" \
    '^\./file .* time=1706933106\.123456789 '
if am_root "B7: the kernel reads the times"; then
    for name in 1969 2038-later 2106 2446; do
        is "B7: the kernel reads $name" "$(mounted times stat -c %.9Y "$tmp/mnt/$name")" \
            "$(lximage mtree "$tmp/times.img" | sed -n "s,^\./$name .* time=\([^ ]*\).*,\1,p" |
                sed 's/^-2.5/-1.5/')"
    done
fi

# ---- B12: what its owner may not read ----
ok "B12: closed directories and files of mode 0 in an archive" there_and_back closed
is "B12: what lies there is on the disk" "$(inside closed 'cat /closed/inside')" "deep"
is "B12: and in the archive again" "$(tar -xOf "$tmp/closed-again.tar" ./gshadow)" "root"
if am_root "B12: without root"; then
    chmod 755 "$scratch" "$tmp"
    mkdir -m 777 "$tmp/nobody"
    nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/ TMPDIR="$tmp/nobody")
    ok "B12: without root the same archive becomes a disk" "${nobody[@]}" \
        "$B/lximage" convert --no-sync --size 64M "$tmp/closed.tar" "$tmp/nobody/closed.img"
    ok "B12: which holds the same" lximage diff "$tmp/closed.tar" "$tmp/nobody/closed.img"
    ok "B12: without root it becomes a directory" "${nobody[@]}" \
        "$B/lximage" convert --no-sync "$tmp/closed.tar" "$tmp/nobody/tree/"
    is "B12: with its modes" "$(stat -c %a "$tmp/nobody/tree/closed" "$tmp/nobody/tree/gshadow" | xargs)" \
        "0 0"
    ok "B12: and is read again by the root of a name space" "${nobody[@]}" unshare --user --map-root-user \
        "$B/lximage" convert --no-sync "$tmp/nobody/tree" "$tmp/nobody/again.tar"
    is "B12: with all that lies there" "$(tar -xOf "$tmp/nobody/again.tar" ./closed/inside)" "deep"
fi
