#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# lxfetch verify and keys: signed lists and files, which keys count, what is said; and the documents
# that distributions have signed, with their own keys and gpgv beside us.
. tests/lib/tap.sh
need gpg gpgconf gpgv minisign python3

export GNUPGHOME=$scratch/gnupg
mkdir -m 700 "$GNUPGHOME"
cleanup() {
    gpgconf --kill all
}

# new_key NAME ALGORITHM: $tmp/NAME.asc, and NAME's fingerprint in fingerprints[NAME].
declare -A fingerprints
new_key() {
    gpg --batch --quiet --passphrase '' --quick-gen-key "$1 <$1@example.org>" "$2" sign never \
        2>/dev/null || return 1
    fingerprints[$1]=$(gpg --batch --with-colons --list-keys "$1@example.org" |
        awk -F: '/^fpr/ { print $10; exit }')
    gpg --batch --export-options export-minimal --armor --export "$1@example.org" >"$tmp/$1.asc"
}
new_key one ed25519 && new_key two nistp256 && new_key three rsa3072 ||
    skip_all "gpg makes no keys"

# sign NAME FILE SIGNATURE OPTION...
sign() {
    local name=$1 file=$2 out=$3
    shift 3
    gpg --batch --quiet --yes --passphrase '' --local-user "$name@example.org" --output "$out" "$@" \
        "$file"
}

verify() {
    lxfetch verify "$@"
}

field() {
    jq -r "$1" <<<"$2"
}

# ---- files and lists ----

echo "a root file system" >"$tmp/root.tar.xz"
echo "another one" >"$tmp/other.tar.xz"
(cd "$tmp" && sha256sum root.tar.xz other.tar.xz >SHA256SUMS && sha512sum root.tar.xz >SHA512SUMS &&
    sha256sum --tag -b root.tar.xz >BSD)
size=$(stat -c %s "$tmp/root.tar.xz")
sed "1i# root.tar.xz: $size bytes" "$tmp/BSD" >"$tmp/SIZED"
sed "1i# root.tar.xz: $((size + 1)) bytes" "$tmp/BSD" >"$tmp/MISSIZED"
sed 's/root/rooot/' "$tmp/SHA256SUMS" >"$tmp/RENAMED"
sed '1{p;s/^./x/;s/x/0/}' "$tmp/SHA256SUMS" >"$tmp/DOUBLED"
sed '1s/^\(.\)\(.\)/\2\1/' "$tmp/SHA256SUMS" >"$tmp/WRONG"
echo "nothing that is a list" >"$tmp/NOLIST"
for list in SHA256SUMS SHA512SUMS BSD SIZED MISSIZED RENAMED DOUBLED WRONG NOLIST; do
    sign one "$tmp/$list" "$tmp/$list.asc" --clear-sign
    sign one "$tmp/$list" "$tmp/$list.gpg" --detach-sign
done
root=$tmp/root.tar.xz
ring=(--keyring "$tmp/one.asc")

for list in SHA256SUMS SHA512SUMS BSD SIZED; do
    ok "$list, clearsigned" verify "$root" --sums "$tmp/$list.asc" "${ring[@]}"
    ok "$list, detached" verify "$root" --sums "$tmp/$list" --sig "$tmp/$list.gpg" "${ring[@]}"
done
for key in one two three; do
    sign "$key" "$root" "$tmp/$key.sig" --detach-sign
    sign "$key" "$root" "$tmp/$key.armored" --detach-sign --armor
    ok "the file itself, by $key" verify "$root" --sig "$tmp/$key.sig" --keyring "$tmp/$key.asc"
    ok "... armoured" verify "$root" --sig "$tmp/$key.armored" --keyring "$tmp/$key.asc"
done
gpg --batch --export one@example.org two@example.org >"$tmp/both.gpg"
ok "a file of several keys" verify "$root" --sig "$tmp/two.sig" --keyring "$tmp/both.gpg"
cat "$tmp/one.asc" "$tmp/two.asc" >"$tmp/both.asc"
ok "... armoured, one after the other" verify "$root" --sig "$tmp/two.sig" --keyring "$tmp/both.asc"
{ echo "pub  words as packages have them"; cat "$tmp/two.asc"; } >"$tmp/worded.asc"
ok "... with words before it" verify "$root" --sig "$tmp/two.sig" --keyring "$tmp/worded.asc"

refuses 4 'does not have the checksum that .*WRONG.asc gives' \
    verify "$root" --sums "$tmp/WRONG.asc" "${ring[@]}"
refuses 4 'no line for root.tar.xz' verify "$root" --sums "$tmp/RENAMED.asc" "${ring[@]}"
refuses 4 'two different things of root.tar.xz' verify "$root" --sums "$tmp/DOUBLED.asc" "${ring[@]}"
refuses 4 "has $size bytes, and .* says $((size + 1))" \
    verify "$root" --sums "$tmp/MISSIZED.asc" "${ring[@]}"
refuses 4 'no line with a SHA-256' verify "$root" --sums "$tmp/NOLIST.asc" "${ring[@]}"
refuses 4 'it is not signed; give its signature too' verify "$root" --sums "$tmp/SHA256SUMS"
refuses 4 'it is not signed; give its signature, or a signed list' verify "$root"
refuses 4 'what was signed has been changed' \
    verify "$root" --sums "$tmp/WRONG" --sig "$tmp/SHA256SUMS.gpg" "${ring[@]}"
refuses 4 'no detached signature' verify "$root" --sums "$tmp/SHA256SUMS" --sig "$root" "${ring[@]}"
refuses 4 'not among the accepted keys' verify "$root" --sums "$tmp/SHA256SUMS.asc"
refuses 4 'not among the accepted keys' verify "$root" --sig "$tmp/two.sig" "${ring[@]}"
refuses 4 'not accepted for this' verify "$root" --sig "$tmp/two.sig" --keyring "$tmp/both.gpg" \
    --key "${fingerprints[one]}"
ok "one of two keys that are pinned" verify "$root" --sig "$tmp/two.sig" \
    --keyring "$tmp/both.gpg" --key "${fingerprints[one]}" --key "${fingerprints[two]}"
refuses 2 'no fingerprint' verify "$root" --sig "$tmp/two.sig" --key "${fingerprints[two]:32}"
refuses 2 'give 0D56E70F102AF9F9' verify "$root" --sig "$tmp/two.sig" --key D56E70F102AF9F9
refuses 2 'give --sums too' verify "$root" --sig "$tmp/two.sig" --name root
refuses 3 "$tmp/none" verify "$tmp/none" --sig "$tmp/two.sig"
refuses 3 "$tmp/none" verify "$root" --sig "$tmp/none"
refuses 6 'no regular file' verify "$tmp" --sig "$tmp/two.sig" --keyring "$tmp/two.asc"
refuses 10 'no public key' verify "$root" --sig "$tmp/two.sig" --keyring "$root"
head -c 5000000 /dev/zero >"$tmp/zeros"
refuses 4 'zeros is larger than 4.00 MiB; that is no list' verify "$root" --sums "$tmp/zeros"
refuses 4 'zeros is larger than 64.0 KiB; that is no signature' verify "$root" --sig "$tmp/zeros"
refuses 4 'zeros is larger than 4.00 MiB; that is no key' \
    verify "$root" --sig "$tmp/two.sig" --keyring "$tmp/zeros"
rm "$tmp/zeros"

cp "$root" "$tmp/mine"
refuses 4 'no line for mine' verify "$tmp/mine" --sums "$tmp/SHA256SUMS.asc" "${ring[@]}"
ok "--name" verify "$tmp/mine" --sums "$tmp/SHA256SUMS.asc" "${ring[@]}" --name root.tar.xz
mkdir "$tmp/other"
cp "$tmp/other.tar.xz" "$tmp/other/root.tar.xz"
refuses 4 'does not have the checksum' \
    verify "$tmp/other/root.tar.xz" --sums "$tmp/SHA256SUMS.asc" "${ring[@]}"

report=$(verify "$root" --sums "$tmp/SHA256SUMS.asc" "${ring[@]}")
like "it says which key" "$report" "^key +${fingerprints[one]} one.asc$"
like "... and when" "$report" "^signed +$(date -u +%Y-%m-%d)T"
like "... and what is covered" "$report" "^covers +its checksum in $tmp/SHA256SUMS.asc$"
report=$(verify "$root" --sums "$tmp/SHA256SUMS.asc" "${ring[@]}" --json)
is "JSON: tier" "$(field .tier "$report")" signed
is "JSON: fingerprint" "$(field .key.fingerprint "$report")" "${fingerprints[one]}"
is "JSON: what is covered" "$(field '.covers + " " + .list' "$report")" "list $tmp/SHA256SUMS.asc"
is "JSON: digest and size" "$(field '"\(.sha256) \(.size)"' "$report")" \
    "$(sha256sum <"$root" | cut -c 1-64) $size"
report=$(verify "$tmp/SHA256SUMS.asc" "${ring[@]}" --json)
is "JSON: a clearsigned file by itself" "$(field .covers "$report")" file

# A signature that lxfetch waits for is bounded in time and memory whatever it is.
head -c 60000 /dev/urandom | sed '1s/^/\xc2\xff\x00\x00\xea\x00/' >"$tmp/noise"
refuses 4 'trusted' verify "$root" --sig "$tmp/noise" "${ring[@]}"

# One good signature is enough, wherever it stands.
sign one "$tmp/other.tar.xz" "$tmp/stray.sig" --detach-sign
cat "$tmp/stray.sig" "$tmp/two.sig" >"$tmp/last.sig"
cat "$tmp/two.sig" "$tmp/stray.sig" >"$tmp/first.sig"
cat "$tmp/stray.sig" "$tmp/three.sig" >"$tmp/foreign.sig"
for signature in first last; do
    report=$(verify "$root" --sig "$tmp/$signature.sig" --keyring "$tmp/both.gpg" --json)
    is "the good one of two signatures is the $signature" \
        "$(field .key.fingerprint "$report")" "${fingerprints[two]}"
done
refuses 4 'what was signed has been changed' \
    verify "$root" --sig "$tmp/foreign.sig" --keyring "$tmp/both.gpg"

mkdir "$tmp/empty"
touch "$tmp/empty/librnp.so.0"
LD_LIBRARY_PATH=$tmp/empty refuses 6 'librnp.so.0 cannot be loaded.* install the package' \
    verify "$root" --sig "$tmp/two.sig" --keyring "$tmp/both.gpg"

# ---- Void's rule ----

minisign -G -W -p "$tmp/void.pub" -s "$scratch/void.sec" >/dev/null
cp "$root" "$tmp/void-x86_64-ROOTFS-20250202.tar.xz"
cp "$root" "$tmp/void-x86_64-ROOTFS-20240314.tar.xz"
(cd "$tmp" && sha256sum --tag void-*.xz >void.txt)
minisign -S -W -s "$scratch/void.sec" -m "$tmp/void.txt" -x "$tmp/void.sig" \
    -t 'This key is only valid for images with date 20250202.' >/dev/null
void=(--sums "$tmp/void.txt" --sig "$tmp/void.sig" --keyring "$tmp/void.pub")
ok "an image of the key's date" verify "$tmp/void-x86_64-ROOTFS-20250202.tar.xz" "${void[@]}"
refuses 4 'only valid for images with date 20250202' \
    verify "$tmp/void-x86_64-ROOTFS-20240314.tar.xz" "${void[@]}"

# ---- keys ----

keys() {
    lxfetch keys "$@"
}
listed() {
    keys list --json | jq -r --arg f "$1" '.keys[] | select(.fingerprint == $f) | .origin + " " + .name'
}
kali=827C8569F2518CC677FECA1AED65462EC8D5E4C5
is "a key that is known and missing" "$(listed "$kali")" "missing kali-2025"
refuses 4 "lxfetch keys add FILE --key $kali" verify "$root" --sig "$tmp/two.sig" --key "$kali"
refuses 4 'does not hold the key' keys add "$tmp/one.asc" --key "$kali"
refuses 2 'holds 2 keys' keys add "$tmp/both.gpg"
refuses 3 'does not hold the key' keys add "$tmp/both.gpg" --key "$kali"
refuses 2 'cannot be the name' keys add "$tmp/one.asc" --name ../one
refuses 5 'fedora-44 is the name of another key' keys add "$tmp/one.asc" --name fedora-44
refuses 10 'no public key' keys add "$root"
refuses 3 "$tmp/none" keys add "$tmp/none"
refuses 2 'keys list' keys frobnicate
refuses 2 'takes one FILE' keys add
refuses 2 'takes nothing' keys list all
refuses 2 'belong to' keys list --name x
refuses 3 'no key one' keys remove one
refuses 6 'part of the program' keys remove fedora-44

ok "keys add" keys add "$tmp/one.asc"
is "... is listed" "$(listed "${fingerprints[one]}")" "added one"
ok "... and counts" verify "$root" --sums "$tmp/SHA256SUMS.asc"
ok "... and again" keys add "$tmp/one.asc"
refuses 5 'there already, as one' keys add "$tmp/one.asc" --name uno
refuses 5 'one is the name of another key' keys add "$tmp/two.asc" --name one
refuses 4 'not accepted for this' verify "$root" --sig "$tmp/one.sig" \
    --key 36F612DCF27F7D1A48A835E4DBFCF71C6D9F90A6
ok "keys add, one of several" keys add "$tmp/both.gpg" --key "${fingerprints[two]}" --name second
is "... by its name" "$(listed "${fingerprints[two]}")" "added second"
ok "keys add, minisign" keys add "$tmp/void.pub" --name void-test
ok "... and it counts" verify "$tmp/void-x86_64-ROOTFS-20250202.tar.xz" --sums "$tmp/void.txt" \
    --sig "$tmp/void.sig"
ok "keys remove, by name" keys remove one
ok "keys remove, by fingerprint" keys remove "${fingerprints[two],,}"
refuses 4 'not among' verify "$root" --sums "$tmp/SHA256SUMS.asc"
echo damaged >"$XDG_DATA_HOME/lxkit/keys/spoilt.gpg"
refuses 10 'lxfetch keys remove' keys list
ok "a damaged key can be removed" keys remove spoilt
ok "... and then all is well" keys list
keys remove void-test

# ---- keys are held to their fingerprints when lxkit is built ----

# spoilt NAME WORDS COMMAND...: the command spoils a copy of manifests/keys.
spoilt() {
    local name=$1 words=$2
    shift 2
    rm -rf "$scratch/keys"
    cp -r manifests/keys "$scratch/keys"
    (cd "$scratch/keys" && "$@")
    if scripts/embed-keys "$scratch/keys" >/dev/null 2>"$scratch/error"; then
        not_ok "the build stops: $name"
    else
        like "the build stops: $name" "$(<"$scratch/error")" "$words"
    fi
}
ok "the keys can be embedded" scripts/embed-keys manifests/keys
spoilt "another key" 'fedora-44.asc is C6E7F0' cp fedora-43.asc fedora-44.asc
spoilt "another minisign key" 'void-release-20250202.pub is A3FC' \
    cp void-release-20240314.pub void-release-20250202.pub
spoilt "a changed key" 'fedora-44.asc' sed -i '5s/^./-/' fedora-44.asc
spoilt "an emptied key" 'fedora-44.asc' truncate -s 0 fedora-44.asc
spoilt "a changed fingerprint" 'index says' sed -i '/^fedora-44/s/36F6/36F7/' index
spoilt "a key without a line" 'fedora-44.asc has no line' sed -i /^fedora-44/d index
spoilt "a day that is none" 'no day' sed -i '/^fedora-44/s/2025-01-14/2025-02-30/' index
spoilt "an unknown option" 'no options' sed -i '/^fedora-44/s/ - / v5 /' index
spoilt "a name twice" 'comes twice' sed -i '/^fedora-44/p' index

# ---- what distributions have signed ----

[ -d "$data/signed-documents" ] && [ -d "$data/keys" ] || {
    skip "signed documents" "no $data/signed-documents (set LXKIT_TEST_DATA)"
    exit 0
}
documents=$data/signed-documents
# document KEY FILE [SIGNATURE]
document() {
    local key=$1 file=$documents/$2 args=(--json) report
    [ -z "${3:-}" ] || args+=(--sig "$documents/$3")
    report=$(verify "$file" "${args[@]}")
    is "$2: by the key in the program" "$(field .key.name "$report")" "$key"
    if [ -e "$data/keys/$key.asc" ]; then
        ok "$2: by $key.asc" verify "$file" "${args[@]}" --keyring "$data/keys/$key.asc"
        gpg --batch --yes --quiet --dearmor -o "$scratch/ring.gpg" "$data/keys/$key.asc"
        # Documents of several signers make its exit status 2.
        gpgv --status-fd 1 --keyring "$scratch/ring.gpg" ${3:+"$documents/$3"} "$file" \
            >"$scratch/gpgv" 2>/dev/null
        like "... gpgv says the same key and time" "$(<"$scratch/gpgv")" \
            "VALIDSIG $(field .key.signing "$report") .* $(date -d "$(field .signed "$report")" +%s) "
    else
        ok "$2: minisign says so too" minisign -V -q -p "$data/keys/$key.pub" -m "$file" \
            -x "$documents/$3"
    fi
    # One digit of a checksum.
    sed -E '0,/[0-9a-f]{64}/s/([0-9a-f]{20})0?([1-9a-f])/\10\2/;t;s/^([0-9a-f])/\1\1/' "$file" >"$tmp/changed"
    cmp -s "$file" "$tmp/changed" && not_ok "$2: the change is one"
    refuses 4 'is not trusted' verify "$tmp/changed" "${args[@]}"
    rm "$tmp/changed"
}
document debian-archive-12 debian/bookworm_InRelease
document debian-archive-12 debian/bookworm-updates_InRelease
document debian-security-12 debian/bookworm-security_InRelease
document fedora-44 fedora/Fedora-Container-44-1.7-x86_64-CHECKSUM
document fedora-44 fedora/aarch64-Cloud-CHECKSUM
document ubuntu-cdimage-2012 ubuntu/SHA256SUMS ubuntu/SHA256SUMS.gpg
document ubuntu-cloudimage-2009 ubuntu-cloud/SHA256SUMS ubuntu-cloud/SHA256SUMS.gpg
document opensuse-2022 suse/sha256 suse/sha256.asc
document void-release-20250202 void/sha256sum.txt void/sha256sum.sig
ok "InRelease by another of its signers" verify "$documents/debian/bookworm_InRelease" \
    --key 4D64FEC119C2029067D6E791F8D2585B8783D481
refuses 4 'not accepted for this' verify "$documents/ubuntu/SHA256SUMS" \
    --sig "$documents/ubuntu/SHA256SUMS.gpg" --key D2EB44626FDDC30B513D5BB71A5D6C4C7DB87C81
echo x >"$tmp/Fedora-WSL-Base-44-1.7.x86_64.wsl"
refuses 4 'has 2 bytes, and .* says 162846319' verify "$tmp/Fedora-WSL-Base-44-1.7.x86_64.wsl" \
    --sums "$documents/fedora/Fedora-Container-44-1.7-x86_64-CHECKSUM"
echo x >"$tmp/ubuntu-24.04.4-wsl-amd64.wsl"
refuses 4 'does not have the checksum' verify "$tmp/ubuntu-24.04.4-wsl-amd64.wsl" \
    --sums "$documents/ubuntu/SHA256SUMS" --sig "$documents/ubuntu/SHA256SUMS.gpg"

ok "the missing key is added, as what it is known" keys add "$data/keys/kali-2025.asc" --name whatever
is "... by the program's name" "$(listed "$kali")" "added kali-2025"
refuses 6 'part of the program' keys remove kali-2012
ok "... and removed" keys remove "$kali"
is "... and is missing again" "$(listed "$kali")" "missing kali-2025"
