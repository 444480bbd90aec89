#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The corpora of the fuzz targets, and what fuzzing found once, each input on its own.
. tests/lib/tap.sh

for target in tar ext4 ntfs ntfs_check ntfs_carrier vhdx vhdx_log vhdx_change mount_journal sums minisign pgp reg hive provision; do
    for input in "tests/fuzz/corpus/$target"/*; do
        ok "$target: ${input##*/}" timeout 60 "${target}_replay" "$input"
    done
done
