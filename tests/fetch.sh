#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# lxfetch get: what arrives is what was asked for, and nothing else ever enters the cache. The server
# is ours, with an authority of its own, on the loopback interface.
. tests/lib/tap.sh
need openssl python3
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY SSL_CERT_FILE

# ---- the server ----

site=$scratch/site
mkdir "$site"

# certify NAME: an authority NAME.pem, and a certificate of localhost signed by it.
certify() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -subj "/CN=$1" -keyout "$site/$1.key" -out "$site/$1.pem" &&
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \
            -keyout "$site/$1-host.key" -out "$site/$1-host.csr" &&
        openssl x509 -req -in "$site/$1-host.csr" -CA "$site/$1.pem" -CAkey "$site/$1.key" \
            -days 2 -extfile <(echo subjectAltName=DNS:localhost) -out "$site/$1-host.pem"
} >"$site/openssl.log" 2>&1

if ! certify authority || ! certify stranger; then
    skip_all "openssl makes no certificates"
fi
export CURL_CA_BUNDLE=$site/authority.pem

content=$site/content
head -c 300000 /dev/urandom >"$content"
digest=$(sha256sum <"$content")
digest=${digest%% *}
wrong=${digest//[0-7]/8}

python3 tests/lib/https_server.py "$site/authority-host.pem" "$site/authority-host.key" \
    "$content" "$site/ports" &
server=$!
end() {
    local status=$?
    kill "$server"
    wait "$server" 2>/dev/null
    (exit "$status")
    tap_end
}
trap end EXIT

# soon COMMAND...: waits until it succeeds, five seconds at most.
soon() {
    local i
    for ((i = 0; i < 100; i++)); do
        "$@" && return
        sleep 0.05
    done
    return 1
}
soon test -e "$site/ports" || skip_all "the server does not start"
read -r https_port http_port <"$site/ports"
https=https://localhost:$https_port
http=http://localhost:$http_port

# ---- helpers ----

# empty_cache: the next runs find a new cache, in $cache.
caches=0
empty_cache() {
    caches=$((caches + 1))
    export XDG_CACHE_HOME=$HOME/cache$caches
    cache=$XDG_CACHE_HOME/lxkit
}

# arrives NAME URL [OPTION...]: into an empty cache, with the right digest and nothing beside it.
arrives() {
    local name=$1
    shift
    empty_cache
    ok "$name" lxfetch get --sha256 "$digest" "$@" &&
        is "... and it alone is in the cache" "$(find "$cache" -type f)" "$cache/sha256/$digest" &&
        same "... byte for byte" "$cache/sha256/$digest" "$content"
}

# rejected CODE PATTERN ARGUMENT...: by get, with an empty cache that stays empty.
rejected() {
    local code=$1 pattern=$2
    shift 2
    empty_cache
    refuses "$code" "$pattern" lxfetch get "$@"
}

field() {
    python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1" <<<"$2"
}

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

empty_cache
ok "a file of no bytes" lxfetch get "$https/empty" --sha256 "$(sha256sum </dev/null | cut -c1-64)"
headers=$(cat "$(lxfetch get "$https/headers" 2>/dev/null)")
like "the request asks for no coding" "$headers" '^Accept-Encoding: identity'
like "the request names the program" "$headers" '^User-Agent: lxkit/[0-9]'

empty_cache
events=$(lxfetch get "$https/ok" --sha256 "$digest" --events 2>&1 >/dev/null)
like "it tells how far it is" "$events" '"progress".*"done": ?300000, ?"total": ?300000\b'

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

# ---- the cache ----

printf x | dd of="$cache/sha256/$digest" conv=notrunc status=none
error=$(lxfetch get "$https/ok" --sha256 "$digest" 2>&1 >/dev/null)
like "a damaged entry is named" "$error" "$cache/sha256/$digest.*damaged"
same "... and fetched again" "$cache/sha256/$digest" "$content"
: >"$cache/sha256/$digest"
ok "--offline does not serve a damaged entry" \
    test "$(lxfetch get "$https/ok" --sha256 "$digest" --offline >/dev/null 2>&1; echo $?)" -eq 3
is "... and it is gone" "$(find "$cache" -type f)" ""
rejected 3 'not in the cache' "$https/ok" --sha256 "$digest" --offline
rejected 3 'give --sha256' "$https/ok" --offline

empty_cache
lxfetch get "$https/slow" --sha256 "$digest" >"$tmp/1" 2>/dev/null &
one=$!
lxfetch get "$https/slow" --sha256 "$digest" >"$tmp/2" 2>/dev/null &
two=$!
ok "two at once: the first" wait "$one"
ok "two at once: the second" wait "$two"
is "... and one file" "$(find "$cache" -type f) $(cat "$tmp/1" "$tmp/2" | sort -u)" \
    "$cache/sha256/$digest $cache/sha256/$digest"

# ---- interrupted ----

under_way() {
    [ -n "$(find "$cache" -name '*.part' -size +0)" ]
}

# killed SIGNAL: in the middle of a download; $status becomes what the shell sees of it. A shell
# without job control has its children ignore SIGINT, hence env.
killed() {
    empty_cache
    env --default-signal=INT lxfetch get "$https/stall" --sha256 "$digest" >/dev/null 2>&1 &
    local pid=$!
    soon under_way 2>/dev/null
    kill -s "$1" "$pid"
    wait "$pid" 2>/dev/null
    status=$?
}

killed INT
is "Ctrl-C ends it by the signal" "$status" 130
is "... and leaves no file" "$(find "$cache" -type f)" ""
killed KILL
is "kill -9" "$status" 137
ok "... leaves a part" under_way
ok "... which the next run" lxfetch get "$https/ok" --sha256 "$digest"
is "... removes" "$(find "$cache" -type f)" "$cache/sha256/$digest"

# ---- what is refused ----

rejected 4 "$https/ok: .*$digest, expected $wrong" "$https/ok" --sha256 "$wrong"
rejected 4 'an HTML page' "$https/html" --sha256 "$digest"
rejected 3 "$https/none: .*404" "$https/none" --sha256 "$digest"
rejected 8 'status 500' "$https/500" --sha256 "$digest"
rejected 8 'status 401' "$https/401" --sha256 "$digest"
rejected 8 'status 206' "$https/206" --sha256 "$digest"
rejected 8 'ended after 300000 of 301000 bytes' "$https/truncated" --sha256 "$digest"
rejected 8 'ended after 10000 bytes' "$https/chunked-cut" --sha256 "$digest"
rejected 8 "redirects to $http/ok, .* https only" "$https/to-http" --sha256 "$digest"
rejected 8 "redirects to $http/ok, .* https only" "$http/to-http" --sha256 "$digest"
rejected 8 'https only' "$https/to-file"
rejected 8 'redirects' "$https/loop"
rejected 8 'certificate' "${https/localhost/127.0.0.1}/ok"
CURL_CA_BUNDLE=$site/stranger.pem rejected 8 'certificate.*CURL_CA_BUNDLE' "$https/ok"
CURL_CA_BUNDLE='' SSL_CERT_FILE=$site/stranger.pem rejected 8 'certificate' "$https/ok"
rejected 8 'https://localhost:1/' https://localhost:1/
rejected 10 'limit of 100 KiB' "$https/ok" --max-size 100K
rejected 10 'limit of 1.00 MiB' "$https/endless" --max-size 1M
rejected 10 'limit of 64.0 GiB' "$https/huge"
rejected 7 '1.00 PiB, and only .* free' "$https/huge" --max-size 2048T
rejected 2 '64 hexadecimal' "$https/ok" --sha256 "${digest%?}"
rejected 2 'max-size' "$https/ok" --max-size 0
rejected 2 'standard output' "$https/ok" --json --output -
rejected 2 'malformed' 'https://localhost:port/'
rejected 6 'ftp://' ftp://localhost/ok

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

# ---- a full disk ----

if have_tmpfs "a full disk"; then
    empty_cache
    mkdir -p "$XDG_CACHE_HOME"
    crowded=(with_tmpfs size=128k "$XDG_CACHE_HOME" lxfetch get --sha256 "$digest")
    refuses 7 'no space is left' "${crowded[@]}" "$https/chunked"
    unlike "... and nothing stays" "$(cat "$scratch/error")" '^left:'
    refuses 7 'only 128 KiB are free' "${crowded[@]}" "$https/ok"
fi
