#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Signatures of minisign and signify, genuine and tampered with in one way each, with the programs
# themselves beside us: what is taken, they take.
. tests/lib/tap.sh
need minisign signify-openbsd python3

# minisign writes neither key nor signature without a directory of its own.
mini=$tmp/mini
mkdir "$mini"
printf '%s\n' "0123 a list" >"$tmp/doc"
printf '%s\n' "4567 another" >"$tmp/doc2"
: >"$tmp/empty"
head -c 3000000 /dev/zero >"$tmp/large"
for name in key stranger; do
    minisign -G -W -p "$mini/$name.pub" -s "$mini/$name.sec" >/dev/null ||
        skip_all "minisign makes no keys"
done
signify-openbsd -G -n -p "$mini/signify.pub" -s "$mini/signify.sec" ||
    skip_all "signify makes no keys"

# sign KEY FILE SIGNATURE [OPTION...]
sign() {
    local key=$1 file=$2 signature=$3
    shift 3
    minisign -S -W -s "$mini/$key.sec" -m "$file" -x "$signature" "$@" >/dev/null 2>&1
}
sign key "$tmp/doc" "$tmp/sig" -t "trusted words"
sign key "$tmp/doc" "$tmp/sig.old" -l -t "trusted words"
sign key "$tmp/doc" "$tmp/sig.plain"
sign key "$tmp/doc2" "$tmp/sig2" -t "other words"
sign key "$tmp/empty" "$tmp/sig.empty" -t "nothing"
sign key "$tmp/large" "$tmp/sig.large" -t "much"
sign stranger "$tmp/doc" "$tmp/sig.stranger" -t "trusted words"
signify-openbsd -S -s "$mini/signify.sec" -m "$tmp/doc" -x "$tmp/sig.signify"

verify() {
    lxfetch verify "$1" --sig "$2" --keyring "$mini/${3:-key}.pub"
}

minisign_takes() {
    minisign -V -q -p "$mini/key.pub" -m "$1" -x "$2" >/dev/null 2>&1
}

genuine=0
# takes NAME FILE SIGNATURE
takes() {
    genuine=$((genuine + 1))
    ok "genuine: $1" verify "$2" "$3"
    ok "... and so says minisign" minisign_takes "$2" "$3"
}
takes "prehashed" "$tmp/doc" "$tmp/sig"
takes "of the old kind" "$tmp/doc" "$tmp/sig.old"
takes "with minisign's own comment" "$tmp/doc" "$tmp/sig.plain"
takes "of no bytes" "$tmp/empty" "$tmp/sig.empty"
takes "of 3 MB" "$tmp/large" "$tmp/sig.large"
sed 's/$/\r/' "$tmp/sig" >"$tmp/sig.crlf"
ok "genuine: CRLF" verify "$tmp/doc" "$tmp/sig.crlf"
sed 1s/:.*/:\ whatever/ "$tmp/sig" >"$tmp/sig.untrusted"
takes "another untrusted comment" "$tmp/doc" "$tmp/sig.untrusted"
ok "genuine: signify" verify "$tmp/doc" "$tmp/sig.signify" signify
ok "... and so says signify" signify-openbsd -V -q -p "$mini/signify.pub" -m "$tmp/doc" \
    -x "$tmp/sig.signify"

out=$(verify "$tmp/doc" "$tmp/sig")
like "it says the trusted comment" "$out" '^comment trusted words$'
# minisign leaves leading zeros out; lxfetch has all sixteen digits.
number=$(printf '%016X' "0x$(sed -n '1s/.* //p' "$mini/key.pub")")
like "... and the key's number" "$out" "^key +$number "
unlike "... and no time where none is signed" "$out" '^signed'
like "minisign's comment has the time" "$(verify "$tmp/doc" "$tmp/sig.plain")" \
    "^signed  $(date -u +%Y-)"

# ---- tampered ----

# edit LINE OFFSET FROM TO: changes the base64 of that line, byte OFFSET xor FROM..TO; on stdin.
edit() {
    python3 -c '
import base64, sys
line, offset, mask = (int(x, 0) for x in sys.argv[1:])
text = sys.stdin.read().splitlines(True)
data = bytearray(base64.b64decode(text[line - 1]))
data[offset] ^= mask
text[line - 1] = base64.b64encode(data).decode() + "\n"
sys.stdout.write("".join(text))' "$@"
}

tampered=0
# rejects NAME WORDS FILE SIGNATURE [KEY]: and minisign does too.
rejects() {
    tampered=$((tampered + 1))
    refuses 4 "$2" verify "$3" "$4" "${5:-key}"
    if minisign_takes "$3" "$4"; then not_ok "$1: minisign refuses it too"; else pass "$1"; fi
}

# changed NAME WORDS COMMAND...: of the genuine signature (stdin to stdout).
changed() {
    local name=$1 words=$2
    shift 2
    "$@" <"$tmp/sig" >"$tmp/changed"
    rejects "$name" "$words" "$tmp/doc" "$tmp/changed"
    rm "$tmp/changed"
}

fits='does not fit'
rejects "another document" "$fits" "$tmp/doc2" "$tmp/sig"
rejects "another signature" "$fits" "$tmp/doc" "$tmp/sig2"
rejects "a stranger's" 'not among the accepted' "$tmp/doc" "$tmp/sig.stranger"
rejects "signify's, by a key that is not there" 'not among the accepted' "$tmp/doc" "$tmp/sig.signify"
for change in "a byte more:cat doc <(echo)" "a byte less:head -c -1 doc" "emptied:true" \
    "doubled:cat doc doc" "first byte:sed s/0/1/ doc" "CRLF:sed s/\$/\\\\r/ doc"; do
    (cd "$tmp" && eval "${change#*:}") >"$tmp/changed"
    rejects "document: ${change%%:*}" "$fits" "$tmp/changed" "$tmp/sig"
    rejects "document: ${change%%:*}, old kind" "$fits" "$tmp/changed" "$tmp/sig.old"
    rm "$tmp/changed"
done
changed "algorithm changed to the old one" "$fits" edit 2 1 0x20
changed "unknown algorithm" 'neither kind' edit 2 1 0x01
changed "unknown algorithm, first letter" 'neither kind' edit 2 0 0x20
changed "number of the key, first byte" 'not among' edit 2 2 1
changed "number of the key, last byte" 'not among' edit 2 9 0x80
changed "signature, first byte" "$fits" edit 2 10 1
changed "signature, point" "$fits" edit 2 41 0x80
changed "signature, scalar" "$fits" edit 2 42 1
changed "signature, last byte" "$fits" edit 2 73 0x80
changed "trusted comment changed" 'trusted comment has been changed' sed s/words/w0rds/
changed "trusted comment longer" 'trusted comment has been changed' sed 's/words/words /'
changed "trusted comment emptied" 'trusted comment has been changed' sed 's/trusted words//'
changed "trusted comment of another signature" 'trusted comment has been changed' \
    sh -c 'head -n 2; tail -n 2 "$0"' "$tmp/sig2"
changed "global signature changed" 'trusted comment has been changed' edit 4 5 1
changed "no trusted comment" 'trusted comment' head -n 2
changed "no global signature" 'missing' head -n 3
changed "comment left out" 'trusted comment' sed 3d
changed "global signature cut" 'missing' sed '4s/....$//'
changed "signature cut" 'no signature' sed '2s/....$//'
changed "base64 spoilt" 'no signature' sed '2s/./!/20'
changed "no first line" 'no detached|no signature' sed 1d
changed "empty" 'no detached|no signature' true
changed "a web page" 'no detached' sed 's/.*/<html>/'
sign stranger "$tmp/doc" "$tmp/sig.mixed" -t "trusted words"
{
    head -n 1 "$tmp/sig.mixed"
    sed -n 2p "$tmp/sig"
    tail -n 2 "$tmp/sig.mixed"
} >"$tmp/sig.swapped"
rejects "global signature of a stranger" 'trusted comment has been changed' "$tmp/doc" \
    "$tmp/sig.swapped"
rm "$tmp/sig.mixed"

# Taken by minisign or signify, and not here.
cat "$tmp/sig" "$tmp/doc" >"$tmp/sig.behind"
refuses 4 'behind' verify "$tmp/doc" "$tmp/sig.behind"
tampered=$((tampered + 1))
ok "a key that is pinned" lxfetch verify "$tmp/doc" --sig "$tmp/sig" --keyring "$mini/key.pub" \
    --key "$number"
refuses 4 'there is no key 0123456789ABCDEF' lxfetch verify "$tmp/doc" --sig "$tmp/sig" \
    --keyring "$mini/key.pub" --key 0123456789abcdef

# ---- the old kind keeps the file in memory ----

head -c 70000000 /dev/zero >"$tmp/huge"
head -n 4 "$tmp/sig.old" >"$tmp/sig.huge"
refuses 4 'larger than 64 MiB' verify "$tmp/huge" "$tmp/sig.huge"

ok "there were $tampered tampered and $genuine genuine signatures" test "$tampered" -ge 40
