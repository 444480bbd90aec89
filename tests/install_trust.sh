#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# lxinstall install and what proves a distribution: signed lists and files over https, what a server
# or somebody in between may do to them, keys that are missing, older lists. What fails is not
# registered, and nothing wrong stays in the cache.
. tests/lib/tap.sh
. tests/lib/published_roots.sh

# ---- the newest of a signed list ----

manifest "${signed[@]}"
plan=$(install tiny --dry-run)
like "the plan shows the tier" "$plan" '^Tier: +signed$'
like "... the list" "$plan" "^List: +$web/SHA256SUMS\$"
like "... the signature" "$plan" "^Signature: +$web/SHA256SUMS.gpg\$"
like "... the key" "$plan" "^Key: +$key\$"
is "... and JSON has them" "$(install tiny --dry-run --json | jq -c '.source |
    [.tier, .list, .signature, .keys, .key_missing]')" \
    "[\"signed\",\"$web/SHA256SUMS\",\"$web/SHA256SUMS.gpg\",[\"$key\"],false]"
is "a plan asks nobody" "$(<"$asked")" ""

ok "detached: installed" install tiny --name x
like "info shows who signed" "$(lxinstall info x)" "^Signed by: +$key\$"
like "... and when" "$(lxinstall info x)" '^Signed at: +2026-06-01T00:00:0.Z$'
is "... and the registry has it" "$(entry '[.tier, .signer, .signer_name, .source, .source_sha256,
    .verification_skipped] | @csv')" \
    "\"signed\",\"$key\",\"one\",\"$web/root-1.10.tar.gz\",\"$(digest root-1.10.tar.gz)\",false"
manifest "${signed[@]/SHA256SUMS.gpg/nothing}" && sed -i "/signature:/d;s/SHA256SUMS/SHA256SUMS.asc/" \
    "$tmp/m.yaml"
ok "clearsigned: installed" install tiny --name x
is "... signed" "$(entry .tier)" signed
manifest "${file_signed[@]}"
ok "a signature of the file itself: installed" install tiny --name x
is "... signed" "$(entry '.tier + " " + .source')" "signed $web/root-1.9.tar.gz"
manifest "${signed[@]}"
ok "offline: from the cache" install tiny --offline --name x
is "... and signed all the same" "$(entry .tier)" signed

# ---- an index, which names the newest file ----

mkdir "$site/new"
cp "$site/root-1.9.tar.gz" "$site/new/root.tar.gz"
sign_at 20260601T000000 one "$site/new/root.tar.gz" "$site/new/root.tar.gz.asc" --detach-sign --armor
# index LINE...
index() {
    rewind
    printf '%s\n' "# Latest as of Mon, 01 Jun 2026" "$@" >"$scratch/latest"
    sign_at 20260601T000000 one "$scratch/latest" "$site/latest.txt" --clear-sign
    genuine
}
indexed=("url: $web/" "tier: signed" "index: $web/latest.txt" "suffix: .asc" "keys: [$key]")
manifest "${indexed[@]}"
size=$(stat -c %s "$site/new/root.tar.gz")
index "new/root.tar.gz $size"
like "the plan shows the index" "$(install tiny --name x --dry-run)" "^Index: +$web/latest.txt\$"
ok "an index and a signature of the file: installed" install tiny --name x
is "... signed" "$(entry '.tier + " " + .source')" "signed $web/new/root.tar.gz"
index "new/root.tar.gz $((size + 1))"
as="another size than the index says" fails 4 'bytes' tiny
index "new/root.tar.gz $size" "old/root.tar.gz 1"
as="an index that names two" fails 4 'more than one file' tiny
index "../root.tar.gz $size"
as="an index that leads elsewhere" fails 4 'names no file' tiny
index "new/root.tar.gz $size"
manifest "${indexed[@]}" "max_age_days: 10"
as="an index that is too old" fails 4 'at least every 10 days' tiny
manifest "${indexed[@]}"
rewind
printf 'no signature\n' >"$site/new/root.tar.gz.asc"
as="an index, and what is no signature" fails 4 "$web/new/root.tar.gz.asc" tiny
rm "$site/new/root.tar.gz.asc"
as="an index, and no signature of the file" fails 4 'without its signature' tiny
sed -i 's/root.tar.gz/boot.tar.gz/' "$site/latest.txt"
rewind
as="a tampered index" fails 4 'has been changed' tiny
rm -r "$site/new" "$site/latest.txt"
manifest "${signed[@]}"

# ---- what a server may do; each begins with an empty cache ----

spoil() {
    rewind
    cp -a "$site/." "$scratch/good"
}
mend() {
    rm -rf "${site:?}"/*
    cp -a "$scratch/good/." "$site"
    genuine
}
mkdir "$scratch/good"

spoil
sed -i 's/root-1.10/root-1.11/' "$site/SHA256SUMS"
as="a tampered list" fails 4 'what was signed has been changed' tiny
mend
spoil
rm "$site/SHA256SUMS.gpg"
as="a missing signature" fails 4 'without its signature it is not trusted' tiny
mend
spoil
rm "$site/SHA256SUMS"
as="a missing list" fails 4 'without its list it is not trusted' tiny
mend
spoil
echo 503 >"$site/SHA256SUMS.gpg.status"
as="a signature that cannot be had now" fails 8 '503' tiny
mend
spoil
sign two "$site/SHA256SUMS" "$site/SHA256SUMS.gpg" --detach-sign
as="signed by an unknown key" fails 4 'not among the accepted keys|not accepted' tiny
lxfetch keys add "$scratch/keys/two.asc" >/dev/null 2>&1
as="... by a key that is known, and not this one's" fails 4 'not accepted for this' tiny
lxfetch keys remove two
mend
spoil
head -c 100000 /dev/zero >>"$site/SHA256SUMS.gpg"
as="a signature without end" fails 4 'that is no signature' tiny
mend
spoil
head -c 5000000 /dev/zero >>"$site/SHA256SUMS"
as="a list without end" fails 4 'that is no list' tiny
mend
spoil
echo '<!DOCTYPE html><html>log in</html>' >"$site/SHA256SUMS"
as="a login page for a list" fails 4 'HTML page' tiny
mend
spoil
echo more >>"$site/root-1.10.tar.gz"
as="another file than the list has" fails 4 'SHA-256' tiny
mend
spoil
rm "$site/root-1.10.tar.gz"
as="a file that is missing" fails 3 'root-1.10.tar.gz' tiny
mend
spoil
manifest "${signed[@]/root-1./stem-2.}"
as="a list without such a file" fails 4 'no file like stem-2' tiny
manifest "${file_signed[@]}"
echo more >>"$site/root-1.9.tar.gz"
as="a file that its own signature does not cover" fails 4 'has been changed' tiny
mend
spoil
rm "$site/root-1.9.tar.gz.sig"
as="... and no signature at all" fails 4 'without its signature' tiny
mend

# Between the list and the file a new version may be published: then the list is read once more.
spoil
manifest "${signed[@]}"
mkdir "$scratch/new"
echo newer >"$tiny/etc/motd"
tar -C "$tiny" -czf "$scratch/new/root-1.10.tar.gz" .
cp "$site/SHA256SUMS" "$scratch/new/old"
cp "$site/SHA256SUMS.gpg" "$scratch/new/old.gpg"
cp "$scratch/new/root-1.10.tar.gz" "$site/"
publish 20260602T000000
mv "$site/SHA256SUMS" "$site/SHA256SUMS.next"
mv "$site/SHA256SUMS.gpg" "$site/SHA256SUMS.gpg.next"
mv "$scratch/new/old" "$site/SHA256SUMS"
mv "$scratch/new/old.gpg" "$site/SHA256SUMS.gpg"
ok "published between two requests: installed" install tiny --name x
is "... the new one" "$(entry .source_sha256)" "$(digest root-1.10.tar.gz)"
genuine

# ---- dates ----

ok "a newer list is remembered" install tiny --name x
entry . >/dev/null
rm -rf "$XDG_CACHE_HOME/lxkit"
publish 20260501T000000
as="an older list" fails 4 'was seen before: the server gives an old one' tiny
rewind
manifest "${signed[@]}" "min_date: 2026-05-02"
as="a list from before min_date" fails 4 'nothing before 2026-05-02' tiny
manifest "${signed[@]}" "max_age_days: 30"
as="a list that is too old" fails 4 'at least every 30 days' tiny
manifest "${signed[@]}" "expires: 2026-05-31"
as="an entry that has expired" fails 4 'has expired on 2026-05-31' tiny
manifest "${signed[@]}" "min_date: 2026-05-01" "expires: 2099-12-31"
ok "a list in time" install tiny --name x
is "... is signed" "$(entry .tier)" signed

# ---- keys that are missing ----

missing=${fingerprints[two]}
manifest "${file_signed[@]/$key/$missing}"
like "a plan tells that the key is missing" "$(install tiny --dry-run)" 'Key missing: .*keys add'
as="without the key nothing is trusted" fails 4 "lxfetch keys add FILE --key $missing" tiny
manifest "${file_signed[@]/$key/$missing}" "sha256: $(digest root-1.9.tar.gz)"
like "... but where the digest is known it is pinned" "$(install tiny --dry-run)" '^Tier: +pinned$'
ok "... and installed" install tiny --name x
is "... as such" "$(entry '.tier + " " + (.signer // "nobody")')" "pinned nobody"
lxfetch keys add "$scratch/keys/two.asc" >/dev/null 2>&1
like "... until the key is there" "$(install tiny --dry-run)" '^Tier: +signed$'
as="... whose signature counts then" fails 4 'not accepted for this' tiny
lxfetch keys remove two
manifest "${file_signed[@]}" "sha256: $(digest root-1.10.tar.gz)"
as="signature and digest must both hold" fails 4 'SHA-256' tiny

# ---- lower tiers ----

manifest "url: $web/root-1.9.tar.gz" "sha256: $(digest root-1.9.tar.gz)" \
    "mirrors: [$web/nowhere.tar.gz]"
mv "$site/root-1.9.tar.gz" "$scratch/moved"
sed -i "s,url: $web/root-1.9,url: $web/gone,;s,nowhere,mirror," "$tmp/m.yaml"
mv "$scratch/moved" "$site/mirror.tar.gz"
rewind
ok "pinned, from a mirror" install tiny --name x
is "... is pinned" "$(entry .tier)" pinned
mv "$site/mirror.tar.gz" "$site/root-1.9.tar.gz"
manifest "url: $web/root-1.*.tar.gz" "tier: tls" "list: $web/SHA256SUMS"
ok "tls, the newest of a list that nobody signed" install tiny --name x
is "... is tls" "$(entry '.tier + " " + .source')" "tls $web/root-1.10.tar.gz"
rewind
echo more >>"$site/root-1.10.tar.gz"
as="tls, and not what the list says" fails 4 'SHA-256' tiny
as="nothing known and nothing asked for" ok "a URL by itself" install "$web/root-1.9.tar.gz" --name x
is "... is tls" "$(entry .tier)" tls

# ---- verification off ----

rewind
pack root-1.10.tar.gz
publish
manifest "${signed[@]}"
echo broken >"$site/SHA256SUMS.gpg"
as="a broken signature" fails 4 'no detached signature' tiny
warning=$(install tiny --name x --insecure-skip-verify 2>&1)
like "--insecure-skip-verify is loud" "$warning" 'VERIFICATION IS OFF'
like "... and info shows it" "$(lxinstall info x)" '^Verification: +skipped$'
is "... and the registry has it" "$(entry '"\(.tier) \(.verification_skipped)"')" "tls true"
refuses 2 'exclude each other' lxinstall "$site/root-1.9.tar.gz" --insecure-skip-verify \
    --sha256 "$(digest root-1.9.tar.gz)"
