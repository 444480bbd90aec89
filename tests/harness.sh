#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# The test support itself: what must fail fails, and the floor of scripts/bench does what it says.
. tests/lib/tap.sh
need python3

# inner SCRIPT: the output of a test with that body. CI is off unless the body sets it.
inner() {
    env -u CI TMPDIR="$tmp" bash -c ". tests/lib/tap.sh; $1" 2>&1
}

like "a command that fails is a failure" "$(inner 'ok name false')" '^not ok 1 - name$'
like "a different text is a failure" "$(inner 'is name a b')" '^not ok 1 - name$'
like "text that does not match is a failure" "$(inner 'like name a b')" '^not ok 1 - name$'
like "a refusal is held to its status" "$(inner 'refuses 2 No ls /no/such')" '^ok 1 - refused'
like "and fails with another" "$(inner 'refuses 3 No ls /no/such')" '^not ok 1 - refused'
like "and with other words" "$(inner 'refuses 2 Yes ls /no/such')" '^not ok 1 - refused'
like "and when it leaves a file behind" \
    "$(inner 'refuses 1 "" bash -c "echo >$tmp/left; echo >&2; exit 1"')" '^not ok 1 - refused'
like "a missing tool skips" "$(inner 'need no-such-tool')" '^1\.\.0 # SKIP no-such-tool'
like "but not in CI" "$(inner 'CI=true; need no-such-tool')" '^not ok 1'
like "an early end is a failure" "$(inner 'ok a true; exit 3')" '^not ok 2 - .*status 3'
like "so is a name that is not set" "$(inner 'ok a true; echo $no_such')" '^not ok 2'
is "nothing is left of any of them" "$(ls "$tmp")" ""

mkdir "$tmp/tree"
head -c 3000000 /dev/urandom >"$tmp/tree/large"
head -c 4097 /dev/urandom >"$tmp/tree/small"
: >"$tmp/tree/empty"
ln "$tmp/tree/small" "$tmp/tree/again"
mkdir "$tmp/tree/$(printf 'n%.0s' {1..200})"
ln -s "$(printf 't%.0s' {1..200})" "$tmp/tree/link"
for format in gnu ustar posix; do
    rm -f "$tmp/out"
    # ustar has no room for the long link.
    tar -C "$tmp/tree" --format="$format" -cf "$tmp/$format.tar" . 2>/dev/null
    like "the floor of a $format tar reads all and writes what files hold" \
        "$(floor "$tmp/$format.tar" "$tmp/out")" \
        "^read $(stat -c %s "$tmp/$format.tar"), wrote 3010560$"
    is "which is all of the file it makes" "$(stat -c %s "$tmp/out")" 3010560
done
truncate -s 2000000 "$tmp/gnu.tar"
refuses 10 'cut short' floor "$tmp/gnu.tar"
