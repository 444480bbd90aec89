# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The Test Anything Protocol for tests/*.sh, which source this file from the repository's root:
#
#     #!/usr/bin/env bash
#     # SPDX-License-Identifier: GPL-3.0-or-later
#     # What this test proves.
#     . tests/lib/tap.sh
#     need qemu-img
#
#     ok "qemu-img accepts an empty disk" lxvhdx create "$tmp/a.vhdx" --size 1G
#     is "it has the size asked for" "$(stat -c %s "$tmp/a")" 1073741824
#     refuses 10 'not a VHDX' lxvhdx info README.md
#
# The plan is printed at the end. The programs under test ($B, $B/tools) are first in PATH. $tmp is
# a private directory that goes away at exit; a function named cleanup, if there is one, runs before
# that. HOME and the XDG directories are private too, so that no test sees the person's own registry,
# cache or manifests.

set -u

B=${B:-$PWD/build}
PATH=$B:$B/tools:$PATH
tests_run=0
tests_failed=0

# Downloads and made inputs that are worth keeping (scripts/debian-root, scripts/boot).
export LXKIT_TEST_CACHE="${LXKIT_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lxkit-test}"
data=${LXKIT_TEST_DATA:-../shared/data}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/lxkit-test.XXXXXX") || exit 1
tmp=$scratch/tmp
mkdir "$tmp" "$scratch/home"
export HOME="$scratch/home"
export XDG_DATA_HOME="$HOME/data" XDG_CACHE_HOME="$HOME/cache" XDG_STATE_HOME="$HOME/state"
export XDG_CONFIG_HOME="$HOME/config"
export LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1
unset SOURCE_DATE_EPOCH LXKIT_MANIFESTS

tap_end() {
    local status=$?
    trap - EXIT
    if declare -F cleanup >/dev/null; then cleanup; fi
    chmod -R u+rwX "$scratch" 2>/dev/null
    rm -rf "$scratch"
    if [ "$status" -ne 0 ] && [ "$tests_failed" -eq 0 ]; then
        not_ok "the script ends early with status $status"
    fi
    [ "$tests_run" -lt 0 ] || echo "1..$tests_run"
    [ "$tests_failed" -eq 0 ] || exit 1
    exit 0
}
trap tap_end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# diag TEXT: lines for the reader, which do not count.
diag() {
    printf '%s\n' "$*" | sed 's/^/# /' >&2
}

pass() {
    tests_run=$((tests_run + 1))
    printf 'ok %d - %s\n' "$tests_run" "${1//#/\\#}"
}

not_ok() {
    tests_run=$((tests_run + 1))
    tests_failed=$((tests_failed + 1))
    printf 'not ok %d - %s\n' "$tests_run" "${1//#/\\#}"
}

# skip NAME REASON: one test that cannot run here. In CI nothing may be missing.
skip() {
    if [ -n "${CI:-}" ]; then
        not_ok "$1"
        diag "cannot run: $2"
    else
        tests_run=$((tests_run + 1))
        printf 'ok %d # SKIP %s: %s\n' "$tests_run" "$1" "$2"
    fi
}

# skip_all REASON: the rest of the script cannot run here.
skip_all() {
    if [ -z "${CI:-}" ] && [ "$tests_run" -eq 0 ]; then
        echo "1..0 # SKIP $1"
        tests_run=-1
    else
        skip "the rest of the script" "$1"
    fi
    exit 0
}

# need COMMAND...: skip_all unless every command is installed.
need() {
    local command
    for command; do
        command -v "$command" >/dev/null || skip_all "$command is not installed"
    done
}

need_root() {
    [ "$(id -u)" -eq 0 ] || skip_all "needs root"
}

# need_data [FILE...]: the real inputs, in $data.
need_data() {
    local file
    for file in . "$@"; do
        [ -e "$data/$file" ] || skip_all "no $data/$file (set LXKIT_TEST_DATA)"
    done
}

# ok NAME COMMAND...: the command succeeds. Its output is shown when it does not.
ok() {
    local name=$1 status=0
    shift
    "$@" >"$scratch/output" 2>&1 </dev/null || status=$?
    if [ "$status" -eq 0 ]; then
        pass "$name"
    else
        not_ok "$name"
        diag "exit status $status: $(cut -c -300 <<<"$*")"
        diag "$(head -n 40 "$scratch/output")"
        return 1
    fi
}

# is NAME GOT EXPECTED: two texts are the same.
is() {
    if [ "$2" = "$3" ]; then
        pass "$1"
    else
        not_ok "$1"
        diag "     got: $2"
        diag "expected: $3"
        return 1
    fi
}

# like NAME TEXT PATTERN: some line of the text matches an extended regular expression.
like() {
    if grep -qE -e "$3" <<<"$2"; then
        pass "$1"
    else
        not_ok "$1"
        diag "no match for: $3"
        diag "$(head -n 40 <<<"$2")"
        return 1
    fi
}

unlike() {
    if ! grep -qE -e "$3" <<<"$2"; then
        pass "$1"
    else
        not_ok "$1"
        diag "must not match: $3"
        diag "$(grep -E -e "$3" <<<"$2" | head -n 40)"
        return 1
    fi
}

# same NAME FILE FILE: two files have the same bytes.
same() {
    ok "$1" cmp "$2" "$3"
}

# Every file below $tmp and $HOME but locks, with what a write would change.
snapshot() {
    find "$tmp" "$HOME" ! -type d ! -name '*.lock' -printf '%p %y %m %s %T@ %l\n' | sort
}

# refuses CODE PATTERN COMMAND...: the command ends with this exit status, says on standard error
# something that matches PATTERN, and makes, changes or removes no file below $tmp and $HOME. The test
# is called $as, if that is set.
refuses() {
    local code=$1 pattern=$2 status=0 name="${as:-refused with $1: $2}" before after
    shift 2
    before=$(snapshot)
    "$@" >"$scratch/output" 2>"$scratch/error" </dev/null || status=$?
    after=$(snapshot)
    if [ "$status" -eq "$code" ] && grep -qE -e "$pattern" "$scratch/error" &&
        [ "$before" = "$after" ]; then
        pass "$name"
        return
    fi
    not_ok "$name"
    diag "command: $*"
    [ "$status" -eq "$code" ] || diag "exit status $status, expected $code"
    diag "$(head -n 20 "$scratch/error")"
    [ "$before" = "$after" ] ||
        diag "files differ:" "$(diff <(echo "$before") <(echo "$after"))"
    return 1
}

private_mounts=(unshare --mount)
[ "$(id -u)" -eq 0 ] || private_mounts+=(--map-root-user)

# with_tmpfs OPTIONS DIRECTORY COMMAND...: runs COMMAND with a new tmpfs on DIRECTORY that nobody else
# sees, and lists the files that are left there, as "left: PATH" on standard error.
with_tmpfs() {
    # shellcheck disable=SC2016
    "${private_mounts[@]}" sh -c '
        mount -t tmpfs -o "$1" tmpfs "$2" || exit 99
        directory=$2
        shift 2
        "$@"
        status=$?
        find "$directory" -type f -printf "left: %p\n" >&2
        exit $status' sh "$@"
}

# Whether with_tmpfs works here; says so otherwise.
have_tmpfs() {
    "${private_mounts[@]}" true 2>/dev/null || { skip "$1" "no mount name spaces" && false; }
}
