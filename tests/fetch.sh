#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# lxfetch get: what arrives is what was asked for, and nothing else ever enters the cache.
. tests/lib/tap.sh
. tests/lib/https.sh

field() {
    python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1" <<<"$2"
}

digest512=$(sha512sum <"$content")
digest512=${digest512%% *}

# ---- what works ----

arrives "https" "$https/ok"
is "its path is what is printed" "$(lxfetch get "$https/ok" --sha256 "$digest" 2>/dev/null)" \
    "$cache/sha256/$digest"
is "mode" "$(stat -c %a "$cache/sha256/$digest") $(stat -c %a "$cache/sha256")" "644 700"
arrives "http" "$http/ok"
arrives "chunked, without a length" "$https/chunked"
arrives "no length at all" "$https/unsized"
arrives "a redirect from https to https" "$https/to-https"
arrives "a redirect from http to https" "$http/to-https"
arrives "a content coding that nobody asked for is not decoded" "$https/coded"
arrives "an upper-case digest" "$https/ok" --sha256 "${digest^^}"
arrives "a SHA-512 beside it" "$https/ok" --sha512 "$digest512"
arrives "a size" "$https/ok" --size 300000
arrives "a size, where the server tells none" "$https/chunked" --size 300000
arrives "without flushing" "$https/ok" --no-sync

empty_cache
ok "a SHA-512 alone" lxfetch get "$https/ok" --sha512 "$digest512"
ok "... is found in the cache" lxfetch get "$https/ok" --sha512 "${digest512^^}" --offline
ok "... also by its SHA-256" lxfetch get "$https/ok" --sha256 "$digest" --offline
refuses 3 'not in the cache' lxfetch get "$https/ok" --sha512 "$digest512" --sha256 "$wrong" --offline

empty_cache
ok "a file of no bytes" lxfetch get "$https/empty" --sha256 "$(sha256sum </dev/null | cut -c1-64)"
headers=$(cat "$(lxfetch get "$https/headers" 2>/dev/null)")
like "the request asks for no coding" "$headers" '^Accept-Encoding: identity'
like "the request names the program" "$headers" '^User-Agent: lxkit/[0-9]'

empty_cache
events=$(lxfetch get "$https/ok" --sha256 "$digest" --events 2>&1 >/dev/null)
like "it tells how far it is" "$events" '"progress".*"done": ?300000, ?"total": ?300000\b'

empty_cache
ok "without a digest" lxfetch get "$https/ok"
is "... the next offline run has what came last" "$(lxfetch get "$https/ok" --offline 2>/dev/null)" \
    "$cache/sha256/$digest"
refuses 3 'nothing from this address' lxfetch get "$https/other" --offline
echo damaged >"$cache/sha256/$digest"
is "... unless it is damaged" "$(lxfetch get "$https/ok" --offline >/dev/null 2>&1; echo $?)" 3

empty_cache
report=$(lxfetch get "$https/ok" 2>"$tmp/error" --json)
like "without a digest there is a warning" "$(cat "$tmp/error")" "nothing proves.*$digest"
is "JSON: version" "$(field version "$report")" 1
is "JSON: path" "$(field path "$report")" "$cache/sha256/$digest"
is "JSON: sha256" "$(field sha256 "$report")" "$digest"
is "JSON: size" "$(field size "$report")" 300000
is "JSON: cached, the first time" "$(field cached "$report")" False
report=$(lxfetch get "$https/404" --sha256 "$digest" --offline --json 2>/dev/null)
is "JSON: cached, when it is there" "$(field cached "$report")" True

ok "--output" lxfetch get "$https/404" --sha256 "$digest" --output "$tmp/copy"
same "... writes the same" "$tmp/copy" "$content"
refuses 5 "$tmp/copy" lxfetch get "$https/ok" --output "$tmp/copy"
is "--output -" "$(lxfetch get "$https/404" --sha256 "$digest" --output - 2>/dev/null | sha256sum)" \
    "$digest  -"
rm "$tmp/copy"

mkdir "$tmp/empty"
touch "$tmp/empty/libcurl.so.4"
LD_LIBRARY_PATH=$tmp/empty refuses 6 'libcurl.so.4.*; install the package that holds' \
    lxfetch get "$https/ok" --sha256 "$wrong"
rm -r "$tmp/empty"

# ---- the cache ----

chmod g+w "$cache"
refuses 7 'others can put files into this cache' lxfetch get "$https/ok" --sha256 "$digest"
chmod g-w "$cache"
printf x | dd of="$cache/sha256/$digest" conv=notrunc status=none
error=$(lxfetch get "$https/ok" --sha256 "$digest" 2>&1 >/dev/null)
like "a damaged entry is named" "$error" "$cache/sha256/$digest.*damaged"
same "... and fetched again" "$cache/sha256/$digest" "$content"
: >"$cache/sha256/$digest"
ok "--offline does not serve a damaged entry" \
    test "$(lxfetch get "$https/ok" --sha256 "$digest" --offline >/dev/null 2>&1; echo $?)" -eq 3
is "... and it is gone" "$(find "$cache" -type f)" ""
rejected 3 'not in the cache' "$https/ok" --sha256 "$digest" --offline
rejected 3 'nothing from this address' "$https/ok" --offline

# ---- misuse ----

rejected 2 '64 hexadecimal' "$https/ok" --sha256 "${digest%?}"
rejected 2 '128 hexadecimal' "$https/ok" --sha512 "$digest"
rejected 2 'max-size' "$https/ok" --max-size 0
rejected 2 '--size 0' "$https/ok" --size 0
rejected 2 'standard output' "$https/ok" --json --output -
rejected 2 'malformed' 'https://localhost:port/'
rejected 2 'malformed' "$https/ok" --mirror 'https://localhost:port/'
rejected 6 'ftp://' ftp://localhost/ok
rejected 2 '--retries x: .* 0 to 100' "$https/ok" --retries x
rejected 2 '--retries 101: ' "$https/ok" --retries 101
rejected 2 '--max-time 0: .* 1 to' "$https/ok" --max-time 0
rejected 2 '--stall-time -1: ' "$https/ok" --stall-time=-1
rejected 2 '--retry-delay 99999999999: ' "$https/ok" --retry-delay 99999999999

empty_cache
error=$(lxfetch get "https://user:secret@localhost:$https_port/none?secret" 2>&1)
error+=$(lxfetch get "$https/to-http" 2>&1)
error+=$(lxfetch get 'https://user:secret@localhost:port/' 2>&1)
like "the messages show the rest of a URL" "$error" "$https/none[?][.]"
unlike "no message shows a password or a query" "$error" 'secret'

# ---- files of this machine ----

cp "$content" "$tmp/a b%"
mkfifo "$tmp/pipe"
arrives "a path" "$tmp/a b%"
arrives "a path, offline" "$tmp/a b%" --offline
arrives "a file URL" "file://$tmp/a%20b%25"
arrives "a file URL of localhost" "file://localhost$tmp/a%20b%25"
rejected 4 "expected $wrong" "$tmp/a b%" --sha256 "$wrong"
rejected 3 "$tmp/none: .*no such file" "$tmp/none"
rejected 6 'directory' "$tmp"
rejected 6 'pipe' "$tmp/pipe"
rejected 6 'another machine' file://elsewhere/ok
rejected 2 '%zz' file:///a%zz
rejected 10 'limit of 100 KiB' "$tmp/a b%" --max-size 100K

