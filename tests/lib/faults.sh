# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A verb of lxinstall, killed before any call that changes something, with any such call failing, and
# with the disk full from any growth on: whatever comes of it, the registry is valid and names whole
# disks, and what else is left is named and cleared by the doctor. Source it instead of tap.sh:
#
#     . tests/lib/faults.sh
#     share 2                                # the kills, between so many calls of faults
#     begin                                  # a distribution "it" of $tmp/tiny.tar, in $data_home
#     is_done() { ... }                      # the verb has had its effect
#     judge() { ... }                        # what else it promises; says why not
#     faults NAME lxinstall VERB OPERAND...
#
# Each try begins with the files that begin (or keep) has seen. What is made elsewhere is made in
# $other, which is another file system. CHECK=full: 200 kills in all, every call, and every growth.

# Mounts that nobody else sees: the disk that is full is a small one. Whose they are; empty: none.
if [ -z "${FAULTS_MOUNTS+set}" ]; then
    mounts=(unshare --mount)
    [ "$(id -u)" -eq 0 ] || mounts+=(--map-root-user)
    ! "${mounts[@]}" true 2>/dev/null || FAULTS_MOUNTS=$(id -u) exec "${mounts[@]}" bash "$0" "$@"
    FAULTS_MOUNTS=
fi
export FAULTS_MOUNTS

. tests/lib/tap.sh
need jq strace e2fsck

kills=4
failures=1
[ "${CHECK:-}" != full ] || kills=200 failures=100000
: "${SEED:=$RANDOM}"
RANDOM=$SEED
diag "SEED=$SEED"

# What changes something; and what of it needs room.
growing=pwrite64,pwritev,write,fallocate,link,linkat,mkdir
changes=$growing,ftruncate,rename,renameat2,unlink,rmdir,fsync,fdatasync

data_home=$XDG_DATA_HOME
registry=$data_home/lxkit/registry.json
other=$tmp/other
full=$data_home # the file system that is to be full; empty: none
resumes=no      # yes: what was killed is done by the same command, without a doctor
room=64M
umask 077
# A leak is not looked for in what strace kills.
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0

cleanup() {
    local place
    for place in "$data_home" "$other"; do
        ! mountpoint -q "$place" || umount "$place"
    done
}

mount_at() { # DIRECTORY
    mount -t tmpfs -o "size=$room" tmpfs "$1"
}
share() { # PARTS
    kills=$(((kills + $1 - 1) / $1))
}
begin() {
    local place
    mkdir -p "$data_home" "$other" "$tmp/root/etc" "$tmp/root/a"
    for place in "$data_home" "$other"; do
        [ -z "$FAULTS_MOUNTS" ] || mount_at "$place"
    done
    printf 'ID=tiny\n' >"$tmp/root/etc/os-release"
    head -c 200k /dev/urandom >"$tmp/root/a/data"
    ln "$tmp/root/a/data" "$tmp/root/twin"
    tar -C "$tmp/root" -cf "$tmp/tiny.tar" .
    ok "a distribution" lxinstall import it "$data_home/lxkit/distributions/it" "$tmp/tiny.tar" \
        --size 64M
    keep
}
# keep: each try begins with what is there now.
keep() {
    rm -rf "$scratch/kept"
    cp -a "$data_home" "$scratch/kept"
    inputs=$(untouched)
}
again() {
    find "$data_home" "$other" -mindepth 1 -delete
    cp -a "$scratch/kept/." "$data_home/"
}
# The files that no verb may change, whatever it is about, with what any write to them would.
untouched() {
    find "$tmp" -path "$other" -prune -o -type f -printf '%p %i %s %T@ %C@\n'
}
# The disk of a registration, by the registry's file itself.
disk_of() { # NAME
    entries | awk -F '\t' -v name="$1" '$1 == name { print $2 }'
}
# "NAME TAB DISK" of each. This is asked at every point, and jq starts slowly.
entries() {
    awk -F '"' '
        $2 == "DistributionName" { name = $4 }
        $2 == "BasePath" { directory = $4 }
        $2 == "VhdFileName" { print name "\t" directory "/" $4 }' "$registry"
}

# ---- what must hold ----

declare -A known_whole

# whole DISK: it holds the tree, and is sound.
whole() {
    local sum
    sum=$(cksum <"$1") || return 1
    [ -z "${known_whole[$sum]:-}" ] || return 0
    lximage diff "$tmp/tiny.tar" "$1" && lxvhdx check "$1" && sound "$1" || return 1
    known_whole[$sum]=1
}
sound() {
    local status=0
    case ${1##*/} in
        wslfs*) lximage check "$1" || status=1 ;;
        *) lxvhdx convert --quiet "$1" "$scratch/raw.img" && e2fsck -fn "$scratch/raw.img" || status=1 ;;
    esac
    rm -f "$scratch/raw.img"
    return "$status"
}
# The registry is valid, has the distribution, and all that it names is whole.
registered() {
    local disk
    lxinstall list && jq -e 'any(.distributions[]; .DistributionName == "it")' "$registry" || return 1
    mapfile -t disks < <(entries | cut -f 2)
    [ "${#disks[@]}" -gt 0 ] || return 1
    for disk in "${disks[@]}"; do whole "$disk" || return 1; done
}
# What nobody has asked for: neither a disk of the registry, nor in results, what the verb makes.
results=()
litter() {
    local file
    while read -r file; do
        case $file in
            "$registry" | *.lock) ;;
            *) [[ "/ ${disks[*]} ${results[*]} /" == *" $file "* ]] || echo "left: $file" ;;
        esac
    done < <(find "$data_home" "$other" -type f)
}
places=()    # where else the doctor is told to look
ignored=none # what it says of the file system
findings() {
    local status=0 there=()
    [ "${#places[@]}" -eq 0 ] || mapfile -t there < <(find "${places[@]}" -maxdepth 0 2>/dev/null)
    lxinstall doctor --json "${there[@]}" >"$scratch/doctor" || status=$?
    [ "$status" -ne 0 ] || return 0
    [ "$status" -eq 1 ] || printf '%s\t' failed "$status" doctor
    jq -r --arg ignored "$ignored" '.findings[] | select(.id != $ignored) | [.id, .subject, .mend] | @tsv' \
        "$scratch/doctor"
}
# The command that the doctor gives for something left.
mend() { # ID SUBJECT COMMAND
    case $1 in
        leftover) [ "$3" = "lxinstall doctor --fix" ] && { lxinstall doctor --fix || true; } ;;
        second-name) [ "$3" = "rm $2" ] && rm "$2" ;;
        temporary)
            case $3 in
                "lxinstall doctor --fix") lxinstall doctor --fix || true ;;
                "rm $2") rm "$2" ;;
                *) return 1 ;;
            esac
            ;;
        orphan)
            [ "$3" = "lxinstall import-in-place NAME $2, or rm it" ] && whole "$2" || return 1
            if [ $((RANDOM % 2)) -eq 0 ]; then
                rm "$2"
            else
                lxinstall import-in-place found "$2" && lxinstall remove --yes found
            fi
            ;;
        *) echo "unexpected: $*" && return 1 ;;
    esac
}
# The doctor names all that is left, its commands clear that, and then it has nothing to say.
cleared() {
    local finding
    findings >"$scratch/findings"
    if [ -s "$scratch/findings" ]; then
        while IFS=$'\t' read -ra finding; do
            mend "${finding[@]}" </dev/null || return 1
        done <"$scratch/findings"
        registered || return 1
        findings >"$scratch/findings"
        cat "$scratch/findings"
        [ ! -s "$scratch/findings" ] || return 1
    fi
    litter
    [ -z "$(litter)" ]
}
# All of it. Why not is in $scratch/why.
holds() {
    {
        registered && judge || return 1
        # Who was not killed clears up, or says what remains: not where nothing can be said, nor of a
        # second name of what is complete.
        if [ "${1:-}" = failed ] && [ -n "$(litter)" ] && ! grep -qE 'doctor|is kept' "$scratch/said" &&
            ! grep -qE '(write\(2,|unlink\(.*\.partial").* \(INJECTED\)' "$scratch/trace"; then
            echo "it does not say what it leaves" && litter && return 1
        fi
        cleared && judge || return 1
        [ "$(untouched)" = "$inputs" ] || { echo "an input was changed" && return 1; }
    } >"$scratch/why" 2>&1
}
wrong() { # POINT
    bad=$((bad + 1))
    [ "$bad" -gt 3 ] || diag "$part, $1:" "$(head -n 3 "$scratch/said")" "$(tail -n 4 "$scratch/why")"
}

# ---- the points ----

# attempt STRACE-OPTION... -- COMMAND...; no signal comes with --seccomp-bpf, which is faster.
attempt() {
    local options=()
    while [ "$1" != -- ]; do options+=("$1") && shift; done
    { strace -f -o "$scratch/trace" "${options[@]}" "$@" >"$scratch/said" 2>&1 </dev/null; } 2>/dev/null
}
# The calls of a whole run, each as "THREAD CALL NUMBER"; a number counts the calls of one thread.
points() {
    awk '$2 ~ /^[a-z0-9_]+\(/ { sub(/\(.*/, "", $2); print $1, $2, ++n[$1, $2] }' "$scratch/trace"
}
# each COUNT CALLS: so many of the points, in no order; all of them once, then all of them again.
each() {
    grep -E "^[0-9]+ (${2//,/|}) " "$scratch/points" | cut -d ' ' -f 2- | sort -u |
        awk -v seed="$RANDOM" -v n="$1" -v once="${3:-}" '
            BEGIN { srand(seed) }
            { line[NR] = $0 }
            END {
                while (n > 0 && NR > 0) {
                    for (i = NR; i > 1; i--) { j = int(rand() * i) + 1; t = line[i]; line[i] = line[j]; line[j] = t }
                    for (i = 1; i <= NR && n-- > 0; i++) print line[i]
                    if (once) exit
                }
            }'
}

# Killed where it was to be, and not ended before.
killed() { # CALL NUMBER
    again
    attempt -e inject="$1:signal=KILL:when=$2" -e trace="$1" -- "${command[@]}"
    grep -q 'killed by SIGKILL' "$scratch/trace"
}
# Every second time without a doctor, where that may be.
recovers() { # NUMBER
    if [ "$resumes" = yes ] && [ $(($1 % 2)) -eq 0 ]; then
        registered >"$scratch/why" 2>&1 || return 1
        run_again && is_done && holds
    else
        holds || return 1
        is_done || { run_again && is_done; } || return 1
        holds
    fi
}
run_again() {
    "${command[@]}" >"$scratch/why" 2>&1
}
kill_all() {
    local call number reached=0
    bad=0
    while read -r call number && [ "$reached" -lt "$kills" ]; do
        killed "$call" "$number" || continue
        reached=$((reached + 1))
        recovers "$reached" || wrong "killed in $call $number"
    done < <(each $((2 * kills)) "$changes")
    is "$part: killed $reached times, among $(sort -u -k 2 "$scratch/points" | wc -l) calls" \
        "$reached killed, $bad wrong" "$kills killed, 0 wrong"
}

# It fails as it should, or it is done. Status 1: nothing came in its way.
failed() { # POINT STRACE-OPTION...
    local status=0 point=$1
    shift
    again
    attempt --seccomp-bpf "$@" -- "${command[@]}" || status=$?
    grep -q INJECTED "$scratch/trace" || return 1
    outcome "$status" "$point"
    return 0
}
outcome() { # STATUS POINT
    echo "exit status $1" >"$scratch/why"
    if [ "$1" -eq 7 ] || { [ "$1" -eq 0 ] && is_done; }; then
        ! holds failed || return 0
    fi
    wrong "$2"
}
errors_all() {
    local call number reached=0
    bad=0
    while read -r call number; do
        ! failed "EIO in $call $number" -e inject="$call:error=EIO:when=$number" -e trace="$call" ||
            reached=$((reached + 1))
    done < <(each "$failures" "$changes" once)
    is "$part: $reached calls failed, one at a time" "$((reached > 0)) $bad" "1 0"
}
# From a growth on none has room; what each call's number is by then, for the thread that grows.
room_all() {
    local call number thread seen reached=0 options one
    bad=0
    while read -r call number; do
        thread=$(awk -v c="$call" -v n="$number" '$2 == c && $3 == n { print $1; exit }' "$scratch/points")
        options=(-e "trace=$growing")
        for one in ${growing//,/ }; do
            seen=$(awk -v t="$thread" -v c="$call" -v n="$number" -v o="$one" '
                $1 == t && $2 == c && $3 == n { print k + 1; exit } $1 == t && $2 == o { k++ }' "$scratch/points")
            options+=(-e "inject=$one:error=ENOSPC:when=$seen+")
        done
        ! failed "ENOSPC from $call $number on" "${options[@]}" || reached=$((reached + 1))
    done < <(each "$failures" "$growing" once)
    is "$part: no room from $reached growths on" "$((reached > 0)) $bad" "1 0"
}

# With what is mounted, or the options of now are taken over, which not everybody may set.
resize() { # BYTES
    mount -o "remount,size=$1" tmpfs "$full"
}
# leave PAGES: so many are free. One is there always: no size is none that is limited.
leave() {
    local all free size
    read -r all free < <(stat -f -c '%b %f' "$full")
    size=$((all - free + $1))
    resize $((size > 0 ? size * 4096 : 4096))
}
# A disk that has some pages more each time, until that is enough.
full_all() {
    local pages status reached=0
    bad=0
    [ -n "$full" ] || return 0
    if [ -z "$FAULTS_MOUNTS" ]; then
        skip "$part: a full disk" "no mount name spaces"
        return
    fi
    for ((pages = 0; pages < 8192; pages = failures > 1 ? pages + 7 : 16 * (pages + 1))); do
        status=0
        again
        leave "$pages"
        "${command[@]}" >"$scratch/said" 2>&1 </dev/null || status=$?
        : >"$scratch/trace"
        resize "$room"
        [ "$status" -ne 0 ] || break
        outcome "$status" "$pages pages free"
        reached=$((reached + 1))
    done
    is "$part: the disk full $reached times, until $pages pages are enough" \
        "$status $((reached > 0)) $bad" "0 1 0"
}

faults() { # NAME COMMAND...
    part=$1
    shift
    command=("$@")
    again
    ok "$part" attempt -e trace="$changes" -- "${command[@]}"
    points >"$scratch/points"
    kill_all
    errors_all
    room_all
    full_all
    again
}

# flushes_fail NAME COMMAND...: the flush that ends the commit fails, and all after it.
flushes_fail() {
    local name=$1 n status=0
    shift
    again
    attempt -e trace=fsync,unlink -- "$@"
    n=$(grep -c ' fsync(' "$scratch/trace")
    # What is deleted after the commit is forgotten in another one.
    ! grep -q ' unlink(' "$scratch/trace" || n=$((n - 1))
    again
    attempt -e inject="fsync:error=EIO:when=$n+" -e trace=fsync -- "$@" || status=$?
    is "$name: the registry's flush fails" "$status $(is_done && echo entered)" "7 entered"
}
