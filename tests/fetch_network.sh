#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# The way to the server: what is tried again and what is not, mirrors, proxies, passwords, authorities,
# and no network at all.
. tests/lib/tap.sh
. tests/lib/https.sh
need strace

# statuses PATH: of all answers, in one line.
statuses() {
    headers_of "$1" | cut -d' ' -f1 | tr '\n' ' '
}

# ---- again ----

for status in 408 425 429 500 502 503 504; do
    arrives "status $status twice" "$https/flaky/$status/2"
    is "... is tried again" "$(statuses "flaky/$status/2")" "$status $status 200 "
done
for status in 400 401 403 410; do
    rejected 8 "status $status; check the address" "$https/flaky/$status/1" --retries 3
    is "... is tried once" "$(asked "flaky/$status/1")" 1
done
rejected 3 404 "$https/flaky/404/1" --retries 3
is "... is tried once" "$(asked flaky/404/1)" 1
rejected 8 'status 503' "$https/flaky/503/9" --retries 2 --retry-delay 0
is "two retries are three tries" "$(asked flaky/503/9)" 3
rejected 8 'certificate' "${https/localhost/127.0.0.1}/ok" --retries 3 --retry-delay 60
rejected 8 "expected|HTTP" "$https/garbage" --retries 3 --retry-delay 60

start=$SECONDS
arrives "Retry-After" "$https/wait/429/2"
ok "... is waited for" test $((SECONDS - start)) -ge 2
rejected 8 'alone for 601 seconds' "$https/wait/503/601" --retries 3
is "... but not for ever" "$(asked wait/503/601)" 1
rejected 8 'alone for 9 seconds' "$https/wait/503/9" --retries 3 --max-time 3
is "... nor beyond the deadline" "$(asked wait/503/9)" 1
empty_cache
warnings=$(lxfetch get "$https/flaky/500/1" --sha256 "$digest" 2>&1 >/dev/null)
like "each failure is told, with the pause" "$warnings" \
    'warning: https.*status 500.*trying again in (0[.][5-9]|1[.]0) seconds'

# ---- mirrors ----

for bad in 404 403 500 html other to-http truncated chunked-cut hang-up; do
    arrives "a mirror after $bad" "$https/$bad" --mirror "$https/ok"
done
arrives "the third of three" "$https/404" -m https://localhost:1/ -m "$https/ok"
arrives "a file of this machine is a mirror" "$https/404" -m "$content"
empty_cache
is "what is wrong is asked once" "$(get "$https/other?1" -m "$https/flaky/503/2/m" --retries 2 \
    --sha256 "$digest" >/dev/null 2>&1; asked 'other?1')" 1
rejected 4 "$digest" "$https/other" -m "$https/404" -m "$https/500" --sha256 "$digest"
rejected 8 "/500: .*status 500" "$https/404" -m "$https/500" --sha256 "$digest"
rejected 3 "/none: .*404" "$https/500" -m "$https/none" --sha256 "$digest"
too_many=()
for i in {1..64}; do too_many+=(-m "$https/$i"); done
rejected 10 'more than 63 mirrors' "$https/ok" "${too_many[@]}"

# ---- proxies ----

# by_proxy NAME URL: through $proxy, as its log says.
by_proxy() {
    : >"$log"
    ok "$1" get "$2" --sha256 "$digest" && like "... asks the proxy" "$(<"$log")" '^PROXY .* 200$'
}

# directly NAME URL
directly() {
    : >"$log"
    ok "$1" get "$2" --sha256 "$digest" && unlike "... asks no proxy" "$(<"$log")" '^PROXY'
}

for variable in https_proxy HTTPS_PROXY all_proxy ALL_PROXY; do
    empty_cache
    export "$variable=$proxy"
    by_proxy "$variable" "$https/ok"
    empty_cache
    NO_PROXY=elsewhere,localhost directly "... and NO_PROXY" "$https/ok"
    unset "$variable"
done
for variable in http_proxy HTTP_PROXY all_proxy; do
    empty_cache
    export "$variable=$proxy"
    by_proxy "$variable" http://far.test/file
    unset "$variable"
done
empty_cache
HTTP_PROXY=$proxy directly "HTTP_PROXY is not for https" "$https/ok"
empty_cache
HTTP_PROXY=$proxy REQUEST_METHOD=GET directly "HTTP_PROXY is a header to a CGI program" "$http/ok"
empty_cache
HTTP_PROXY=$proxy no_proxy=localhost directly "HTTP_PROXY and no_proxy" "$http/ok"
empty_cache
https_proxy=$proxy NO_PROXY=localhost.test by_proxy "NO_PROXY of another host" "$https/ok"
empty_cache
https_proxy=${closed_proxy/\/\//\/\/user:secret@} by_proxy "a proxy's password" "$https/ok"
https_proxy=$closed_proxy rejected 8 'proxy wants a name and a password .status 407' "$https/ok"
is "... is asked for once" "$(grep -c ' 407$' "$log")" 1
http_proxy=$closed_proxy rejected 8 'proxy wants a name .*status 407' "$http/ok"
https_proxy=${closed_proxy/\/\//\/\/user:wrong@} rejected 8 'status 407' "$https/ok"
unlike "... and not shown" "$(<"$scratch/error")" 'user|wrong@'
https_proxy=$proxy rejected 8 'proxy refuses .*status 403' https://forbidden.test/
https_proxy=http://localhost:1 rejected 8 'onnect' "$https/ok"

# ---- passwords ----

# sent PATH: whether a password came with each request for it.
sent() {
    awk -v path="/$1" '$2 == path { print $6 == "-" ? "no" : "yes" }' "$log" | tr '\n' ' '
}

secret=${https/\/\//\/\/user:secret@}
cat >"$HOME/.netrc" <<NETRC
machine elsewhere.test login nobody password nothing
machine localhost login user password secret
NETRC
arrives "the home directory's .netrc" "$https/guarded"
: >"$log"
arrives "... within the host" "$https/next-to"
is "... is sent" "$(sent guarded)" 'yes '
: >"$log"
arrives "... but not to another" "$https/to/other.localhost/ok"
is "... is not sent" "$(sent to/other.localhost/ok)$(sent ok)" 'yes no '
mv "$HOME/.netrc" "$tmp/netrc"
rejected 8 'status 401' "$https/guarded"
NETRC=$tmp/netrc arrives "\$NETRC" "$https/guarded"
rejected 8 'status 401' "${https/\/\//\/\/user:wrong@}/guarded"

arrives "a password in the URL" "$secret/guarded"
: >"$log"
arrives "... goes on within the host" "$secret/next-to"
is "... and is sent" "$(sent guarded)" 'yes '
: >"$log"
arrives "... also by an absolute redirect" "$secret/to/localhost/guarded"
is "... and is sent" "$(sent guarded)" 'yes '
: >"$log"
arrives "... but not to another host" "$secret/to/other.localhost/ok"
is "... and is not sent" "$(sent to/other.localhost/ok)$(sent ok)" 'yes no '
: >"$log"
arrives "... nor to another port or scheme" "${http/\/\//\/\/user:secret@}/to/localhost/ok"
is "... and is not sent" "$(sent to/localhost/ok)$(sent ok)" 'yes no '
: >"$log"
CURL_CA_BUNDLE=$site/authority.pem get "$secret/without-scheme" >/dev/null 2>&1
is "... nor to one named without a scheme" "$(sent ok)" ''

# ---- authorities ----

export SSL_CERT_FILE=$site/authority.pem
CURL_CA_BUNDLE='' arrives "SSL_CERT_FILE" "$https/ok"
CURL_CA_BUNDLE=$site/stranger.pem rejected 8 'certificate' "$https/ok"
export SSL_CERT_FILE=$site/stranger.pem
CURL_CA_BUNDLE='' rejected 8 'certificate' "$https/ok"
arrives "CURL_CA_BUNDLE comes before SSL_CERT_FILE" "$https/ok"
unset SSL_CERT_FILE
mkdir "$site/authorities"
cp "$site/authority.pem" \
    "$site/authorities/$(openssl x509 -hash -noout -in "$site/authority.pem").0"
CURL_CA_BUNDLE='' SSL_CERT_DIR=$site/authorities arrives "SSL_CERT_DIR" "$https/ok"
CURL_CA_BUNDLE='' rejected 8 'certificate' "$https/ok"
CURL_CA_BUNDLE=$site/none rejected 8 'CURL_CA_BUNDLE, SSL_CERT_FILE' "$https/ok"
ok "it is trusted in place of the system's" test -z "$(
    CURL_CA_BUNDLE=$site/stranger.pem strace -f -e trace=%file lxfetch get "$https/ok" --retries 0 \
        2>&1 >/dev/null | grep /etc/ssl/certs)"

# ---- no network ----

empty_cache
get "$https/ok" --sha256 "$digest" >/dev/null 2>&1
for arguments in "--sha256 $digest" "--sha256 $wrong" "--sha256 $wrong -m $https/ok"; do
    # shellcheck disable=SC2086
    strace -f -o "$scratch/trace" -e trace=socket,connect lxfetch get "$https/ok" $arguments \
        --offline >/dev/null 2>&1
    unlike "--offline opens no socket: ${arguments%% *}" "$(<"$scratch/trace")" 'socket|connect'
done
empty_cache
ok "--offline takes a mirror on this machine" get "$https/ok" -m "$content" --sha256 "$digest" \
    --offline
