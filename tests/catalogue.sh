#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The manifests that come with lxkit: every entry gives a plan without any network, no entry has a
# lower tier than it says, names are found by all that people call them; and the lists that
# distributions have really signed lead to the files that they name.
. tests/lib/tap.sh
need jq
export LXKIT_MANIFESTS=manifests https_proxy=http://127.0.0.1:9

offers=$(lxinstall list --online --json)
ok "there are offers" test "$(jq '.offers | length' <<<"$offers")" -ge 35
for name in ubuntu debian fedora opensuse sle kali almalinux rocky oracle archlinux alpine void gentoo \
    nixos amazon; do
    ok "$name is offered" lxinstall search "$name"
done

# Each image: NAME ARCHITECTURE TIER URL KEYS...
images=$(jq -r '.offers[] | .name as $name | .images[] |
    [$name, .architecture, .tier, .url] + .keys | join(" ")' <<<"$offers")
like "both architectures" "$images" ' arm64 '
wrong='' planned=0
while read -r name architecture tier url keys; do
    plan=$(lxinstall install "$name" --arch "$architecture" --dry-run --json 2>&1)
    seen=$(jq -r '[.source.tier, .source.location, .source.keys[]] | join(" ")' <<<"$plan" 2>&1)
    if [ "$seen" = "$tier $url${keys:+ $keys}" ]; then
        planned=$((planned + 1))
    else
        wrong+="$name $architecture: $seen; "
    fi
done <<<"$images"
is "every image has a plan" "$planned $wrong" "$(wc -l <<<"$images") "
is "every name of a key is known to lxfetch" "$(comm -23 \
    <(jq -r '.offers[].images[].keys[]' <<<"$offers" | sort -u) \
    <(lxfetch keys list --json | jq -r '.keys[].fingerprint' | sort -u))" ""
is "all is https" "$(jq -r '.offers[].images[] | .url, .list, .signature | values |
    select(startswith("https://") | not)' <<<"$offers")" ""
is "a plan makes nothing" "$(find "$HOME" -type f)" ""

# means NAME OFFER
means() {
    is "$1 means $2" "$(lxinstall install "$1" --arch amd64 --dry-run --json |
        jq -r '.source | .distribution + "-" + .release')" "$2"
}
means ubuntu ubuntu-26.04
means Ubuntu-24.04 ubuntu-24.04
means ubuntu-noble ubuntu-24.04
means FedoraLinux-44 fedora-44
means kali-linux kali-2026.2
means SUSE-Linux-Enterprise-15-SP7 sle-15-SP7
means openSUSE-Tumbleweed opensuse-Tumbleweed
means AlmaLinux-Kitten-10 almalinux-Kitten-10
means debian-13 debian-trixie
means archlinux archlinux-latest

like "search finds titles" "$(lxinstall search enterprise)" '^\* sle-16.0 +pinned +amd64 +SUSE'
is "search, quiet" "$(lxinstall search leap --quiet)" opensuse-Leap-16.0
refuses 3 'nothing with' lxinstall search nowhere-at-all
if ! env -u LXKIT_MANIFESTS lxinstall list --online >/dev/null 2>&1; then
    refuses 3 'no manifest to find .debian. in: none is installed' \
        env -u LXKIT_MANIFESTS lxinstall search debian
fi
refuses 4 'lxfetch keys add FILE --key 0482D84022F52DF1C4E7CD43293ACD0907D9495A' \
    lxinstall install alpine --no-sync --arch amd64

# ---- real documents ----

need_data signed-documents/ubuntu signed-documents/fedora signed-documents/void

# leads NAME FILE URL LIST SIGNATURE KEY: an entry with that list asks for FILE, which is not there.
leads() {
    local signature=${5:+signature: $data/signed-documents/$5}
    cat >"$scratch/real.yaml" <<YAML
version: 1
distributions:
  real:
    title: Real
    releases:
      - name: "1"
        architectures:
          amd64:
            url: $3
            tier: signed
            list: $(realpath "$data/signed-documents/$4")
            keys: [$6]
            ${signature:+signature: $(realpath "$data/signed-documents/$5")}
YAML
    as=$1 refuses 3 "$2" lxinstall install real --arch amd64 --manifest "$scratch/real.yaml"
}
leads "Ubuntu's list has the newest point release" /nowhere/ubuntu-24.04.4-wsl-amd64.wsl \
    '/nowhere/ubuntu-24.04*-wsl-amd64.wsl' ubuntu/SHA256SUMS ubuntu/SHA256SUMS.gpg \
    843938DF228D22F7B3742BC0D94AA3F0EFE21092
leads "Fedora's list" /nowhere/Fedora-WSL-Base-44-1.7.x86_64.wsl \
    /nowhere/Fedora-WSL-Base-44-1.7.x86_64.wsl fedora/Fedora-Container-44-1.7-x86_64-CHECKSUM '' \
    36F612DCF27F7D1A48A835E4DBFCF71C6D9F90A6
leads "Void's list" /nowhere/void-x86_64-musl-ROOTFS-20250202.tar.xz \
    '/nowhere/void-x86_64-musl-ROOTFS-*.tar.xz' void/sha256sum.txt void/sha256sum.sig 4D56E70F102AF9F9
