#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The log of a VHDX whose writer died: what lxvhdx reads in every case, and what others make of it.
# Each row of the table is a log made by hand (tests/lib/vhdx_log.py):
#
#     case | lxvhdx | qemu-img check -r all
#
# A result is what blocks 1, 512 and 1024 are full of, "-" for zeros, or the exit status of a refusal.
# [MS-VHDX] 2.3.3 decides: where QEMU differs, QEMU is wrong. 7zz shows the disk without its log and
# says so; vhdiinfo says nothing.
. tests/lib/tap.sh
need qemu-img qemu-io 7zz vhdiinfo python3

cd "$tmp" || exit 1
repository=$OLDPWD
make_log=$repository/tests/lib/vhdx_log.py

# Block 1024 is there from the start, full of 'Z'.
lxvhdx create base.vhdx --size 2G
qemu-io -f vhdx -c 'write -P 0x5a 1024M 1M' base.vhdx >/dev/null

letters() { # FILE AT: what 1 MiB at AT MiB is full of
    dd if="$1" bs=1M skip="$2" count=1 status=none | LC_ALL=C tr '\0' - | LC_ALL=C tr -s 'A-Z-'
}

blocks() { # RAW
    echo "$(letters "$1" 1)$(letters "$1" 512)$(letters "$1" 1024)"
}

ours() { # FILE: what lxvhdx makes of it
    local status=0
    rm -f out.img
    lxvhdx convert --quiet --no-sync "$1" out.img 2>error || status=$?
    if [ "$status" -eq 0 ]; then blocks out.img; else echo "$status"; fi
}

theirs() { # FILE: what QEMU makes of it, whose replay changes it
    rm -f out.img
    if qemu-img check -q -f vhdx -r all "$1" >error 2>&1 &&
        qemu-img convert -f vhdx -O raw "$1" out.img 2>error; then
        blocks out.img
    else
        echo refuses
    fi
}

is "without a log" "$(ours base.vhdx)" "--Z"
while IFS='|' read -r name expected qemu; do
    cp base.vhdx disk.vhdx
    python3 "$make_log" disk.vhdx "$name"
    before=$(sha256sum <disk.vhdx)
    is "$name" "$(ours disk.vhdx)" "$expected"
    finding=log-dirty
    case $name in
    stale-entries-alone | no-entry) finding=log-nothing ;;
    file-cut-off) finding=log-cut-off ;;
    writes-*) finding=log-target ;;
    unknown-version) finding=log-unknown ;;
    esac
    like "$name: check" "$(lxvhdx check disk.vhdx)" "^(error|warning): $finding:"
    is "$name: the file is as it was" "$(sha256sum <disk.vhdx)" "$before"
    like "$name: 7zz" "$(7zz l -tvhdx disk.vhdx 2>&1)" 'LOG was not replayed'
    ok "$name: vhdiinfo sees nothing" vhdiinfo disk.vhdx
    is "$name: QEMU" "$(theirs disk.vhdx)" "$qemu"
done <<'TABLE'
one-entry|A-Z|A-Z
data-and-zeros|A--|A--
two-entries|ABZ|ABZ
two-entries-second-alone|-BZ|ABZ
three-entries-from-second|-B-|AB-
sequence-wraps|ABZ|-BZ
entry-wraps|ABZ|ABZ
descriptors-wrap|ABZ|refuses
newest-run-without-tail|A-Z|-BZ
newer-run|-BZ|-BZ
newer-run-before-older|-BZ|-BZ
sequence-gap|A-Z|ABZ
torn-data|A-Z|A-Z
torn-data-end|A-Z|A-Z
torn-data-sector|A-Z|A-Z
torn-descriptor|A-Z|refuses
torn-head|A-Z|A-Z
stale-entry-behind|A-Z|A-Z
stale-entries-alone|10|--Z
no-entry|10|--Z
empty-entry|--Z|--Z
full-log-one-entry|ABZ|refuses
full-log-many-entries|ABZ|ABZ
same-page-twice|A-Z|A-Z
data-over-zeros|AB-|AB-
second-entry-over-first|ABZ|ABZ
padded-entries|ABZ|refuses
large-sequence-numbers|ABZ|ABZ
file-shorter-than-last|-BZ|refuses
file-shorter-than-descriptor|-BZ|-BZ
file-cut-off|10|refuses
writes-over-header|10|A-Z
writes-over-log|10|A-Z
writes-without-end|10|refuses
unknown-version|6|refuses
TABLE
