#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What goes wrong between a finished disk and its registration: a locked or damaged registry does
# not throw the disk away, and a process killed at any moment leaves a registry that is true.
. tests/lib/tap.sh
need jq flock tar gzip

registry=$XDG_DATA_HOME/lxkit/registry.json
lock=$XDG_DATA_HOME/lxkit/registry.lock
mkdir -p "$tmp/root/etc"
printf 'ID=tiny\n' >"$tmp/root/etc/os-release"
head -c 2M /dev/urandom >"$tmp/root/etc/data"
tar -C "$tmp/root" -cf "$tmp/tiny.tar" .
ok "a first one" lxinstall import first "$tmp/first" "$tmp/tiny.tar" --no-sync
mkfifo "$scratch/slow"

# waits_for COMMAND...: succeeds within ten seconds.
waits_for() {
    for ((i = 0; i < 200; i++)); do
        ! "$@" || return 0
        sleep 0.05
    done
    return 1
}

# start NAME: an import that waits for its input; give: which comes; finish: and is waited for.
start() {
    lxinstall import "$1" "$tmp/$1" - --no-sync <"$scratch/slow" 2>"$tmp/said" &
    installer=$!
    exec 8>"$scratch/slow"
    waits_for test -d "$tmp/$1"
}
give() {
    cat "$tmp/tiny.tar" >&8
    exec 8>&-
}
finish() {
    give
    wait "$installer"
}

# ---- locked ----

# hold: the registry's lock, until let_go.
hold() {
    flock --no-fork "$lock" sleep 60 8>&- &
    holder=$!
}
let_go() {
    kill "$holder"
    wait "$holder" 2>/dev/null
}

start late
hold
give
waits_for grep -q 'waits to be registered' "$tmp/said"
let_go
wait "$installer"
is "a lock held for long is waited for" "$?" 0
like "which is told" "$(<"$tmp/said")" \
    "the disk is ready and waits to be registered: .*registry.lock is locked by (process $holder|another)"
is "and then it is registered" "$(lxinstall list --quiet | sort | tr '\n' ' ')" "first late "

start gone
hold
give
waits_for test -e "$tmp/gone/ext4.vhdx"
kill -TERM "$installer"
wait "$installer" 2>/dev/null
is "who gives up waiting" "$?" 143
ok "leaves nothing" test ! -e "$tmp/gone"
let_go

# ---- damaged meanwhile ----

start kept
cp "$registry" "$scratch/good.json"
printf '{' >"$registry"
finish
is "a registry that was damaged meanwhile" "$?" 10
like "does not cost the disk" "$(<"$tmp/said")" \
    "the finished disk is kept: lxinstall import-in-place kept $tmp/kept/ext4.vhdx \[damaged\]"
cp "$scratch/good.json" "$registry"
ok "which can be registered then" lxinstall import-in-place kept "$tmp/kept/ext4.vhdx"
ok "and is whole" lximage diff "$tmp/tiny.tar" "$tmp/kept/ext4.vhdx"

start busy
hold
give
waits_for test -e "$tmp/busy/ext4.vhdx"
lxinstall import-in-place thief "$tmp/busy/ext4.vhdx" 2>"$scratch/error"
is "a disk that waits to be registered" "$?" 9
like "belongs to who made it" "$(<"$scratch/error")" "(process $installer \\(lxinstall import\\)|another process) is making a distribution in $tmp/busy"
let_go
wait "$installer"
is "and is registered then" "$?" 0

start taken
lxinstall import TAKEN "$tmp/other" "$tmp/tiny.tar" --no-sync 2>/dev/null
finish
is "a name that was taken meanwhile" "$?" 5
ok "leaves nothing" test ! -e "$tmp/taken"

# ---- killed ----

# Every registered distribution has its disk, and beside disks there is nothing.
registry_true() {
    local disk
    lxinstall list --json >"$scratch/list" || return 1
    jq -r '.distributions[].disk' "$scratch/list" >"$scratch/disks"
    while read -r disk; do
        lximage diff "$tmp/tiny.tar" "$disk" || return 1
    done <"$scratch/disks"
    [ -z "$(find "$tmp" -path "$tmp/v[0-9]*" -type f ! -name ext4.vhdx -print)" ]
}
RANDOM=${SEED:=$RANDOM}
diag "SEED=$SEED"
victims=12
inputs=("$tmp/tiny.tar" "$tmp/first/ext4.vhdx")
for ((i = 0; i < victims; i++)); do
    lxinstall import "v$i" "$tmp/v$i" "${inputs[i % 2]}" --no-sync 2>/dev/null &
    victim=$!
    sleep "0.$(printf %03d $((RANDOM % 100)))"
    kill -KILL "$victim" 2>/dev/null
    wait "$victim" 2>/dev/null
done
ok "killed at any moment, what is registered is whole" registry_true
registered=$(lxinstall list --quiet | grep -c '^v[0-9]')
diag "$registered of $victims were registered"
for ((i = 0; i < victims; i++)); do
    lxinstall info "v$i" >/dev/null 2>&1 ||
        lxinstall import-in-place "v$i" "$tmp/v$i/ext4.vhdx" >/dev/null 2>&1 ||
        lxinstall import "v$i" "$tmp/v$i" "$tmp/tiny.tar" --no-sync 2>/dev/null || break
done
is "and the rest can be done again" "$i" "$victims"
ok "all are whole" registry_true
for ((i = 0; i < victims; i++)); do
    lxinstall remove "v$i" --yes 2>/dev/null &
    victim=$!
    sleep "0.$(printf %03d $((RANDOM % 12)))"
    kill -KILL "$victim" 2>/dev/null
    wait "$victim" 2>/dev/null
done
is "killed while removing, none that has lost its disk claims to be installed" \
    "$(lxinstall list --json | jq -r '.distributions[] | select(.state == "Installed" and .disk_length == null) | .name')" ""
for ((i = 0; i < victims; i++)); do
    lxinstall info "v$i" >/dev/null 2>&1 || continue
    lxinstall remove "v$i" --yes 2>/dev/null || break
done
is "and removing again finishes it" "$(lxinstall list --quiet | grep -c '^v[0-9]')" 0
is "with every disk" "$(find "$tmp" -path "$tmp/v[0-9]*" -type f)" ""
