#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# Distributions of both kinds: made, and made one of the other kind with all that they hold.
. tests/lib/tap.sh
need jq python3 mkntfs e2fsck qemu-img strace pgrep

registry=$XDG_DATA_HOME/lxkit/registry.json
mkdir -p "$tmp/root/etc" "$tmp/root/bin" "$tmp/root/deep/er"
printf 'ID=tiny\nVERSION_ID=7\n' >"$tmp/root/etc/os-release"
head -c 300000 /dev/urandom >"$tmp/root/deep/er/data"
printf 'a:b?' >"$tmp/root/deep/a:b?"
ln "$tmp/root/deep/er/data" "$tmp/root/twin"
ln -s deep/er "$tmp/root/link"
mkfifo "$tmp/root/pipe"
chmod 4751 "$tmp/root/deep/a:b?"
tar -C "$tmp/root" -cf "$tmp/tiny.tar" .

disk_of() {
    lxinstall info "$1" --json | jq -r .disk
}
# What a distribution is: version, flags, and what its registration has still to delete.
kind_of() {
    jq -r --arg name "$1" '.distributions[] | select(.DistributionName == $name)
        | "\(.Flags) \(.Version) \(.VhdFileName) \(.lxkit.Leftover)"' "$registry"
}
# whole NAME: its disk is the only file beside it, and holds the tree.
whole() {
    local disk
    disk=$(disk_of "$1")
    [ "$(find "${disk%/*}" -type f)" = "$disk" ] && lximage diff "$tmp/tiny.tar" "$disk"
}

# ---- made ----

ok "a translation distribution" lxinstall install "$tmp/tiny.tar" --name one --backend translation
is "is registered as one" "$(kind_of one)" "7 2 wslfs.vhdx null"
ok "with its tree" whole one
ok "a sound volume" lximage check "$(disk_of one)"
is "as large inside as a VM's" "$(qemu-img info --output json "$(disk_of one)" | jq '."virtual-size"')" 1099511627776
is "it shows" "$(lxinstall info one --json | jq -r '"\(.backend) \(.wsl_version)"')" "translation 1"
ok "in WSL's words" lxinstall --import two "$tmp/two" "$tmp/tiny.tar" --version 1
is "the same" "$(kind_of two)" "7 2 wslfs.vhdx null"
ok "also of a VM's disk" lxinstall import vm "$tmp/vm" "$tmp/tiny.tar" --backend vm --size 64M
is "of the other kind" "$(kind_of vm)" "15 2 ext4.vhdx null"
ok "whose files it takes" lxinstall import three "$tmp/three" "$tmp/vm/ext4.vhdx" --wsl-version 1
ok "all of them" whole three
is "a plan says what it will be" \
    "$(lxinstall import x "$tmp/x" "$tmp/tiny.tar" --backend translation --dry-run --json | jq -r '"\(.format) \(.disk)"')" \
    "ntfs $tmp/x/wslfs.vhdx"
refuses 2 'takes vm or translation' lxinstall install "$tmp/tiny.tar" --backend wsl3
refuses 2 'contradict' lxinstall install "$tmp/tiny.tar" --backend vm --wsl-version 1
refuses 2 'is one of a vm distribution; leave --vhd out' \
    lxinstall import x "$tmp/x" "$tmp/vm/ext4.vhdx" --vhd --backend translation

# ---- a disk of either kind, as it is ----

wslfs=$tmp/two/wslfs.vhdx
ok "a translation disk is copied" lxinstall import copy "$tmp/copy" "$wslfs" --vhd
is "as what it is" "$(kind_of copy)" "7 2 wslfs.vhdx null"
same "byte for byte" "$tmp/copy/wslfs.vhdx" "$wslfs"
ok "also without being told" lxinstall import untold "$tmp/untold" "$wslfs" --no-sync
same "the same" "$tmp/untold/wslfs.vhdx" "$wslfs"
ok "for a VM its files are taken" lxinstall import files "$tmp/files" "$wslfs" --backend vm --size 64M
is "onto a VM's disk" "$(kind_of files)" "15 2 ext4.vhdx null"
ok "all of them" whole files
refuses 2 'is one of a translation distribution; leave --vhd out' \
    lxinstall import x "$tmp/x" "$wslfs" --vhd --wsl-version 2
ok "from standard input" \
    sh -c 'lxinstall import piped "$1/piped" - --vhd --backend translation <"$1/two/wslfs.vhdx"' sh "$tmp"
is "it is one" "$(kind_of piped)" "7 2 wslfs.vhdx null"
refuses 6 'add --backend translation' \
    sh -c 'lxinstall import x "$1/x" - --vhd <"$1/two/wslfs.vhdx"' sh "$tmp"
is "which leaves nothing" "$(find "$tmp/x" 2>/dev/null)" ""
mkdir "$tmp/mine"
mv "$tmp/copy/wslfs.vhdx" "$tmp/mine/disk.vhdx"
ok "where it lies" lxinstall import-in-place mine "$tmp/mine/disk.vhdx"
is "likewise" "$(kind_of mine)" "7 2 disk.vhdx null"
same "unchanged" "$tmp/mine/disk.vhdx" "$wslfs"
ok "exported" lxinstall export mine "$tmp/mine.tar"
ok "with all it had" lximage diff "$tmp/tiny.tar" "$tmp/mine.tar"
truncate -s 16M "$scratch/bare"
mkntfs -FqQ "$scratch/bare" >/dev/null 2>&1
lxvhdx convert "$scratch/bare" "$scratch/bare.vhdx"
refuses 6 'bare.vhdx' lxinstall import x "$tmp/x" "$scratch/bare.vhdx" --vhd
rm "$scratch/bare"

# ---- converted ----

refuses 3 'no distribution' lxinstall convert nobody vm
refuses 2 'is missing' lxinstall convert vm
refuses 2 "not 'ext4'" lxinstall convert vm ext4
refuses 2 'once' lxinstall convert vm translation --backend vm
before=$(snapshot)
lxinstall convert vm translation --dry-run --json >"$scratch/plan"
is "a plan" "$(jq -r '"\(.backend_before) \(.backend) \(.old_disk) \(.disk) \(.losses)"' "$scratch/plan")" \
    "vm translation $tmp/vm/ext4.vhdx $tmp/vm/wslfs.vhdx {}"
ok "for people" lxinstall convert vm --backend translation --dry-run
is "changes nothing" "$(snapshot)" "$before"

guid=$(lxinstall info vm --json | jq -r .guid)
ok "to a tree on NTFS" lxinstall convert vm --backend translation
is "it is one" "$(kind_of vm)" "7 2 wslfs.vhdx null"
is "the same distribution" "$(lxinstall info vm --json | jq -r .guid)" "$guid"
ok "with all it had, and nothing else" whole vm
ok "a sound volume" lximage check "$(disk_of vm)"
ok "once more" lxinstall convert vm translation
is "does nothing" "$(kind_of vm)" "7 2 wslfs.vhdx null"
ok "back, in WSL's words" lxinstall --set-version vm 2
is "it is a VM's" "$(kind_of vm)" "15 2 ext4.vhdx null"
ok "with all it had" whole vm
qemu-img convert -O raw "$(disk_of vm)" "$scratch/raw"
ok "sound for e2fsck" e2fsck -fn "$scratch/raw"
rm "$scratch/raw"

ok "with its old disk kept" lxinstall convert vm translation --keep-old
is "which nothing will delete" "$(kind_of vm)" "7 2 wslfs.vhdx null"
ok "it is whole" lximage diff "$tmp/tiny.tar" "$tmp/vm/ext4.vhdx"
ok "back" lxinstall convert vm vm
is "beside that one" "$(kind_of vm)" "15 2 ext4-2.vhdx null"
ok "which is left alone" lximage diff "$tmp/tiny.tar" "$tmp/vm/ext4.vhdx"
rm "$tmp/vm/ext4.vhdx"
ok "and whole" whole vm

# ---- refused ----

exec 7<"$(disk_of vm)"
flock -s 7
refuses 9 'in use' lxinstall convert vm translation
exec 7<&-
exec 7<"$tmp/vm"
flock 7
refuses 9 'process [0-9]+ \(bash' lxinstall convert vm translation
exec 7<&-
mv "$tmp/vm/ext4-2.vhdx" "$scratch/away.vhdx"
refuses 3 'the disk of vm' lxinstall convert vm translation
mv "$scratch/away.vhdx" "$tmp/vm/ext4-2.vhdx"
: >"$scratch/report"
lxinstall convert vm translation --report "$scratch/report" 2>/dev/null
is "a report that is there is not written over" "$?" 5
ok "who was refused is as before" whole vm

# ---- two at once ----

# The disk is about to get its name; the registry did before. Leaks cannot be looked for under strace.
ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 \
    strace -f -o "$scratch/trace" -e trace=linkat -e inject=linkat:signal=STOP:when=2 \
    lxinstall convert vm translation 2>"$scratch/first" &
first=$!
for ((i = 0; i < 200; i++)); do
    ! grep -q 'stopped by SIGSTOP' "$scratch/trace" 2>/dev/null || break
    sleep 0.05
done
converter=$(pgrep -P "$first" -x lxinstall)
busy="(process $converter \\(lxinstall convert\\)|another process)"
refuses 9 "$busy" lxinstall convert vm translation
refuses 9 "$busy" lxinstall move vm "$tmp/elsewhere"
refuses 9 "$busy" lxinstall clone vm other "$tmp/other"
refuses 9 "$busy" lxinstall export vm "$tmp/out.tar"
refuses 9 "$busy" lxinstall remove vm --yes
lxinstall doctor --fix >/dev/null 2>&1
kill -CONT "$converter"
wait "$first"
is "meanwhile the first goes on" "$?" 0
is "and is done" "$(kind_of vm)" "7 2 wslfs.vhdx null"
ok "and whole" whole vm

# ---- what is lost ----

# The carrier leaves nothing that NTFS would lose of a Linux tree; ext4's times end in 2446.
python3 - "$tmp/lossy.tar" <<'END'
import io, sys, tarfile
with tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT) as tar:
    for name, mtime in (("etc/os-release", 1), ("late", 32503680000)):
        entry = tarfile.TarInfo(name)
        entry.mtime = mtime
        entry.size = 8
        tar.addfile(entry, io.BytesIO(b"ID=lossy"))
END
ok "a tree that ext4 cannot hold" \
    lxinstall import lossy "$tmp/lossy" "$tmp/lossy.tar" --backend translation
is "the plan counts what would be lost" \
    "$(lxinstall convert lossy vm --dry-run --json | jq -c .losses)" '{"time":1}'
as="--strict refuses it" refuses 6 'late' lxinstall convert lossy vm --strict
is "and it stays as it was" "$(kind_of lossy)" "7 2 wslfs.vhdx null"
ok "without it is done" lxinstall convert lossy vm --report "$tmp/losses"
is "and becomes a VM's" "$(kind_of lossy)" "15 2 ext4.vhdx null"
like "the report names the path" "$(cat "$tmp/losses")" '"path": *"late"'
