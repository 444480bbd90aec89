#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every line of what users need (groups A, B, C and H) has a test: one whose name begins with its id.
. tests/lib/tap.sh

for group in A:18 B:12 C:10 H:4; do
    for number in $(seq "${group#*:}"); do
        id=${group%:*}$number
        files=$(grep -lE "\"$id: [^\"]|^ *\"$id\": \(" tests/*.sh tests/lib/*.py tests/unit/*_test.c | xargs)
        ok "$id has a test: ${files:-none}" test -n "$files"
    done
done
