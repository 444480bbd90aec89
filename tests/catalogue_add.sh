#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# lxinstall catalog: catalogues that are added, signed or not, from https and from files; what a
# server may do to them; and wsl.exe's DistributionInfo.json, read and written.
. tests/lib/tap.sh
. tests/lib/publisher.sh
need minisign
new_key one && new_key two || skip_all "gpg makes no keys"
key=${fingerprints[one]}
lxfetch keys add "$scratch/keys/one.asc" >/dev/null 2>&1
minisign -G -W -p "$scratch/mini.pub" -s "$scratch/mini.sec" >/dev/null
lxfetch keys add "$scratch/mini.pub" --name mini >/dev/null 2>&1
mini=$(lxfetch keys list --json | jq -r '.keys[] | select(.name == "mini") | .fingerprint')

pack tiny.tar.gz
digest=$(sha256sum <"$site/tiny.tar.gz" | cut -c 1-64)

# catalogue SERIAL EXPIRES [TIME]: $site/team.yaml, with its signatures.
catalogue() {
    cat >"$site/team.yaml" <<YAML
version: 1
serial: $1
expires: $2
distributions:
  team:
    title: Our own
    releases:
      - name: "$1"
        architectures:
          $machine: {url: tiny.tar.gz, sha256: $digest}
YAML
    sign_at "${3:-20260601T000000}" one "$site/team.yaml" "$site/team.yaml.asc" --detach-sign --armor
    minisign -S -W -s "$scratch/mini.sec" -m "$site/team.yaml" -x "$site/team.yaml.minisig" >/dev/null
}
catalogue 5 2099-12-31

add() {
    lxinstall catalog add "$@"
}
names() {
    lxinstall catalog list --json | jq -r '.catalogues[].name' | tr '\n' ' '
}
# Nothing is added by what fails, and nothing wrong stays in the cache.
fails() {
    local code=$1 pattern=$2 status=0 name=$as before
    shift 2
    before=$(lxinstall catalog list --json)
    "$@" >"$scratch/output" 2>"$scratch/error" || status=$?
    if [ "$status" -eq "$code" ] && grep -qE -e "$pattern" "$scratch/error" &&
        [ "$(lxinstall catalog list --json)" = "$before" ] &&
        ! find "$XDG_CACHE_HOME/lxkit/sha256" -type f -exec grep -l TAMPERED {} + 2>/dev/null; then
        pass "$name"
    else
        not_ok "$name"
        diag "exit status $status, expected $code" "$(head -n 5 "$scratch/error")"
    fi
}

is "no catalogues" "$(names)" ""
ok "a signed one" add "$web/team.yaml" --key "$key"
is "... is listed with its key" "$(lxinstall catalog list --json | jq -r '.catalogues[] |
    [.name, .source, .signer] | join(" ")')" "team $web/team.yaml $key"
like "... in words" "$(lxinstall catalog list)" "^team +signed +$web/team.yaml\$"
is "... and offers" "$(lxinstall search 'our own' --quiet)" team-5
ok "... what can be installed, by an address beside it" lxinstall install team --no-sync
is "... pinned" "$(lxinstall info team --json | jq -r '.tier + " " + .source')" "pinned $web/tiny.tar.gz"
lxinstall remove team --yes 2>/dev/null
as="it is there already" fails 5 'catalog remove team' add "$web/team.yaml" --key "$key"

catalogue 6 2099-12-31
ok "update" lxinstall catalog update team
is "... has the new edition" "$(lxinstall search team --quiet)" team-6
catalogue 5 2099-12-31
as="an older edition" fails 4 'version 5, and 6 was seen before' lxinstall catalog update
catalogue 7 2026-01-31
as="one that has expired" fails 4 'has expired on 2026-01-31' lxinstall catalog update team
catalogue 7 2099-12-31
sed -i 's/Our own/TAMPERED/' "$site/team.yaml"
as="a tampered one" fails 4 'has been changed' lxinstall catalog update team
catalogue 7 2099-12-31
rm "$site/team.yaml.asc"
as="without its signature" fails 4 'without its signature' lxinstall catalog update team
catalogue 7 2099-12-31
sign two "$site/team.yaml" "$site/team.yaml.asc" --detach-sign --armor
as="signed by another key" fails 4 'not among|not accepted' lxinstall catalog update team
is "what was there stays" "$(lxinstall search team --quiet)" team-6
catalogue 7 2099-12-31
sed -i /serial/d "$site/team.yaml"
sign_at 20260601T000000 one "$site/team.yaml" "$site/team.yaml.asc" --detach-sign --armor
as="signed, and without a serial" fails 10 "needs the keys 'serial' and 'expires'" \
    lxinstall catalog update team

# When the date comes, the catalogue is no longer used.
stored=$XDG_DATA_HOME/lxkit/catalogues/team.json
cp "$stored" "$scratch/stored"
sed -i 's/2099-12-31/2026-02-01/' "$stored"
as="an expired one is not used" fails 4 'lxinstall catalog update team' lxinstall install team --dry-run
echo '{' >"$stored"
refuses 10 'lxinstall catalog remove team' lxinstall search team
cp "$scratch/stored" "$stored"

ok "remove" lxinstall catalog remove team
is "... and it is gone" "$(names)" ""
refuses 3 'no catalogue team' lxinstall catalog remove team
catalogue 8 2099-12-31
ok "signed with minisign" add "$web/team.yaml" --key "$mini" --name mine
is "... is listed under the name it was given" "$(names)" "mine "
lxinstall catalog remove mine
ok "a file, with a signature elsewhere" add "$site/team.yaml" --key "$key" --sig "$web/team.yaml.asc"
lxinstall catalog remove team
ok "one that nobody signs" add "$web/team.yaml"
like "... is listed as such" "$(lxinstall catalog list)" '^team +unsigned'
lxinstall catalog remove team
refuses 2 'use https' add "http://localhost/team.yaml"
refuses 2 'give --key' add "$web/team.yaml" --sig "$web/team.yaml.asc"
refuses 2 'no fingerprint' add "$web/team.yaml" --key 12
refuses 2 'give one with --name' add "$web/"
refuses 3 'nowhere' add "$tmp/nowhere.yaml"
refuses 2 'belongs to' lxinstall catalog list --key "$key"
refuses 2 'there are add' lxinstall catalog frobnicate
refuses 2 'takes one URL' lxinstall catalog add
as="a key that is not at hand" fails 4 "lxfetch keys add FILE --key ${fingerprints[two]}" \
    add "$web/team.yaml" --key "${fingerprints[two]}"

# ---- wsl.exe's list ----

cat >"$site/DistributionInfo.json" <<JSON
{
  "Default": "Tiny",
  "ModernDistributions": {
    "Tiny": [
      {"Name": "Tiny-1", "FriendlyName": "Tiny 1", "Default": false,
       "Amd64Url": {"Url": "$web/tiny.tar.gz", "Sha256": "$digest"},
       "Arm64Url": {"Url": "$web/tiny.tar.gz", "Sha256": "$digest"}},
      {"Name": "TinyLinux-2", "FriendlyName": "Tiny 2", "Default": true,
       "Amd64Url": {"Url": "$web/tiny.tar.gz", "Sha256": "0x${digest^^}"},
       "Arm64Url": {"Url": "$web/tiny.tar.gz", "Sha256": "0x${digest^^}"}},
      {"Name": "Tiny-nowhere", "FriendlyName": "for no machine"}
    ]
  },
  "Distributions": [
    {"Name": "OldOne", "FriendlyName": "Old one", "StoreAppId": "9X", "Amd64": true, "Arm64": true,
     "Amd64PackageUrl": "https://example.org/old.appx", "PackageFamilyName": "x"}
  ]
}
JSON
ok "DistributionInfo.json is added as it is" add "$web/DistributionInfo.json"
is "... all that it offers" "$(lxinstall list --online --quiet | tr '\n' ' ')" "TinyLinux-2 Tiny-1 OldOne "
# means NAME ENTRY
means() {
    is "... $1 means $2" "$(lxinstall install "$1" --dry-run --json | jq -r .name)" "$2"
}
means Tiny TinyLinux-2
means tinylinux-2 TinyLinux-2
means Tiny-1 Tiny-1
refuses 6 'package of the Store' lxinstall install OldOne
refuses 3 'no distribution' lxinstall install Tiny-nowhere
ok "... with 0x before the digest: installed" lxinstall install Tiny --no-sync
is "... pinned" "$(lxinstall info TinyLinux-2 --json | jq -r '.tier + " " + .source_sha256')" \
    "pinned $digest"
lxinstall remove TinyLinux-2 --yes 2>/dev/null

# Catalogues hide what stands behind them; with --override the installed manifests do not count.
ok "an older one of another name" add "$site/DistributionInfo.json" --name aaa --override
is "... hides nothing else" "$(names)" "DistributionInfo aaa "
lxinstall catalog remove aaa

lxinstall catalog export "$tmp/out.json" 2>"$scratch/warnings"
is "export: flavors, entries and digests" "$(jq -c '[.Default, (.ModernDistributions.Tiny[] |
    [.Name, .FriendlyName, .Default, .Amd64Url.Sha256])]' "$tmp/out.json")" \
    "[\"Tiny\",[\"TinyLinux-2\",\"Tiny 2\",true,\"$digest\"],[\"Tiny-1\",\"Tiny 1\",null,\"$digest\"]]"
lxinstall catalog remove DistributionInfo
ok "what was exported can be added" add "$tmp/out.json" --name again
is "... and offers the same" "$(lxinstall list --online --quiet | tr '\n' ' ')" "TinyLinux-2 Tiny-1 "
is "... and is exported the same" "$(lxinstall catalog export | jq -S .)" "$(jq -S . "$tmp/out.json")"
lxinstall catalog remove again
exported=$(lxinstall catalog export --manifest manifests --default debian 2>"$scratch/warnings")
is "our own: the default" "$(jq -r .Default <<<"$exported")" debian
is "... every digest has 64 digits, every URL is https" "$(jq -r '.ModernDistributions[][] |
    .Amd64Url, .Arm64Url | values | select((.Sha256 | test("^[0-9a-f]{64}$") | not) or
    (.Url | startswith("https://") | not))' <<<"$exported")" ""
images() {
    jq "$1 | length" <<<"$2"
}
is "... what has none is told, each" \
    "$(grep -cE ': [^ ]+ for (amd64|arm64) is left out: ' "$scratch/warnings")" \
    "$(($(images '[.offers[].images[]]' "$(LXKIT_MANIFESTS=manifests lxinstall list --online --json)") -
        $(images '[.ModernDistributions[][] | .Amd64Url, .Arm64Url | values]' "$exported")))"
like "... as Void" "$(<"$scratch/warnings")" \
    'void-current for amd64 is left out: its SHA-256 is not known beforehand'
refuses 5 'out.json' lxinstall catalog export "$tmp/out.json" --manifest manifests
refuses 3 'no distribution nobody' lxinstall catalog export --manifest manifests --default nobody

# broken PATTERN JQ: the list, changed so, is refused.
broken() {
    jq "$2" "$site/DistributionInfo.json" >"$tmp/broken.json"
    as="refused: $1" refuses 10 "$1" add "$tmp/broken.json"
}
broken 'Sha256 must have 64' '.ModernDistributions.Tiny[0].Amd64Url.Sha256 = "12"'
broken 'Sha256 must have 64' '.ModernDistributions.Tiny[0].Amd64Url.Sha256 = ""'
broken 'must be text in an object' '.ModernDistributions.Tiny[0].Amd64Url = "x"'
broken 'Url must begin' '.ModernDistributions.Tiny[0].Amd64Url.Url = "ftp://x/y"'
broken 'an object is expected' '.ModernDistributions = []'
broken 'a list of entries' '.ModernDistributions.Tiny = {}'
broken 'a list is expected' '.Distributions = {}'
broken 'entry must be an object' '.ModernDistributions.Tiny[0] = 1'
broken 'cannot be' '.ModernDistributions.Tiny[0].Name = "a b"'
printf '{"ModernDistributions": {' >"$tmp/broken.json"
refuses 10 'broken.json:1:' add "$tmp/broken.json"
