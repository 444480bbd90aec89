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
    while [ ! -S nbd ] && kill -0 "$daemon"; do sleep 0.02; done
}

# Nearly every write takes a new block, in an order of no rule, so that the log is hardly ever at rest;
# with changes of old ones and flushes between: more than there is time for.
load() { # SEED BLOCK-MIB
    python3 -c '
import random, sys
random.seed(int(sys.argv[1]))
step = int(sys.argv[2]) << 10
blocks = random.sample(range((1 << 20) // step), (1 << 20) // step)
for i, block in enumerate(blocks):
    print(f"write -P {random.randrange(1, 256)} {block * step + random.randrange(16) * 64}k 4k")
    if i % 10 == 9:
        print(f"write -P 1 {blocks[random.randrange(i)] * step}k 4k")
        print("flush")
' "$1" "$2" | qemu-io -f raw 'nbd+unix:///d?socket=nbd' >/dev/null 2>&1
}

dirty=0
unfinished=0
rounds=0
# A log at rest tells nothing, so that such a round does not count.
while ((dirty + unfinished < kills && rounds < 12 * kills)); do
    rounds=$((rounds + 1))
    size=${sizes[rounds % ${#sizes[@]}]}
    rm -f disk.vhdx
    qemu-img create -q -f vhdx -o "subformat=dynamic,block_size=$size" disk.vhdx 1G
    start disk.vhdx
    load "$rounds" "${size%M}" &
    loader=$!
    empty=$(stat -c %s disk.vhdx)
    while [ "$(stat -c %s disk.vhdx)" -eq "$empty" ] && kill -0 "$loader" 2>/dev/null; do sleep 0.01; done
    sleep "0.0$((RANDOM % 10))"
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
    *) continue ;;
    esac
    name="kill $rounds, blocks of $size"
    before=$(sha256sum <disk.vhdx)
    rm -f ours.img theirs.vhdx
    ok "$name: read" lxvhdx convert --quiet --no-sync disk.vhdx ours.img
    is "$name: the file is as it was" "$(sha256sum <disk.vhdx)" "$before"
    cp disk.vhdx theirs.vhdx
    ok "$name: QEMU replays" qemu-img check -q -f vhdx -r all theirs.vhdx
    ok "$name: the same disk" qemu-img compare -q -f raw -F vhdx ours.img theirs.vhdx
    unlike "$name: repaired" "$(lxvhdx check --quiet --repair disk.vhdx)" '^error'
    ok "$name: still the same disk" qemu-img compare -q -f raw -F vhdx ours.img disk.vhdx
done
diag "of $rounds logs $dirty were dirty, $unfinished were marked only"
ok "logs were left behind" test $((dirty + unfinished)) -eq "$kills"
