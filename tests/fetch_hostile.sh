#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A server that lies, stalls or never ends: each trick has its own error, 8 for transport and 4 for
# content, nothing of it stays in the cache, and a good run afterwards succeeds.
. tests/lib/tap.sh
. tests/lib/https.sh

# hostile CODE PATTERN ARGUMENT...: rejected at the first try, without and with the right digest (unless
# the arguments have one).
hostile() {
    local code=$1 pattern=$2
    shift 2
    rejected "$code" "$pattern" "$@"
    case " $* " in
    *' --sha'*) ;;
    *) rejected "$code" "$pattern" "$@" --sha256 "$digest" ;;
    esac
}

# ---- the body ----

hostile 8 'ended after 300000 of 301000 bytes' "$https/truncated"
hostile 8 'ended after 10000 bytes, before the file did' "$https/chunked-cut"
hostile 4 "$digest" "$https/understated" --sha256 "$digest"
hostile 4 'has 150000 bytes, expected 300000' "$https/understated" --size 300000
hostile 4 'has 301000 bytes, expected 300000' "$https/truncated" --size 300000
hostile 4 'more than 200000 bytes, expected 200000' "$https/chunked" --size 200000
hostile 4 'has 300000 bytes, expected 300001' "$https/chunked" --size 300001
hostile 10 'limit of 100 KiB' "$https/ok" --max-size 100K
hostile 10 'limit of 1.00 MiB' "$https/endless" --max-size 1M
hostile 10 'limit of 64.0 GiB' "$https/huge"
hostile 7 '1.00 PiB are to come, and only .* free' "$https/huge" --max-size 2048T
hostile 4 "$https/ok: .*$digest, expected $wrong" "$https/ok" --sha256 "$wrong"
hostile 4 'the SHA-512 is .*, expected' "$https/ok" --sha512 "$wrong$wrong"
hostile 4 'HTML page' "$https/html"
hostile 4 "$digest" "$https/other" --sha256 "$digest"

empty_cache
bomb=$(lxfetch get "$https/bomb" 2>/dev/null)
ok "a compressed bomb stays as it came" test "$(stat -c %s "$bomb")" -lt 100000
hostile 4 "$digest" "$https/bomb" --sha256 "$digest"

# ---- time ----

hostile 8 'after 1000 bytes the server sent less than 1000 bytes a second for 1 seconds' \
    "$https/stall" --stall-time 1 --sha256 "$wrong"
hostile 8 'after 0 bytes the server sent less' "$https/silent" --stall-time 1 --sha256 "$digest"
hostile 8 'sent less than 1000 bytes a second' "$https/trickle" --stall-time 1 --sha256 "$digest"
hostile 8 'time for it was over .*--max-time' "$https/endless" --max-time 1 --sha256 "$digest"

# ---- the head ----

hostile 3 "$https/none: .*404" "$https/none"
for status in 500 503 429; do
    hostile 8 "status $status; try again later" "$https/$status"
done
for status in 401 403 206 204 304; do
    hostile 8 "status $status; check the address" "$https/$status"
done
rejected 8 'alone for 3600 seconds' "$https/wait/429/3600"
hostile 8 'HTTP/0.9|HTTP version' "$https/garbage"
hostile 8 'Empty reply|SSL_read|unexpected eof' "$https/hang-up"
hostile 8 'header|Header' "$https/endless-head"

# ---- redirects ----

hostile 8 "redirects to $http/ok, .* https only" "$https/to-http"
hostile 8 "redirects to $http/ok, .* https only" "$http/to-http"
hostile 8 'redirects to file:///etc/passwd, .* https only' "$https/to-file"
hostile 8 'redirects more than 10 times' "$https/loop"
hostile 8 'status 302' "$https/to-nowhere"
is "a loop is followed ten times" "$(asked loop)" 22
hostile 8 'redirects, and has sent more than 65536 bytes' "$https/endless-redirect"

# ---- TLS ----

hostile 8 'certificate' "${https/localhost/127.0.0.1}/ok"
CURL_CA_BUNDLE=$site/stranger.pem hostile 8 'certificate.*CURL_CA_BUNDLE' "$https/ok"
hostile 8 "https://localhost:$http_port/ok: " "https://localhost:$http_port/ok"
hostile 8 'https://localhost:1/: .*onnect' https://localhost:1/

# ---- a good run afterwards ----

empty_cache
for trick in truncated chunked-cut html other understated 500 loop to-http stall; do
    lxfetch get "$https/$trick" --sha256 "$digest" --retries 0 --stall-time 1 >/dev/null 2>&1
done
is "nothing of it is in the cache" "$(find "$cache/sha256" -type f 2>/dev/null)" ""
ok "a good run succeeds" lxfetch get "$https/ok" --sha256 "$digest"
is "... and its file is all there is" "$(entries)" "$cache/sha256/$digest"
