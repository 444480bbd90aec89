#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# lxinstall from end to end, on a tiny root file system: what is registered, what is refused, and
# what is left behind, which is nothing.
. tests/lib/tap.sh
need jq flock sha256sum tar gzip qemu-img mke2fs debugfs

registry=$XDG_DATA_HOME/lxkit/registry.json
lock=$XDG_DATA_HOME/lxkit/registry.lock
place=$XDG_DATA_HOME/lxkit/distributions

mkdir -p "$tmp/root/etc" "$tmp/root/bin" "$tmp/many"
printf 'NAME=Tiny\nID=tiny\nVERSION_ID="1.2"\n' >"$tmp/root/etc/os-release"
tar -C "$tmp/root" -czf "$tmp/tiny.tar.gz" .
tar -C "$tmp/root/etc" -cf "$tmp/hollow.tar" os-release
digest=$(sha256sum <"$tmp/tiny.tar.gz")
digest=${digest%% *}
wrong=${digest//[0-7]/8}

# manifest DIGEST [URL]: offers the tiny root as "tiny".
manifest() {
    cat <<YAML
version: 1
distributions:
  tiny:
    title: Tiny
    releases:
      - name: "1.2"
        architectures:
          amd64: {url: ${2:-tiny.tar.gz}, sha256: $1}
YAML
}
manifest "$digest" >"$tmp/good.yaml"
manifest "$wrong" >"$tmp/wrong.yaml"
manifest 12 >"$tmp/broken.yaml"
mkdir "$tmp/manifests"
manifest "$digest" ../tiny.tar.gz >"$tmp/manifests/a.yaml"
export LXKIT_MANIFESTS=$tmp/manifests

try() {
    lxinstall "$1" --arch amd64 --no-sync "${@:2}"
}
file() {
    lxinstall install "$tmp/tiny.tar.gz" --no-sync "$@"
}
names() {
    lxinstall list --quiet | sort | tr '\n' ' '
}
default() {
    lxinstall list --json | jq -r .default
}
# entry NAME FILTER: from the registry file itself.
entry() {
    jq -r --arg name "$1" '.distributions[] | select(.DistributionName == $name) | '"$2" "$registry"
}

# ---- nothing is there yet ----

is "an empty list" "$(lxinstall list 2>&1 >/dev/null)" \
    "lxinstall: No distribution is installed. Install one: lxinstall NAME"
is "an empty list as JSON" "$(lxinstall list --json | jq -c '[.version, .default, .distributions]')" \
    '[1,null,[]]'
refuses 3 "registered as 'tiny'.*\[not-found\]" lxinstall info tiny
before=$(snapshot)
like "a dry run tells" "$(try tiny --dry-run)" "^Disk: +$place/tiny/ext4.vhdx\$"
is "a dry run tells as JSON" "$(try tiny --dry-run --json |
    jq -r '.name, .source.sha256, .becomes_default')" "tiny
$digest
true"
is "a dry run changes nothing" "$(snapshot)" "$before"
ok "a dry run makes no directory" test ! -e "$XDG_DATA_HOME"

# ---- from a manifest ----

ok "install by name" try tiny --size 64G
ok "what came out is a disk" qemu-img check "$place/tiny/ext4.vhdx"
is "of the size asked for" "$(lxinstall info tiny --json | jq .disk_size)" $((64 << 30))
is "registered as the runtime has it" "$(entry tiny \
    '[.State, .Version, .Flags, .DefaultUid, .Modern, .VhdFileName, .Flavor, .OsVersion] | @csv')" \
    '1,2,15,0,1,"ext4.vhdx","tiny","1.2"'
is "and where from" "$(entry tiny .lxkit.SourceSha256)" "$digest"
like "the key is a GUID in braces" "$(jq -r '.distributions | keys[0]' "$registry")" \
    '^\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$'
is "the first one is the default" "$(default)" tiny
like "list shows it" "$(lxinstall list)" '^\* tiny +Installed +2 +[0-9.]+ [KM]iB$'
like "as wsl.exe lists" "$(lxinstall --list --verbose)" "tiny +1.2 +$place/tiny/ext4.vhdx\$"
like "info shows it" "$(lxinstall info TINY)" "^SHA-256: +$digest\$"
is "others cannot read the disk" "$(stat -c %a "$place/tiny")" 700

# ---- from a file ----

ok "install a file" file --name Lab --location "$tmp/somewhere/else"
is "it lies where it should" "$(entry Lab .BasePath)" "$tmp/somewhere/else"
ok "the default goes where it should" file --name third --set-default
is "the new one is the default" "$(default)" third
is "from standard input" "$(lxinstall install - --name piped --no-sync --json <"$tmp/tiny.tar.gz" \
    2>/dev/null | jq -r .flavor)" tiny
ok "with the digest it must have" file --name exact --sha256 "$digest"
mke2fs -q -t ext4 -d "$tmp/root" "$tmp/dirty.img" 16M 2>/dev/null
debugfs -w -R 'feature needs_recovery' "$tmp/dirty.img" >/dev/null 2>&1
dirty=$(sha256sum <"$tmp/dirty.img")
dirty=${dirty%% *}
like "a warning names the file, not the descriptor that was verified" \
    "$(lxinstall install "$tmp/dirty.img" --name dirty --sha256 "$dirty" --no-sync 2>&1)" \
    "warning: $tmp/dirty.img: the ext4 file system was not unmounted"
lxinstall remove dirty --yes --quiet

# ---- refused ----

refuses 5 "already registered as 'Lab'" file --name lab
refuses 2 "'a/b' cannot be" file --name a/b
refuses 2 "'LEGACY' cannot be" file --name LEGACY
refuses 2 "another" file --name ..
refuses 5 "belongs to the distribution 'Lab'" file --name x --location "$tmp/somewhere/else"
refuses 3 "missing.tar" lxinstall "$tmp/missing.tar"
refuses 3 "did you mean: tiny" try tine
refuses 3 "$tmp/manifests" try else
refuses 3 "there is no verb 'lsit', did you mean 'list'.*no distribution 'lsit'" lxinstall lsit
refuses 2 "there is no verb 'exprot', did you mean 'export'" lxinstall exprot tiny "$tmp/x.tar"
refuses 2 "there is no verb 'remvoe', did you mean 'remove'" lxinstall remvoe tiny --yes
refuses 2 'directory, which has no SHA-256' lxinstall "$tmp/root" --sha256 "$digest"
refuses 4 '\[verification-failed\]' file --name x --sha256 "$wrong"
refuses 4 '\[verification-failed\]' try tiny --name x --manifest "$tmp/wrong.yaml"
refuses 10 "broken.yaml:8:[0-9]+: '12' is no SHA-256" \
    try tiny --name x --manifest "$tmp/broken.yaml"
refuses 3 '1.2' try tiny --name x --release 9
refuses 6 '\[not-a-distribution\]' lxinstall "$tmp/hollow.tar" --no-sync
refuses 6 'good.yaml.*wrong-kind' lxinstall install "$tmp/good.yaml" --name x --no-sync
refuses 2 'takes NAME\|FILE\|DIR\|URL' lxinstall install
refuses 2 'takes no operands' lxinstall list tiny
refuses 3 "good.yaml/x: Not a directory" file --name x --location "$tmp/good.yaml/x"
is "no directory is left behind" "$(cd "$place" && echo *)" "exact piped third tiny"

# ---- the disk stays, the disk goes ----

ok "unregister" lxinstall unregister third
ok "keeps the disk" test -f "$place/third/ext4.vhdx"
is "another is the default" "$(default)" tiny
refuses 5 "$place/third/ext4.vhdx is there already" file --name third
refuses 2 '\-\-yes' lxinstall remove Lab
refuses 2 '\-\-yes' lxinstall --unregister Lab
touch "$tmp/somewhere/else/mine"
ok "remove" lxinstall remove lab --yes
is "takes the disk and nothing else" "$(find "$tmp/somewhere" -type f)" "$tmp/somewhere/else/mine"
refuses 3 "registered as 'Lab'" lxinstall remove Lab --yes
exec 9<"$place/exact/ext4.vhdx"
flock 9
refuses 9 "$place/exact/ext4.vhdx is in use" lxinstall remove exact --yes
exec 9<&-
ok "remove another" lxinstall remove exact --yes
ok "takes the directory too" test ! -e "$place/exact"

# A crash after the disk was deleted: the record still says so, and doing it again finishes it.
edited=$(jq '(.distributions[] | select(.DistributionName == "piped")).State = 4' "$registry")
printf '%s\n' "$edited" >"$registry"
rm "$place/piped/ext4.vhdx"
like "half removed shows" "$(lxinstall list)" 'piped +Uninstalling +2 +missing$'
refuses 5 'Uninstalling' lxinstall set-default piped
refuses 9 'piped is Uninstalling, .*if nothing works on it, see: lxinstall doctor' lxinstall run piped -- true
refuses 9 'piped is Uninstalling, .*if nothing works on it, see: lxinstall doctor' \
    lxinstall export piped "$tmp/piped.tar"
ok "is finished" lxinstall remove piped --yes
is "one is left" "$(names)" "tiny "

# ---- side by side ----

for i in 1 2 3 4; do
    file --name "many$i" 2>"$tmp/many/$i" &
done
wait
is "all of four are kept" "$(names)" "many1 many2 many3 many4 tiny "

race() {
    local status=0
    "$@" 2>>"$tmp/many/races" || status=$?
    echo "$status" >>"$tmp/many/statuses"
}
for i in 1 2 3; do
    race file --name one &
    race file --name one --location "$tmp/many/$i.d" &
done
wait
is "of six with one name one wins" "$(grep -c '^0$' "$tmp/many/statuses")" 1
is "the others are told" "$(grep -cE '^(5|9)$' "$tmp/many/statuses")" 5
is "and leave nothing" "$(find "$tmp/many" "$place/one" -name '*.vhdx' 2>/dev/null | wc -l)" 1
ok "the winner's disk is there" test -f "$(lxinstall info one --json | jq -r .disk)"

# ---- interrupted ----

mkfifo "$scratch/slow"
before=$(snapshot)
lxinstall install - --name slow --no-sync <"$scratch/slow" 2>/dev/null &
installer=$!
exec 8>"$scratch/slow"
gzip -c <"$tmp/hollow.tar" >&8
for ((i = 0; i < 100; i++)); do
    [ ! -d "$place/slow" ] || break
    sleep 0.05
done
kill -TERM "$installer"
wait "$installer" 2>/dev/null
is "a signal ends it as signals do" "$?" 143
exec 8>&-
is "and nothing changed" "$(snapshot)" "$before"
ok "nor is a directory left" test ! -e "$place/slow"

# ---- locked, damaged ----

flock --no-fork "$lock" sleep 60 &
holder=$!
for ((i = 0; i < 100; i++)); do
    flock -n "$lock" true || break
    sleep 0.05
done
ok "reading needs no lock" lxinstall list
refuses 9 "registry.lock is locked by (process $holder|another)" lxinstall set-default many1
kill "$holder"
wait "$holder" 2>/dev/null

printf '{"version": 1,\n "distributions": {]}\n' >"$registry"
for verb in list "info tiny" "set-default tiny" "unregister tiny" "remove tiny --yes"; do
    # shellcheck disable=SC2086 # words of a verb
    refuses 10 "$registry:2:[0-9]+: .*nothing was changed" lxinstall $verb
done
refuses 10 "$registry:2:" file --name late
