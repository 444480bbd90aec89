#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# What is large, endless or made to do harm stays within limits that have names (LIMITS in lximage's
# manual), and ordinary large trees stay within time and memory. CHECK=full adds five million files.
. tests/lib/tap.sh
. tests/lib/needs.sh
need python3 tar e2fsck debugfs zstd bzip2 jq

cleanup() {
    needs_cleanup
}

# peak COMMAND...: runs it; $peak is its memory in MiB and $seconds the time it took.
peak() {
    local status=0
    python3 tests/lib/peak.py "$scratch/peak" "$@" || status=$?
    read -r peak seconds <"$scratch/peak"
    return "$status"
}

# ---- bombs: a few bytes that become many ----
truncate -s 64M "$tmp/zeros"
zstd -qc "$tmp/zeros" >"$tmp/zeros.zst"
bomb() {
    local _
    python3 tests/lib/needs_archives.py bomb | zstd -qc
    [ $# -eq 0 ] || head -c "$1" /dev/urandom | zstd -qc
    for _ in {1..68}; do cat "$tmp/zeros.zst"; done
}
bomb >"$tmp/bomb.tar.zst"
diag "a bomb of $(stat -c %s "$tmp/bomb.tar.zst") bytes"
as="limits: what grows to more than 4 GiB and 10 000 times is refused" \
    refuses 10 'bomb.tar.zst: .*compressed.*10000 times.*undo the compression' \
    timeout 60 lximage ls "$tmp/bomb.tar.zst"
bomb 1000000 >"$tmp/large.tar.zst"
like "limits: what is only large is not" "$(timeout 60 lximage ls "$tmp/large.tar.zst" 2>&1)" \
    'cut short'
rm "$tmp"/*.zst "$tmp/zeros"

# ---- endless streams ----
# endless NAME PATTERN GENERATOR: what comes from a pipe without end is refused.
endless() {
    local status=0
    mkfifo "$tmp/endless"
    bash -c "$3" >"$tmp/endless" 2>/dev/null &
    timeout 60 lximage convert --no-sync --size 64M - "$tmp/out.img" <"$tmp/endless" \
        >/dev/null 2>"$scratch/error" || status=$?
    wait $!
    rm "$tmp/endless"
    like "limits: an endless stream of $1 is refused ($status)" "$status $(<"$scratch/error")" "$2"
    ok "limits: and leaves nothing" test ! -e "$tmp/out.img"
}
archive root
endless "zeros behind an archive" '^10 .*1024 MiB follow' "cat '$tmp/root.tar' /dev/zero"
endless "data of one file" '^7 .*full' "python3 tests/lib/needs_archives.py endless"
endless "one name again and again" '^7 .*full' \
    "python3 tests/lib/needs_archives.py endless_again"
endless "noise" '^6 ' "cat /dev/urandom"
endless "zeros" '^6 .*no entries|^10 .*MiB follow' "cat /dev/zero"

# ---- names, paths, depth, attributes, sizes ----
archive deep_path deep_tree many_attributes large_value vast_file
as="limits: a path of more than 65536 bytes" refuses 10 'deep_path.*(65536|bytes)' \
    lximage convert --size 64M "$tmp/deep_path.tar" "$tmp/out.img"
as="limits: more than 8192 directories in each other" refuses 10 'deep_tree.*8192' \
    lximage convert --size 64M "$tmp/deep_tree.tar" "$tmp/out.img"
as="limits: more than 4096 attributes of one file" refuses 10 'many_attributes.*4096' \
    lximage convert --size 64M "$tmp/many_attributes.tar" "$tmp/out.img"
as="limits: a value of more than 64 KiB" refuses 6 'large_value.*does not fit' \
    lximage convert --size 64M "$tmp/large_value.tar" "$tmp/out.img"
as="limits: a file of more than 16 TiB" refuses 6 'vast_file.*16 TiB' \
    lximage convert "$tmp/vast_file.tar" "$tmp/out.vhdx"

# ---- A18, C3: a million names in one directory ----
python3 tests/lib/needs_archives.py million >"$tmp/million.tar"
ok "A18: a million names in one directory become a disk" \
    peak lximage convert --no-sync --quiet --size 20G "$tmp/million.tar" "$tmp/million.img"
diag "in $seconds s and $peak MiB"
ok "A18: within 30 s" test "${seconds%.*}" -lt 30
ok "A18: and 512 MiB" test "$peak" -lt 512
ok "C3: e2fsck has nothing to say of a million names" e2fsck -fn "$tmp/million.img"
like "C3: the directory has a hash tree of two levels" \
    "$(inside million 'htree_dump /many' | head -n 20)" 'Indirect levels: 1'
like "C3: which debugfs finds a name in" "$(inside million 'stat /many/name-000777777')" 'Type: regular'
if am_root "C3: the kernel finds names"; then
    ok "C3: the kernel finds the first, one in the middle and the last" mounted million \
        stat -t "$tmp/mnt/many/name-000000000" "$tmp/mnt/many/name-000500001" \
        "$tmp/mnt/many/name-000999999"
    is "C3: and not one that is not there" \
        "$(mounted million stat -t "$tmp/mnt/many/name-001000000" 2>&1 | grep -c 'No such file')" 1
fi
rm "$tmp"/million.*

# ---- A17, C2: one file of 300 GB ----
mkdir "$tmp/vast"
truncate -s 300G "$tmp/vast/file"
for place in 0 100000000000 200000000000 299999999999; do
    printf 'x' | dd of="$tmp/vast/file" bs=1 seek="$place" oflag=seek_bytes conv=notrunc status=none
done
touch -d @1600000000 "$tmp/vast/file" "$tmp/vast"
tar --sparse --format=posix -C "$tmp/vast" -cf "$tmp/vast.tar" .
for input in vast.tar vast; do
    ok "A17: 300 GB, nearly all holes, from $input" \
        peak lximage convert --no-sync --quiet --size 64M "$tmp/$input" "$tmp/$input.img"
    diag "in $seconds s and $peak MiB"
    ok "A17: take less than 256 MiB of memory" test "$peak" -lt 256
    ok "A17: and less than 20 s" test "${seconds%.*}" -lt 20
done
ok "A17: both are the same" lximage diff "$tmp/vast.tar.img" "$tmp/vast.img"
ok "C2: e2fsck has nothing to say of 300 GB" e2fsck -fn "$tmp/vast.img"
like "C2: no block lies behind the end" "$(inside vast 'stat /file')" 'Size: 322122547200'
if am_root "C2: the kernel reads the last byte"; then
    is "C2: the kernel reads the byte before 300 GB" \
        "$(mounted vast dd if="$tmp/mnt/file" bs=1 skip=299999999999 iflag=skip_bytes count=1 status=none)" x
fi
ok "A17: and back to an archive" \
    peak lximage convert --no-sync --quiet "$tmp/vast.img" "$tmp/vast-again.tar"
ok "A17: in less than 256 MiB" test "$peak" -lt 256
ok "A17: which is small" test "$(stat -c %s "$tmp/vast-again.tar")" -lt 1000000

# ---- A17: five million small files ----
if [ "${CHECK:-}" = full ]; then
    status=0
    python3 tests/lib/needs_archives.py five_million |
        peak lximage convert --no-sync --quiet - "$tmp/five.vhdx" || status=$?
    read -r peak seconds <"$scratch/peak"
    is "A17: five million small files from a pipe become a disk" "$status" 0
    diag "in $seconds s and $peak MiB"
    ok "A17: within 2 GiB of memory" test "$peak" -lt 2048
    rm -f "$tmp/five.vhdx"
fi
