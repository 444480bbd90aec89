#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# Another name, another place, a twin; and what lxinstall doctor says about all that can go wrong.
# Killed at any moment (CHECK=full: 200 moments a verb), the registry names a whole disk.
. tests/lib/tap.sh
need jq flock tar python3 mke2fs debugfs ntfs-3g mkntfs setfattr

registry=$XDG_DATA_HOME/lxkit/registry.json
home=$XDG_DATA_HOME/lxkit/distributions
mkdir -p "$tmp/root/etc/ssh" "$tmp/root/var/lib/dbus" "$tmp/root/var/lib/systemd"
printf 'ID=tiny\n' >"$tmp/root/etc/os-release"
echo 0123456789abcdef0123456789abcdef >"$tmp/root/etc/machine-id"
for key in ssh_host_rsa_key ssh_host_rsa_key.pub ssh_config; do echo $key >"$tmp/root/etc/ssh/$key"; done
echo x >"$tmp/root/var/lib/dbus/machine-id"
echo x >"$tmp/root/var/lib/systemd/random-seed"
head -c 3M /dev/urandom >"$tmp/root/etc/data"
tar -C "$tmp/root" -cf "$tmp/tiny.tar" .

# entry NAME FILTER: from the registry file itself.
entry() {
    jq -r --arg name "$1" '.distributions[] | select(.DistributionName == $name) | '"$2" "$registry"
}
tree() { # DISK
    lximage mtree "$1" | sha256sum
}
found() {
    lxinstall doctor --json "$@" 2>"$tmp/said" | jq -r '[.findings[].id] | sort | join(" ")'
}
mend() { # ID
    lxinstall doctor --json | jq -r --arg id "$1" '.findings[] | select(.id == $id) | .mend'
}

umask 077
cleanup() {
    ! mountpoint -q "$tmp/windows" || umount "$tmp/windows"
}
ok "a first one" lxinstall import first "$tmp/first" "$tmp/tiny.tar" --no-sync
whole=$(tree "$tmp/first/ext4.vhdx")
is "nothing is wrong with it" "$(lxinstall doctor 2>&1)" "lxinstall: nothing is wrong"

# ---- rename ----

guid=$(lxinstall info --json first | jq -r .guid)
ok "another name" lxinstall rename first lab
is "the GUID stays" "$(lxinstall info --json lab | jq -r .guid)" "$guid"
ok "other letters of the same name" lxinstall rename lab LAB
ok "and back" lxinstall rename LAB lab
ok "a second one" lxinstall import second "$tmp/second" "$tmp/tiny.tar" --no-sync
refuses 5 'already registered' lxinstall rename lab Second
refuses 2 'name' lxinstall rename lab 'a b'
refuses 3 'lxinstall list|lab' lxinstall rename la x

# ---- move ----

ok "to another directory" lxinstall move lab "$tmp/there"
is "where the registry sees it" "$(entry lab .BasePath)" "$tmp/there"
is "the disk is the same" "$(tree "$tmp/there/ext4.vhdx")" "$whole"
ok "the old directory is gone" test ! -e "$tmp/first"
is "nothing remains to be done" "$(found)" ""
like "it is there already" "$(lxinstall move lab "$tmp/there" 2>&1)" 'already'
refuses 5 "belongs to the distribution 'second'" lxinstall move lab "$tmp/second"
mkdir "$tmp/foreign"
echo other >"$tmp/foreign/ext4.vhdx"
refuses 5 'another disk' lxinstall move lab "$tmp/foreign"
is "whose file stays" "$(cat "$tmp/foreign/ext4.vhdx")" other
touch "$tmp/there/note"
ok "a directory with other files" lxinstall move lab "$tmp/first"
is "stays, with them" "$(ls "$tmp/there")" note
flock --no-fork "$tmp/first/ext4.vhdx" sleep 30 &
holder=$!
for ((i = 0; i < 100; i++)); do flock -n "$tmp/first/ext4.vhdx" true || break; sleep 0.02; done
refuses 9 'in use' lxinstall move lab "$tmp/elsewhere"
kill "$holder"
wait "$holder" 2>/dev/null
ok "and nothing was made" test ! -e "$tmp/elsewhere"

# A tmpfs is another file system: the disk is copied and read back there.
if have_tmpfs "to another file system"; then
    mkdir "$tmp/other"
    # shellcheck disable=SC2016
    is "to another file system, and back" "$(with_tmpfs size=64M "$tmp/other" sh -c '
        lxinstall move --quiet lab "$1/other/lab" && test ! -e "$1/first" &&
            lximage mtree "$1/other/lab/ext4.vhdx" | sha256sum &&
            lxinstall move --quiet lab "$1/first"' sh "$tmp" 2>"$tmp/said")" "$whole"
    is "which leaves nothing there" "$(cat "$tmp/said")" ""
    cp "$registry" "$tmp/registry.before"
    with_tmpfs size=1M "$tmp/other" lxinstall move lab "$tmp/other/lab" 2>"$tmp/said"
    is "a full one is refused" "$? $(grep -o 'No space left' "$tmp/said")" "7 No space left"
    same "it keeps the registry as it was" "$registry" "$tmp/registry.before"
    is "and the disk" "$(tree "$tmp/first/ext4.vhdx")" "$whole"
    unlike "and leaves nothing there" "$(cat "$tmp/said")" '^left: '
fi

# ---- clone ----

ok "a clone" lxinstall clone lab twin "$tmp/twin"
is "has the same tree" "$(tree "$tmp/twin/ext4.vhdx")" "$whole"
ok "another GUID" test "$(lxinstall info --json twin | jq -r .guid)" != "$guid"
ok "another disk" test "$(lxvhdx info --json "$tmp/twin/ext4.vhdx" | jq -r .disk_id)" != \
    "$(lxvhdx info --json "$tmp/first/ext4.vhdx" | jq -r .disk_id)"
ok "a clone without identity" lxinstall clone lab fresh --reset-identity
fresh=$home/fresh/ext4.vhdx
is "machine-id is empty" "$(lximage cat "$fresh" /etc/machine-id)" ""
is "host keys are gone, settings are not" "$(lximage ls "$fresh" /etc/ssh | xargs)" \
    "/etc/ssh /etc/ssh/ssh_config"
is "nothing else differs" "$(lximage diff "$tmp/first/ext4.vhdx" "$fresh" --json | jq -r '[.differences[].path] | unique | join(" ")')" \
    "etc/machine-id etc/ssh/ssh_host_rsa_key etc/ssh/ssh_host_rsa_key.pub var/lib/dbus/machine-id var/lib/systemd/random-seed"
refuses 5 'already registered' lxinstall clone lab twin
refuses 3 'nothere' lxinstall clone nothere x

# ---- doctor ----

is "nothing is wrong with all of them" "$(found)" ""
mv "$tmp/twin" "$tmp/away"
is "a disk that is gone" "$(found)" disk-missing
like "and how to mend it" "$(mend disk-missing)" 'lxinstall unregister twin'
refuses 1 'disk is gone' sh -c 'lxinstall doctor >&2'
ok "so it is" lxinstall unregister twin
is "and is mended" "$(found)" ""
mkdir -p "$home/orphan"
cp "$tmp/away/ext4.vhdx" "$home/orphan/"
is "a disk that nobody knows" "$(found)" orphan
ok "the command that takes it in" lxinstall import-in-place orphan "$home/orphan/ext4.vhdx"
chmod 666 "$home/orphan/ext4.vhdx"
is "a disk that others may write to" "$(found)" writable-by-others
ok "what mends it" sh -c "$(mend writable-by-others)"
touch "$home/orphan/.ext4.vhdx.0a1b2c.partial"
cp "$home/orphan/ext4.vhdx" "$home/orphan/wslfs.vhdx"
is "what a killed program left, and a second disk" "$(found)" "second-disk temporary"
is "--fix deletes the one" "$(found --fix)" second-disk
ok "and only that" test -e "$home/orphan/wslfs.vhdx" -a ! -e "$home/orphan/.ext4.vhdx.0a1b2c.partial"
rm "$home/orphan/wslfs.vhdx"
mkdir "$home/cut-off"
ln "$home/orphan/ext4.vhdx" "$home/cut-off/"
is "the link that a move left" "$(found)" second-name
ok "what mends it" sh -c "$(mend second-name)"
is "is the last word" "$(found)" ""
python3 tests/lib/vhdx_mutate.py "$home/orphan/ext4.vhdx" 2M=ffffffff
like "a damaged disk" "$(found)" disk-damaged
ok "removed" lxinstall remove --yes orphan

# Where no distribution lies it looks when it is told to, and deletes nothing.
mkdir "$tmp/out"
cp "$tmp/away/ext4.vhdx" "$tmp/out/"
touch "$tmp/out/.some.tar.0a1b2c.partial" "$tmp/out/some.tar" "$tmp/out/.some.partial.tar"
is "what lies elsewhere" "$(found)" ""
is "is found there" "$(found "$tmp/out")" "orphan temporary"
is "by --fix, too, which leaves it" "$(found --fix "$tmp/out" "$tmp/out")" "orphan temporary"
ok "what mends it" sh -c "$(lxinstall doctor --json "$tmp/out" | jq -r '.findings[] | select(.id == "temporary") | .mend')"
ok "and nothing else" rm "$tmp/out/ext4.vhdx" "$tmp/out/some.tar" "$tmp/out/.some.partial.tar"
is "so that nothing is wrong there" "$(found "$tmp/out")" ""
refuses 3 'nothere' lxinstall doctor "$tmp/nothere"
chmod 666 "$tmp/second/ext4.vhdx"
touch "$tmp/second/.ext4.vhdx.0a1b2c.partial"
is "what is beside a distribution is found once" "$(found "$tmp/second")" "temporary writable-by-others"
is "and mended" "$(chmod 600 "$tmp/second/ext4.vhdx" && found --fix "$tmp/second")" ""

jq '(.distributions[] | select(.DistributionName == "fresh") | .State) = 4 |
    (.distributions[] | select(.DistributionName == "second") | .Flags) = 7' "$registry" >"$tmp/changed"
cp "$tmp/changed" "$registry"
is "a removal that was cut off, and a disk of the other backend" "$(found)" \
    "backend-differs half-removed"
ok "what ends the removal" sh -c "$(mend half-removed)"
jq '(.distributions[] | select(.DistributionName == "second") | .Flags) = 15' "$registry" >"$tmp/changed"
cp "$tmp/changed" "$registry"
is "all is well again" "$(found)" ""
cp "$tmp/second/ext4.vhdx" "$tmp/old.vhdx"
jq --arg old "$tmp/old.vhdx" \
    '(.distributions[] | select(.DistributionName == "second") | .lxkit.Leftover) = $old' "$registry" >"$tmp/changed"
cp "$tmp/changed" "$registry"
is "a former disk that is still there" "$(found)" leftover
is "--fix deletes it" "$(found --fix)$(ls "$tmp/old.vhdx" 2>/dev/null)" ""
is "and nothing else" "$(tree "$tmp/second/ext4.vhdx")" "$whole"

# state FILTER: the registry's entry of "second", changed.
state() {
    jq "(.distributions[] | select(.DistributionName == \"second\")) |= ($1)" "$registry" >"$tmp/changed" &&
        cp "$tmp/changed" "$registry"
}
state '.State = 3'
is "an installation that was cut off" "$(found)" half-made
like "and the whole command to mend it" "$(mend half-made)" \
    "lxinstall import-in-place second $tmp/second/ext4.vhdx\$"
state '.State = 1'
jq 'del(.DefaultDistribution)' "$registry" >"$tmp/changed"
cp "$registry" "$tmp/kept"
cp "$tmp/changed" "$registry"
is "no default" "$(found)" no-default
ok "what mends it" sh -c "$(mend no-default)"
cp "$tmp/kept" "$registry"
chmod 644 "$tmp/second/ext4.vhdx"
chmod 755 "$tmp/second"
is "a disk that others may read" "$(found)" readable-by-others
ok "what mends that" sh -c "$(mend readable-by-others)"

# Instead of the disk of "second": what the doctor says of FILE.
instead() { # FILE
    mv "$tmp/second/ext4.vhdx" "$tmp/good.vhdx"
    mv "$1" "$tmp/second/ext4.vhdx"
    chmod 600 "$tmp/second/ext4.vhdx"
    found
    mv "$tmp/good.vhdx" "$tmp/second/ext4.vhdx"
}
mke2fs -q -t ext4 -d "$tmp/root" "$tmp/dirty.img" 16M
debugfs -w -R 'feature needs_recovery' "$tmp/dirty.img" 2>/dev/null
lxvhdx convert --quiet "$tmp/dirty.img" "$tmp/dirty.vhdx"
is "a file system that was not unmounted" "$(instead "$tmp/dirty.vhdx")" not-unmounted
lxvhdx create --size 2G "$tmp/log.vhdx"
python3 tests/lib/vhdx_log.py "$tmp/log.vhdx" one-entry
is "a log that waits" "$(instead "$tmp/log.vhdx")" log-waits

truncate -s 64M "$tmp/volume"
mkntfs -q -F "$tmp/volume" >/dev/null 2>&1
mkdir "$tmp/windows"
if [ "$(id -u)" -ne 0 ]; then
    skip "attributes of NTFS" "mounting needs root"
elif ok "an NTFS volume" ntfs-3g -o compression,fmask=077,dmask=077 "$tmp/volume" "$tmp/windows"; then
    mkdir "$tmp/windows/c"
    setfattr -h -n system.ntfs_attrib -v 0x10080000 "$tmp/windows/c"
    cp --sparse=never "$tmp/second/ext4.vhdx" "$tmp/windows/c/"
    lxinstall import-in-place squeezed "$tmp/windows/c/ext4.vhdx" --quiet
    is "a disk that NTFS compresses" "$(found)" compressed
    lxinstall unregister --quiet squeezed
    mkdir "$tmp/windows/s"
    lxinstall import squeezed "$tmp/windows/s" "$tmp/tiny.tar" --size 1G --quiet
    like "a disk with holes on NTFS" "$(found)" sparse
    lxinstall remove --quiet --yes squeezed
    umount "$tmp/windows"
fi
is "and all is well" "$(found)" ""

# ---- killed ----

# The verb runs once to see how long it takes, then is killed at moments spread over that time.
moments=6
[ "${CHECK:-}" != full ] || moments=200
killed() { # NAME VERB...
    local started took i bad=0 place name=$1
    shift
    started=$(date +%s%N)
    "$@" >/dev/null 2>&1
    took=$((($(date +%s%N) - started) / 1000))
    undo
    for ((i = 0; i < moments; i++)); do
        "$@" >/dev/null 2>&1 &
        sleep "$(printf '0.%06d' $((took * i / moments % 1000000)))"
        kill -9 $! 2>/dev/null
        wait $! 2>/dev/null
        place=$(entry lab .BasePath)
        [ "$(tree "$place/ext4.vhdx")" = "$whole" ] || bad=$((bad + 1))
        lxinstall doctor --fix >/dev/null 2>&1
        "$@" >/dev/null 2>&1
        undo || bad=$((bad + 1))
        lxinstall doctor --quiet >"$tmp/remains" 2>&1 || bad=$((bad + 1))
    done
    is "$name: killed $moments times" "$bad $(head -n 3 "$tmp/remains")" "0 "
}
undo() {
    lxinstall move --quiet lab "$tmp/first" &&
        [ "$(tree "$tmp/first/ext4.vhdx")" = "$whole" ]
}
killed "move" lxinstall move lab "$tmp/moved" --quiet
undo() {
    lxinstall remove --quiet --yes twin 2>/dev/null
    rm -f "$tmp/twin/ext4.vhdx"
    rmdir "$tmp/twin" 2>/dev/null
    lxinstall info lab >/dev/null
}
killed "clone" lxinstall clone lab twin "$tmp/twin" --quiet
