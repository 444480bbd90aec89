#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# convert, move, clone, install and export, killed anywhere, and with any write failing or any growth
# finding the disk full: the registry is valid and names whole disks, and doctor clears the rest.
# CHECK=full: 200 kills, every n-th write.
. tests/lib/tap.sh
need jq strace

kills=12
writes=1
[ "${CHECK:-}" != full ] || kills=200 writes=1000
: "${SEED:=$RANDOM}"
RANDOM=$SEED
diag "SEED=$SEED"
changes=pwrite64,pwritev,write,linkat,rename,renameat2,unlink,fsync,fdatasync,flock,ftruncate,fallocate,mkdir,rmdir

umask 077
mkdir -p "$tmp/root/etc" "$tmp/root/a"
printf 'ID=tiny\n' >"$tmp/root/etc/os-release"
head -c 200k /dev/urandom >"$tmp/root/a/data"
ln "$tmp/root/a/data" "$tmp/root/twin"
tar -C "$tmp/root" -cf "$tmp/tiny.tar" .
ok "a distribution" lxinstall install "$tmp/tiny.tar" --name it

disk_of() {
    lxinstall info "$1" --json | jq -r .disk
}
# Every registered distribution is whole.
all_whole() {
    lxinstall list --json | jq -r '.distributions[].disk' >"$scratch/disks" || return 1
    while read -r disk; do
        lximage diff "$tmp/tiny.tar" "$disk" || return 1
    done <"$scratch/disks"
    grep -qF "$(disk_of it)" "$scratch/disks"
}
# What is left when doctor has been, but for disks that were finished and not registered.
cleared() {
    local file
    lxinstall doctor --fix >"$scratch/doctor" 2>&1
    find "$HOME/data" "$tmp/moved" "$tmp/cloned" -type f ! -name '*.lock' 2>/dev/null >"$scratch/files"
    while read -r file; do
        case $file in
            */registry.json) ;;
            *.vhdx) grep -qxF "$file" "$scratch/disks" || lximage diff "$tmp/tiny.tar" "$file" || return 1 ;;
            *) echo "left: $file" && return 1 ;;
        esac
    done <"$scratch/files"
    jq -e '[.distributions[].lxkit.Leftover // empty] == []' "$HOME/data/lxkit/registry.json"
}

# The verb under test, on what the last one left.
run_verb() { # STRACE-OPTIONS... -- VERB
    local options=()
    while [ "$1" != -- ]; do options+=("$1") && shift; done
    local other=translation to=$tmp/moved
    case $2 in
        convert)
            [ "$(lxinstall info it --json | jq -r .backend)" = vm ] || other=vm
            set -- convert it "$other"
            ;;
        move)
            [ "$(lxinstall info it --json | jq -r .location)" != "$tmp/moved" ] || to=$HOME/data/lxkit/distributions/it
            set -- move it "$to"
            ;;
        clone)
            lxinstall remove twin --yes --quiet 2>/dev/null
            rm -rf "$tmp/cloned"
            set -- clone it twin "$tmp/cloned"
            ;;
        install)
            lxinstall remove new --yes --quiet 2>/dev/null
            rm -rf "$HOME/data/lxkit/distributions/new"
            set -- install "$tmp/tiny.tar" --name new
            ;;
        export)
            rm -f "$tmp/out.vhdx" "$tmp/out.tar" "$tmp"/out.*.json
            set -- export it "$tmp/out.tar"
            ;;
    esac
    { strace -f -o "$scratch/trace" "${options[@]}" lxinstall "$@" >"$scratch/said" 2>&1; } 2>/dev/null
}

# call_of N: the n-th of the calls in the trace of a whole run, as "CALL:WHEN".
call_of() {
    awk -v n="$1" '$2 ~ /^[a-z0-9_]+\(/ { sub(/\(.*/, "", $2); seen[$1, $2]++; if (++i == n) { print $2 ":" seen[$1, $2]; exit } }' \
        "$scratch/whole"
}
whole_run() {
    run_verb -e trace="$changes" -- "$1"
    local status=$?
    grep -v -e '+++' -e '---' -e 'resumed>' "$scratch/trace" >"$scratch/whole"
    calls=$(wc -l <"$scratch/whole")
    return $status
}

# is_done VERB DISK: it is; the distribution had that disk before.
is_done() {
    case $1 in
        convert | move) [ "$(disk_of it)" != "$2" ] ;;
        clone) lxinstall info twin ;;
        install) lxinstall info new ;;
        export) lximage diff "$tmp/tiny.tar" "$tmp/out.tar" ;;
    esac >/dev/null
}

# fail VERB CALL ERROR N: from the n-th on for a full disk, which stays full. The verb fails, or it is
# done: what is said on standard error is written too, and the old disk may be left to doctor.
fail() {
    local when=$4 status=0
    [ "$3" = EIO ] || when=$4+
    before=$(disk_of it)
    run_verb -e inject="$2:error=$3:when=$when" -e trace="$2" -- "$1" || status=$?
    if [ "$status" -ne 7 ] && { [ "$status" -ne 0 ] || ! is_done "$1" "$before"; }; then
        diag "$1, $3 at $2 number $4: status $status" "$(cat "$scratch/said")"
        return 1
    fi
    all_whole >"$scratch/why" 2>&1 && cleared >>"$scratch/why" 2>&1 && return
    diag "$1, $3 at $2 number $4:" "$(tail -n 3 "$scratch/why")"
    return 1
}

verbs=(convert move clone install export)
for verb in "${verbs[@]}"; do
    ok "$verb" whole_run "$verb"
    whole_run "$verb"
    reached=0
    for ((i = 0; i < (kills + 4) / 5; i++)); do
        point=$(call_of $((RANDOM % calls + 1)))
        run_verb -e inject="${point%:*}:signal=KILL:when=${point#*:}" -e trace="${point%:*}" -- "$verb"
        ! grep -q 'killed by SIGKILL' "$scratch/trace" || reached=$((reached + 1))
        { all_whole && cleared && all_whole; } >"$scratch/why" 2>&1 || break
    done
    is "$verb, killed at any moment, leaves whole disks and what doctor clears" "$i" "$(((kills + 4) / 5))" ||
        diag "$verb, killed in $point:" "$(tail -n 5 "$scratch/why")"
    diag "$reached of $i were killed, among $calls calls"
    ok "and works again" run_verb -- "$verb"

    whole_run "$verb"
    cp "$scratch/whole" "$scratch/calls"
    for failure in EIO ENOSPC; do
        n=0
        for call in pwrite64 write; do
            total=$(grep -c " $call(" "$scratch/calls")
            step=$((total / writes > 0 ? total / writes : 1))
            for ((at = 1 + (total > step ? RANDOM % step : 0); at <= total; at += step)); do
                fail "$verb" "$call" "$failure" "$at" || n=$((n + 1))
            done
        done
        is "$verb, with $failure at any write, loses nothing" "$n" 0
    done
done
