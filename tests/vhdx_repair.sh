#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# lxvhdx check --repair, map and clone, and what damaged disks still tell.
. tests/lib/tap.sh
need qemu-img qemu-io qemu-storage-daemon 7zz vhdiinfo python3

cd "$tmp" || exit 1
repository=$OLDPWD
make_log=$repository/tests/lib/vhdx_log.py
mutate=$repository/tests/lib/vhdx_mutate.py

lxvhdx create base.vhdx --size 2G
qemu-io -f vhdx -c 'write -P 0x5a 1024M 1M' base.vhdx >/dev/null

field() { # FILE NAME
    lxvhdx info "$1" | sed -n "s/^$2  *//p"
}

content() { # FILE: a digest of those parts of the disk that something is in
    rm -f content.img
    lxvhdx convert --quiet --no-sync "$1" content.img &&
        for at in 0 512 1024; do dd if=content.img bs=1M skip="$at" count=6 status=none; done |
        sha256sum
}

# ---- a log is written into the file, and everybody then sees the same disk ----

for name in sequence-wraps newest-run-without-tail data-over-zeros file-shorter-than-last; do
    cp base.vhdx disk.vhdx
    python3 "$make_log" disk.vhdx "$name"
    before=$(content disk.vhdx)
    said=$(lxvhdx check --repair disk.vhdx 2>&1)
    like "$name: repaired" "$said" 'replayed [0-9]+ log entr'
    like "$name: nothing is left to find" "$said" '^no findings$'
    is "$name: the disk is what reading showed" "$(content disk.vhdx)" "$before"
    ok "$name: qemu-img check" qemu-img check -q -f vhdx disk.vhdx
    unlike "$name: 7zz" "$(7zz l -tvhdx disk.vhdx)" 'LOG was not replayed'
    before=$(sha256sum <disk.vhdx)
    is "$name: a second repair does nothing" \
        "$(lxvhdx check --repair disk.vhdx 2>&1) $(sha256sum <disk.vhdx)" "no findings $before"
done

# ---- what cannot be replayed stays as it is, unless the log is dropped ----

for name in no-entry file-cut-off; do
    cp base.vhdx disk.vhdx
    python3 "$make_log" disk.vhdx "$name"
    before=$(sha256sum <disk.vhdx)
    status=0
    lxvhdx check --repair disk.vhdx >report 2>&1 || status=$?
    is "$name: status" "$status" 1
    like "$name: the finding is still there" "$(cat report)" '^error: log-'
    is "$name: the file is as it was" "$(sha256sum <disk.vhdx)" "$before"
    like "$name: dropped" "$(lxvhdx check --repair --drop-log disk.vhdx 2>&1)" 'forgot the log'
    is "$name: the disk is what it was without the log" "$(content disk.vhdx)" "$(content base.vhdx)"
done
refuses 2 'say --repair' lxvhdx check --drop-log base.vhdx

# ---- one of two copies ----

while IFS='|' read -r name said changes; do
    cp base.vhdx disk.vhdx
    # shellcheck disable=SC2086
    python3 "$mutate" disk.vhdx $changes
    like "$name: mended" "$(lxvhdx check --repair disk.vhdx 2>&1)" "$said"
    ok "$name: no findings" lxvhdx check disk.vhdx
    ok "$name: vhdiinfo" vhdiinfo disk.vhdx
    ok "$name: qemu-img check" qemu-img check -q -f vhdx disk.vhdx
    is "$name: the same disk" "$(content disk.vhdx)" "$(content base.vhdx)"
done <<'TABLE'
header 1|wrote both headers|64K+8=99
header 2|wrote both headers|128K+8=99
header 2 without signature|wrote both headers|128K=00
region table 1|wrote one region table|192K+100=01
region table 2|wrote one region table|256K+100=01
region tables differ|wrote one region table|256K+65535=01 --seal
trailing bytes|lengthened the file|length=7M+300
TABLE

# ---- who has the disk open ----

cp base.vhdx disk.vhdx
python3 "$make_log" disk.vhdx one-entry
exec 9<>disk.vhdx
python3 - <<'LOCK'
import fcntl, struct
F_OFD_SETLK = 37
lock = struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 100, 1, 0)
fcntl.fcntl(9, F_OFD_SETLK, lock)
LOCK
refuses 9 'disk\.vhdx is in use by process [0-9]+ \(bash.*; shut down' lxvhdx check --repair disk.vhdx
refuses 9 'disk\.vhdx is in use' lxvhdx clone disk.vhdx no.vhdx
exec 9>&-
if [ "$(id -u)" -eq 0 ] && loop=$(losetup -f --show disk.vhdx 2>/dev/null); then
    refuses 9 'attached as /dev/loop.*losetup -d' lxvhdx check --repair disk.vhdx
    refuses 9 'attached as /dev/loop' lxvhdx clone disk.vhdx no.vhdx
    losetup -d "$loop"
else
    skip "a disk on a loop device" "no loop devices"
fi
qemu-storage-daemon --blockdev driver=file,filename=base.vhdx,node-name=f \
    --blockdev driver=vhdx,file=f,node-name=v --nbd-server addr.type=unix,addr.path=nbd \
    --export type=nbd,id=e,node-name=v,writable=on &
daemon=$!
while [ ! -S nbd ] && kill -0 "$daemon"; do sleep 0.02; done
refuses 9 'base\.vhdx is in use' lxvhdx check --repair base.vhdx
kill "$daemon"
wait "$daemon"

# ---- map ----

ok "data for the map" qemu-io -f vhdx -c 'write 0 2M' -c 'write 5M 1M' base.vhdx
is "map" "$(lxvhdx map base.vhdx | awk '{ $1 = $1; print }')" "0 2097152 data at 5242880
2097152 3145728 zeros
5242880 1048576 data at 7340032
6291456 1067450368 zeros
1073741824 1048576 data at 4194304
1074790400 1072693248 zeros"
lxvhdx map --json base.vhdx >map.json
lxvhdx convert --no-sync --quiet base.vhdx map.img
ok "map --json: the bytes are where it says" python3 -c '
import json
report = json.load(open("map.json"))
assert report["version"] == 1
data = [e for e in report["extents"] if e["kind"] == "data"]
assert len(data) == 3, data
with open("base.vhdx", "rb") as file, open("map.img", "rb") as disk:
    for extent in data:
        file.seek(extent["at"])
        disk.seek(extent["offset"])
        assert file.read(extent["length"]) == disk.read(extent["length"]), extent
'

# ---- clone ----

truncate -s 200M base.vhdx # a hole at the end
for name in two-entries sequence-wraps; do
    cp base.vhdx disk.vhdx
    python3 "$make_log" disk.vhdx "$name"
    before=$(sha256sum <disk.vhdx)
    rm -f clone.vhdx
    ok "$name: clone" lxvhdx clone disk.vhdx clone.vhdx
    is "$name: the input is as it was" "$(sha256sum <disk.vhdx)" "$before"
    ok "$name: the clone is sound" lxvhdx check clone.vhdx
    ok "$name: qemu-img check" qemu-img check -q -f vhdx clone.vhdx
    is "$name: the same content" "$(content clone.vhdx)" "$(content disk.vhdx)"
    for id in 'disk id' 'file write id' 'data write id'; do
        unlike "$name: another $id" "$(field clone.vhdx "$id")" "^$(field disk.vhdx "$id")\$"
    done
    is "$name: it takes no more space" \
        "$(($(stat -c %b clone.vhdx) <= $(stat -c %b disk.vhdx) + 64))" 1
done
refuses 5 'clone\.vhdx' lxvhdx clone disk.vhdx clone.vhdx
refuses 6 'not a VHDX' lxvhdx clone "$repository/README.md" no.vhdx

# ---- what damage leaves to be told ----

damaged() { # NAME CHANGES...
    name=$1
    shift
    cp base.vhdx disk.vhdx
    python3 "$mutate" disk.vhdx "$@"
}

damaged "both headers" 64K+8=99 128K+8=99
like "$name: info" "$(lxvhdx info disk.vhdx)" '^virtual size +2\.00 GiB'
like "$name: info tells that the log is unknown" "$(lxvhdx info disk.vhdx)" '^log +unknown: neither header'
like "$name: map" "$(lxvhdx map disk.vhdx)" '^ +0 +2097152  data at 5242880$'
like "$name: check goes on" "$(lxvhdx check disk.vhdx)" '^error: header-none'
refuses 10 'disk\.vhdx.*neither header' lxvhdx convert disk.vhdx no.img
damaged "both region tables" 192K+100=01 256K+100=01
like "$name: info" "$(lxvhdx info disk.vhdx)" '^virtual size +2\.00 GiB'
like "$name: info tells what is unknown" "$(lxvhdx info disk.vhdx)" '^allocated +unknown'
refuses 10 'cannot be found' lxvhdx map disk.vhdx
damaged "entries of the table" 3M=06000000000000f0 3M+40=04
like "$name: map shows what is lost" "$(lxvhdx map disk.vhdx)" '^ +0 +1048576  lost$'
like "$name: map shows what is lost" "$(lxvhdx map disk.vhdx)" '^ +5242880 +1048576  lost$'
like "$name: map shows the rest" "$(lxvhdx map disk.vhdx)" '^ +1048576 +1048576  data at 6291456$'
like "$name: check" "$(lxvhdx check disk.vhdx)" '^error: bat-past-end: block 0 '
damaged "a file that was cut off" length=6M
like "$name: map" "$(lxvhdx map disk.vhdx)" '^ +5242880 +1048576  lost$'
like "$name: map shows the rest" "$(lxvhdx map disk.vhdx)" '^ +1073741824 +1048576  data at 4194304$'
damaged "metadata" 2M=00
refuses 10 'metadata' lxvhdx info disk.vhdx
