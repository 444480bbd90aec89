#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# The Windows around us: wsl.exe registers, ends and removes, and its failures become ours. It is
# played by tests/lib/wsl_player.py.
. tests/lib/tap.sh
need python3 jq iconv

export WSL_PLAYER=$tmp/windows WSL_PLAYER_CALLS=$scratch/calls
c=$WSL_PLAYER/c
mkdir -p "$c/Users/ann/AppData/Local" "$scratch/bin" "$scratch/reg" "$tmp/root/etc"
for name in wsl.exe reg.exe; do
    ln -s "$PWD/tests/lib/wsl_player.py" "$scratch/bin/$name"
done
ln -s "$PWD/tests/lib/wslpath" "$scratch/bin/wslpath"
jq -n '{"HKEY_CURRENT_USER\\Volatile Environment": {"LOCALAPPDATA": "C:\\Users\\ann\\AppData\\Local"}}' \
    >"$WSL_PLAYER/registry.json"
printf 'ID=tiny\nVERSION_ID="1"\n' >"$tmp/root/etc/os-release"
tar -C "$tmp/root" -cf "$tmp/tiny.tar" .

# ---- which runtime ----

refuses 3 'wsl.exe is not found.*LXKIT_WSL_EXE' lxinstall list --runtime wsl
refuses 3 'LXKIT_WSL_EXE' env LXKIT_WSL_EXE="$tmp/none" lxinstall list --runtime wsl
like "outside WSL it is ours" "$(env -u WSL_DISTRO_NAME -u WSL_INTEROP lxinstall list --verbose 2>&1)" \
    'The runtime is local: this is not inside WSL'
export WSL_DISTRO_NAME=Debian
like "in WSL without wsl.exe too" "$(lxinstall list --verbose 2>&1)" \
    'The runtime is local: this is inside WSL, but there is no wsl.exe'
PATH=$scratch/bin:$PATH
like "inside WSL it is Windows'" "$(lxinstall list --verbose 2>&1)" \
    'The runtime is wsl: this is inside WSL, and wsl.exe is at hand'
ok "which has none" test -z "$(lxinstall list --quiet)"
like "ours is there when it is asked for" "$(lxinstall list --verbose --runtime local 2>&1)" 'The runtime is local'
like "or by the environment" "$(LXKIT_RUNTIME=local lxinstall list --verbose 2>&1)" 'The runtime is local'

# ---- a life ----

# stored NAME: the values that Windows has of it.
stored() {
    jq -c --arg name "$1" 'to_entries[] | select(.value.DistributionName == $name) | .value' \
        "$WSL_PLAYER/registry.json"
}
ok "one is installed" lxinstall install "$tmp/tiny.tar" --name lab --size 1G --no-sync
lab=$c/Users/ann/AppData/Local/wsl/lab
ok "where Windows' own installer puts them" test -f "$lab/ext4.vhdx"
is "by wsl.exe, in place" "$(grep -c '^--import-in-place lab C:.Users.ann.AppData.Local.wsl.lab.ext4.vhdx$' "$WSL_PLAYER_CALLS")" 1
is "with what wsl.exe has no option for" "$(stored lab | jq -c '[.RunOOBE, .Flags, .State, .LxkitSourceTier]')" '[1,15,1,"local"]'
is "info reads it back" "$(lxinstall info lab --json | jq -c '[.location, .wsl_version, .default, .source]')" \
    "[\"$lab\",2,true,\"$tmp/tiny.tar\"]"
: >"$WSL_PLAYER/running-lab"
is "what runs is seen to run" "$(lxinstall list --json | jq -r '.distributions[0].state')" Running

mkdir "$c/twin"
lximage convert "$tmp/tiny.tar" "$c/twin/disk.vhdx" --size 1G --no-sync
ok "a disk that exists is registered" lxinstall register twin "$c/twin/disk.vhdx" --set-default
is "and is the default" "$(lxinstall list --json | jq -r .default)" twin
ok "one gets another name" lxinstall rename twin other
is "in Windows, too" "$(stored other | jq -r .BasePath)" '\\?\C:\twin'
ok "and its own again" lxinstall rename other twin
ok "another is the default" lxinstall set-default LAB
is "for wsl.exe, too" "$(wsl.exe --list --verbose | iconv -f utf-16le | grep '^[*]' | awk '{ print $2 }')" lab
lximage convert "$tmp/tiny.tar" "$c/one.vhdx" --format ntfs --size 64M --no-sync --quiet
mkdir "$c/old"
mv "$c/one.vhdx" "$c/old/one.vhdx"
ok "a translation disk is imported as a tree" lxinstall register one "$c/old/one.vhdx"
ok "which Windows makes" cmp "$tmp/root/etc/os-release" "$c/old/rootfs/etc/os-release"
is "as version 1" "$(lxinstall info one --json | jq .wsl_version)" 1
is "without leaving the archive behind" "$(ls "$c/old")" "one.vhdx
rootfs"

# A list among the values of twin.
edit() {
    jq "(.[] | select(.DistributionName == \"twin\")).DefaultEnvironment |= $1" "$WSL_PLAYER/registry.json" >"$scratch/edited" &&
        mv "$scratch/edited" "$WSL_PLAYER/registry.json"
}
edit '["A=☃ \"\\", "b"]'
ok "one has an environment of its own" lxinstall clone twin rich "$c/rich" --quiet
is "its clone, too, as Windows keeps it" "$(stored rich | jq -c .DefaultEnvironment)" '["A=☃ \"\\","b"]'
edit '[]'
is "an empty one is no absent one" "$(lxinstall list --json | jq -c '[.distributions[].default_environment]')" \
    '[null,[],null,["A=☃ \"\\","b"]]'
edit '"A=1"'
refuses 10 'DefaultEnvironment is no REG_MULTI_SZ; nothing was changed' lxinstall list
edit '[range(1025) | "A=\(.)"]'
refuses 10 'DefaultEnvironment has 1025 texts, and at most 1024 are kept; nothing was changed' lxinstall list
edit empty
ok "the clone is forgotten" lxinstall unregister rich

ok "unregister forgets one" lxinstall unregister twin
is "and keeps its disk, which wsl.exe would delete" "$(ls "$c/twin")" disk.vhdx
is "wsl.exe has forgotten it" "$(stored twin)" ""
ok "a tree is kept, too" lxinstall unregister one
ok "whole" test -f "$c/old/rootfs/etc/os-release" -a ! -e "$c/old/rootfs.lxkit-kept"
ok "remove ends and deletes" lxinstall remove lab --yes
ok "all of it" test ! -e "$lab" -a ! -e "$WSL_PLAYER/running-lab" -a -z "$(stored lab)"
ok "none is left" test -z "$(lxinstall list --quiet)"

# ---- what it says ----

ok "one is registered again" lxinstall register twin "$c/twin/disk.vhdx"
: >"$WSL_PLAYER/running-twin"
for mood in old slow; do
    : >"$WSL_PLAYER/$mood"
    is "$mood: it is understood" "$(lxinstall list --json | jq -r '.distributions[0] | .name, .state')" "twin
Running"
    rm "$WSL_PLAYER/$mood"
done
refuses 5 'registered as' lxinstall register TWIN "$c/twin/disk.vhdx"
refuses 5 'belongs to' lxinstall register other "$c/twin/disk.vhdx"
refuses 6 'lies inside Linux.*--location' lxinstall import x "$tmp/x" "$tmp/tiny.tar"
refuses 9 'twin is the distribution that this runs in' env WSL_DISTRO_NAME=Twin lxinstall unregister twin
refuses 9 'twin is the distribution that this runs in' env WSL_DISTRO_NAME=Twin lxinstall remove twin --yes

mkdir "$c/next"
cp "$c/twin/disk.vhdx" "$c/next/next.vhdx"
: >"$c/next/next.vhdx.open"
for mood in german old; do
    : >"$WSL_PLAYER/$mood"
    refuses 9 'used by another process.*ERROR_SHARING_VIOLATION' lxinstall register next "$c/next/next.vhdx"
    ok "$mood: the disk stays" test -f "$c/next/next.vhdx"
    rm "$WSL_PLAYER/$mood"
done
rm "$c/next/next.vhdx.open"
: >"$WSL_PLAYER/dumb"
refuses 6 '--import-in-place exited with 255.*too old' lxinstall register next "$c/next/next.vhdx"
rm "$WSL_PLAYER/dumb"

# A wsl.exe that refuses every disk with $CODE.
cat >"$scratch/reg/wsl.exe" <<'REFUSER'
#!/bin/sh
[ "$1" = --import-in-place ] || exec "$PLAYER" "$@"
printf 'Text in irgendeiner Sprache.\r\nError code: Wsl/Service/RegisterDistro/%s\r\n' "$CODE"
exit 255
REFUSER
chmod +x "$scratch/reg/wsl.exe"
while read -r status code id; do
    refuses "$status" "Sprache\\. \\($code\\) \\[$id\\]" env CODE="$code" PLAYER="$scratch/bin/wsl.exe" \
        LXKIT_WSL_EXE="$scratch/reg/wsl.exe" lxinstall register next "$c/next/next.vhdx"
done <<'CODES'
6 WSL_E_NOT_A_LINUX_DISTRO not-a-distribution
10 WSL_E_DISK_CORRUPTED damaged
5 ERROR_FILE_EXISTS already-exists
7 E_ACCESSDENIED denied
7 0x80070070 no-space
6 WSL_E_VIRTUAL_MACHINE_PLATFORM_REQUIRED unsupported
3 0x80040302 not-found
7 E_UNEXPECTED io
CODES

: >"$WSL_PLAYER/hang"
as='one that hangs is ended' refuses 7 'did not come back in 1 seconds.*wsl.exe --shutdown' \
    env LXKIT_WSL_TIMEOUT=1 lxinstall list
# What is dead has no program any more, also where nobody takes note of it.
child=/proc/$(<"$WSL_PLAYER_CALLS.child")
for ((i = 0; i < 100; i++)); do
    readlink "$child/exe" >/dev/null || break
    sleep 0.05
done
ok "with what it started" test "$i" -lt 100
rm "$WSL_PLAYER/hang"
rm "$scratch/bin/reg.exe"
refuses 3 'reg.exe is not found' lxinstall list
