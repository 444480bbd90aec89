#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A download that ended early goes on where it ended, if the server's file is still the same one and
# not otherwise. Killed anywhere, on a full disk, or twice at once: the cache stays sound, and the
# next run finishes.
. tests/lib/tap.sh
. tests/lib/https.sh
need strace

# ---- within one run ----

# resumes NAME PATH HEADERS: an answer is cut short; the headers of all requests, range and condition.
resumes() {
    arrives "$1" "$https/$2"
    is "... by these requests" "$(headers_of "$2" | cut -d' ' -f2- | tr '\n' ' ')" "$3 "
}

resumes "an entity tag" tagged '- - bytes=150000- "one"'
arrives "a date" "$https/dated"
like "... by these requests" "$(headers_of dated)" '^206 bytes=150000- [A-Z][a-z][a-z],_'
resumes "a weak tag is none" tagged-weakly '- - - -'
resumes "a changed file begins anew" changed '- - bytes=150000- "old"'
resumes "... also where the server sends the rest of the new one" spliced \
    '- - bytes=150000- "old" - -'
resumes "a server without ranges" ignored '- - bytes=150000- "one"'
resumes "another range than was asked for" elsewhere '- - bytes=150000- "one" - -'
resumes "no such range" no-range '- - bytes=150000- "one" - -'
resumes "a third at a time" slices '- - bytes=100001- "one" bytes=200002- "one"'
arrives "the old tag on new bytes: the digest tells, and all is asked for again" "$https/lied"
is "... by these requests" "$(headers_of lied | cut -d' ' -f2 | tr '\n' ' ')" '- bytes=150000- - '

empty_cache
ok "without a digest, too" get "$https/tagged/again"
same "... byte for byte" "$(get "$https/tagged/again" --offline 2>/dev/null)" "$content"
empty_cache
ok "a changed file without a digest" get "$https/changed/again"
same "... is not spliced" "$(get "$https/changed/again" --offline 2>/dev/null)" "$content"
empty_cache
ok "one that the server wants to splice" get "$https/spliced/again"
same "... is not, either" "$(get "$https/spliced/again" --offline 2>/dev/null)" "$content"
arrives "another mirror goes on by the date" "$https/dated/a" --mirror "$https/dated/b"
is "... with the rest" "$(headers_of dated/b | cut -d' ' -f1,2)" '206 bytes=150000-'
arrives "another mirror begins anew without one" "$https/tagged/a" --mirror "$https/tagged/b" \
    --mirror "$https/ok"
is "... with the whole" "$(headers_of tagged/b | head -n 1)" '200 - -'

# ---- the next run ----

parts() {
    find "$cache/partial" -name '*.part' -size +0 2>/dev/null
}

under_way() {
    [ -n "$(parts)" ]
}

# left PATH: an empty cache with the first half of it.
left() {
    empty_cache
    get --retries 0 "$https/$1" --sha256 "$digest" >/dev/null 2>&1
}

left tagged/1
is "what came is kept" "$(stat -c %s "$(parts)")" 150000
ok "... and the next run finishes it" get "$https/tagged/1" --sha256 "$digest"
is "... with the rest alone" "$(headers_of tagged/1 | tail -n 1)" '206 bytes=150000- "one"'
is "... and nothing is left beside it" "$(entries)" "$cache/sha256/$digest"

left changed/1
ok "a changed file" get "$https/changed/1" --sha256 "$digest"
is "... comes whole" "$(headers_of changed/1 | tail -n 1)" '200 bytes=150000- "old"'
left tagged/2
ok "from another address" get "$https/ok" --sha256 "$digest"
left tagged/3
printf x | dd of="$(parts)" bs=1 seek=100 conv=notrunc status=none
ok "a part that was damaged: all is asked for again" get "$https/tagged/3" --sha256 "$digest"
same "... and right" "$cache/sha256/$digest" "$content"
left tagged/4
echo nonsense >"$(find "$cache/partial" -name '*.json')"
ok "a part that nobody knows any more" get "$https/tagged/4" --sha256 "$digest"
is "... comes whole" "$(headers_of tagged/4 | tail -n 1)" '200 - -'
left tagged/5
cat "$content" >"$(parts)"
ok "a part that was complete" get "$https/tagged/5" --sha256 "$digest"
is "... needs no server" "$(asked tagged/5)" 1
left tagged/6
refuses 3 'not in the cache' lxfetch get "$https/tagged/6" --sha256 "$digest" --offline

left chunked-cut
is "without a tag or date nothing is kept" "$(entries)" ""
for wrong_run in "--sha256 $wrong" '--max-size 200K' '--size 7'; do
    empty_cache
    # shellcheck disable=SC2086
    get "$https/tagged/wrong$wrong_run" $wrong_run >/dev/null 2>&1
    is "nor what is wrong: $wrong_run" "$(entries)" ""
done

# ---- interrupted ----

# killed SIGNAL: in the middle of a download; $status becomes what the shell sees of it. A shell
# without job control has its children ignore SIGINT, hence env.
killed() {
    empty_cache
    env --default-signal=INT lxfetch get "$https/steady/$1" --sha256 "$digest" >/dev/null 2>&1 &
    local pid=$!
    soon under_way
    kill -s "$1" "$pid"
    wait "$pid" 2>/dev/null
    status=$?
}

killed INT
is "Ctrl-C ends it by the signal" "$status" 130
ok "... and the next run goes on" get "$https/steady/INT" --sha256 "$digest"
like "... with the rest" "$(headers_of steady/INT | tail -n 1)" '^206 bytes=[1-9]'

# sound: whatever is in the cache is what its name says.
sound() {
    local file
    for file in "$cache"/sha256/*; do
        [ ! -e "$file" ] || sha256sum --check --status <<<"${file##*/}  $file" || return 1
    done
}

# finishes NAME PATH: after a kill, the cache is sound and the next run leaves it complete.
finishes() {
    if sound && get "$https/$2" --sha256 "$digest" >/dev/null 2>"$scratch/output" && sound &&
        [ "$(find "$cache/sha256" -type f)" = "$cache/sha256/$digest" ] && [ -z "$(parts)" ]; then
        pass "$1"
    else
        not_ok "$1"
        diag "$(<"$scratch/output")" "$(find "$cache" -ls)"
    fi
}

# quiet COMMAND...: without what the shell says of its death.
quiet() {
    ("$@"; :) >/dev/null 2>&1
}

for point in 05 15 25 35 45 55 65 75; do
    empty_cache
    quiet timeout -s KILL "0.$point" lxfetch get "$https/steady/$point" --sha256 "$digest"
    finishes "kill -9 after 0.$point seconds" "steady/$point"
done

digest512=$(sha512sum <"$content" | cut -c -128)
kills=0
# In the system calls that change the cache; each is the n-th of its kind.
for point in mkdir:2 flock:1 ftruncate:1 write:1 write:5 linkat:1 '/^rename:1' '/^rename:2' fchmod:1 \
    fsync:1 unlink:1 unlink:2 flock:2 symlink:1; do
    empty_cache
    number=kill$((++kills))
    call=${point%:*}
    quiet strace -f -o "$scratch/trace" -e "inject=$call:signal=KILL:when=${point#*:}" \
        lxfetch get "$https/tagged/$number" --sha256 "$digest" --sha512 "$digest512" \
        --retry-delay 0
    like "kill -9 in $point: is reached" "$(<"$scratch/trace")" 'killed by SIGKILL'
    finishes "... and survived" "tagged/$number"
done

# ---- two at once ----

empty_cache
get "$https/slow" --sha256 "$digest" >"$tmp/1" 2>/dev/null &
one=$!
get "$https/slow" --sha256 "$digest" >"$tmp/2" 2>/dev/null &
two=$!
ok "two at once: the first" wait "$one"
ok "two at once: the second" wait "$two"
is "... and one file" "$(entries) $(cat "$tmp/1" "$tmp/2" | sort -u)" \
    "$cache/sha256/$digest $cache/sha256/$digest"
is "... that was downloaded once" "$(asked slow)" 1

empty_cache
lxfetch get "$https/crawl" --sha256 "$digest" >/dev/null 2>&1 &
one=$!
soon under_way
get "$https/crawl" --sha256 "$digest" >/dev/null 2>&1 &
two=$!
is "who cannot wait is told" "$(get "$https/crawl" --sha256 "$digest" --max-time 1 2>"$tmp/error"
    echo $?)" 9
like "... why" "$(<"$tmp/error")" 'another process downloads'
kill -KILL "$one"
wait "$one" 2>/dev/null
ok "one is killed: the other finishes" wait "$two"
same "... the right file" "$cache/sha256/$digest" "$content"
like "... with the rest alone" "$(headers_of crawl | tail -n 1)" '^206 bytes=[1-9]'

empty_cache
pids=()
for i in 1 2 3 4 5 6; do
    get "$https/tagged/many" --sha256 "$digest" >/dev/null 2>&1 &
    pids+=($!)
done
good=0
for pid in "${pids[@]}"; do
    wait "$pid" && good=$((good + 1))
done
is "six at once" "$good $(entries)" "6 $cache/sha256/$digest"

# ---- a full disk ----

if have_tmpfs "a full disk"; then
    empty_cache
    mkdir -p "$XDG_CACHE_HOME"
    crowded=(with_tmpfs size=128k "$XDG_CACHE_HOME" lxfetch get --sha256 "$digest")
    refuses 7 'no space is left' "${crowded[@]}" "$https/chunked"
    unlike "... and nothing stays" "$(<"$scratch/error")" '^left:'
    refuses 7 'only .* KiB are free' "${crowded[@]}" "$https/ok"

    # Room is made by whoever filled the disk, and the next run goes on.
    # shellcheck disable=SC2016
    with_tmpfs size=400k "$XDG_CACHE_HOME" bash -c '
        mkdir -p "$XDG_CACHE_HOME/lxkit/partial"
        chmod -R go-w "$XDG_CACHE_HOME"
        lxfetch get "$1" --sha256 "$2" --retry-delay 0 >/dev/null &
        pid=$!
        for i in {1..100}; do
            [ -z "$(find "$XDG_CACHE_HOME" -name "*.part" -size +0)" ] || break
            sleep 0.02
        done
        head -c 1000000 /dev/zero >"$XDG_CACHE_HOME/filler" 2>/dev/null
        wait "$pid"
        echo "full: $?"
        rm "$XDG_CACHE_HOME/filler"
        lxfetch get "$1" --sha256 "$2"
        echo "room: $?"
        cmp "$XDG_CACHE_HOME/lxkit/sha256/$2" "$3" && echo same' \
        bash "$https/steady/full" "$digest" "$content" >"$tmp/full" 2>"$tmp/error"
    like "a disk that becomes full" "$(<"$tmp/full")" '^full: 7'
    like "... is named" "$(<"$tmp/error")" 'no space is left in .*/partial'
    like "... and when there is room, the next run" "$(<"$tmp/full")" '^room: 0'
    like "... finishes" "$(<"$tmp/full")" '^same'
    like "... with the rest alone" "$(headers_of steady/full | tail -n 1)" '^206 bytes=[1-9]'
fi
