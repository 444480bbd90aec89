# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2154,SC2034 # $scratch is tap.sh's; the scripts use what is set here
#
# For tests of signed distributions, after tap.sh: somebody who publishes root file systems. There
# are
#
#     $site $web          a directory, and the https address where it is served
#     $asked              what was asked for there (tests/lib/https_directory.py)
#     new_key NAME [ALGORITHM]    makes $scratch/keys/NAME.asc, its fingerprint in ${fingerprints[NAME]}
#     sign NAME FILE SIGNATURE OPTION...          with gpg; sign_at TIME NAME ... as if it were then
#     $tiny $machine      a root with an ELF file for this machine as /bin/sh, as a directory;
#                         pack NAME makes $site/NAME of it
need gpg gpgconf openssl python3 tar gzip sha256sum jq

export GNUPGHOME=$scratch/gnupg
site=$scratch/site asked=$scratch/asked
mkdir -m 700 "$GNUPGHOME"
mkdir "$site" "$scratch/keys" "$scratch/tls"
: >"$asked"
: >"$scratch/address"

declare -A fingerprints
new_key() {
    gpg --batch --quiet --passphrase '' --faked-system-time 20260101T000000 \
        --quick-gen-key "$1 <$1@example.org>" "${2:-ed25519}" sign never 2>/dev/null || return
    fingerprints[$1]=$(gpg --batch --with-colons --list-keys "$1@example.org" 2>/dev/null |
        awk -F: '/^fpr/ { print $10; exit }')
    gpg --batch --export-options export-minimal --armor --export "$1@example.org" \
        >"$scratch/keys/$1.asc"
}

sign() {
    local name=$1 file=$2 out=$3
    shift 3
    gpg --batch --quiet --yes --passphrase '' --local-user "$name@example.org" --output "$out" "$@" \
        "$file" 2>/dev/null
}

sign_at() {
    local time=$1
    shift
    sign "$@" --faked-system-time "$time!"
}

unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
python3 tests/lib/https_directory.py "$scratch/tls" "$site" "$asked" >"$scratch/address" &
server=$!
end() {
    local status=$?
    kill "$server"
    wait "$server" 2>/dev/null
    gpgconf --kill all
    (exit "$status")
    tap_end
}
trap end EXIT
for ((i = 0; i < 200; i++)); do
    [ ! -s "$scratch/address" ] || break
    sleep 0.05
done
read -r web <"$scratch/address" || skip_all "the server does not start"
export CURL_CA_BUNDLE=$scratch/tls/authority.pem

tiny=$scratch/tiny
mkdir -p "$tiny/etc" "$tiny/bin"
printf 'NAME=Tiny\nID=tiny\nVERSION_ID="1.2"\n' >"$tiny/etc/os-release"
head -c 4096 "$B/lxinstall" >"$tiny/bin/sh"
chmod 755 "$tiny/bin/sh"
pack() {
    tar -C "$tiny" -czf "$site/$1" .
}

case $(uname -m) in
x86_64) machine=amd64 other=arm64 ;;
aarch64) machine=arm64 other=amd64 ;;
*) skip_all "not a machine that distributions publish for" ;;
esac
