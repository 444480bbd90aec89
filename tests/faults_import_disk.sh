#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# lxinstall import of a disk, killed or failing at any point. CHECK=full: at 200, and at every one.
. tests/lib/faults.sh
share 2
begin
home=$data_home/lxkit/distributions
cp "$(disk_of it)" "$tmp/tiny.vhdx"
lxvhdx convert --quiet "$tmp/tiny.vhdx" "$tmp/tiny.img"
keep

is_done() {
    [ -n "$(disk_of new)" ]
}
# What is installed already is as it was.
judge() {
    cmp "$home/it/ext4.vhdx" "$scratch/kept/lxkit/distributions/it/ext4.vhdx"
}

faults "import of a VHDX" lxinstall import new "$home/new" "$tmp/tiny.vhdx" --vhd
faults "import of a raw disk" lxinstall import new "$home/new" "$tmp/tiny.img"
