#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# The kernel's ext4 on a disk whose power fails: what it writes and flushes is recorded once, then done
# again in place on a VHDX, which dies at some operation and loses or tears what was not flushed. The
# journal then makes the file system whole. CHECK=full: 500 times.
. tests/lib/tap.sh
need_root
need qemu-storage-daemon losetup mkfs.ext4 e2fsck python3
[ -c /dev/fuse ] || skip_all "no FUSE"

cd "$tmp" || exit 1
cuts=40
[ "${CHECK:-}" != full ] || cuts=500
RANDOM=20261125
daemon=
loop=

cleanup() {
    mountpoint -q mnt && umount mnt
    [ -z "$loop" ] || losetup -d "$loop"
    [ -z "$daemon" ] || kill "$daemon"
    wait
}

# ---- what the kernel does ----

truncate -s 48M base.img
mkfs.ext4 -q -b 4096 base.img
cp base.img disk.img
: >log
: >export.img
mkdir mnt
qemu-storage-daemon --blockdev driver=file,filename=disk.img,node-name=disk,discard=unmap \
    --blockdev driver=file,filename=log,node-name=log \
    --blockdev driver=blklogwrites,file=disk,log=log,log-sector-size=512,log-super-update-interval=1,node-name=both \
    --export type=fuse,id=export,node-name=both,mountpoint=export.img,writable=on --pidfile ready &
daemon=$!
while [ ! -s ready ] && kill -0 "$daemon"; do sleep 0.02; done
loop=$(losetup -f --show export.img) || skip_all "no loop device"
mount -o discard "$loop" mnt
for ((i = 1; i <= 40; i++)); do
    mkdir -p "mnt/$((i % 4))"
    head -c $((i * 20000)) /dev/zero | tr '\0' "\\$((100 + i % 27))" >"mnt/$((i % 4))/file$i"
    [ $((i % 3)) -ne 0 ] || sync -f mnt
    [ $((i % 5)) -ne 0 ] || dd if=/dev/zero of="mnt/synced$i" bs=4k count="$i" conv=fsync status=none
    [ $((i % 4)) -ne 0 ] || rm -f mnt/*/file$((i - 3))
    [ $((i % 7)) -ne 0 ] || mv "mnt/$((i % 4))/file$i" "mnt/renamed$i"
    [ $((i % 9)) -ne 0 ] || fstrim mnt 2>/dev/null
done
umount mnt
losetup -d "$loop"
loop=
kill "$daemon"
wait "$daemon"
daemon=
ok "the kernel leaves a sound file system" e2fsck -fn disk.img

# ---- the same in a VHDX ----

lxvhdx convert --quiet --no-sync base.img base.vhdx
operations=$(vhdx_cut base.vhdx log 0 whole.vhdx)
lxvhdx convert --quiet --no-sync whole.vhdx whole.img
ok "without a failure the disk is the one that was recorded" cmp disk.img whole.img
ok "many operations" test "$operations" -gt 400

dirty=0
recovered=0
for ((i = 1; i <= cuts; i++)); do
    n=$(((RANDOM * 32768 + RANDOM) % operations + 1))
    rm -f cut.img cut.vhdx
    vhdx_cut base.vhdx log "$n" cut.vhdx
    said=$(lxvhdx check cut.vhdx)
    unlike "cut at $n: no error is found" "$said" '^error'
    [[ $said != *log-dirty* ]] || dirty=$((dirty + 1))
    lxvhdx convert --quiet --no-sync cut.vhdx cut.img
    journal=$(e2fsck -E journal_only -p cut.img 2>&1)
    [[ $journal != *recovering* ]] || recovered=$((recovered + 1))
    ok "cut at $n: the file system is sound" e2fsck -fn cut.img
    is "cut at $n: repaired" "$(lxvhdx check --quiet --repair cut.vhdx)" 'no findings'
    rm -f repaired.img
    lxvhdx convert --quiet --no-sync cut.vhdx repaired.img
    e2fsck -E journal_only -p repaired.img >/dev/null 2>&1
    ok "cut at $n: still sound" e2fsck -fn repaired.img
done
diag "of $cuts cuts among $operations operations $dirty left a log, $recovered a journal"
[ "${CHECK:-}" != full ] || ok "cuts hit the log" test "$dirty" -gt 5
ok "and the journal" test "$recovered" -gt $((cuts / 3))
