#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# qemu-storage-daemon is killed while it writes to a VHDX, and leaves whatever log it leaves: lxvhdx
# and QEMU read the same disk from it. CHECK=full: 50 times.
. tests/lib/tap.sh
need qemu-img qemu-io qemu-storage-daemon python3

cd "$tmp" || exit 1
kills=6
[ "${CHECK:-}" != full ] || kills=50
RANDOM=20261125
sizes=(1M 2M 8M 32M)
daemon=

cleanup() {
    [ -z "$daemon" ] || kill -9 "$daemon" 2>/dev/null
}

start() { # FILE
    rm -f nbd
    qemu-storage-daemon --blockdev "driver=file,filename=$1,node-name=f" \
        --blockdev driver=vhdx,file=f,node-name=v --nbd-server addr.type=unix,addr.path=nbd \
        --export type=nbd,id=e,node-name=v,name=d,writable=on &
    daemon=$!
    while [ ! -S nbd ]; do sleep 0.02; done
}

# New blocks all over the disk, and changes of old ones, with a flush now and then: more than there is
# time for.
load() {
    python3 -c '
import random, sys
random.seed(int(sys.argv[1]))
for _ in range(2000):
    print(f"write -P {random.randrange(1, 256)} {random.randrange(16000) * 64}k 4k")
    if random.random() < 0.1:
        print("flush")
' "$1" | qemu-io -f raw 'nbd+unix:///d?socket=nbd' >/dev/null 2>&1
}

dirty=0
unfinished=0
for ((i = 1; i <= kills; i++)); do
    size=${sizes[i % ${#sizes[@]}]}
    rm -f disk.vhdx
    qemu-img create -q -f vhdx -o "subformat=dynamic,block_size=$size" disk.vhdx 1G
    start disk.vhdx
    load "$i" &
    loader=$!
    sleep "0.$((RANDOM % 5))$((RANDOM % 10))"
    kill -9 "$daemon"
    wait "$daemon" "$loader" 2>/dev/null
    daemon=

    case $(lxvhdx check disk.vhdx) in
    # QEMU marks the log as in use before it writes the entry. MS-VHDX calls that corrupt; the disk is
    # the one before.
    *log-nothing*)
        unfinished=$((unfinished + 1))
        lxvhdx check --quiet --repair --drop-log disk.vhdx >/dev/null
        ;;
    *log-dirty*) dirty=$((dirty + 1)) ;;
    esac
    before=$(sha256sum <disk.vhdx)
    rm -f ours.img theirs.vhdx
    ok "kill $i, blocks of $size: read" lxvhdx convert --quiet --no-sync disk.vhdx ours.img
    is "kill $i: the file is as it was" "$(sha256sum <disk.vhdx)" "$before"
    cp disk.vhdx theirs.vhdx
    ok "kill $i: QEMU replays" qemu-img check -q -f vhdx -r all theirs.vhdx
    ok "kill $i: the same disk" qemu-img compare -q -f raw -F vhdx ours.img theirs.vhdx
    unlike "kill $i: repaired" "$(lxvhdx check --quiet --repair disk.vhdx)" '^error'
    ok "kill $i: still the same disk" qemu-img compare -q -f raw -F vhdx ours.img disk.vhdx
done
diag "of $kills logs $dirty were dirty, $unfinished were marked only"
