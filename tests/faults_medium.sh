#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# A medium that does not give back what was written to it: convert, clone and move read that back, say
# so, and leave everything as it was.
. tests/lib/faults.sh
need python3 pgrep
begin
home=$data_home/lxkit/distributions

# One byte of the tree's file, where it lies in a disk.
meddle() { # DISK
    python3 - "$1" "$tmp/root/a/data" <<'END_OF_PROGRAM'
import sys
with open(sys.argv[2], "rb") as file:
    wanted = file.read(4096)
with open(sys.argv[1], "r+b") as disk:
    at = disk.read().index(wanted) + 1000
    disk.seek(at)
    disk.write(bytes([wanted[1000] ^ 1]))
END_OF_PROGRAM
}

# meddled DISK COMMAND...: runs it, stopped where it is about to read the disk back; $status.
meddled() {
    local disk=$1 at tracer program
    shift
    again
    attempt -e trace=fadvise64 -- "$@"
    at=$(grep -n POSIX_FADV_DONTNEED "$scratch/trace" | head -n 1 | cut -d : -f 1)
    again
    : >"$scratch/trace"
    strace -f -o "$scratch/trace" -e trace=fadvise64 -e "inject=fadvise64:signal=STOP:when=$at" \
        "$@" >"$scratch/said" 2>&1 </dev/null &
    tracer=$!
    for ((i = 0; i < 200; i++)); do
        ! grep -q 'stopped by SIGSTOP' "$scratch/trace" || break
        sleep 0.05
    done
    program=$(pgrep -P "$tracer" -x lxinstall)
    meddle "$disk"
    kill -CONT "$program"
    wait "$tracer"
    status=$?
}

# seen NAME DISK COMMAND...
seen() {
    local name=$1 disk=$2
    shift 2
    meddled "$disk" "$@"
    is "$name: it is seen" "$status" 4
    like "$name: and said" "$(cat "$scratch/said")" \
        "$disk (is not what .* holds: 1 difference, /a/data: content; .*nothing else was changed|does not read back as it was written)"
    ok "$name: what was written is gone" test ! -e "$disk"
    ok "$name: the registry names the whole disk that it did" registered
    is "$name: that one" "$(disk_of it)" "$home/it/ext4.vhdx"
    same "$name: of which no byte changed" "$(disk_of it)" "$scratch/kept/lxkit/distributions/it/ext4.vhdx"
    is "$name: nothing is left" "$(litter)" ""
    ok "$name: the doctor finds nothing" lxinstall doctor
    ok "$name: once more, without that" "$@"
}

seen convert "$home/it/wslfs.vhdx" lxinstall convert it translation
seen clone "$home/twin/ext4.vhdx" lxinstall clone it twin
seen "move to another file system" "$other/there/ext4.vhdx" lxinstall move it "$other/there"
