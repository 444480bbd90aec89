#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# The registry of a Windows that does not run: NTUSER.DAT is changed as a whole or not at all, other
# programs read what we wrote, every other key stays bit for bit, and what is not ours to change is
# refused.
. tests/lib/tap.sh
need python3 hivexregedit reglookup regfexport sha256sum strace flock jq mkntfs ntfs-3g setfattr

make_hive() { python3 tests/lib/hive.py "$@"; }

# A Windows: its drive C:, a user, and her hive.
c=$tmp/c
ann=$c/Users/ann
hive=$ann/NTUSER.DAT
mkdir -p "$c/Windows/System32" "$ann"
mkdir -p "$tmp/root/etc"
printf 'ID=tiny\nVERSION_ID="1"\n' >"$tmp/root/etc/os-release"
tar -C "$tmp/root" -cf "$tmp/tiny.tar" .

# Options of every call.
at=(--hive "$hive" --windows-root "$c")
lxss='\Software\Microsoft\Windows\CurrentVersion\Lxss'

# values KEY: what hivexregedit reads below Lxss, text as text.
values() {
    hivexregedit --export --unsafe-printable-strings "$hive" "$lxss${1:+\\$1}"
}
# merge TEXT: values below Lxss, as .reg text, into the hive.
merge() {
    printf 'Windows Registry Editor Version 5.00\n%s\n' "$1" | sed 's/^\[/\n&/' |
        hivexregedit --merge "$hive"
}
# guid NAME: of a registered one, in braces.
guid() {
    lxinstall info "$1" "${at[@]}" --json | jq -r .guid
}

# ---- one distribution ----

make_hive user "$hive"
chmod 640 "$hive"
is "a hive without the key Lxss has none" "$(lxinstall list --quiet "${at[@]}")" ""
cp "$hive" "$tmp/before"
ok "one is installed" lxinstall install "$tmp/tiny.tar" --name lab --size 1G --no-sync "${at[@]}"
ok "its disk lies where Windows' own installer puts them" test -f "$ann/AppData/Local/wsl/lab/ext4.vhdx"
lab=$(guid lab)
like "its key is a GUID in braces" "$lab" '^\{[0-9a-f-]{36}\}$'
is "hivexregedit reads every value, its type and text" "$(values "$lab" | tr -d '\r' | grep '^"' | grep -v '^"Lxkit' | sort)" \
    '"BasePath"=str(1):"C:\Users\ann\AppData\Local\wsl\lab"
"DefaultUid"=dword:00000000
"DistributionName"=str(1):"lab"
"Flags"=dword:0000000f
"Flavor"=str(1):"tiny"
"Modern"=dword:00000001
"OsVersion"=str(1):"1"
"RunOOBE"=dword:00000001
"State"=dword:00000001
"Version"=dword:00000002
"VhdFileName"=str(1):"ext4.vhdx"'
is "and the default" "$(values | grep DefaultDistribution)" "\"DefaultDistribution\"=str(1):\"$lab\""
like "reglookup reads the same" "$(reglookup -p "/Software/Microsoft/Windows/CurrentVersion/Lxss/$lab" "$hive" 2>&1)" \
    'BasePath,SZ,C:\\Users\\ann\\AppData\\Local\\wsl\\lab'
reglookup -p "/Software/Microsoft/Windows/CurrentVersion/Lxss/$lab" "$hive" >"$tmp/looked" 2>/dev/null
is "with all numbers" "$(sed -n 's/.*}\/\(.*\),DWORD,0x0*\(.*\),.*/\1=\2/p' "$tmp/looked" | sort | tr '\n' ' ')" \
    "DefaultUid= Flags=F Modern=1 RunOOBE=1 State=1 Version=2 "
regfexport "$hive" >"$tmp/exported" 2>&1
is "libregf reads the same" "$(grep -A60 "Key path: .*Lxss.$lab" "$tmp/exported" |
    sed -n '/^Value: .* \(BasePath\|Flags\|VhdFileName\)$/,/^Data:/p' | grep -E '^(Type|Data:)')" \
    'Type: string (REG_SZ)
Data: C:\Users\ann\AppData\Local\wsl\lab
Type: string (REG_SZ)
Data: ext4.vhdx
Type: 32-bit integer little-endian (REG_DWORD_LITTLE_ENDIAN)
Data: 15'
ok "the hive of before is kept beside it" cmp "$hive.lxkit-backup" "$tmp/before"
is "the mode stays" "$(stat -c %a "$hive" "$hive.lxkit-backup" | tr '\n' ' ')" "640 640 "

# ---- its life ----

cp -r "$ann/AppData/Local/wsl/lab" "$c/other"
mkdir -p "$c/tree/rootfs/etc"
ok "a disk that exists is registered" lxinstall register other "$c/other/ext4.vhdx" "${at[@]}"
ok "a tree is, too" lxinstall register one "$c/tree" --set-default "${at[@]}"
is "as version 1 at its place" "$(values "$(guid one)" | grep -E 'BasePath|Flags' | sort | tr '\n' ' ')" \
    '"BasePath"=str(1):"C:\tree" "Flags"=dword:00000007 '
is "list has all of it" "$(lxinstall list "${at[@]}" --json |
    jq -r '.default, (.distributions | sort_by(.name)[] | "\(.name) \(.wsl_version) \(.location)")')" \
    "one
lab 2 $ann/AppData/Local/wsl/lab
one 1 $c/tree
other 2 $c/other"
ok "one gets another name" lxinstall rename other elsewhere "${at[@]}"
ok "and another place" lxinstall move elsewhere "$c/moved" "${at[@]}"
is "which its key says, and no more" "$(values "$(guid elsewhere)" | grep -E 'BasePath|Distrib|Leftover' | tr '\n' ' ')" \
    '"BasePath"=str(1):"C:\moved" "DistributionName"=str(1):"elsewhere" '
ok "and back" lxinstall move elsewhere "$c/other" "${at[@]}"
ok "with its name" lxinstall rename elsewhere other "${at[@]}"
ok "another becomes the default" lxinstall set-default other "${at[@]}"
is "which its key says" "$(values | grep -c "DefaultDistribution.*$(guid other)")" 1
refuses 6 'is a tree' lxinstall remove one --yes "${at[@]}"
ok "one is forgotten" lxinstall unregister one "${at[@]}"
ok "which keeps its tree" test -d "$c/tree/rootfs/etc"
ok "one is removed" lxinstall remove other --yes "${at[@]}"
ok "with its disk" test ! -e "$c/other"
is "the next one is the default" "$(lxinstall list "${at[@]}" --json | jq -r .default)" lab
ok "the environment says where, too" env LXKIT_HIVE="$hive" LXKIT_WINDOWS_ROOT="$c" lxinstall info LAB
ok "what is asked for counts more" env LXKIT_HIVE="$hive" \
    lxinstall import here "$tmp/here" "$tmp/tiny.tar" --no-sync --runtime local
is "and is done there" "$(lxinstall list --quiet)" here
like "--verbose says why it is this runtime" "$(lxinstall list --verbose "${at[@]}" 2>&1)" \
    'The runtime is hive: a hive is given'
ok "the last one is forgotten" lxinstall unregister lab "${at[@]}"
is "and no default is left behind" "$(values | grep -c '^"\|[{]')" 0

# ---- a list among the values ----

# list_bytes NAME: those of its DefaultEnvironment, as hivexregedit reads them.
list_bytes() {
    hivexregedit --export "$hive" "$lxss\\$(guid "$1")" | sed -n 's/^"DefaultEnvironment"=//p'
}
lxinstall import list "$c/list" "$tmp/tiny.tar" --default-env 'A=☃ "' --default-env PATH=/bin --no-sync --quiet "${at[@]}"
list=$(guid list)
wanted=$(printf '%s\0' "HOSTTYPE=$(uname -m)" LANG=en_US.UTF-8 PATH=/bin TERM=xterm-256color 'A=☃ "' '' |
    iconv -f utf-8 -t utf-16le | od -An -v -tx1 | tr -d ' \n' | sed 's/../&,/g; s/,$//')
is "hivexregedit reads a REG_MULTI_SZ, byte by byte" "$(list_bytes list)" "hex(7):$wanted"
like "reglookup reads the same" "$(reglookup -p "/Software/Microsoft/Windows/CurrentVersion/Lxss/$list" "$hive" 2>/dev/null |
    sed 's/%00//g')" "/DefaultEnvironment,MULTI_SZ,HOSTTYPE=$(uname -m)LANG=en_US.UTF-8PATH=/binTERM=xterm-256colorA="
regfexport "$hive" 2>/dev/null | sed -n '/^Value: .* DefaultEnvironment$/,/^$/p' >"$tmp/exported"
is "libregf, too" "$(grep -c REG_MULTI_SZ "$tmp/exported") $(sed -nE 's/^0000[0-9a-f]{4}: (.{49}).*/\1/p' "$tmp/exported" |
    tr -d ' \n' | sed 's/../&,/g; s/,$//')" "1 $wanted"
merge "[$lxss\\$list]
\"DefaultEnvironment\"=hex(7):41,00,3d,00,31,00,00,00,03,26,00,00"
is "what others set is read, also without the last NULs" \
    "$(lxinstall info list "${at[@]}" --json | jq -c .default_environment)" '["A=1","☃"]'
ok "a change of something else" lxinstall rename list lists "${at[@]}"
is "leaves its bytes alone" "$(list_bytes lists)" \
    "hex(7):41,00,3d,00,31,00,00,00,03,26,00,00"
ok "it goes home with an archive" lxinstall export lists "$tmp/lists.tar" --no-sync --quiet "${at[@]}"
ok "and comes back" lxinstall import back "$c/back" "$tmp/lists.tar" --no-sync --quiet "${at[@]}"
is "as it was" "$(list_bytes back)" \
    "hex(7):41,00,3d,00,31,00,00,00,03,26,00,00,00,00"
jq -n '{version: 1, settings: {DefaultEnvironment: ["x" * 8170]}, archive: {bytes: $n, sha256: $s}}' \
    --argjson n "$(stat -c %s "$tmp/tiny.tar")" --arg s "$(sha256sum <"$tmp/tiny.tar" | cut -d' ' -f1)" >"$tmp/tiny.tar.lxkit.json"
lxinstall import longest "$c/longest" "$tmp/tiny.tar" --no-sync --quiet "${at[@]}"
rm "$tmp/tiny.tar.lxkit.json"
is "libregf reads the longest there may be" "$(regfexport "$hive" 2>/dev/null |
    sed -n '/^Value: .* DefaultEnvironment$/,/^$/p' | grep -cE 'size: 16344|^0+3fd0: .*x\.x\.\.')" 2
for name in longest back; do
    lxinstall unregister "$name" --quiet "${at[@]}"
done
lxinstall unregister lists --quiet "${at[@]}"

# ---- what others wrote ----

make_hive user "$hive"
foreign='{AAAAAAAA-0000-4000-8000-00000000000A}'
merge "[$lxss]
\"DefaultDistribution\"=\"{99999999-0000-4000-8000-000000000009}\"
\"DefaultVersion\"=dword:00000002
[$lxss\\$foreign]
\"DistributionName\"=\"Ubuntu\"
\"BasePath\"=\"\\\\\\\\?\\\\c:\\\\USERS\\\\Ann\\\\ubuntu\"
\"State\"=dword:00000001
\"PackageFamilyName\"=\"Canonical.Ubuntu_79rhkp1fndgsc\"
\"DefaultEnvironment\"=hex(7):41,00,3d,00,62,00,00,00,00,00
[$lxss\\{BBBBBBBB-0000-4000-8000-00000000000B}]
\"DistributionName\"=\"far\"
\"BasePath\"=\"D:\\\\wsl\\\\far\"
\"State\"=dword:00000001
\"Flags\"=dword:0000000f
[$lxss\\AppxInstallerCache]
[$lxss\\{not-a-guid}]"
mkdir -p "$ann/Ubuntu"
is "a place is found without regard to case" "$(lxinstall info ubuntu "${at[@]}" --json | jq -r '.location, .wsl_version')" \
    "$ann/Ubuntu
1"
is "one on another drive is listed as Windows has it" \
    "$(lxinstall info far "${at[@]}" --json | jq -r '.location, .disk_length')" 'D:\wsl\far
null'
is "a default that leads nowhere is none" "$(lxinstall list "${at[@]}" --json | jq -r .default)" null
values "$foreign" >"$tmp/foreign"
refuses 6 'not on drive C:' lxinstall remove far --yes "${at[@]}"
ok "what is registered beside them" lxinstall import new "$c/new" "$tmp/tiny.tar" --no-sync "${at[@]}"
ok "leaves their keys as they were" cmp "$tmp/foreign" <(values "$foreign")
is "and the other values" "$(values | grep -E '^"DefaultVersion|^\[.*(Appx|not-a)' | tr -d '\r' | sed 's/.*Lxss.//' | sort)" \
    '"DefaultVersion"=dword:00000002
AppxInstallerCache]
{not-a-guid}]'
refuses 5 'registered as' lxinstall import UBUNTU "$c/twice" "$tmp/tiny.tar" "${at[@]}"
refuses 5 'belongs to' lxinstall import twice "$ann/Ubuntu" "$tmp/tiny.tar" "${at[@]}"
ok "the far one can be forgotten" lxinstall unregister far "${at[@]}"

cp "$hive" "$tmp/whole"
while IFS='|' read -r what pattern; do # "@": a line ends
    cp "$tmp/whole" "$hive"
    merge "[$lxss\\{CCCCCCCC-0000-4000-8000-00000000000C}]
${what//@/
}"
    cp "$hive" "$tmp/half"
    refuses 10 "$pattern" lxinstall import x "$c/x" "$tmp/tiny.tar" "${at[@]}"
    ok "and left alone" cmp "$hive" "$tmp/half"
done <<'CASES'
"State"=dword:00000001|DistributionName is missing
"DistributionName"="x"|BasePath is missing
"DistributionName"="x"@"BasePath"=""|BasePath is missing
"BasePath"=dword:00000001|BasePath is no REG_SZ
"DistributionName"="x y"@"BasePath"="C:\\x"|DistributionName: .*x y
"DistributionName"="x"@"BasePath"="C:\\x"@"VhdFileName"="..\\y"|VhdFileName
"Flags"="15"|Flags is no REG_DWORD
"DefaultEnvironment"="A=1"|DefaultEnvironment is no REG_MULTI_SZ
"DefaultEnvironment"=hex(7):41,00,3d|DefaultEnvironment: UTF-16 text of 3 bytes
"DefaultEnvironment"=hex(7):00,d8,00,00,00,00|DefaultEnvironment: .*half a character
CASES

# ---- what is not ours to change ----

make_hive user "$tmp/good"
while read -r how status pattern; do
    cp "$tmp/good" "$hive"
    make_hive damage "$how" "$hive"
    cp "$hive" "$tmp/bad"
    refuses "$status" "$pattern" timeout 10 lxinstall list "${at[@]}"
    refuses "$status" "$pattern" timeout 10 lxinstall import x "$c/x" "$tmp/tiny.tar" "${at[@]}"
    ok "$how: it is left alone" cmp "$hive" "$tmp/bad"
done <<'CASES'
dirty 6 in its logs, .LOG1 and .LOG2 .its sequence numbers are 8 and 7.; start that Windows
checksum 10 checksum
length 10 says to hold
bin 10 no whole bin
bin_length 10 no whole bin
root 10 says to hold
root_cell 10 is damaged
magic 6 no registry hive
log 6 log of a hive
CASES
count=60
[ "${CHECK:-}" != full ] || count=3000
cp "$tmp/good" "$hive"
ok "one is registered" lxinstall register k "$c/new/ext4.vhdx" "${at[@]}"
make_hive mutants "$hive" "$tmp/mutants" "$count"
wrong=
for mutant in "$tmp/mutants"/*; do
    timeout 10 lxinstall unregister k --hive "$mutant" --windows-root "$c" >/dev/null 2>&1
    case $? in
    0 | 3 | 6 | 10) ;;
    *) wrong="$wrong ${mutant##*/}:$?" ;;
    esac
done
is "none of $count hives with a few wrong bytes is more than refused" "$wrong" ""
rm -r "$tmp/mutants"
make_hive system "$hive"
refuses 6 "no user's" lxinstall list "${at[@]}"
: >"$hive"
refuses 6 'no registry hive' lxinstall list "${at[@]}"
truncate -s 200M "$hive"
refuses 10 'at most' lxinstall list "${at[@]}"
rm "$hive"
refuses 3 'NTUSER.DAT' lxinstall list "${at[@]}"
mkdir "$hive"
refuses 10 'not a regular file' lxinstall list "${at[@]}"
rmdir "$hive"

cp "$tmp/good" "$hive"
refuses 6 'not drive C: of a Windows' lxinstall list --hive "$hive" --windows-root "$c/Users"
refuses 2 'windows-root' lxinstall list --hive "$hive"
refuses 2 'which hive' lxinstall list --runtime hive
refuses 2 'goes with the runtime' lxinstall list --runtime local --hive "$hive"
refuses 2 'no runtime' lxinstall list --runtime hives
refuses 6 'does not lie on drive C:' lxinstall import x "$tmp/x" "$tmp/tiny.tar" "${at[@]}"
refuses 6 'no file name' lxinstall import x "$c/a:b" "$tmp/tiny.tar" "${at[@]}"
ln -s "$tmp" "$c/out"
refuses 6 'does not lie on drive C:' lxinstall import x "$c/out/x" "$tmp/tiny.tar" "${at[@]}"
merge "[$lxss]
[$lxss\\$foreign]
\"DistributionName\"=\"sly\"
\"BasePath\"=\"C:\\\\out\\\\..\\\\..\\\\out\\\\root\"
\"Flags\"=dword:0000000f"
is "a link in a stranger's disk leads nowhere" "$(lxinstall info sly "${at[@]}" --json | jq -r .disk_length)" null
lximage convert "$tmp/tiny.tar" "$c/t.vhdx" --format ntfs --size 64M --quiet
refuses 6 'only from a tree' lxinstall register t "$c/t.vhdx" "${at[@]}"
cp "$tmp/good" "$hive"
exec 9<"$hive"
flock 9
refuses 9 'locked by|in use' lxinstall register x "$c/new/ext4.vhdx" "${at[@]}"
ok "reading needs no lock" lxinstall list "${at[@]}"
exec 9<&-

# ---- several at once ----

for i in 1 2 3 4 5 6; do
    mkdir "$c/n$i"
    cp "$c/new/ext4.vhdx" "$c/n$i/"
    lxinstall register "n$i" "$c/n$i/ext4.vhdx" "${at[@]}" --quiet &
done
wait
is "six at once wait for each other" "$(lxinstall list --quiet "${at[@]}" | sort | tr '\n' ' ')" "n1 n2 n3 n4 n5 n6 "
rm -r "$c"/n[1-6]

# ---- 10 MB of other keys ----

make_hive user "$hive" 10000000
cp "$hive" "$tmp/big"
ok "a hive of 10 MB gets a distribution" lxinstall register x "$c/new/ext4.vhdx" "${at[@]}"
reglookup "$tmp/big" >"$tmp/big.txt" 2>/dev/null
reglookup "$hive" >"$tmp/new.txt" 2>/dev/null
is "and keeps every other key, as reglookup reads them" \
    "$(cmp <(grep -v '/CurrentVersion/Lxss' "$tmp/new.txt") "$tmp/big.txt" && wc -l <"$tmp/big.txt")" \
    "$(wc -l <"$tmp/big.txt")"
changed=$(make_hive cells "$tmp/big" "$hive")
ok "and bit for bit: at most 4 cells, the way to Lxss, are not what they were ($changed)" test "$changed" -le 4
ok "taking it out again" lxinstall unregister x "${at[@]}"
is "leaves the key Lxss, and nothing else" \
    "$(diff "$tmp/big.txt" <(reglookup "$hive" 2>/dev/null) | grep -c '^[<>]')" 1

# ---- on NTFS ----

if [ "$(id -u)" -eq 0 ] && [ -w /dev/fuse ]; then
    mkdir "$tmp/mnt"
    truncate -s 64M "$tmp/ntfs"
    mkntfs -F -q -Q "$tmp/ntfs" >/dev/null 2>&1
    ntfs-3g "$tmp/ntfs" "$tmp/mnt"
    cleanup() { mountpoint -q "$tmp/mnt" && umount "$tmp/mnt"; }
    cp -r "$c/Windows" "$tmp/mnt/"
    cp --sparse=always "$c/new/ext4.vhdx" "$tmp/good" "$tmp/mnt/"
    setfattr -n system.ntfs_attrib -v 0x26000000 "$tmp/mnt/good" # archive, system, hidden
    setfattr -n system.ntfs_acl -v "$(getfattr --absolute-names --only-values -n system.ntfs_acl "$tmp/mnt/Windows" |
        od -An -v -tx1 | tr -d ' \n' | sed 's/ff011f00/bf011f00/; s/^/0x/')" "$tmp/mnt/good"
    attributes() {
        for name in system.ntfs_acl system.ntfs_attrib; do
            getfattr --absolute-names -e hex -n "$name" "$tmp/mnt/good" | grep "="
        done
    }
    attributes >"$tmp/attributes"
    ok "on an NTFS volume" lxinstall register k "$tmp/mnt/ext4.vhdx" --hive "$tmp/mnt/good" --windows-root "$tmp/mnt"
    is "a hive keeps what Windows says of it, its security descriptor and attributes" \
        "$(attributes)" "$(<"$tmp/attributes")"
    is "which are there" "$(grep -cE 'acl=0x0100.*bf011f00|attrib=0x26000000' "$tmp/attributes")" 2
    umount "$tmp/mnt"
else
    skip "a hive keeps what Windows says of it" "no /dev/fuse"
fi

# ---- killed at any moment ----

# Every call that changes a file on the way from the old hive to the new one.
calls=write,fsync,fdatasync,linkat,rename,renameat,renameat2,fchmod,fchown,unlink,ftruncate
rm -rf "$hive"*
cp "$tmp/good" "$hive"
strace -f -o "$tmp/trace" -e trace="$calls" lxinstall register k "$c/new/ext4.vhdx" "${at[@]}" --quiet
sed -nE 's/^[0-9]+ +([a-z0-9]+)\(.*/\1/p' "$tmp/trace" | awk '{ print $1, ++n[$1] }' >"$tmp/moments"
values "$(guid k)" | grep -v '^\[' >"$tmp/after"
killed=0
torn=0
while read -r call n; do
    cp "$tmp/good" "$hive"
    strace -f -o /dev/null -e trace="$call" -e inject="$call":signal=KILL:when="$n" \
        lxinstall register k "$c/new/ext4.vhdx" "${at[@]}" --quiet && continue
    killed=$((killed + 1))
    case $(lxinstall list "${at[@]}" --quiet) in
    '') cmp -s "$hive" "$tmp/good" || torn=$((torn + 1)) ;;
    k) values "$(guid k)" | grep -v '^\[' | cmp -s - "$tmp/after" || torn=$((torn + 1)) ;;
    *) torn=$((torn + 1)) ;;
    esac
done <"$tmp/moments" 2>/dev/null
ok "killed at each of $killed moments" test "$killed" -ge 12
is "the hive is the old one or the new one" "$torn" 0
