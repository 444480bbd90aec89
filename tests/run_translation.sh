#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# lxinstall run, translation backend: programs of a distribution as processes of this machine, over
# its NTFS disk. What they change is there the next time, nothing outlives them, and nobody mounts.
# shellcheck disable=SC2016
. tests/lib/tap.sh
need busybox jq unshare setpriv newuidmap sha256sum
need_root
[ -w /dev/fuse ] || skip_all "no /dev/fuse"
unshare -U true 2>/dev/null || skip_all "no user name spaces"

# ---- a distribution of busybox ----

root=$tmp/root
mkdir -p "$root/bin" "$root/etc" "$root/root/closed" "$root/home/me"
chmod 700 "$root/root/closed"
cp "$(command -v busybox)" "$root/bin/busybox"
for name in sh cat id ls mount umount unshare sha256sum sleep true touch rm stat chown hostname \
    mknod pwd env head readlink grep ps; do
    ln -s busybox "$root/bin/$name"
done
printf 'root:x:0:0:root:/root:/bin/sh\nme:x:1000:100::/home/me:/bin/sh\nhomeless:x:1001:100::/home/gone:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nusers:x:100:\nextra:x:1200:me\n' >"$root/etc/group"
printf '[network]\nhostname = box\n' >"$root/etc/wsl.conf"
chown -R 1000:100 "$root/home/me"
mkdir "$tmp/box"
disk=$tmp/box/wslfs.vhdx
tar -C "$root" -cf "$tmp/root.tar" .
lximage convert -q --no-sync --format ntfs --size 256M "$tmp/root.tar" "$disk" 2>"$tmp/losses"
ok "it is registered" lxinstall register box "$disk"

run() {
    lxinstall run "$@" 2>"$tmp/error"
}
digest() {
    sha256sum <"$disk"
}
# Until the command in the background says so.
wait_running() {
    for _ in $(seq 300); do
        grep -q running "$tmp/said" && return
        sleep 0.1
    done
}

run box -- sh -c 'exit 7' </dev/null
is "the command's status is passed on" "$? $(cat "$tmp/error")" "7 "
before=$(digest)

# ---- what the command finds ----

is "it is root at home, and process 1 is not its shell" "$(run box -- sh -c 'id -u; pwd; echo $(($$ > 1))')" \
    $'0\n/root\n1'
is "as another user it has that one's home and groups" \
    "$(run --user me box -- sh -c 'id -u; id -G; pwd; echo $HOME')" $'1000\n100 1200\n/home/me\n/home/me'
is "the host name is that of wsl.conf" "$(run box -- hostname)" box
like "hosts knows it" "$(run box -- cat /etc/hosts)" '127\.0\.1\.1.*box'
is "resolv.conf is this machine's" "$(run box -- cat /etc/resolv.conf)" "$(cat /etc/resolv.conf)"
is "--cd and --env count" "$(run --cd /etc --env A=b box -- sh -c 'pwd; echo $A')" $'/etc\nb'
jq '.distributions[].DefaultEnvironment = ["PATH=/opt/bin", "LANG=C", "HOME=/x", "A=☃ 1", "odd", "E="]' \
    "$XDG_DATA_HOME/lxkit/registry.json" >"$tmp/registry"
cp "$XDG_DATA_HOME/lxkit/registry.json" "$tmp/registry.before"
cp "$tmp/registry" "$XDG_DATA_HOME/lxkit/registry.json"
is "the registration's environment is the base" "$(run --env E=mine box -- /bin/env | grep -vE '^(TERM|PWD|SHLVL|_)=' | sort)" \
    'A=☃ 1
E=mine
HOME=/root
LANG=C
LOGNAME=root
NAME=box
PATH=/opt/bin
SHELL=/bin/sh
USER=root
WSL_DISTRO_NAME=box'
like "what is no variable in it is told" "$(<"$tmp/error")" "DefaultEnvironment: 'odd' is no NAME=VALUE"
cp "$tmp/registry.before" "$XDG_DATA_HOME/lxkit/registry.json"
run box -- no-such-command
is "a command that is not there gives 127" "$? $(grep -c 'no-such-command' "$tmp/error")" "127 1"
run box -- /etc/passwd
is "one that is no program gives 126" $? 126
run box -- sh -c 'kill -9 $$'
is "one that is killed gives 128 and the signal" $? 137
as="--cd is where something is" refuses 125 \
    '--cd /nonex: there is no such directory in the distribution; name one' lxinstall run --cd /nonex box -- true
as="a file is none" refuses 125 '--cd /etc/passwd: there is no such directory' \
    lxinstall run --cd /etc/passwd box -- true
as="and one that its user may not enter" refuses 125 '--cd /root/closed: Permission denied' \
    lxinstall run --cd /root/closed --user me box -- true
is "a home that is not there is /, and told" \
    "$(run --user homeless box -- pwd; grep -c 'the command starts in /' "$tmp/error")" $'/\n1'
as="options of the command, without --" refuses 2 \
    "run: unknown option '-l'; options of the command go behind --: lxinstall run box -- ls \.\.\." \
    lxinstall run box ls -l
run --user nobody-here box -- true
is "a user who is not there gives 125" "$? $(grep -c nobody-here "$tmp/error")" "125 1"

# ---- pipes ----

head -c 64M /dev/urandom >"$tmp/bytes"
sum=$(sha256sum <"$tmp/bytes")
is "64 MiB arrive" "$(run box -- sha256sum <"$tmp/bytes")" "$sum"
is "and come back" "$(run box -- cat <"$tmp/bytes" | sha256sum)" "$sum"
is "the end of input arrives" "$(printf 'a\nb\n' | run box -- sh -c 'cat; echo end')" $'a\nb\nend'
is "who reads no more ends it" "$(run box -- sh -c 'while :; do echo y; done' | head -n 1)" y
failed=0
for _ in $(seq 20); do
    run box -- true || failed=$((failed + 1))
done
is "20 starts in a row" $failed 0
is "all that leaves the disk as it was" "$(digest)" "$before"

# ---- changes ----

run box -- sh -c 'echo kept >/root/file; chown 1000:100 /root/file; ln -s file /root/link; mkdir /new'
is "what is written is there the next time" \
    "$(run box -- sh -c 'cat /root/link; stat -c "%u %g" /root/file; stat -c %F /new')" \
    $'kept\n1000 100\ndirectory'
ok "the disk is a whole one" lximage check "$disk"
is "it holds what it held, what was written and what a start makes" \
    "$(lximage diff --ignore mtimes "$tmp/root.tar" "$disk" | tr '\n' ' ')" \
    "$(printf 'only in B: /%s ' dev etc/hostname etc/hosts etc/resolv.conf new proc root/file \
        root/link run sys tmp)"
before=$(digest)
run --ephemeral box -- sh -c 'rm /root/file; echo x >/root/gone; cat /root/gone' >"$tmp/said"
is "--ephemeral shows a change to the command" "$(cat "$tmp/said")" x
is "and drops it" "$(digest)" "$before"

# ---- limits ----

is "nothing is mounted, no name spaces and no devices are made" "$(run --ephemeral box -- sh -c '
    mount -t tmpfs none /new && echo mounted
    umount /proc && echo unmounted
    unshare -U true && echo user
    unshare -m true && echo mount
    mknod /new/null c 1 3 && cat /new/null && echo device
    (echo 1 >/proc/sys/vm/swappiness) 2>/dev/null && echo sysctl
    echo nothing' 2>/dev/null)" nothing
lxinstall run box -- sh -c 'echo running; exec sleep 1234.5' >"$tmp/said" 2>&1 &
wait_running
inner=$(pgrep -f '^sleep 1234.5')
like "this machine lists its processes" "${inner:-none}" '^[0-9]+$'
as="nobody else runs it meanwhile" refuses 9 'in use' lxinstall run box -- true
{ kill -KILL $! && wait $!; } 2>/dev/null
for _ in $(seq 100); do [ -e "/proc/$inner" ] || break; sleep 0.1; done
ok "who kills lxkit kills them" test ! -e "/proc/$inner"
is "and the disk is as it was" "$(digest)" "$before"
lxinstall run box -- sh -c 'trap "exit 44" TERM; echo running; while :; do sleep 0.1; done' \
    >"$tmp/said" 2>&1 &
wait_running
kill -TERM $!
wait $!
is "a signal is passed on" $? 44
ok "nothing is mounted afterwards" sh -c "! grep -E '^lxkit |$scratch' /proc/self/mounts"
is "no file is left" "$(ls "$tmp/box")" wslfs.vhdx

# ---- disks that are none ----

mv "$disk" "$tmp/away.vhdx"
as="a disk that is gone" refuses 125 "the disk of box is gone: $disk; put it back, or forget it: .* unregister box" \
    lxinstall run box -- true
as="likewise" refuses 3 "the disk of box is gone: $disk" lxinstall export box "$tmp/out.tar"
for junk in etc/passwd empty; do
    { [ $junk = empty ] || cat "$root/$junk"; } >"$disk"
    as="what is no disk: $junk" refuses 125 "no NTFS, .*on the disk of box: $disk; .*lxinstall doctor" \
        lxinstall run box -- true
done
lxvhdx create --size 16M "$disk.other" && mv "$disk.other" "$disk"
as="one without NTFS" refuses 125 "no NTFS, .*on the disk of box: $disk; .*lxinstall doctor" \
    lxinstall run box -- true
mv "$tmp/away.vhdx" "$disk"

# ---- without root ----

# As nobody with such a line in /etc/subuid and /etc/subgid, and a /dev/fuse as udev makes it.
as_nobody() {
    unshare --mount sh -c '
        mount -t tmpfs -o mode=755 tmpfs "$1" && mknod -m 666 "$1/fuse" c 10 229 &&
            echo "$2" >"$1/ranges" && mount --bind "$1/fuse" /dev/fuse &&
            mount --bind "$1/ranges" /etc/subuid && mount --bind "$1/ranges" /etc/subgid &&
            shift 2 && exec setpriv --reuid nobody --regid nogroup --clear-groups "$@"' \
        sh "$tmp/place" "$@"
}
mkdir "$tmp/place" "$tmp/nobody" "$tmp/nobody/box"
cp "$disk" "$tmp/nobody/box"
chown -R nobody "$tmp/nobody"
chmod 711 "$scratch" "$tmp"
export XDG_DATA_HOME=$tmp/nobody/data XDG_STATE_HOME=$tmp/nobody/state
as_nobody '' lxinstall -q register box "$tmp/nobody/box/wslfs.vhdx"
is "who is not root is root there, alone, and is told" "$(as_nobody '' lxinstall run --ephemeral box -- \
    sh -c 'id -u; stat -c %u /root/file' 2>"$tmp/error"; grep -c subuid "$tmp/error")" $'0\n65534\n1'
is "with a range other users are there too" "$(as_nobody nobody:200000:65536 \
    lxinstall run --user me box -- sh -c 'id -u; echo mine >/home/me/file; stat -c %u /root/file /home/me/file')" \
    $'1000\n1000\n1000'
is "and what they wrote" "$(lximage cat "$tmp/nobody/box/wslfs.vhdx" home/me/file)" mine
chown -R 0:0 "$tmp/nobody"
as="without user name spaces it is refused" refuses 125 'user name spaces' unshare -Ur sh -c \
    'echo 0 >/proc/sys/user/max_user_namespaces; exec lxinstall run box -- true'
