#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# Settings that an archive or disk does not hold survive export, removal and import: in a file beside
# it, and for a .wsl also inside, where wsl.exe looks.
. tests/lib/tap.sh
need jq python3 tar sha256sum

mkdir -p "$tmp/root"/{etc,bin}
printf 'root:x:0:0:root:/root:/bin/sh\n' >"$tmp/root/etc/passwd"
printf '[oobe]\ncommand = /etc/oobe.sh # first\ndefaultName = Factory\n' >"$tmp/root/etc/wsl-distribution.conf"
printf 'ID=tiny\n' >"$tmp/root/etc/os-release"
tar --owner=0 --group=0 --numeric-owner -C "$tmp/root" -cf "$tmp/root.tar" .
registry=$XDG_DATA_HOME/lxkit/registry.json

# settings NAME: what must survive.
settings() {
    lxinstall info "$1" --json | jq -c '[.name, .default_uid, .flags, .first_run, .backend, .default_environment]'
}
# make [FILTER]: the distribution lab, changed by hand as wsl.exe's users do.
make() {
    lxinstall remove lab --yes --quiet 2>/dev/null
    lxinstall install "$tmp/root.tar" --name lab --user me:1234 --no-sync --quiet &&
        jq '(.distributions[] | select(.DistributionName == "lab")) |=
            (.Flags = 9 | .RunOOBE = 1 | .DefaultEnvironment = ["A=\"☃", "PATH=/opt/bin"])' \
            "$registry" >"$tmp/registry" && mv "$tmp/registry" "$registry"
}

make
expected=$(settings lab)
is "settings to be kept" "$expected" '["lab",1234,9,true,"vm",["A=\"☃","PATH=/opt/bin"]]'
for ending in tar tar.gz wsl vhdx; do
    out=$tmp/backup.$ending
    ok ".$ending: export" lxinstall export lab "$out" --no-sync
    is "its sidecar names it" "$(jq -r '.archive.sha256, .archive.bytes' "$out.lxkit.json")" \
        "$(sha256sum <"$out" | cut -d' ' -f 1)
$(stat -c %s "$out")"
    lxinstall remove lab --yes --quiet
    lxinstall import lab "$tmp/lab" "$out" --no-sync 2>"$tmp/said"
    is "import brings them back" "$(settings lab)" "$expected"
    like "and says so" "$(<"$tmp/said")" "settings in .*backup.$ending.lxkit.json are used"
    lxinstall remove lab --yes --quiet
    if [ $ending = vhdx ]; then
        lxinstall import-in-place lab "$out" --quiet
    else
        lxinstall install "$out" --no-sync --quiet
    fi
    is "under its old name" "$(settings lab)" "$expected"
    [ $ending = vhdx ] || lxinstall remove lab --yes --quiet
    [ $ending = vhdx ] || make
done
lxinstall unregister lab --quiet
make

is "a dry run tells" "$(lxinstall import x "$tmp/x" "$tmp/backup.tar" --dry-run --json 2>/dev/null | jq -r .settings)" \
    "$tmp/backup.tar.lxkit.json"
lxinstall import alone "$tmp/alone" "$tmp/backup.tar" --no-sidecar --no-sync --quiet
is "--no-sidecar leaves them alone" "$(settings alone)" '["alone",0,15,false,"vm",null]'
lxinstall import wishes "$tmp/wishes" "$tmp/backup.tar" --user you:77 --skip-first-run \
    --default-env PATH=/bin --default-env B= --no-sync --quiet
is "what is asked for counts more" "$(settings wishes)" '["wishes",77,9,false,"vm",["A=\"☃","PATH=/bin","B="]]'
lxinstall import piped "$tmp/piped" - --no-sync --quiet <"$tmp/backup.tar"
is "standard input has none" "$(settings piped)" '["piped",0,15,false,"vm",null]'

# ---- a .wsl carries them inside ----
lximage cat "$tmp/backup.wsl" etc/wsl-distribution.conf >"$tmp/conf"
is "name and user are where wsl.exe looks" "$(<"$tmp/conf")" '[oobe]
command = /etc/oobe.sh # first
defaultName = lab
defaultUid = 1234'
like "and who runs programs" "$(lximage cat "$tmp/backup.wsl" etc/wsl.conf)" '^default = me$'
lxinstall export lab "$tmp/alone.wsl" --no-sidecar --no-sync --quiet
is "not with --no-sidecar" "$(lximage cat "$tmp/alone.wsl" etc/wsl-distribution.conf | grep default)" "defaultName = Factory"
printf '[boot]\nwhat\n' >"$tmp/root/etc/wsl.conf"
lxinstall install "$tmp/root" --name odd --no-sync --quiet
jq '(.distributions[] | select(.DistributionName == "odd")).DefaultUid = 1' "$registry" >"$tmp/registry" && mv "$tmp/registry" "$registry"
printf 'a:x:1:1::/:/bin/sh\n' >>"$tmp/root/etc/passwd"
lxinstall install "$tmp/root" --name odder --no-sync --quiet
jq '(.distributions[] | select(.DistributionName == "odder")).DefaultUid = 1' "$registry" >"$tmp/registry" && mv "$tmp/registry" "$registry"
ok "who has no name is known by the id" lxinstall export odd "$tmp/odd.wsl" --no-sync
like "which is inside" "$(lximage cat "$tmp/odd.wsl" etc/wsl-distribution.conf)" '^defaultUid = 1$'
lxinstall export odder "$tmp/odder.wsl" --no-sync 2>"$tmp/said"
like "what cannot be edited is told" "$(<"$tmp/said")" 'wsl.exe will not find.*wsl.conf:2 makes no sense'
same "and left as it is" <(lximage cat "$tmp/odder.wsl" etc/wsl.conf) "$tmp/root/etc/wsl.conf"
is "which writes nothing beside it" "$(find "$tmp" -name 'alone.wsl*' | wc -l)" 1
lxinstall export lab - >"$tmp/stdout.tar"
is "nor does standard output" "$(find . "$tmp" -maxdepth 1 -name '*-.lxkit.json' -o -name 'stdout*json' | wc -l)" 0
ok "an archive is the tree as it is" cmp "$tmp/stdout.tar" <(lxinstall export lab -)
ok "and nothing is added to it" lximage diff "$tmp/stdout.tar" "$(lxinstall info lab --json | jq -r .disk)"

# ---- what does not belong to it, or makes no sense ----
cp "$tmp/root.tar" "$tmp/other.tar"
cp "$tmp/backup.tar.lxkit.json" "$tmp/other.tar.lxkit.json"
lxinstall import other "$tmp/other" "$tmp/other.tar" --no-sync 2>"$tmp/said"
like "another's is told" "$(<"$tmp/said")" 'other.tar.lxkit.json was written for another file'
is "and not used" "$(settings other)" '["other",0,15,false,"vm",null]'
size=$(stat -c %s "$tmp/other.tar")
jq --argjson n "$size" '.archive.bytes = $n' "$tmp/backup.tar.lxkit.json" >"$tmp/other.tar.lxkit.json"
lxinstall import same "$tmp/same" "$tmp/other.tar" --no-sync 2>"$tmp/said"
like "also where only the digest differs" "$(<"$tmp/said")" 'another file'
sum=$(sha256sum <"$tmp/other.tar" | cut -d' ' -f 1)
good=$(jq --argjson n "$size" --arg s "$sum" '.archive = {bytes: $n, sha256: $s}' "$tmp/backup.tar.lxkit.json")
# damaged PATTERN FILTER
damaged() {
    jq "$2" <<<"$good" >"$tmp/other.tar.lxkit.json"
    as="$2 is refused" refuses 10 "$1.*--no-sidecar" lxinstall import x "$tmp/x" "$tmp/other.tar" --no-sync
}
damaged 'no JSON object' '[]'
damaged 'version' '.version = 2'
damaged 'version' 'del(.version)'
damaged 'which file' 'del(.archive.bytes)'
damaged 'which file' '.archive.sha256 = 1'
damaged 'no "settings"' 'del(.settings)'
damaged 'DefaultUid' '.settings.DefaultUid = -1'
damaged 'Flags' '.settings.Flags = "15"'
damaged 'Flags' '.settings.Flags = 4294967296'
damaged 'DefaultEnvironment must be an array' '.settings.DefaultEnvironment = "A=1"'
damaged 'DefaultEnvironment must be an array' '.settings.DefaultEnvironment += [1]'
damaged 'DefaultEnvironment has an empty text' '.settings.DefaultEnvironment += [""]'
damaged 'DefaultEnvironment has 1025 texts' '.settings.DefaultEnvironment = [range(1025) | "A=\(.)"]'
damaged 'name of the distribution' '.settings.DistributionName = "a/b"'
head -c 100 <<<"$good" >"$tmp/other.tar.lxkit.json"
refuses 10 'no JSON object' lxinstall import x "$tmp/x" "$tmp/other.tar"
head -c 70000 /dev/zero >"$tmp/other.tar.lxkit.json"
refuses 10 'lxkit.json' lxinstall import x "$tmp/x" "$tmp/other.tar"
jq '.settings.DefaultEnvironment = [] | .settings.Unknown = 1 | .settings.Flags = 4294967295 | .more = 2' <<<"$good" >"$tmp/other.tar.lxkit.json"
lxinstall import more "$tmp/more" "$tmp/other.tar" --no-sync --quiet
is "what is not known is ignored, and the kind is decided here" "$(settings more)" '["more",1234,15,true,"vm",[]]'
mkdir "$tmp/dir.tar.lxkit.json"
ok "an archive is kept" test "$(lxinstall export lab "$tmp/dir.tar" --no-sync >/dev/null 2>"$tmp/said"; echo $?)" -ne 0 -a -e "$tmp/dir.tar"
like "where its settings cannot be written" "$(<"$tmp/said")" 'dir.tar is complete, but its settings'
