#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# lxvhdx against programs that nobody here wrote: qemu-img, qemu-io, vhdiinfo, 7zz, and a disk that
# Windows made. Empty disks of 1 TiB are never read whole: that takes qemu-img a minute.
. tests/lib/tap.sh
need qemu-img qemu-io vhdiinfo 7zz python3 mandoc bunzip2 gzip

cd "$tmp" || exit 1
repository=$OLDPWD
mutate=$repository/tests/lib/vhdx_mutate.py
case $data in /*) ;; *) data=$repository/$data ;; esac

json() { # JSON KEY
    python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$2" <<<"$1"
}

# Whether each of the three takes the file without a word of complaint.
qemu_takes() { qemu-img check -q -f vhdx "$1"; }
vhdi_takes() { vhdiinfo "$1"; }
7zz_takes() { 7zz l -tvhdx "$1" >7zz.out 2>&1 && ! grep -qE '^(WARNINGS?|ERRORS?|Errors):?' 7zz.out; }

sound() { # FILE NAME
    ok "$2: lxvhdx check finds nothing" lxvhdx check "$1"
    ok "$2: qemu-img check" qemu_takes "$1"
    ok "$2: vhdiinfo" vhdi_takes "$1"
    ok "$2: 7zz" 7zz_takes "$1"
}

same_disk() { # FORMAT FILE FORMAT FILE
    qemu-img compare -q -f "$1" -F "$3" "$2" "$4"
}

# ---- empty disks of every size ----

for size in 3M 4095M 4G 4097M 1T 5T 8T 64T; do
    lxvhdx create "empty-$size.vhdx" --size "$size"
    sound "empty-$size.vhdx" "an empty disk of $size"
done
is "qemu-img sees the size" \
    "$(json "$(qemu-img info --output=json empty-64T.vhdx)" virtual-size)" 70368744177664
is "an empty disk of 1 TiB is 12 MiB long" "$(stat -c %s empty-1T.vhdx)" $((12 << 20))
for row in 1T:1048576 5T:1048576 8T:2097152 64T:16777216; do
    is "the block size of ${row%:*}" \
        "$(json "$(lxvhdx info --json "empty-${row%:*}.vhdx")" block_size)" "${row#*:}"
done
ok "blocks of 32 MiB" lxvhdx create blocks.vhdx --size 1G --block-size 32M
sound blocks.vhdx "blocks of 32 MiB"

info=$(lxvhdx info empty-1T.vhdx)
like "info: size" "$info" '^virtual size +1\.00 TiB \(1099511627776 bytes\)$'
like "info: sectors" "$info" '^sector size +512 logical, 4096 physical$'
like "info: blocks" "$info" '^allocated +0 of 1048576 blocks \(0 B\)$'
like "info: creator" "$info" '^creator +lxkit '
vhdi_id=$(vhdiinfo empty-1T.vhdx | sed -n 's/.*Identifier[^:]*: //p')
like "info: the data write id as vhdiinfo has it" "$info" "^data write id +$vhdi_id\$"

# ---- raw to VHDX and back ----

# Data in some blocks and in a part of one; zeros are written too.
truncate -s 100M disk.img
for at in 0 1 33 34 35 70 99; do
    head -c 1048576 /dev/urandom | dd of=disk.img bs=1M seek="$at" conv=notrunc status=none
done
printf 'word' | dd of=disk.img bs=1 seek=$((9 * 1048576 + 70000)) conv=notrunc status=none
dd if=/dev/zero of=disk.img bs=1M seek=20 count=8 conv=notrunc status=none
before=$(sha256sum <disk.img)
ok "raw to VHDX" lxvhdx convert disk.img disk.vhdx
is "the input is as it was" "$(sha256sum <disk.img)" "$before"
sound disk.vhdx "a disk with data"
is "it has the blocks with data alone" \
    "$(json "$(lxvhdx info --json disk.vhdx)" allocated_blocks)" 8
is "and is as long as they need" "$(stat -c %s disk.vhdx)" $((12 << 20))
ok "qemu-img compare" same_disk raw disk.img vhdx disk.vhdx
before=$(sha256sum <disk.vhdx)
ok "VHDX to raw" lxvhdx convert disk.vhdx back.img
same "the same bytes" disk.img back.img
is "back.img is sparse" $(($(stat -c %b back.img) * 512 <= 9 << 20)) 1
is "the input is as it was" "$(sha256sum <disk.vhdx)" "$before"
ok "VHDX to VHDX with other blocks" lxvhdx convert disk.vhdx other.vhdx --block-size 32M --no-sync
sound other.vhdx "other blocks"
ok "qemu-img compare" same_disk vhdx disk.vhdx vhdx other.vhdx

for blocks in 1M 32M; do
    rm -f qemu.vhdx back.img
    qemu-img convert -O vhdx -o "subformat=dynamic,block_size=$blocks" disk.img qemu.vhdx
    ok "a VHDX of QEMU with blocks of $blocks" lxvhdx convert qemu.vhdx back.img
    same "the same bytes" disk.img back.img
    is "check finds only what QEMU leaves out" \
        "$(lxvhdx check qemu.vhdx | cut -d: -f2 | sort -u)" " region-optional"
done
rm -f qemu.vhdx back.img
head -c 5000000 /dev/urandom >odd.img
qemu-img convert -O vhdx -o subformat=fixed odd.img qemu.vhdx
ok "a fixed VHDX of QEMU" lxvhdx convert qemu.vhdx back.img
ok "the same bytes" same_disk raw odd.img raw back.img
warned=$(lxvhdx convert odd.img odd.vhdx 2>&1)
like "a raw disk of odd size: a warning" "$warned" 'odd\.img.*no multiple of 1 MiB.*5242880'
ok "the same bytes and zeros" same_disk raw odd.img vhdx odd.vhdx
ok "no holes" lxvhdx convert odd.img dense.vhdx --dense
is "it takes all of its length" $(($(stat -c %b dense.vhdx) * 512 >= $(stat -c %s dense.vhdx))) 1
ok "the same bytes and zeros" same_disk raw odd.img vhdx dense.vhdx

ok "an empty 1 TiB disk to raw" lxvhdx convert empty-1T.vhdx huge.img
is "all of it is a hole" "$(stat -c '%s %b' huge.img)" "1099511627776 0"
ok "and to VHDX" lxvhdx convert huge.img huge.vhdx
is "nothing is stored" "$(stat -c %s huge.vhdx)" $((12 << 20))

# Around the 4096th block the table has its first entry for a sector bitmap. QEMU reads what we wrote
# there, and we what QEMU wrote.
truncate -s 4100M far.img
head -c 3145728 /dev/zero | tr '\0' A | dd of=far.img bs=1M seek=4095 conv=notrunc status=none
ok "data around the 4096th block" lxvhdx convert far.img far.vhdx
sound far.vhdx "data around the 4096th block"
read=$(qemu-io -r -f vhdx -c 'read -P 0 4094M 1M' -c 'read -P 0x41 4095M 3M' \
    -c 'read -P 0 4098M 2M' far.vhdx)
is "QEMU reads it" "$(grep -cE '^read [0-9]+/|failed' <<<"$read") $(grep -c failed <<<"$read")" "3 0"
cp empty-4097M.vhdx written.vhdx
qemu-io -f vhdx -c 'write -P 0x5a 4095M 2M' written.vhdx >/dev/null
ok "a disk that QEMU wrote to" lxvhdx convert written.vhdx written.img
is "its bytes" "$(dd if=written.img bs=1M skip=4095 count=2 status=none | tr -d Z | wc -c)" 0
ok "it is sound" lxvhdx check written.vhdx

# ---- a disk that Windows made ----

sample=$data/vhdx/iotest-dynamic-1G.vhdx.bz2
if [ -e "$sample" ]; then
    bunzip2 -kc "$sample" >windows.vhdx
    before=$(sha256sum <windows.vhdx)
    sound windows.vhdx "a disk that Windows made"
    like "its creator" "$(lxvhdx info windows.vhdx)" '^creator +Microsoft Windows 6\.2\.9200'
    ok "to raw" lxvhdx convert windows.vhdx windows.img
    ok "qemu-img compare" same_disk vhdx windows.vhdx raw windows.img
    is "the input is as it was" "$(sha256sum <windows.vhdx)" "$before"
else
    skip "a disk that Windows made" "no $sample (set LXKIT_TEST_DATA)"
fi

# ---- damage: whatever one of the three objects to, lxvhdx check finds ----

lxvhdx create good.vhdx --size 16M
qemu-io -f vhdx -c 'write -P 1 0 1M' -c 'write -P 2 5M 1M' -c 'write -P 3 9M 1M' good.vhdx >/dev/null
lxvhdx convert good.vhdx base.vhdx --no-sync
objections=0
while IFS='|' read -r name id changes; do
    cp base.vhdx mutant.vhdx
    # shellcheck disable=SC2086
    python3 "$mutate" mutant.vhdx $changes
    found=$(lxvhdx check mutant.vhdx 2>&1)
    if [ "$id" = none ]; then
        is "$name: no finding" "$found" "no findings"
    else
        like "$name: $id" "$found" "^(error|warning): $id:"
    fi
    for oracle in qemu vhdi 7zz; do
        if ! "${oracle}_takes" mutant.vhdx >/dev/null 2>&1; then
            objections=$((objections + 1))
            unlike "$name: $oracle objects, and so does lxvhdx" "$found" 'no findings'
        fi
    done
done <<'TABLE'
header 1 checksum|header-checksum|64K+8=09
header 2 checksum|header-checksum|128K+8=09
both header checksums|header-none|64K+8=09 128K+8=09
equal sequence, different content|header-sequence|64K+8=02 64K+16=7777777777777777 --seal
region table 1 checksum|region-checksum|192K+100=01
region table 2 checksum|region-checksum|256K+100=01
unknown required region|region-unknown|192K+16=00 256K+16=00 --seal
regions not required|region-optional|192K+44=00 256K+44=00 192K+76=00 256K+76=00 --seal
logical sectors of 4096|sector-4096|2M+64K+16=00100000
blocks of 3 MiB|block-size|2M+64K=00003000
parent without locator|parent-unknown|2M+64K+4=02
virtual size in sectors|virtual-size-odd|2M+64K+8=00feff00
unused entries of state 0, 1, 3|none|3M+8=00 3M+16=01 3M+24=03
state 4|bat-state|3M+8=04
state 5|bat-state|3M+8=05
state 7|bat-state|3M=07
reserved bit|bat-reserved|3M+8=0a
zero with an offset|bat-offset|3M+8=020050
two blocks in one place|bat-overlap|3M+8=060050
block in the metadata|bat-inside|3M+8=060020
block behind the end|bat-past-end|3M+8=060070
file cut by a block|bat-past-end|length=6M
trailing bytes|trailing-bytes|length=7M+300
dirty log without an entry|log-nothing|64K+48=01 128K+48=01 --seal
log version|log-version|64K+64=01 128K+64=01 --seal
TABLE
like "the three objected often enough to mean something" "$objections" '^[3-9][0-9]$'

ok "good.vhdx has findings as JSON: none" python3 -c '
import json, sys
report = json.loads(sys.argv[1])
assert report == {"version": 1, "complete": True, "not_shown": 0, "findings": []}, report
' "$(lxvhdx check --json base.vhdx)"
python3 "$mutate" mutant.vhdx 3M+8=05 # over the log version
status=0
lxvhdx check --json mutant.vhdx >report.json || status=$?
is "findings end with status 1" "$status" 1
is "their ids" "$(python3 -c '
import json, sys
print(*(f["severity"] + ":" + f["id"] for f in json.load(open("report.json"))["findings"]))')" \
    "warning:log-version error:bat-state"

# ---- refusals ----

cp base.vhdx dirty.vhdx
python3 "$mutate" dirty.vhdx 64K+48=01 128K+48=01 --seal
refuses 10 'dirty\.vhdx.*log.*no whole entry.*--drop-log' lxvhdx convert dirty.vhdx no.img
like "info says that the log is dirty" "$(lxvhdx info dirty.vhdx)" '^log +dirty and unusable'
cp base.vhdx child.vhdx
python3 "$mutate" child.vhdx 2M+64K+4=02
refuses 10 'child\.vhdx.*differencing.*locator' lxvhdx convert child.vhdx no.img
refuses 6 'README.*is not a VHDX' lxvhdx info "$repository/README.md"
refuses 6 'not a regular file' lxvhdx check .
refuses 3 'open nowhere' lxvhdx check nowhere
refuses 3 'nowhere' lxvhdx convert nowhere no.img
cp base.vhdx cut.vhdx
truncate -s 6M cut.vhdx
refuses 10 'cut\.vhdx.*block 9.*cut off' lxvhdx convert cut.vhdx no.img
truncate -s 3500K cut.vhdx
refuses 10 'cut\.vhdx.*lxvhdx check' lxvhdx convert cut.vhdx no.img
like "info of a disk whose table is cut off" "$(lxvhdx info cut.vhdx)" '^allocated +unknown'
truncate -s 100K cut.vhdx
refuses 10 'cut\.vhdx.*headers' lxvhdx convert cut.vhdx no.img
: >nothing
refuses 6 'an empty file' lxvhdx convert nothing no.vhdx
for format in qcow2 vmdk vdi; do
    qemu-img create -q -f "$format" "foreign.$format" 16M
    refuses 6 "foreign\\.$format: this is a .* disk; qemu-img convert -O raw turns it into one" \
        lxvhdx convert "foreign.$format" no.vhdx
done
gzip -c odd.img >odd.img.gz
refuses 6 'a gzip file; decompress it first' lxvhdx convert odd.img.gz no.vhdx
mkfifo pipe
refuses 6 'neither a file nor a block device' lxvhdx convert pipe no.vhdx
rm pipe
head -c 4096 /dev/urandom >tiny.img
refuses 2 'tiny\.img.*3 MiB' lxvhdx convert tiny.img no.vhdx
refuses 5 'disk\.vhdx' lxvhdx convert odd.img disk.vhdx
refuses 5 'disk\.vhdx' lxvhdx create disk.vhdx --size 1G
refuses 2 'no\.vhdx.*from 3 MiB to 64 TiB' lxvhdx create no.vhdx --size 2M
refuses 2 'no\.vhdx.*from 3 MiB to 64 TiB' lxvhdx create no.vhdx --size 65T
refuses 2 'nearest is .*\(1024M\)' lxvhdx create no.vhdx --size $(((1 << 30) + 512))
refuses 2 'power of two' lxvhdx create no.vhdx --size 1G --block-size 3M
refuses 2 'power of two' lxvhdx convert odd.img no.vhdx --block-size 512M
refuses 2 'say --size' lxvhdx create no.vhdx
refuses 2 'say --container' lxvhdx convert odd.img no.disk
refuses 2 'no container "qcow2"' lxvhdx convert odd.img no.vhdx --container qcow2
refuses 2 'leave out --block-size' lxvhdx convert odd.img no.img --block-size 1M
refuses 3 'nowhere' lxvhdx create nowhere/no.vhdx --size 1G
refuses 7 'File too large' bash -c 'ulimit -f 4096; trap "" XFSZ; lxvhdx convert disk.img no.vhdx'
# A signal that is pending from the start ends the work before the first block.
interrupted() {
    python3 -c 'import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
os.kill(os.getpid(), signal.SIGTERM)
os.execvp(sys.argv[1], sys.argv[1:])' "$@"
}
refuses 143 'interrupted' interrupted lxvhdx convert odd.img no.vhdx
ok "--container wins over the name" lxvhdx convert odd.img named.img --container vhdx
ok "it is a VHDX" lxvhdx info named.img

# ---- the same bytes every time ----

export SOURCE_DATE_EPOCH=1700000000
mkdir elsewhere
lxvhdx create a.vhdx --size 1G
(umask 077 && cd elsewhere && TZ=Asia/Tokyo LC_ALL=C lxvhdx create b.vhdx --size 1G)
same "an empty disk" a.vhdx elsewhere/b.vhdx
lxvhdx create c.vhdx --size 2G
unlike "another size, another disk id" "$(lxvhdx info c.vhdx)" \
    "$(lxvhdx info a.vhdx | sed -n 's/^disk id/^disk id/p')"
lxvhdx convert disk.img d.vhdx
lxvhdx convert disk.vhdx e.vhdx
same "a disk from raw and from VHDX" d.vhdx e.vhdx
printf 'x' | dd of=disk.img bs=1 seek=12345 conv=notrunc status=none
lxvhdx convert disk.img f.vhdx
unlike "other content, another disk id" "$(lxvhdx info f.vhdx)" \
    "$(lxvhdx info d.vhdx | sed -n 's/^disk id/^disk id/p')"
refuses 2 'SOURCE_DATE_EPOCH' env SOURCE_DATE_EPOCH=now lxvhdx create g.vhdx --size 1G
unset SOURCE_DATE_EPOCH

is "the manual has every finding" \
    "$(sed -nE '/^.Sh FINDINGS/,/^.Sh ENV/s/^\.It Li //p' "$repository/vhdx/lxvhdx.1" |
        tr -d '\\ ' | tr , '\n' | sort)" \
    "$(sed -nE 's/^    X\([A-Z0-9_]+, "([^"]+)".*/\1/p' "$repository/vhdx/vhdx_rules.h" | sort)"
ok "the manual is clean" mandoc -T lint -W warning "$repository/vhdx/lxvhdx.1"
