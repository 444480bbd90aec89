# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2154,SC2034 # $scratch is tap.sh's; the scripts use what is set here
#
# For tests/fetch*.sh, after tap.sh: starts tests/lib/https_server.py with an authority of its own, on
# the loopback interface. Then there are
#
#     $https $http              its addresses, without a slash at the end
#     $proxy $closed_proxy      two proxies, the second with a password
#     $content $digest          the file it serves, and its SHA-256; $wrong is another one
#     $site                     certificates: authority.pem, and stranger.pem of somebody else
#     $log                      what it was asked (see there)
need openssl python3
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
unset SSL_CERT_FILE SSL_CERT_DIR NETRC REQUEST_METHOD

site=$scratch/site
log=$site/log
mkdir "$site"
: >"$log"

# certify NAME: an authority NAME.pem, and a certificate of localhost signed by it.
certify() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -subj "/CN=$1" -keyout "$site/$1.key" -out "$site/$1.pem" &&
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \
            -keyout "$site/$1-host.key" -out "$site/$1-host.csr" &&
        openssl x509 -req -in "$site/$1-host.csr" -CA "$site/$1.pem" -CAkey "$site/$1.key" -days 2 \
            -extfile <(echo subjectAltName=DNS:localhost,DNS:other.localhost,DNS:far.test) \
            -out "$site/$1-host.pem"
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
    "$content" "$site/ports" "$log" &
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
read -r https_port http_port proxy_port closed_proxy_port <"$site/ports"
https=https://localhost:$https_port
http=http://localhost:$http_port
proxy=http://localhost:$proxy_port closed_proxy=http://localhost:$closed_proxy_port

# empty_cache: the next runs find a new cache, in $cache.
caches=0
empty_cache() {
    caches=$((caches + 1))
    export XDG_CACHE_HOME=$HOME/cache$caches
    cache=$XDG_CACHE_HOME/lxkit
}

# Whole files in the cache, and what is on its way.
entries() {
    find "$cache/sha256" "$cache/partial" -type f 2>/dev/null
}

# get ARGUMENT...: without a pause before a try is repeated.
get() {
    lxfetch get --retry-delay 0 "$@"
}

# arrives NAME URL [OPTION...]: into an empty cache, with the right digest and nothing beside it.
arrives() {
    local name=$1
    shift
    empty_cache
    ok "$name" get --sha256 "$digest" "$@" &&
        is "... and it alone is in the cache" "$(entries)" "$cache/sha256/$digest" &&
        same "... byte for byte" "$cache/sha256/$digest" "$content"
}

# rejected CODE PATTERN ARGUMENT...: by get, at the first try, with an empty cache that stays empty.
rejected() {
    local code=$1 pattern=$2
    shift 2
    empty_cache
    refuses "$code" "$pattern" lxfetch get --retries 0 "$@"
}

# asked PATH: how often the server was.
asked() {
    awk -v path="/$1" '$2 == path' "$log" | wc -l
}

# headers PATH: range and condition of each request for it.
headers_of() {
    awk -v path="/$1" '$2 == path { print $3, $4, $5 }' "$log"
}
