#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Metadata that few programs keep, from format to format: inode flags, holes, names of extended
# attributes, capabilities and lists, and the last second before 1970. GNU tar, bsdtar, debugfs, the
# kernel's ext4, lsattr, getfattr, getfacl and getcap judge.
# Runs once.
. tests/lib/tap.sh
need python3 debugfs e2fsck mke2fs bsdtar tar truncate getfattr setfattr lsattr chattr

cleanup() {
    mountpoint -q "$tmp/mnt" && umount "$tmp/mnt"
    chattr -R -i -a "$tmp" 2>/dev/null
}

# on_mount IMAGE COMMAND...: runs in the root of IMAGE, mounted by the kernel.
on_mount() {
    local image=$1 status=0
    shift
    mkdir -p "$tmp/mnt"
    mount -o loop,ro "$image" "$tmp/mnt" || return
    (cd "$tmp/mnt" && "$@") || status=$?
    umount "$tmp/mnt"
    return "$status"
}

extract() { # PROGRAM ARCHIVE DIRECTORY
    mkdir -p "$3"
    case $1 in
    tar) tar --xattrs --xattrs-include='*' --acls --selinux --numeric-owner -xpf "$2" -C "$3" \
        --warning=no-unknown-keyword --warning=no-timestamp ;;
    bsdtar) bsdtar --xattrs --acls --fflags --numeric-owner -xpf "$2" -C "$3" ;;
    esac
}

# ---- inode flags ----
# lsattr's letters, but those of the file system's own doing.
letters() { # DIRECTORY PATH...
    local directory=$1
    shift
    (cd "$directory" && lsattr -d "$@") |
        while read -r flags name; do printf '%s %s ' "${flags//[-eINE]/}" "$name"; done
}
mkdir -p "$tmp/flags/sub"
for name in append immutable nodump noatime sync all; do
    echo "$name" >"$tmp/flags/sub/$name"
done
ln "$tmp/flags/sub/append" "$tmp/flags/again"
flagged=(sub sub/append sub/immutable sub/nodump sub/noatime sub/sync sub/all)
expected='Di sub a sub/append i sub/immutable d sub/nodump A sub/noatime S sub/sync SiadA sub/all '
python3 - "$tmp/flags.tar" <<'PYTHON'
import sys, tarfile, io
with tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT) as tar:
    def add(name, flags, kind=tarfile.REGTYPE, link=""):
        info = tarfile.TarInfo("./" + name)
        info.type, info.linkname, info.mode = kind, link, 0o755
        content = b"" if kind != tarfile.REGTYPE else name.encode()
        info.size = len(content)
        if flags:
            info.pax_headers = {"SCHILY.fflags": flags}
        tar.addfile(info, io.BytesIO(content))
    add("sub", "schg,dirsync", tarfile.DIRTYPE)
    add("sub/append", "sappnd")
    add("again", "", tarfile.LNKTYPE, "./sub/append")
    add("sub/immutable", "schg,unknown")
    add("sub/nodump", "nodump")
    add("sub/noatime", "noatime")
    add("sub/sync", "sync")
    add("sub/all", "sappnd,schg,nodump,noatime,sync")
PYTHON
ok "B9: an archive with inode flags becomes a disk" \
    lximage convert --no-sync --size 64M "$tmp/flags.tar" "$tmp/flags.img"
ok "B9: e2fsck accepts it" e2fsck -fn "$tmp/flags.img"
for at in immutable:0x80010 append:0x80020 nodump:0x80040 noatime:0x80080 sync:0x80008 all:0x800f8; do
    like "B9: debugfs sees the flags of sub/${at%:*}" \
        "$(debugfs -R "stat /sub/${at%:*}" "$tmp/flags.img" 2>/dev/null)" "Flags: ${at#*:}\$"
done
ok "B9: diff sees no difference" lximage diff "$tmp/flags.tar" "$tmp/flags.img"
cp --sparse=always "$tmp/flags.img" "$tmp/other.img"
debugfs -w -R 'set_inode_field /sub/nodump flags 0x80050' "$tmp/other.img" 2>/dev/null
is "B9: diff names flags that differ" "$(lximage diff "$tmp/flags.tar" "$tmp/other.img")" \
    "/sub/nodump: flags nodump | schg,nodump"
ok "B9: diff --ignore flags" lximage diff --ignore flags "$tmp/flags.tar" "$tmp/other.img"
ok "B9: the disk becomes an archive again" \
    lximage convert --no-sync "$tmp/flags.img" "$tmp/flags2.tar"
is "B9: bsdtar reads the flags of the archive" \
    "$(bsdtar -cf - --format=mtree --options='!all,flags' "@$tmp/flags2.tar" | sed -n 's/^\.\/sub\/all .*flags=//p')" \
    "sappnd,schg,nodump,noatime,sync"
like "B9: mtree has them" "$(lximage mtree "$tmp/flags.img")" '^\./sub type=dir .* flags=schg,dirsync$'
like "B9: ls --json has them" "$(lximage ls --json "$tmp/flags.img")" \
    '"path":"sub/immutable",.*"flags":"schg"'
if [ "$(id -u)" -eq 0 ] && touch "$tmp/probe" && chattr +i "$tmp/probe" 2>/dev/null; then
    chattr -i "$tmp/probe"
    is "B9: chattr's letters on a disk that the kernel mounts" \
        "$(on_mount "$tmp/flags.img" letters . "${flagged[@]}")" "$expected"
    ok "B9: the disk becomes a directory" lximage convert --no-sync "$tmp/flags.img" "$tmp/tree/"
    is "B9: chattr's letters in the directory" "$(letters "$tmp/tree" "${flagged[@]}")" "$expected"
    ok "B9: the directory reads the same" lximage diff "$tmp/flags.img" "$tmp/tree"
    ok "B9: bsdtar's archive of it too" bsdtar --fflags --numeric-owner -cf "$tmp/bsd.tar" -C "$tmp/tree" .
    ok "B9: which is the same again" lximage diff --ignore mtimes "$tmp/bsd.tar" "$tmp/flags.img"
    if have_tmpfs "B9: no abort where a file system has no flags"; then
        mkdir "$tmp/none"
        # shellcheck disable=SC2016
        ok "B9: no abort where a file system has no flags" with_tmpfs size=64m "$tmp/none" sh -c '
            lximage convert --no-sync "$1" "$2/tree/" && test -e "$2/tree/sub/all" &&
                { chattr -R -i -a "$2/tree" || true; }' sh "$tmp/flags.img" "$tmp/none"
    fi
    mkdir -m 777 "$tmp/user"
    chmod 755 "$scratch" "$tmp"
    cp "$tmp/flags.img" "$tmp/user/flags.img"
    chmod 644 "$tmp/user/flags.img"
    ok "B9: no abort without root" setpriv --reuid 65534 --regid 65534 --clear-groups \
        "$B/lximage" convert --no-sync --report "$tmp/user/losses" "$tmp/user/flags.img" "$tmp/user/tree/"
    like "B9: which tells what is lost" "$(<"$tmp/user/losses")" '"loss":"flags","path":"sub/immutable"'
else
    skip "B9: flags on a file system" "needs root and a file system with flags"
fi

# ---- holes ----
python3 - "$tmp/holes" <<'PYTHON'
import os, sys
os.mkdir(sys.argv[1])
def make(name, size, *at):
    with open(os.path.join(sys.argv[1], name), "wb") as file:
        for offset, n in at:
            file.seek(offset)
            file.write(b"data" * (n // 4))
        file.truncate(size)
make("late", 200 << 20, (0, 20 << 20), (150 << 20, 8192))
make("empty", 5 << 20)
make("end", (50 << 20) + 8, (50 << 20, 8))
make("lastlog", 41 << 30, (30 << 30, 4096))
PYTHON
sparse_all_same() { # ARCHIVE: every file has its holes, on a disk
    lximage convert --no-sync --size 128M "$1" "$tmp/sparse.img" >&2 || return
    lximage diff --ignore mtimes,owners "$1" "$tmp/sparse.img" >&2 || return
    for name in late empty end lastlog; do
        debugfs -R "stat /$name" "$tmp/sparse.img" 2>/dev/null | sed -n 's/.*Blockcount: //p'
    done | xargs
}
for form in "gnu" "pax --sparse-version=0.0" "pax --sparse-version=0.1" "pax --sparse-version=1.0"; do
    # shellcheck disable=SC2086
    tar --sparse --format=$form -cf "$tmp/sparse.tar" -C "$tmp/holes" .
    rm -f "$tmp/sparse.img"
    is "A12: holes of GNU tar's --format=$form are holes on ext4" "$(sparse_all_same "$tmp/sparse.tar")" \
        "40976 0 8 8"
done
ok "A12: a disk with holes becomes an archive" \
    lximage convert --no-sync "$tmp/sparse.img" "$tmp/sparse2.tar"
ok "A12: with holes behind the first megabytes too" \
    test "$(stat -c %s "$tmp/sparse2.tar")" -lt $((21 << 20))
mkdir "$tmp/by-tar" "$tmp/by-bsdtar"
ok "A12: GNU tar extracts it" tar -C "$tmp/by-tar" -xf "$tmp/sparse2.tar"
ok "A12: and finds the same" diff -r "$tmp/by-tar/late" "$tmp/holes/late"
ok "A12: bsdtar extracts it" bsdtar -C "$tmp/by-bsdtar" -xf "$tmp/sparse2.tar"
ok "A12: and finds the same files" diff -r "$tmp/by-bsdtar/end" "$tmp/holes/end"
ok "A12: an archive of a directory keeps its holes" \
    lximage convert --no-sync "$tmp/holes" "$tmp/sparse3.tar"
ok "A12: all of them" test "$(stat -c %s "$tmp/sparse3.tar")" -lt $((21 << 20))
ok "A12: and what is in it" lximage diff "$tmp/holes" "$tmp/sparse3.tar"
lastlog_there_and_back() {
    tar --sparse --format=pax -cf "$tmp/lastlog.tar" -C "$tmp/holes" lastlog &&
        lximage convert --no-sync --size 64M "$tmp/lastlog.tar" "$tmp/lastlog.img" &&
        lximage convert --no-sync "$tmp/lastlog.img" "$tmp/lastlog2.tar" &&
        lximage convert --no-sync "$tmp/lastlog2.tar" "$tmp/lastlog/"
}
ok "A12: a lastlog of 41 GB goes from tar to ext4, tar and a directory" timeout 20 bash -c \
    "tmp=$tmp; $(declare -f lastlog_there_and_back); lastlog_there_and_back"
is "A12: and has its size" "$(stat -c %s "$tmp/lastlog/lastlog")" $((41 << 30))
ok "A12: in less than 1 MiB" test "$(du -k "$tmp/lastlog/lastlog" | cut -f 1)" -lt 1024
ok "A12: also in the archive" test "$(stat -c %s "$tmp/lastlog2.tar")" -lt 1048576

# ---- names of extended attributes ----
if touch "$tmp/probe" && setfattr -n user.probe -v 1 "$tmp/probe" 2>/dev/null; then
    mkdir "$tmp/names"
    echo content >"$tmp/names/file"
    python3 - "$tmp/names/file" <<'PYTHON'
import os, sys
for i, name in enumerate([b"a b", b"a%b", b"a%25b", b"a%2525b", b"a=b", b"a%3Db", b"a%3db",
                          "é".encode(), b"\xff\x01\n", b"%", b"%20", b"plain"]):
    os.setxattr(sys.argv[1], b"user." + name, b"%d" % i)
for i, value in enumerate([b"", b"\0", b"\0=\n\0", b"=", b"\n", b"\xff" * 300]):
    os.setxattr(sys.argv[1], b"user.value%d" % i, value)
PYTHON
    dump() { getfattr -h -d -e hex -m - "$1" 2>/dev/null | grep -av '^#' | LC_ALL=C sort; }
    before=$(dump "$tmp/names/file")
    lximage convert --no-sync "$tmp/names" "$tmp/names.tar"
    ok "A11: any name of an attribute, any value: into an archive and back" \
        lximage diff "$tmp/names" "$tmp/names.tar"
    lximage convert --no-sync --size 64M "$tmp/names.tar" "$tmp/names.img"
    lximage convert --no-sync "$tmp/names.img" "$tmp/names2.tar"
    ok "A11: and through a disk" lximage diff "$tmp/names" "$tmp/names2.tar"
    extract tar "$tmp/names.tar" "$tmp/names-gnu"
    is "A11: GNU tar reads the same names and values" "$(dump "$tmp/names-gnu/file")" "$before"
    extract bsdtar "$tmp/names.tar" "$tmp/names-bsd"
    is "A11: bsdtar reads all of them (and SCHILY's form of those with % or = as well)" \
        "$(LC_ALL=C comm -23 <(echo "$before") <(dump "$tmp/names-bsd/file"))" ""
    for form in "tar --format=pax --xattrs --xattrs-include=*" "bsdtar --xattrs"; do
        $form -cf "$tmp/theirs.tar" -C "$tmp/names" .
        ok "A11: the archive that ${form%% *} makes of it is the same" \
            lximage diff --ignore mtimes "$tmp/names" "$tmp/theirs.tar"
    done
    for option in SCHILY LIBARCHIVE; do
        setfattr -x user.a%b "$tmp/names/file"
        bsdtar --xattrs --options "xattrheader=$option" -cf "$tmp/theirs.tar" -C "$tmp/names" .
        like "A11: $option.xattr alone is read" "$(lximage diff --ignore mtimes "$tmp/names" "$tmp/theirs.tar"
            echo end)" '^end$'
        setfattr -n user.a%b -v 1 "$tmp/names/file"
    done
else
    skip "A11: names of attributes" "a file system without user attributes"
fi

# ---- capabilities, lists ----
if [ "$(id -u)" -eq 0 ] && command -v setcap setfacl getcap getfacl >/dev/null; then
    mkdir "$tmp/rights"
    for name in ping acl; do echo "$name" >"$tmp/rights/$name"; done
    mkdir "$tmp/rights/journal"
    setcap cap_net_raw+ep "$tmp/rights/ping"
    setfacl -m u:4000000000:r,u:7:rwx,g:2147483648:rx "$tmp/rights/acl"
    setfacl -m g:adm:rx -m d:g:4294967294:rx "$tmp/rights/journal"
    lists() { (cd "$1" && getfacl -n -- acl journal 2>/dev/null); }
    tar --format=pax --xattrs --xattrs-include='*' --acls -cf "$tmp/rights.tar" -C "$tmp/rights" .
    ok "B4: ids above 2^31 in lists of GNU tar are exact" lximage diff "$tmp/rights" "$tmp/rights.tar"
    ok "B4: such lists become a disk" \
        lximage convert --no-sync --size 64M "$tmp/rights.tar" "$tmp/rights.img"
    is "B4: getfacl sees them there" "$(on_mount "$tmp/rights.img" lists .)" "$(lists "$tmp/rights")"
    lximage convert --no-sync "$tmp/rights.img" "$tmp/rights2.tar"
    extract tar "$tmp/rights2.tar" "$tmp/rights-gnu"
    ok "B4: and none is lost on the way back" lximage diff "$tmp/rights" "$tmp/rights2.tar"
    is "B3: getcap agrees on the disk" "$(on_mount "$tmp/rights.img" getcap ping)" \
        "ping cap_net_raw=ep"
    is "B3: and where GNU tar extracts it" "$(cd "$tmp/rights-gnu" && getcap ping)" \
        "ping cap_net_raw=ep"
    lximage convert --no-sync "$tmp/rights2.tar" "$tmp/rights-dir/"
    ok "B3: and nothing is lost on the way through a directory" \
        lximage diff "$tmp/rights" "$tmp/rights-dir"
else
    skip "B4: lists with large ids" "needs root, libcap and acl"
fi

# ---- times ----
mkdir "$tmp/times"
touch -d '1969-12-31 23:59:59.25 UTC' "$tmp/times/last"
touch -d '1969-12-31 23:59:58.25 UTC' "$tmp/times/before"
touch -d '1970-01-01 00:00:00.25 UTC' "$tmp/times/first"
seen() { (cd "$1" && stat -c '%n %.9Y' before first last | xargs); }
expected=$(seen "$tmp/times")
lximage convert --no-sync "$tmp/times" "$tmp/times.tar"
ok "B7: the last second before 1970 comes through an archive" lximage diff "$tmp/times" "$tmp/times.tar"
extract tar "$tmp/times.tar" "$tmp/times-gnu"
is "B7: GNU tar reads it" "$(seen "$tmp/times-gnu")" "$expected"
tar --format=pax -cf "$tmp/times-gnu.tar" -C "$tmp/times" .
ok "B7: and writes what is read the same" lximage diff "$tmp/times" "$tmp/times-gnu.tar"

# ---- an output in its own input ----
mkdir -p "$tmp/in/deep"
refuses 2 'lies in the directory .*/in, .*choose' lximage convert "$tmp/in" "$tmp/in/deep/out/"
refuses 2 'lies in the directory' lximage convert "$tmp/in" "$tmp/in/out.tar"
refuses 2 'lies in the directory' lximage convert "$tmp/in/" "$tmp/in/out.vhdx"
ok "beside it there is room" lximage convert --no-sync "$tmp/in" "$tmp/in-out/"
