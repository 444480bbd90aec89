#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# OpenPGP signatures that are each wrong in one way (tests/lib/pgp_cases.py), and genuine ones, with
# gpgv beside us: what is taken, gpgv takes; what gpgv refuses is refused; where gpgv takes what is
# refused here, the case says so. gpgv counts as taking it with GOODSIG and VALIDSIG of the pinned key,
# whatever else it says.
. tests/lib/tap.sh
need gpg gpgv openssl python3

mutations=100
[ "${CHECK:-}" != full ] || mutations=2000
cases=$scratch/cases
mkdir "$cases"
python3 tests/lib/pgp_cases.py "$cases" "$mutations" || skip_all "the cases cannot be made"

# Sets $status, and $scratch/out, $scratch/err.
ask_lxfetch() {
    local args=(verify doc --keyring key.gpg --key "$pin")
    [ ! -e sig ] || args+=(--sig sig)
    lxfetch "${args[@]}" >"$scratch/out" 2>"$scratch/err" </dev/null
    status=$?
}

# What gpgv says: accept or reject.
ask_gpgv() {
    local args=(--status-fd 1 --keyring "$PWD/key.gpg")
    [ ! -e sig ] || args+=(sig)
    # Messages that decompress to much are none of its business here.
    timeout 20 gpgv "${args[@]}" doc >"$scratch/gpgv" 2>/dev/null </dev/null
    if grep -q '^\[GNUPG:\] GOODSIG ' "$scratch/gpgv" &&
        grep -qE "^\[GNUPG:\] VALIDSIG ($pin .*|.* $pin)\$" "$scratch/gpgv"; then
        gpgv=accept
    else
        gpgv=reject
    fi
}

# judge EXPECTED NAME WORDS: what is wrong, nothing if all is right.
judge() {
    case $1 in
    accept | genuine)
        [ "$status" -eq 0 ] || echo "refused: $(<"$scratch/err")"
        grep -q "$pin" "$scratch/out" || echo "the key is not named"
        ;;
    reject | strict | any)
        [ "$status" -eq 4 ] || echo "exit status $status, expected 4"
        grep -qE -e "$3" "$scratch/err" || echo "another reason: $(<"$scratch/err")"
        [ ! -s "$scratch/out" ] || echo "it prints something"
        ;;
    mutation)
        [ "$status" -eq 0 ] || [ "$status" -eq 4 ] || echo "exit status $status"
        ;;
    esac
    case $1 in
    accept | reject) [ "$gpgv" = "$1" ] || echo "gpgv: $gpgv" ;;
    strict) [ "$gpgv" = accept ] || echo "gpgv refuses it too" ;;
    genuine) [ "$gpgv" = reject ] || echo "gpgv takes it too" ;;
    mutation) [ "$status" -ne 0 ] || [ "$gpgv" = accept ] || echo "taken, and refused by gpgv" ;;
    esac
}

tampered=0 genuine=0 mutated=0
while IFS='|' read -r number expected name words; do
    cd "$cases/$number" || exit 1
    pin=$(<pin)
    ask_lxfetch
    ask_gpgv
    wrong=$(judge "$expected" "$name" "$words")
    case $expected in
    mutation)
        mutated=$((mutated + 1))
        [ -z "$wrong" ] || { not_ok "$name" && diag "$wrong"; }
        continue
        ;;
    accept | genuine) genuine=$((genuine + 1)) ;;
    *) tampered=$((tampered + 1)) ;;
    esac
    is "$name" "$wrong" ""
done <"$cases/cases"
cd "$OLDPWD" || exit 1
ok "$mutated random mutations: none is taken that gpgv refuses" test "$mutated" -eq "$mutations"
ok "there were $tampered tampered and $genuine genuine documents" test "$tampered" -ge 150
