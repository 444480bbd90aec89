#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# DefaultEnvironment, the list among the values of a registration: how it is asked for, that it
# stays to the letter whatever becomes of the distribution, and that none stays none.
. tests/lib/tap.sh
need jq tar

mkdir -p "$tmp/root/etc"
printf 'ID=tiny\n' >"$tmp/root/etc/os-release"
tar --owner=0 --group=0 --numeric-owner -C "$tmp/root" -cf "$tmp/root.tar" .
registry=$XDG_DATA_HOME/lxkit/registry.json

# environment NAME: as info tells it.
environment() {
    lxinstall info "$1" --json | jq -c .default_environment
}
# edit FILTER: changes the registry by hand, as its owner may.
edit() {
    jq "$1" "$registry" >"$tmp/registry" && mv "$tmp/registry" "$registry"
}

# ---- asked for ----

path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games:/usr/local/games
lxinstall install "$tmp/root.tar" --name lab --default-env EDITOR=vi --default-env 'A=b=" ☃' --default-env EDITOR= \
    --default-env LANG=C --backend translation --no-sync --quiet
expected=$(jq -nc --arg m "$(uname -m)" --arg path "$path" \
    '["HOSTTYPE=\($m)", "LANG=C", "PATH=\($path)", "TERM=xterm-256color", "EDITOR=", "A=b=\" ☃"]')
is "what is asked for comes on top of what Windows has where nothing is said" "$(environment lab)" "$expected"
is "the registry has it as a list" "$(jq -c '.distributions[].DefaultEnvironment' "$registry")" "$expected"
is "list tells, too" "$(lxinstall list --json | jq -c '.distributions[0].default_environment')" "$expected"
is "and info, for people" "$(lxinstall info lab | sed -n 's/^Environment: *//p')" "$(jq -r '.[]' <<<"$expected")"
lxinstall import none "$tmp/none" "$tmp/root.tar" --no-sync --quiet
is "without that there is none" "$(environment none) $(jq '[.distributions[] | has("DefaultEnvironment")]' -c "$registry")" \
    'null [true,false]'
is "and info says nothing" "$(lxinstall info none | grep -c Environment)" 0
is "a dry run shows it" "$(lxinstall import x "$tmp/x" "$tmp/root.tar" --default-env TERM=dumb --dry-run --json |
    jq -c '.default_environment[3:]')$(lxinstall import x "$tmp/x" "$tmp/root.tar" --default-env TERM=dumb --dry-run |
    grep -c '^Environment:')" '["TERM=dumb"]4'
lxinstall import copied "$tmp/copied" "$(lxinstall info none --json | jq -r .disk)" --default-env B=c --no-sync --quiet
is "also for a disk that is copied as it is" "$(environment copied | jq -r '.[-1]')" "B=c"
for wrong in A =A '' $'\xff=x'; do
    refuses 2 '--default-env: .* is no NAME=VALUE' lxinstall import x "$tmp/x" "$tmp/root.tar" --default-env "$wrong"
done
long=$(printf '%8100s' '')
refuses 10 '--default-env: DefaultEnvironment takes [0-9]+ bytes.*at most 16344' \
    lxinstall import x "$tmp/x" "$tmp/root.tar" --default-env "A=$long"
ok "nothing is left of what failed" test ! -e "$tmp/x"

# ---- to the letter ----

odd='["A=1","A=2","=","no assignment","B=\t\\ ☃ \"\u0001","PATH="]'
edit "(.distributions[] | select(.DistributionName == \"lab\")).DefaultEnvironment = $odd"
odd=$(jq -c . <<<"$odd")
is "any texts are a list" "$(environment lab)" "$odd"
# keeps WHAT COMMAND...: it does its work, and both lists are what they were.
keeps() {
    local what=$1
    shift
    "$@" >"$tmp/said" 2>&1 || cat "$tmp/said"
    is "$what keeps it, and the absent one" "$(environment lab) $(environment none)" "$odd null"
}
renamed() {
    lxinstall rename "$1" else && lxinstall rename else "$1"
}
for name in lab none; do
    keeps "rename of $name" renamed "$name"
    keeps "move of $name" lxinstall move "$name" "$tmp/moved-$name"
    keeps "set-default of $name" lxinstall set-default "$name"
    ok "clone" lxinstall clone "$name" "twin-$name" "$tmp/twin-$name" --quiet
    is "$name's clone has what it has" "$(environment "twin-$name")" "$(environment "$name")"
done
keeps "convert" lxinstall convert lab --backend vm --quiet
keeps "convert back" lxinstall convert lab --backend translation --quiet
keeps "convert" lxinstall convert none --backend translation --quiet
edit '(.distributions[] | select(.DistributionName == "lab")).DefaultEnvironment = []'
odd='[]'
keeps "rename of an empty one" renamed lab
is "which info tells" "$(lxinstall info lab | grep Environment)" 'Environment:    empty'

# ---- no list ----

cp "$registry" "$tmp/good"
while IFS=@ read -r value pattern; do
    cp "$tmp/good" "$registry"
    edit "(.distributions[] | select(.DistributionName == \"lab\")).DefaultEnvironment = $value"
    cp "$registry" "$tmp/bad"
    as="$value is refused" refuses 10 "DefaultEnvironment $pattern.*nothing was changed" lxinstall rename lab other
    ok "and left alone" cmp "$registry" "$tmp/bad"
done <<'CASES'
"A=1"@must be an array of texts
["A=1", 1]@must be an array of texts
["A=1", ""]@has an empty text
[range(1025) | "A=\(.)"]@has 1025 texts, and at most 1024
["\("x" * 8171)"]@takes 16346 bytes
CASES
