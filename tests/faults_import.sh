#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# lxinstall import and install of an archive, killed or failing at any point. CHECK=full: at 200, and
# at every one.
# shellcheck disable=SC2034
. tests/lib/faults.sh
share 3
begin
home=$data_home/lxkit/distributions

is_done() {
    [ -n "$(disk_of new)" ]
}
# What is installed already is as it was.
judge() {
    cmp "$home/it/ext4.vhdx" "$scratch/kept/lxkit/distributions/it/ext4.vhdx"
}

faults "import of an archive" lxinstall import new "$home/new" "$tmp/tiny.tar" --size 64M
faults "install" lxinstall install "$tmp/tiny.tar" --name new --size 64M
# Where no distribution lies yet the doctor looks when it is told to.
full=$other
places=("$other")
faults "import elsewhere, to NTFS" \
    lxinstall import new "$other" "$tmp/tiny.tar" --backend translation --size 64M
