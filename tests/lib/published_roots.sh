# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2154,SC2034,SC2119,SC2120 # $tmp and others are set elsewhere, and used by the scripts
#
# For tests/install_trust.sh and install_proof.sh: two roots, 1.9 and 1.10, published by tests/lib/
# publisher.sh with lists and signatures, and what lxinstall makes of them. The key "one", $key, is at
# hand; "two" is not.
. tests/lib/publisher.sh
new_key one && new_key two || skip_all "gpg makes no keys"
key=${fingerprints[one]}
lxfetch keys add "$scratch/keys/one.asc" >/dev/null 2>&1

# manifest KEYS...: $tmp/m.yaml has "tiny" for this machine, with these lines.
export LXKIT_MANIFESTS=$tmp/m.yaml
manifest() {
    {
        printf 'version: 1\ndistributions:\n  tiny:\n    title: Tiny\n    releases:\n'
        printf '      - name: "1"\n        architectures:\n          %s:\n' "$machine"
        printf '            %s\n' "$@"
    } >"$tmp/m.yaml"
}

# publish [TIME]: the roots of versions 1.9 and 1.10, and their lists, signed.
publish() {
    (cd "$site" && sha256sum root-1.9.tar.gz root-1.10.tar.gz >SHA256SUMS)
    sign_at "${1:-20260601T000000}" one "$site/SHA256SUMS" "$site/SHA256SUMS.gpg" --detach-sign
    sign_at "${1:-20260601T000000}" one "$site/SHA256SUMS" "$site/SHA256SUMS.asc" --clear-sign
    genuine
}
# What may be in the cache after a failure.
genuine() {
    (cd "$site" && find . -type f -exec sha256sum {} + | cut -c 1-64) >"$scratch/genuine"
}
pack root-1.9.tar.gz
echo newest >"$tiny/etc/motd"
pack root-1.10.tar.gz
publish
sign_at 20260601T000000 one "$site/root-1.9.tar.gz" "$site/root-1.9.tar.gz.sig" --detach-sign
digest() {
    sha256sum <"$site/$1" | cut -c 1-64
}

signed=("url: $web/root-1.*.tar.gz" "tier: signed" "list: $web/SHA256SUMS"
    "signature: $web/SHA256SUMS.gpg" "keys: [$key]")
file_signed=("url: $web/root-1.9.tar.gz" "tier: signed" "signature: $web/root-1.9.tar.gz.sig"
    "keys: [$key]")

install() {
    lxinstall install --no-sync "$@"
}
# entry FILTER: of the distribution "x" in the registry, which is then removed.
entry() {
    lxinstall info x --json | jq -r "$1"
    lxinstall remove x --yes >/dev/null 2>&1
}
# Digests of all that is in the cache.
cached() {
    find "$XDG_CACHE_HOME/lxkit/sha256" "$XDG_CACHE_HOME/lxkit/partial" -type f -printf '%f\n' \
        2>/dev/null | sort
}
rewind() {
    rm -rf "$XDG_CACHE_HOME/lxkit" "$XDG_STATE_HOME/lxkit"
}

# fails CODE PATTERN ARGUMENT...: to install it as x; nothing is registered, no disk is left, and the
# cache has nothing but what was published and is genuine.
fails() {
    local code=$1 pattern=$2 status=0 name="${as:-fails with $1: $2}" wrong known
    shift 2
    install "$@" --name x >"$scratch/output" 2>"$scratch/error" </dev/null || status=$?
    known=$(cat "$scratch/genuine" 2>/dev/null)
    wrong=$(cached | grep -vxF "$known")
    if [ "$status" -eq "$code" ] && grep -qE -e "$pattern" "$scratch/error" && [ -z "$wrong" ] &&
        [ "$(lxinstall list --quiet)" = "" ] && [ ! -e "$XDG_DATA_HOME/lxkit/distributions/x" ]; then
        pass "$name"
        return
    fi
    not_ok "$name"
    diag "exit status $status, expected $code; in the cache: $wrong"
    diag "$(head -n 20 "$scratch/error")"
}
genuine
