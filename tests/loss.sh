#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What an output cannot hold is told: each loss of each format stands in the report, --strict
# refuses it before anything is written, and a thousand sockets are one line.
. tests/lib/tap.sh
need python3 jq mke2fs debugfs setpriv

# ---- one offender in each archive ----
other=$(id -u) # somebody without rights
[ "$other" -ne 0 ] || other=65534
python3 - "$tmp" "$other" <<'PYTHON'
import io, sys, tarfile

directory, other = sys.argv[1], int(sys.argv[2])

def archive(name, *members):
    with tarfile.open(f"{directory}/{name}.tar", "w", format=tarfile.PAX_FORMAT) as out:
        for path, fields, records in members:
            member = tarfile.TarInfo(path)
            member.uid = member.gid = other
            for field, value in fields.items():
                setattr(member, field, value)
            member.pax_headers = records
            out.addfile(member)

device = {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 3}
archive("harmless", ("f", {}, {}))
archive("owner", ("f", {"uid": 0, "gid": 0}, {}), ("mine", {}, {}))
archive("set-id", ("f", {"uid": 0, "mode": 0o4755}, {}), ("mine", {"mode": 0o4755}, {}))
archive("device", ("d", device, {}), ("e", {"type": tarfile.LNKTYPE, "linkname": "d"}, {}))
archive("capability", ("f", {}, {"SCHILY.xattr.security.capability":
                               "\x01\0\0\2\0\x20" + "\0" * 14}))
archive("trusted", ("f", {}, {"SCHILY.xattr.trusted.x": "y"}))
archive("link", ("l", {"type": tarfile.SYMTYPE, "linkname": "f"}, {"SCHILY.xattr.user.x": "y"}))
archive("odd", ("f", {}, {"SCHILY.xattr.odd.name": "y"}))
archive("future", ("f", {}, {"mtime": "16725225600"}))
archive("past", ("f", {}, {"mtime": "-16725225600"}))
archive("many", *((f"f{i:02}", {}, {"SCHILY.xattr.odd.name": "y"}) for i in range(12)))
archive("wide", ("f", {}, {f"SCHILY.xattr.user.{i}": "x" * 63000 for i in range(10, 25)}))
archive("distribution", ("etc", {"type": tarfile.DIRTYPE}, {}),
        ("f", {}, {f"SCHILY.xattr.user.{i}": "x" * 63000 for i in range(10, 25)}))
archive("bytes", ("latin-\udce9", {}, {"SCHILY.xattr.odd.name": "y", "hdrcharset": "BINARY"}))
PYTHON

# Sockets cannot be in an archive.
mkdir "$tmp/tree"
python3 - "$tmp/tree" <<'PYTHON'
import os, socket, sys
for i in range(1200):
    socket.socket(socket.AF_UNIX).bind(f"{sys.argv[1]}/{i:04}")
os.link(f"{sys.argv[1]}/0007", f"{sys.argv[1]}/one-more-name")
open(f"{sys.argv[1]}/wide", "w").close()
PYTHON
truncate -s 16M "$tmp/sockets.img"
mke2fs -q -t ext4 -d "$tmp/tree" "$tmp/sockets.img"
rm -r "$tmp/tree"

# Flags, which Linux shows in an inode of ext4.
touch "$tmp/empty"
cat >"$tmp/commands" <<COMMANDS
write $tmp/empty f
set_inode_field f flags 0x80010
set_inode_field f uid $other
set_inode_field f gid $other
set_inode_field / uid $other
set_inode_field / gid $other
COMMANDS
truncate -s 16M "$tmp/immutable.img"
mke2fs -q -t ext4 "$tmp/immutable.img"
debugfs -w -f "$tmp/commands" "$tmp/immutable.img" >/dev/null 2>&1

# Without rights: in a directory of its own, where this user is root.
mkdir "$tmp/other"
cp "$(command -v lximage)" "$tmp/other"
without_rights() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid "$other" --regid "$other" --clear-groups "$@"
    else
        "$@"
    fi
}
chmod a+rx "$scratch" "$tmp" "$tmp/other"
[ "$(id -u)" -ne 0 ] || chown "$other:$other" "$tmp/other"

# ---- what each format loses ----
# losses REPORT: "ID PATH" of each line, in order.
losses() {
    jq -r 'select(.loss) | .loss + " " + .path' "$1" | sort | paste -sd,
}

# loses EXPECTED RUNNER IN OUT OPTION...: the report has exactly these; with --strict nothing is
# made. A lost+found is not counted.
loses() {
    local expected=$1 runner=$2 input=$3 out=$4 report=${4%/}.report name
    name="$(basename "$input") to $(basename "$out") loses"
    shift 4
    set -- "$input" "$out" --exclude lost+found --no-sync "$@"
    ok "$name, and is done" "$runner" convert "$@" --report "$report"
    is "$name $expected" "$(losses "$report")" "$expected"
    is "the sum of it" "$(tail -n 1 "$report" | jq -c '[.version, .losses, .written]')" \
        "[1,$(tr , '\n' <<<"$expected" | grep -c .),true]"
    rm -rf "$out"
    if [ -n "$expected" ]; then
        refuses 6 'cannot hold.*the first.*--report FILE.*\[lossy\]' \
            "$runner" convert --strict "$@"
    else
        ok "and --strict has nothing against it" "$runner" convert --strict "$@"
    fi
}

other_lximage() {
    without_rights "$tmp/other/lximage" "$@"
}

# each RUNNER PLACE ENDING: rows "INPUT EXPECTED" from standard input.
each() {
    local input expected
    while read -r input expected; do
        loses "$expected" "$1" "$tmp/$input" "$2/out-${input%.*}$3"
    done
}

each lximage "$tmp" .vhdx <<'ROWS'
harmless.tar
future.tar time f
past.tar time f
odd.tar xattr f
device.tar
immutable.img
link.tar
sockets.img
ROWS

each lximage "$tmp" .tar.gz <<'ROWS'
harmless.tar
future.tar
device.tar
capability.tar
immutable.img
link.tar
odd.tar
wide.tar xattr f
ROWS
sockets=$(seq -f 'socket %04g' -s , 0 1199),socket\ one-more-name
loses "$sockets" lximage "$tmp/sockets.img" "$tmp/sockets.tar"

each other_lximage "$tmp/other" / <<'ROWS'
harmless.tar
owner.tar owner f
set-id.tar mode f,owner f
device.tar device d,device e
capability.tar xattr f
trusted.tar xattr f
immutable.img flags f
link.tar xattr l
odd.tar xattr f
ROWS
if [ "$(id -u)" -eq 0 ]; then
    each lximage "$tmp" / <<'ROWS'
harmless.tar
owner.tar
set-id.tar
device.tar
capability.tar
link.tar xattr l
odd.tar xattr f
ROWS
else
    skip "a directory as root makes it" "needs root"
fi

# ---- before anything is written ----
# unable_to_write COMMAND...: a byte for a file would be its end (SIGXFSZ).
unable_to_write() {
    (
        ulimit -f 0
        exec "$@"
    ) 2>&1 >/dev/null | cat >&2
    return "${PIPESTATUS[0]}"
}
for input in many.tar sockets.img; do
    ending=$([ "$input" = many.tar ] && echo vhdx || echo tar.xz)
    refuses 6 'cannot hold (12 attributes|1201 sockets) of' \
        unable_to_write lximage convert --strict "$tmp/$input" "$tmp/out.$ending"
done
lximage convert --strict "$tmp/sockets.img" - >"$tmp/stdout" 2>/dev/null
is "--strict to standard output ends with 6" "$?" 6
is "and nothing goes there" "$(stat -c %s "$tmp/stdout")" 0
refuses 2 'standard input.*only once' lximage convert --strict - -
refuses 2 'only once' lximage convert --strict <(cat "$tmp/future.tar") -
ok "--strict with a filter that takes the offender away" \
    lximage convert --strict --clamp-mtime 0 "$tmp/future.tar" "$tmp/clamped.vhdx"

# once OPTION...: from standard input.
once() {
    lximage convert --strict --size 16M - "$tmp/out.img" "$@" <"$tmp/many.tar"
}
refuses 6 'cannot hold at least 1 attribute of standard input; the first: /f00: ' once
once --report "$tmp/once" 2>/dev/null
is "what is read only once is refused at the first loss" "$(losses "$tmp/once")" "xattr f00"
is "which the sum tells" "$(tail -n 1 "$tmp/once" | jq -c '[.written, .complete]')" "[false,false]"

# ---- the report ----
lximage convert --strict "$tmp/many.tar" "$tmp/out.img" --size 16M --report "$tmp/many" 2>/dev/null
is "a refusal has its report" "$(grep -c '"loss":"xattr"' "$tmp/many")" 12
is "whose sum tells all" "$(tail -n 1 "$tmp/many")" "$(
    jq -nc --arg in "$tmp/many.tar" --arg out "$tmp/out.img" '{version: 1, losses: 12,
        counts: {xattr: 12}, input: $in, output: $out, written: false, complete: true}'
)"
refuses 5 'many.*exists' lximage convert "$tmp/many.tar" "$tmp/out.tar" --report "$tmp/many"
refuses 2 'file of its own' lximage convert "$tmp/many.tar" "$tmp/out.tar" --report "$tmp/out.tar"
refuses 5 'many.tar.*exists' lximage convert "$tmp/odd.tar" "$tmp/many.tar" --report "$tmp/new"
lximage convert "$tmp/bytes.tar" "$tmp/bytes.img" --size 16M --report "$tmp/bytes" 2>/dev/null
is "a name that is no UTF-8 is marked" \
    "$(head -n 1 "$tmp/bytes" | jq -c '[.path, .inexact]')" '["latin-�",true]'
if have_tmpfs "a full place for the report"; then
    mkdir "$tmp/full"
    refuses 7 'report.*space' with_tmpfs size=4k "$tmp/full" \
        lximage convert "$tmp/sockets.img" "$tmp/out.tar" --report "$tmp/full/report"
fi

# ---- talk ----
talk() {
    rm -rf "$tmp/out.tar" "$tmp/out.img"
    { lximage convert "$@" >/dev/null; } 2>&1
}
is "sockets are one line" "$(talk "$tmp/sockets.img" "$tmp/out.tar")" \
    "lximage: 1201 things were lost: 1201 sockets; --report FILE lists them all"
is "and all of them with --verbose" \
    "$(talk "$tmp/sockets.img" "$tmp/out.tar" --verbose | grep -c ': socket (')" 1200
talk "$tmp/many.tar" "$tmp/out.img" --size 16M >"$tmp/talk"
is "ten losses are shown" "$(grep -c 'lost: f' "$tmp/talk")" 10
is "and summed up" "$(tail -n 1 "$tmp/talk")" \
    "lximage: 12 things were lost: 12 attributes; --report FILE lists them all"
is "one is a thing" "$(talk "$tmp/odd.tar" "$tmp/out.img" --size 16M | tail -n 1)" \
    "lximage: 1 thing was lost: 1 attribute"
unlike "what is refused is not lost" \
    "$(talk --strict "$tmp/many.tar" "$tmp/out.img" --size 16M)" 'were lost'
is "events have the kind" "$(talk --events "$tmp/odd.tar" "$tmp/out.img" --size 16M |
    jq -r 'select(.event == "loss") | .loss + " " + .path')" "xattr f"

# ---- lxinstall export ----
lxinstall install "$tmp/distribution.tar" --name wide --size 2G --no-sync 2>/dev/null
refuses 6 'out.tar cannot hold 1 attribute of' lxinstall export --strict wide "$tmp/out.tar"
ok "export tells what it leaves out" lxinstall export wide "$tmp/wide.tar.gz" --report "$tmp/wide"
is "in its report" "$(losses "$tmp/wide")" "xattr f"
refuses 2 'loses nothing' lxinstall export wide "$tmp/out.vhdx" --report "$tmp/out"
ok "a copy of the disk is as strict as can be" lxinstall export --strict wide "$tmp/wide.vhdx"
