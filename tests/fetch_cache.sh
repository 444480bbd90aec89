#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# lxfetch cache: what it holds, whether that is sound, and making room.
. tests/lib/tap.sh

cache=$XDG_CACHE_HOME/lxkit

# put TEXT DAYS: a file with that text, last used so long ago; its digest becomes $sum.
put() {
    printf %s "$1" >"$scratch/text"
    sum=$(sha256sum <"$scratch/text")
    sum=${sum%% *}
    lxfetch get "$scratch/text" --sha256 "$sum" >/dev/null 2>&1
    touch -d "$2 days ago" "$cache/sha256/$sum"
}

# held: the texts in the cache, in one line.
held() {
    find "$cache/sha256" -type f -exec cat {} \; -exec echo \; | sort | tr '\n' ' '
}

# fill: "one", "three" and "forty", so many days old, and a download that was given up.
fill() {
    rm -rf "$cache"
    put one 1
    put three 3
    three=$sum
    put forty 40
    forty=$sum
    printf 'half of' >"$cache/partial/given-up.part"
    printf '{}' >"$cache/partial/given-up.json"
}

json() {
    python3 -c 'import json, sys; print(eval(sys.argv[1], {"j": json.load(sys.stdin)}))' "$1"
}

# ---- list, verify ----

ok "an empty cache" lxfetch cache list
is "... is not made by that" "$(ls "$HOME")" ""
is "... and has no files" "$(lxfetch cache list --json | json 'j["files"], j["size"]')" "([], 0)"
ok "there is nothing to prune" lxfetch cache prune --all

fill
list=$(lxfetch cache list 2>"$scratch/error")
is "list has the oldest first, and what is under way" \
    "$(awk '{ print $4 }' <<<"$list" | cut -c -8 | tr '\n' ' ')" \
    "$(for text in forty three one; do printf %s "$text" | sha256sum | cut -c -8; done |
        tr '\n' ' ')given-up "
like "... with its date" "$list" "$(date -u -d '40 days ago' +%F)  $forty"
like "... and a sum" "$(<"$scratch/error")" '4 files, 20 B'
is "JSON: version, count and size" \
    "$(lxfetch cache list --json | json 'j["version"], j["count"], j["size"]')" '(1, 4, 20)'
is "JSON: a file" \
    "$(lxfetch cache list --json | json '[j["files"][0][k] for k in ("name", "size", "complete", "busy")]')" \
    "['$forty', 5, True, False]"
is "JSON: a part" \
    "$(lxfetch cache list --json | json '[j["files"][3][k] for k in ("name", "complete", "busy")]')" \
    "['given-up.part', False, False]"

ok "verify, when all is sound" lxfetch cache verify
printf x >>"$cache/sha256/$three"
refuses 4 '1 of 3 files are not what their names say' lxfetch cache verify
like "... says which" "$(<"$scratch/output")" "$three .*damaged"
is "... and what is sound" "$(grep -c sound "$scratch/output")" 2
is "... in JSON too" \
    "$(lxfetch cache verify --json 2>/dev/null | json '[f["verdict"] for f in j["files"]].count("damaged")')" 1

# ---- prune ----

# pruned NAME LEFT ARGUMENT...: what a filled cache holds afterwards.
pruned() {
    local name=$1 left=$2
    shift 2
    fill
    ok "prune $name" lxfetch cache prune "$@"
    is "... leaves: $left" "$(held)" "$left"
    is "... and nothing that was given up" "$(find "$cache/partial" -name '*.part')" ""
}

pruned "" "one three "
pruned "of what is three days old" "one " --unused 3
pruned "of what was not used just now" "" --unused 0
pruned "of nothing by age" "forty one three " --unused 999
pruned "to a size" "one three " --unused 999 --max-size 12
pruned "to a smaller one" "one " --unused 999 --max-size 7
pruned "to nothing" "" --max-size 0
pruned "of all" "" --all

fill
before=$(held)
ok "--dry-run" lxfetch cache prune --all --dry-run
is "... removes nothing" "$(held)$(find "$cache" -name '*.part' | wc -l)" "${before}1"
is "... and says what would go" "$(lxfetch cache prune --all --dry-run --json 2>/dev/null |
    json 'j["count"]')" 4
is "JSON tells what went" "$(lxfetch cache prune --json | json 'j["count"], j["size"]')" '(2, 12)'

fill
exec 9<"$cache/sha256/$forty"
flock --shared 9
exec 8<"$cache/partial/given-up.part"
flock 8
ok "what is in use" lxfetch cache prune --all
is "... stays" "$(held)$(find "$cache/partial" -name '*.part' | wc -l)" "forty 1"
is "... and is said to be" \
    "$(lxfetch cache list --json | json '[f["busy"] for f in j["files"]]')" '[True, True]'
exec 9<&- 8<&-

fill
ok "use counts" lxfetch get "$scratch/none" --sha256 "$forty"
lxfetch cache prune >/dev/null 2>&1
is "... as of now" "$(held)" "forty one three "

put hundred 0
lxfetch get "$scratch/text" --sha512 "$(sha512sum <"$scratch/text" | cut -c -128)" >/dev/null 2>&1
is "a name beside the digest" "$(find "$cache/names" -type l | wc -l)" 1
lxfetch cache prune --all >/dev/null 2>&1
is "... goes with its file" "$(find "$cache/names" -type l | wc -l)" 0

# ---- misuse ----

refuses 2 'cache list.*cache verify.*cache prune' lxfetch cache shrink
refuses 2 'belongs to .cache prune' lxfetch cache list --all
refuses 2 'belongs to .cache prune' lxfetch cache verify --unused 3
refuses 2 '--unused x' lxfetch cache prune --unused x
refuses 2 '--unused 36501' lxfetch cache prune --unused 36501
refuses 2 '--all leaves nothing' lxfetch cache prune --all --max-size 3
chmod go+w "$cache"
refuses 7 'others can put files' lxfetch cache list
