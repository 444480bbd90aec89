#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# What lxinstall run and the verbs beside it refuse: programs of another machine, and a distribution
# or disk that somebody else has, who is named.
. tests/lib/tap.sh
. tests/lib/run_roots.sh
need qemu-system-x86_64 busybox setpriv unshare
need_root
[ -w /dev/fuse ] || skip_all "no /dev/fuse"
[ "$(dpkg --print-architecture)" = amd64 ] || skip_all "the other machine here is arm64"

disk=$XDG_DATA_HOME/lxkit/distributions
started=()
cleanup() {
    [ "${#started[@]}" -eq 0 ] || kill "${started[@]}" 2>/dev/null
}
wait_for() {
    for ((i = 0; i < 600; i++)); do
        ! "$@" || return 0
        sleep 0.05
    done
    return 1
}

root=$tmp/root
busybox_root "$root" sh sleep true
root_tar "$root" "$tmp/root.tar"

# ---- another machine's programs ----

foreign=$tmp/foreign
arm64_root "$foreign"
root_tar "$foreign" "$tmp/foreign.tar"
for backend in vm translation; do
    as="programs for another machine, for a $backend" \
        refuses 6 'for arm64, and amd64 is wanted.*--arch arm64' \
        lxinstall install "$tmp/foreign.tar" --name arm --backend $backend --no-sync
done
ok "they are installed where that is meant" lxinstall install "$tmp/foreign.tar" --name arm \
    --backend translation --arch arm64 --no-sync
reason='its programs are for arm64, and this machine runs those for amd64: .*; run it on a machine for arm64, or install the distribution for amd64'
# tests/run_kernel.sh has the same in a VM.
as="but do not run" refuses 125 "$reason" lxinstall run arm -- sh -c true

# A program for i386 that ends well, at once; this machine's kernel may run it.
{
    printf '\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\3\0\1\0\0\0\124\200\4\10\64\0\0\0'
    printf '\0\0\0\0\0\0\0\0\64\0\40\0\1\0\0\0\0\0\0\0' # one program header
    printf '\1\0\0\0\0\0\0\0\0\200\4\10\0\200\4\10\135\0\0\0\135\0\0\0\5\0\0\0\0\20\0\0'
    printf '\270\1\0\0\0\61\333\315\200' # exit(0)
} >"$foreign/bin/sh"
if "$foreign/bin/sh"; then
    root_tar "$foreign" "$tmp/foreign.tar"
    ok "install programs for i386" lxinstall install "$tmp/foreign.tar" --name small \
        --backend translation --arch i386 --no-sync
    ok "where the kernel runs those, they run" lxinstall run small -- /bin/sh
fi

# ---- what the backends need ----

ok "install a translation distribution" \
    lxinstall install "$tmp/root.tar" --name box --backend translation --no-sync || exit
ok "install one for a VM" lxinstall install "$tmp/root.tar" --name vm --no-sync || exit
as="without FUSE" refuses 125 'open /dev/fuse, which shows .*No such file' unshare --mount sh -c '
    mount -t tmpfs tmpfs /dev && exec "$@"' sh "$B/lxinstall" run box -- true

# ---- a distribution that somebody else has ----

# busy NAME PATTERN WHO: every verb that reads or changes it is refused, and says who has it.
busy() {
    local name=$1 who=$2 i=0 verbs refused=
    verbs=("run $name -- true" "convert $name $([ "$name" = vm ] && echo translation || echo vm)"
        "move $name $tmp/elsewhere" "clone $name other" "export $name $tmp/out.tar" "remove --yes $name")
    local pids=()
    for verb in "${verbs[@]}"; do
        # shellcheck disable=SC2086
        lxinstall $verb >/dev/null 2>"$scratch/busy.$i" </dev/null &
        pids+=($!)
        i=$((i + 1))
    done
    for i in "${!verbs[@]}"; do
        wait "${pids[$i]}"
        if [ $? -eq 9 ] && grep -qE "$who" "$scratch/busy.$i"; then
            refused+="${verbs[$i]%% *} "
        else
            diag "${verbs[$i]}: $(head -n 3 "$scratch/busy.$i")"
        fi
    done
    is "who has $name, $3, is named to every verb" "$refused" "run convert move clone export remove "
}

# A QEMU that is about to open the disk: between its check and its lock nobody gets in.
mkdir "$tmp/path" "$tmp/said"
cat >"$tmp/path/qemu-system-x86_64" <<PLAYER
#!/bin/sh
: >"$tmp/said/vm"
exec sleep 1000
PLAYER
chmod 755 "$tmp/path/qemu-system-x86_64"
{ head -c 514 /dev/zero && printf HdrS; } >"$tmp/kernel" # nobody starts it
PATH=$tmp/path:$PATH lxinstall run --kernel "$tmp/kernel" vm -- true 2>/dev/null </dev/null &
started+=($!)
wait_for test -e "$tmp/said/vm"
busy vm "vm is in use by process ${started[0]} \\(lxinstall run\\); try again when that has ended" "about to start it"
kill "${started[0]}"
wait "${started[0]}"
is "who waits for a VM may be stopped" "$?" 143

lxinstall run box -- sh -c 'echo up; exec sleep 1000' >"$tmp/said/box" 2>/dev/null </dev/null &
started=($!)
wait_for grep -qs up "$tmp/said/box"
busy box "box is in use by process ${started[0]} \\(lxinstall run\\); try again when that has ended" "running it"
as="its disk is not changed behind it" refuses 9 "in use by process ${started[0]} \\(lxinstall run\\)" \
    lxvhdx check --repair "$disk/box/wslfs.vhdx"
kill "${started[0]}"
wait "${started[0]}"
is "and ends as its command does" "$?" 143

# ---- a disk that a foreign machine runs from ----

locks_bytes() {
    grep -qs OFDLCK "/proc/${started[0]}/fdinfo/"*
}
qemu-system-x86_64 -S -nodefaults -display none -drive "file=$disk/vm/ext4.vhdx,format=vhdx,if=none,id=disk" \
    -device virtio-blk-pci,drive=disk </dev/null >/dev/null 2>&1 &
started=($!)
wait_for locks_bytes
busy vm "ext4.vhdx is in use by process ${started[0]} \\(qemu-system-x86_64\\)" "another QEMU"
chmod 711 "$scratch" "$tmp"
chmod -R go+rwX "$scratch/home"
as="whose process may not be looked at: it is not one's own" refuses 9 'in use by another program \(not yours\)' \
    setpriv --reuid nobody --regid nogroup --clear-groups lxvhdx check --repair "$disk/vm/ext4.vhdx"
kill "${started[0]}"
wait "${started[0]}"
started=()
ok "and afterwards it is free" lxinstall remove --yes vm
