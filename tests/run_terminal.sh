#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# lxinstall run on a terminal, in both backends, under the hands of a person at a shell: job control,
# a new size, Ctrl-C, and the first-run command of a new distribution.
. tests/lib/tap.sh
. tests/lib/run_roots.sh
need qemu-system-x86_64 busybox python3 jq
need_root
[ -w /dev/fuse ] || skip_all "no /dev/fuse"
kernel=$(scripts/cloud-kernel) || skip_all "there is no kernel to boot with"

# ---- a distribution that asks who uses it ----

root=$tmp/root
busybox_root "$root" sh id sleep stty sync
mkdir -p "$root/root" "$root/home/me"
echo root:x:0:0:root:/root:/bin/sh >"$root/etc/passwd"
printf '[oobe]\ncommand = /etc/first-run\ndefaultUid = 1000\n' >"$root/etc/wsl-distribution.conf"
cat >"$root/etc/first-run" <<'ASK'
#!/bin/sh
echo asking
while read -r answer; do
    echo "<$answer>"
    if [ "$answer" = done ]; then
        echo me:x:1000:1000::/home/me:/bin/sh >>/etc/passwd
        exit 0
    fi
done
exit 9
ASK
chmod 755 "$root/etc/first-run"
root_tar "$root" "$tmp/root.tar"
ok "install a translation distribution" \
    lxinstall install "$tmp/root.tar" --name box --backend translation --no-sync || exit
ok "install one for a VM" lxinstall install "$tmp/root.tar" --name vm --no-sync || exit

vm=(lxinstall run --kernel "$kernel" --memory 512M --cpus 1)
person() {
    timeout 240 python3 tests/lib/run_jobs.py "$@" 2>&1
}
# first_run NAME: what the registry has of it.
first_run() {
    lxinstall list --json | jq -c --arg name "$1" \
        '.distributions[] | select(.name == $name) | [.first_run, .default_uid]'
}

# ---- translation ----

echo 'echo "user $(id -u)"' | lxinstall run box >"$tmp/said" 2>"$tmp/error"
is "a shell without a terminal is root's, whom nobody asks" "$? $(cat "$tmp/said")" "0 user 0"
like "which is said" "$(cat "$tmp/error")" 'first-run command has not run: it waits for a shell on a terminal'
is "Ctrl-Z, fg, Ctrl-C, a new size" "$(person sleeping,echoing,resizing lxinstall run box)" well
is "a command of one's own does not wait for the first run" "$(first_run box)" "[true,0]"
is "the first-run command, and the shell behind it" "$(person first lxinstall run box)" well
is "it is done, and its user the default" "$(first_run box)" "[false,1000]"
is "it does not run again" "$(person again lxinstall run box)" well
is "a command that stops itself stops the run" "$(person suspending lxinstall run box)" well
ok "install one more" lxinstall install "$tmp/root.tar" --name new --backend translation --no-sync
is "the first-run command, forgotten" "$(person first lxinstall run --ephemeral new)" well
is "is not done" "$(first_run new)" "[true,0]"
lxinstall remove --yes new

# ---- VM ----

is "in a VM: the first-run command, and the shell behind it" "$(person first "${vm[@]}" vm)" well
is "in a VM: it is done, and its user the default" "$(first_run vm)" "[false,1000]"
[ "${CHECK:-}" = full ] || exit 0
is "in a VM: it does not run again" "$(person again "${vm[@]}" vm)" well
is "in a VM: Ctrl-Z, fg, Ctrl-C, a new size" "$(person sleeping,echoing,suspending,resizing "${vm[@]}" vm)" well
ok "install one more" lxinstall install "$tmp/root.tar" --name new --no-sync
echo 'echo "user $(id -u)"' | "${vm[@]}" new >"$tmp/said" 2>"$tmp/error"
is "in a VM: a shell without a terminal is root's" "$? $(cat "$tmp/said")" "0 user 0"
like "in a VM: which is said" "$(cat "$tmp/error")" 'waits for a shell on a terminal'
is "in a VM: the first-run command, forgotten" "$(person first "${vm[@]}" --ephemeral new)" well
is "in a VM: is not done" "$(first_run new)" "[true,0]"
