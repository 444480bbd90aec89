#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# lxinstall run, translation backend, killed with -9 at any moment, or without room for the new disk:
# what the command was told is written is there the next time, and until then nobody takes the disk
# without it. CHECK=full kills 200 times.
. tests/lib/tap.sh
. tests/lib/run_roots.sh
need busybox jq unshare python3 mount
need_root
[ -w /dev/fuse ] || skip_all "no /dev/fuse"
unshare -U true 2>/dev/null || skip_all "no user name spaces"

root=$tmp/root
busybox_root "$root" sh cat ls true mv rm rmdir mkdir ln sha256sum seq wc
mkdir "$root/root" "$root/tmp"
mkdir "$tmp/box"
disk=$tmp/box/wslfs.vhdx
tar -C "$root" -cf "$tmp/root.tar" .
lximage convert -q --no-sync --format ntfs --size 256M "$tmp/root.tar" "$disk" 2>"$tmp/losses"
ok "it is registered" lxinstall register box "$disk"
run() {
    lxinstall run "$@" 2>"$tmp/error"
}
run box -- true # makes /etc/hosts and the like

# ---- killed ----

# Every number that is told is that of a file that has been written and renamed. A moment after the
# kill the command may still run: without its files.
cat >"$tmp/work" <<'WORK'
i=$(($(ls /root | wc -l) + 1))
while :; do
    seq $i $((i + 2000)) >/tmp/new && mv /tmp/new /root/$i && mkdir -p /tmp/d/$i &&
        ln /root/$i /tmp/d/$i/same && rm -r /tmp/d && echo $i || exit
    i=$((i + 1))
done
WORK
points=6
[ "${CHECK-}" = full ] && points=200

# Kills a run after so many milliseconds, counted from the first number it tells, or from its start.
killed_run() {
    python3 - "$1" "$2" "$3" "$tmp/told" "$tmp/work" <<'PYTHON'
import os, signal, subprocess, sys, time
milliseconds, told_first, what, told, work = sys.argv[1:6]
with open(told, "ab") as out:
    command = ["lxinstall", "run", "box", "--", "sh", "-c", open(work).read()]
    if what == "save":
        command[-1] = "i=$(($(ls /root | wc -l) + 1)); seq $i $((i + 2000)) >/root/$i && echo $i"
    run = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, start_new_session=True)
    before = os.fstat(out.fileno()).st_size
    while told_first == "1" and run.poll() is None and os.fstat(out.fileno()).st_size == before:
        time.sleep(0.001)
    time.sleep(int(milliseconds) / 1000)
    run.send_signal(signal.SIGKILL)
    sys.exit(0 if run.wait() == -signal.SIGKILL else 1)
PYTHON
}

# The next run has every file that was told of, whole, and takes all away.
check_told() {
    local last=0 all
    # A line that was cut off tells nothing.
    [ -s "$tmp/told" ] && last=$(grep -c '' "$tmp/told")
    all=$(run box -- sh -c 'for i in $(seq '"$last"'); do seq $i $((i + 2000)) >/tmp/want
        sh -c "cat /root/$i" | sha256sum >/tmp/is; sha256sum </tmp/want >/tmp/want.sum
        read a _ </tmp/is; read b _ </tmp/want.sum; [ "$a" = "$b" ] || echo "$i: $a"; done; rm -rf /root/*; echo whole')
    counted=$((counted + last))
    : >"$tmp/told"
    if [ "$all" != whole ] || ! lximage check -q "$disk" >/dev/null; then
        printf 'of %s files: %s\n%s\n' "$last" "$all" "$(cat "$tmp/error")"
    fi
}

: >"$tmp/told"
: >"$tmp/lost"
killed=0 taken=0 counted=0
RANDOM=42
for i in $(seq "$points"); do
    if killed_run $((RANDOM % 120)) $((i % 3 > 0)) work; then
        killed=$((killed + 1))
    fi
    [ -e "$disk.journal" ] && taken=$((taken + 1))
    check_told >>"$tmp/lost"
    [ ! -e "$disk.journal" ] || echo "a journal stays after $i" >>"$tmp/lost"
done
is "killed while it works, $killed of $points times: nothing is lost" "$(cat "$tmp/lost")" ""
ok "a kill is a kill" test "$killed" -eq "$points"
ok "and some left a journal ($taken)" test "$taken" -gt 0
ok "files were told of ($counted)" test "$counted" -gt "$points"

killed=0
for i in $(seq "$points"); do
    killed_run $((RANDOM % 60)) 1 save && killed=$((killed + 1))
    check_told >>"$tmp/lost"
done
is "killed while it saves, $killed of $points times: nothing is lost" "$(cat "$tmp/lost")" ""
ok "some were killed in time" test "$killed" -gt 0
is "nothing else stays beside the disk" "$(ls "$tmp/box")" wslfs.vhdx

# ---- nobody takes the disk alone ----

killed_run 50 1 work
ok "a journal is left" test -s "$disk.journal"
told=$(grep -c '' "$tmp/told")
like "doctor tells of it, and what saves it" "$(lxinstall doctor | tr '\n' ' ')" \
    'what it changed is not in the disk yet.*lxinstall run box -- true'
as="export refuses" refuses 5 'lxinstall run box -- true' lxinstall export box "$tmp/out.tar"
as="convert refuses" refuses 5 'lxinstall run box -- true' lxinstall convert box --backend vm
as="move refuses" refuses 5 'lxinstall run box -- true' lxinstall move box "$tmp/elsewhere"
as="import of its disk refuses" refuses 5 'import-in-place NAME .*wslfs.vhdx' lxinstall import x "$tmp/x" "$disk"
like "lximage warns" "$(lximage ls "$disk" 2>&1 >"$tmp/ls")" 'changes of a run that are not in the disk'
as="clone refuses" refuses 5 'lxinstall run box -- true' lxinstall clone box other
ok "--ephemeral shows it" test "$(run --ephemeral box -- sh -c 'ls /root | wc -l')" -ge "$told"
ok "and leaves it" test -s "$disk.journal"
run box -- true
like "a run takes it over, and says so" "$(cat "$tmp/error")" '[0-9]+ changes of a run that did not end well'
ok "then it is gone" test ! -e "$disk.journal"
ok "and the files are there" test "$(run box -- sh -c 'ls /root | wc -l')" -ge "$told"
ok "export goes again" lxinstall export -q box "$tmp/out.tar"

# ---- what fails leaves nothing ----

run box -- rmdir /etc
is "a run that could not change anything" "$?" 1
ok "leaves no journal" test ! -e "$disk.journal"
run --user nobody-of-this-name box -- true
is "a run that is refused" "$?" 125
ok "leaves no journal either" test ! -e "$disk.journal"

# ---- no room for the new disk ----

mkdir "$tmp/small"
mount -t tmpfs -o size=16m none "$tmp/small"
cleanup() {
    umount -l "$tmp/small" 2>/dev/null
}
lximage convert -q --no-sync --format ntfs --size 64M "$tmp/root.tar" "$tmp/small/wslfs.vhdx" 2>/dev/null
lxinstall register -q small "$tmp/small/wslfs.vhdx"
used=$(du -k "$tmp/small/wslfs.vhdx" | cut -f1)
mount -o remount,size=$((used + 512))k "$tmp/small"
run small -- sh -c 'echo precious >/root/x'
is "without room it is an error" "$?" 125
like "that says that nothing is lost" "$(cat "$tmp/error")" \
    'what the command changed is kept beside the disk, .*lxinstall run small -- true: .* are free; make room'
ok "in the journal" test -s "$tmp/small/wslfs.vhdx.journal"
ok "and the old disk is whole" lximage check -q "$tmp/small/wslfs.vhdx"
mount -o remount,size=64m "$tmp/small"
is "with room it is there" "$(run small -- cat /root/x)" precious
ok "and saved" test ! -e "$tmp/small/wslfs.vhdx.journal"
is "for good" "$(lximage cat "$tmp/small/wslfs.vhdx" root/x)" precious

# ---- removing removes it ----

killed_run 50 1 work
ok "a journal, once more" test -s "$disk.journal"
ok "remove takes both away" lxinstall remove --yes box
ok "and leaves nothing" test ! -e "$tmp/box"
