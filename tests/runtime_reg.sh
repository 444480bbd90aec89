#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Files for a Windows that is not at hand: the .reg file is what Wine's reg.exe imports and reads
# back, and the script for PowerShell holds the same values and does things in the right order.
. tests/lib/tap.sh
need python3 iconv
wine=/usr/lib/wine/wine64
[ -x "$wine" ] || skip_all "wine64 is not installed"

# A Wine that is ready in no time: its programs as they are installed, and an empty registry.
system=/usr/lib/x86_64-linux-gnu/wine/x86_64-windows
export WINEPREFIX=$scratch/wine WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=' DISPLAY=
mkdir -p "$WINEPREFIX/drive_c/windows"
ln -s "$system" "$WINEPREFIX/drive_c/windows/system32"
echo disable >"$WINEPREFIX/.update-timestamp"
cleanup() { timeout 10 /usr/lib/wine/wineserver64 -k 2>/dev/null; }

reg() { timeout 60 "$wine" reg "$@" >/dev/null; }
# read_back: what Wine has below Lxss, as its own .reg file says it.
read_back() {
    rm -f "$tmp/back.reg"
    reg export 'HKCU\Software\Microsoft\Windows\CurrentVersion\Lxss' "$tmp/back.reg" /y &&
        iconv -f utf-16 -t utf-8 "$tmp/back.reg" | tr -d '\r'
}

mkdir -p "$tmp/root/etc"
printf 'ID=tiny\nVERSION_ID="1"\n' >"$tmp/root/etc/os-release"
tar -C "$tmp/root" -cf "$tmp/tiny.tar" .
ok "a disk" lximage convert "$tmp/tiny.tar" "$tmp/ext4.vhdx" --size 1G --no-sync
ok "a translation disk" lximage convert "$tmp/tiny.tar" "$tmp/wslfs.vhdx" --format ntfs --size 64M --no-sync --quiet

# ---- the .reg file ----

where='C:\Users\Zoë "☃"\wsl'
where=${where//\"/}
ok "a .reg file is written" lxinstall register lab "$tmp/ext4.vhdx" --set-default \
    --write-reg "$tmp/lab.reg" --windows-dir "$where"
is "UTF-16LE with its mark, and CRLF" "$(head -c 4 "$tmp/lab.reg" | od -An -tx1 | tr -d ' ') $(
    iconv -f utf-16 -t utf-8 "$tmp/lab.reg" | grep -vc $'\r$')" "fffe5700 0"
ok "Wine's reg imports it" reg import "$tmp/lab.reg"
read_back >"$tmp/back"
key=$(sed -n 's/^\[.*Lxss.\({.*}\)\]$/\1/p' "$tmp/back")
is "and reads every value back" "$(sed -n "/$key\]/,/^\$/p" "$tmp/back" | grep '^"' | sort)" \
    '"BasePath"="C:\\Users\\Zoë ☃\\wsl"
"DefaultUid"=dword:00000000
"DistributionName"="lab"
"Flags"=dword:0000000f
"Flavor"="tiny"
"Modern"=dword:00000001
"OsVersion"="1"
"RunOOBE"=dword:00000000
"State"=dword:00000001
"Version"=dword:00000002
"VhdFileName"="ext4.vhdx"'
is "with the default" "$(grep '^"Default' "$tmp/back" | head -n 1)" "\"DefaultDistribution\"=\"$key\""
like "the name and place come first" "$(iconv -f utf-16 -t utf-8 "$tmp/lab.reg" | sed -n 4,5p | tr '\r\n' '  ')" \
    '^"DistributionName".*"BasePath"'

refuses 5 'lab.reg' lxinstall register lab "$tmp/ext4.vhdx" --write-reg "$tmp/lab.reg" --windows-dir 'C:\a'
refuses 2 'windows-dir' lxinstall register lab "$tmp/ext4.vhdx" --write-reg "$tmp/x.reg"
refuses 2 'as Windows writes it' lxinstall register lab "$tmp/ext4.vhdx" --write-reg "$tmp/x.reg" --windows-dir /mnt/c
refuses 2 'as Windows writes it' lxinstall register lab "$tmp/ext4.vhdx" --write-reg "$tmp/x.reg" --windows-dir "C:\\"
refuses 6 'has to be attached' lxinstall register lab "$tmp/wslfs.vhdx" --write-reg "$tmp/x.reg" --windows-dir 'C:\a'
refuses 2 'leave one out' lxinstall register lab "$tmp/ext4.vhdx" --runtime hive --write-ps1 "$tmp/x.ps1"
refuses 2 'windows-dir' lxinstall register lab "$tmp/ext4.vhdx" --windows-dir 'C:\a'
refuses 2 'la b' lxinstall register 'la b' "$tmp/ext4.vhdx" --write-ps1 "$tmp/x.ps1"
refuses 6 'no directory rootfs' lxinstall register lab "$tmp/root" --write-ps1 "$tmp/x.ps1"
refuses 3 'no distribution is registered' lxinstall register lab --write-ps1 "$tmp/x.ps1"
ok "and nothing is left of what failed" test ! -e "$tmp/x.reg" -a ! -e "$tmp/x.ps1"

# ---- the script ----

# script NAME: as text.
script() {
    tail -c +4 "$tmp/$1.ps1" | tr -d '\r'
}
# order TEXT PATTERN...: the patterns match lines of the text, one after the other.
order() {
    local text=$1 pattern at=0 line
    shift
    for pattern; do
        line=$(grep -nE -e "$pattern" <<<"$text" | cut -d: -f1 | awk -v at="$at" '$1 > at { print; exit }')
        [ -n "$line" ] || { echo "no line after $at matches: $pattern"; return 1; }
        at=$line
    done
}
ok "a script for a disk" lxinstall register lab "$tmp/ext4.vhdx" --write-ps1 "$tmp/lab.ps1"
is "in UTF-8 that Windows PowerShell sees, with CRLF" "$(head -c 3 "$tmp/lab.ps1" | od -An -tx1 | tr -d ' ') $(
    grep -vc $'\r$' "$tmp/lab.ps1")" "efbbbf 0"
# shellcheck disable=SC2016
ok "looks before it lets wsl.exe register it" order "$(script lab)" '^\$ErrorActionPreference = .Stop.$' \
    "^\\\$name = 'lab'\$" '^\$directory = \$PSScriptRoot$' "Join-Path \\\$directory 'ext4.vhdx'" 'Test-Path.*\$disk' \
    'throw "There is no' 'if \(Find-Distribution\)' '^& wsl.exe --import-in-place \$name \$disk$' 'LASTEXITCODE'

lxinstall register it "$tmp/wslfs.vhdx" --set-default --write-ps1 "$tmp/it.ps1" --windows-dir "C:\\Al's" --quiet
# shellcheck disable=SC2016
ok "a translation disk is attached to a folder, and that is registered" order "$(script it)" \
    '#Requires -RunAsAdministrator' "^\\\$directory = 'C:\\\\Al''s'\$" 'Mount-DiskImage -ImagePath \$disk -NoDriveLetter' \
    'Get-Volume' 'mountvol.exe \$place \$volume.UniqueId' 'There is no rootfs' "^\\\$values = @'\$" "^'@\$" \
    'Replace..@PLACE@., \$place' 'Encoding\]::Unicode' '^    & reg.exe import \$file$'
script it | sed -n "/^\\\$values = @'\$/,/^'@\$/p" | sed '1d;$d' |
    sed 's/@PLACE@/C:\\\\Al'"'"'s\\\\it/' >"$tmp/text"
{ printf '\xff\xfe' && sed 's/$/\r/' "$tmp/text" | iconv -t utf-16le; } >"$tmp/it.reg"
ok "Wine's reg imports what it would" reg import "$tmp/it.reg"
read_back >"$tmp/back"
is "as a distribution of version 1" "$(grep -A20 "$(sed -n 's/^\[.*\({.*}\)\]$/\1/p' "$tmp/text")\]" "$tmp/back" |
    grep -E '^"(BasePath|DistributionName|Flags|State|VhdFileName)' | head -n 5 | sort)" \
    '"BasePath"="C:\\Al'"'"'s\\it"
"DistributionName"="it"
"Flags"=dword:00000007
"State"=dword:00000001
"VhdFileName"="wslfs.vhdx"'

# ---- of what is installed here ----

mkdir "$tmp/tree"
cp "$tmp/wslfs.vhdx" "$tmp/tree/"
ok "our own runtime takes a translation disk" lxinstall register tree "$tmp/tree/wslfs.vhdx"
is "as version 1" "$(lxinstall list | awk '$2 == "tree" || $1 == "tree" { print $(NF - 2) }')" 1
ok "one is installed here" lxinstall import mine "$tmp/mine" "$tmp/tiny.tar" --no-sync
ok "its name is enough" lxinstall register mine --write-reg "$tmp/mine.reg" --write-ps1 "$tmp/mine.ps1" \
    --windows-dir 'D:\wsl\mine'
unlike "nothing of this machine goes with it" "$(iconv -f utf-16 -t utf-8 "$tmp/mine.reg")$(script mine)" "$tmp|Lxkit"
like "it lies where it will" "$(iconv -f utf-16 -t utf-8 "$tmp/mine.reg")" '"BasePath"="D:\\\\wsl\\\\mine"'

# ---- a list among the values ----

open=$'\u2018' close=$'\u2019' # which end a text for PowerShell, as ' does
ok "one with an environment of its own" lxinstall import rich "$tmp/rich" "$tmp/tiny.tar" --no-sync \
    --default-env "Q=it's ${open}☃$close \\ ." --default-env $'L=two\nlines\t.' --default-env E=
ok "is written for another machine" lxinstall register rich --write-reg "$tmp/rich.reg" --write-ps1 "$tmp/rich.ps1" \
    --windows-dir 'D:\wsl\rich' --quiet
ok "Wine's reg imports it" reg import "$tmp/rich.reg"
# list_of FILE: the lines of the list, as they stand in a .reg file's text.
list_of() {
    sed -n '/^"DefaultEnvironment"=/,/[^\\]$/p' "$1"
}
iconv -f utf-16 -t utf-8 "$tmp/rich.reg" | tr -d '\r' >"$tmp/ours"
read_back >"$tmp/back"
is "and reads the very bytes back" "$(list_of "$tmp/back" | tr -d ' \\\n')" "$(list_of "$tmp/ours" | tr -d ' \\\n')"
is "folded as it does" "$(list_of "$tmp/ours")" "$(list_of "$tmp/back")"
is "which are its texts" "$(printf %b "$(list_of "$tmp/back" | tr -d ' \\\n' | sed 's/.*hex(7)://; s/,*\(..\)/\\x\1/g')" |
    iconv -f utf-16le -t utf-8 | tr '\0\t' '|_')" \
    "HOSTTYPE=$(uname -m)|LANG=en_US.UTF-8|PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games:/usr/local/games|\
TERM=xterm-256color|Q=it's ${open}☃$close \\ .|L=two
lines_.|E=||"
is "PowerShell gets them one by one, with every single quotation mark twice" \
    "$(script rich | sed -n '/^New-ItemProperty .*DefaultEnvironment/,/Out-Null/p')" \
    "New-ItemProperty -LiteralPath \$key.PSPath -Name DefaultEnvironment -PropertyType MultiString -Force -Value ([string[]]@(
    ('HOSTTYPE=$(uname -m)'),
    ('LANG=en_US.UTF-8'),
    ('PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games:/usr/local/games'),
    ('TERM=xterm-256color'),
    ('Q=it''s $open${open}☃$close$close \\ .'),
    ('L=two' + [char]10 + 'lines' + [char]9 + '.'),
    ('E='))) | Out-Null"
unlike "without one there is no word of it" "$(script mine)$(iconv -f utf-16 -t utf-8 "$tmp/mine.reg")" 'DefaultEnvironment'
lxinstall convert rich --backend translation --quiet
lxinstall register rich --write-ps1 "$tmp/attached.ps1" --quiet
is "a script that imports values has the same" "$(list_of <(script attached))" "$(list_of "$tmp/ours")"
