#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# lxinstall run in a VM: a busybox and a Debian root, their input, output and terminal, what WSL's
# contract says they find, and the disk afterwards. CHECK=full starts it 20 times, sends 1 GB
# through, and starts systemd.
. tests/lib/tap.sh
need mmdebstrap qemu-system-x86_64 qemu-img busybox e2fsck python3

kernel=$(scripts/cloud-kernel) || skip_all "there is no kernel to boot with"
run=(timeout --foreground 240 lxinstall run --kernel "$kernel" --memory 512M --cpus 1)
MiB=$((1 << 20))
disk=$XDG_DATA_HOME/lxkit/distributions

# judge NAME: its disk is clean, for us, QEMU and e2fsprogs.
judge() {
    ok "$1: lxvhdx check" lxvhdx check "$disk/$1/ext4.vhdx"
    ok "$1: qemu-img check" qemu-img check "$disk/$1/ext4.vhdx"
    rm -f "$tmp/disk.img"
    lxvhdx convert "$disk/$1/ext4.vhdx" "$tmp/disk.img"
    ok "$1: e2fsck" e2fsck -fn "$tmp/disk.img"
}

# ---- busybox ----

mkdir -p "$tmp/bb"/{bin,etc,home/me}
cp "$(command -v busybox)" "$tmp/bb/bin/busybox"
for applet in sh cat sha256sum sleep stty sync dd; do
    ln -s busybox "$tmp/bb/bin/$applet"
done
printf '%s\n' root:x:0:0:root:/:/bin/sh me:x:1000:1000::/home/me:/bin/sh >"$tmp/bb/etc/passwd"
printf '%s\n' root:x:0: staff:x:50:me me:x:1000: >"$tmp/bb/etc/group"
printf '[network]\nhostname = in.side\n[user]\ndefault = me\n' >"$tmp/bb/etc/wsl.conf"
tar --owner=0 --group=0 -cf "$tmp/bb.tar" -C "$tmp/bb" .
ok "install busybox" lxinstall install "$tmp/bb.tar" --name bb --no-sync || exit

"${run[@]}" bb -- sh -c 'exit 7' </dev/null
is "the command's own status" "$?" 7

# Input ends when it is told so, output and error are two things.
head -c $((2 * MiB)) /dev/urandom >"$tmp/data"
"${run[@]}" bb -- sh -c 'cat; echo "end of input" >&2' <"$tmp/data" >"$tmp/out" 2>"$tmp/err"
same "2 MiB through it and back" "$tmp/data" "$tmp/out"
is "standard error is its own, and input has an end" "$(cat "$tmp/err")" "end of input"

# The terminal: its size, a new size, Ctrl-C, and the status.
is "a terminal" "$(python3 tests/lib/run_terminal.py "${run[@]}" bb -- sh 2>&1)" \
    "size, resize, interrupt, status"

# What is killed leaves a disk that the next start mends; meanwhile nobody else may use it.
mkfifo "$tmp/ready"
"${run[@]}" -u root bb -- sh -c 'dd if=/dev/zero of=/file bs=1M count=20 2>/dev/null; sync
    echo ready; echo more >>/file; sleep 1000' </dev/null >"$tmp/ready" 2>"$tmp/killed" &
running=$!
read -r _ <"$tmp/ready"
second=$(lxinstall run bb -- true 2>&1)
is "a second run is refused" "$?" 9
like "and says who has it" "$second" 'bb is in use by process [0-9]+ \(lxinstall run\); try again when that has ended'
lxinstall remove --yes bb 2>/dev/null
is "it is not removed meanwhile" "$?" 9
# The child of the run, which is the child of timeout.
qemu=$(ps -o pid= --ppid "$(ps -o pid= --ppid "$running" | tr -d ' ')" | tr -d ' ')
kill -9 "$qemu"
wait "$running"
is "a VM that is killed is a failure" "$?" 125
like "and told" "$(cat "$tmp/killed")" 'the VM has ended'
is "what was synced is there at the next start" \
    "$("${run[@]}" bb -- sh -c 'dd if=/file bs=1M count=20 2>/dev/null | sha256sum' </dev/null)" \
    "$(head -c $((20 * MiB)) /dev/zero | sha256sum)"
judge bb

# ---- Debian ----

ok "a Debian root" scripts/debian-root "$tmp/root.tar" minimal || exit
ok "install Debian" lxinstall install "$tmp/root.tar" --name debian --no-sync || exit
before=$(sha256sum <"$disk/debian/ext4.vhdx")
"${run[@]}" --ephemeral -u games -e X='a b' --cd /var/tmp debian -- bash -c '
    id -un; pwd; echo "$X:$HOME:$USER:$LANG:$WSL_DISTRO_NAME:$PATH"
    env | grep "^TERM=" || echo "no terminal"
    hostname; head -c 9 /etc/hostname
    getent hosts "$(hostname)"
    readlink /etc/resolv.conf; grep nameserver /etc/resolv.conf
    umask; findmnt -no FSTYPE,OPTIONS /; touch /usr/new 2>/dev/null || echo denied
    grep -o "^eth0.*0202000A" /proc/net/route; ls -d /dev/pts/ptmx /dev/fd/1 /run/lock' \
    </dev/null >"$tmp/said" 2>&1
is "it ends well" "$?" 0
said=$(cat "$tmp/said")
name=$(hostname -s)
is "user and directory" "$(head -n 2 <<<"$said")" $'games\n/var/tmp'
like "environment" "$said" "^a b:/usr/games:games:[^:]+:debian:/usr/local/sbin:.*:/usr/local/games$"
like "but nothing of a terminal" "$said" '^no terminal$'
like "host name" "$said" "^$name$"
like "which /etc/hosts has" "$said" "^127.0.1.1 +$name$"
like "name server" "$said" '^nameserver 10\.0\.2\.3$'
like "where WSL has it" "$said" '^/mnt/wsl/resolv.conf$'
like "a network, with a way out" "$said" $'^eth0\t00000000\t0202000A'
like "the umask" "$said" '^0022$'
like "WSL's mount options" "$said" '^ext4 +rw,.*discard,errors=remount-ro'
like "rights are the user's" "$said" '^denied$'
is "--ephemeral leaves the disk alone" "$(sha256sum <"$disk/debian/ext4.vhdx")" "$before"

# ---- refusals ----

refuses 125 "no distribution is registered as 'gone'" lxinstall run gone -- true
refuses 2 'NAME=VALUE' lxinstall run -e X bb
mkdir "$tmp/path"
ln -s "$(command -v lxinstall)" "$tmp/path/lxinstall"
refuses 125 'qemu-system-x86_64 is not installed.* install qemu-system-x86 ' \
    env PATH="$tmp/path" lxinstall run bb -- true
refuses 125 '/etc/passwd is no Linux kernel for ' lxinstall run --kernel /etc/passwd bb -- true
as="a directory that is not there" refuses 125 '--cd /nonex: there is no such directory in the distribution' \
    "${run[@]}" --ephemeral --cd /nonex bb -- true
mv "$disk/bb/ext4.vhdx" "$tmp/away.vhdx"
refuses 125 "the disk of bb is gone: $disk/bb/ext4.vhdx; .*lxinstall unregister bb" lxinstall run bb -- true
mv "$tmp/away.vhdx" "$disk/bb/ext4.vhdx"
refuses 125 'open the kernel .*/none' lxinstall run --kernel "$tmp/none" bb -- true
if ! compgen -G '/boot/vmlinuz-*' >/dev/null && ! compgen -G '/lib/modules/*/vmlinuz' >/dev/null; then
    refuses 125 'linux-image-cloud-amd64' lxinstall run bb -- true
fi
[ "${CHECK:-}" = full ] || exit 0

# ---- the long run ----

"${run[@]}" bb -- nothing </dev/null 2>/dev/null
is "no such command" "$?" 127
"${run[@]}" bb -- /etc/passwd </dev/null 2>/dev/null
is "no command" "$?" 126
"${run[@]}" bb -- sh -c 'kill -TERM $$' </dev/null
is "a signal" "$?" 143
for i in {1..20}; do
    "${run[@]}" -u root bb -- sh -c "echo $i >>/starts; exit $i" </dev/null
    is "start $i" "$?" "$i"
done
judge bb
is "64 MiB" "$(head -c $((64 * MiB)) /dev/zero | "${run[@]}" bb -- cat | sha256sum)" \
    "$(head -c $((64 * MiB)) /dev/zero | sha256sum)"
run[2]=1800
is "1 GB" "$(head -c 1000000000 /dev/zero | "${run[@]}" bb -- cat | sha256sum)" \
    "$(head -c 1000000000 /dev/zero | sha256sum)"

printf '[boot]\nsystemd = true\ninitTimeout = 180000\ncommand = echo boot >/run/from-boot\n' >"$tmp/wsl.conf"
"${run[@]}" -u root debian -- sh -c 'cat >/etc/wsl.conf' <"$tmp/wsl.conf"
like "systemd is process 1, and the command runs beside it" \
    "$("${run[@]}" -u root debian -- sh -c 'cat /proc/1/comm; systemctl is-system-running; cat /run/from-boot' \
        </dev/null 2>&1 | tr '\n' ' ')" '^systemd (running|degraded) boot'
judge debian
