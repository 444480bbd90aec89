#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# lxinstall clone, killed or failing at any point. CHECK=full: at 200, and at every one.
. tests/lib/faults.sh
share 2
begin
home=$data_home/lxkit/distributions

is_done() {
    [ -n "$(disk_of twin)" ]
}
# The first is as it was.
judge() {
    cmp "$home/it/$disk" "$scratch/kept/lxkit/distributions/it/$disk"
}
disk=ext4.vhdx
faults "a clone" lxinstall clone it twin
flushes_fail "a clone" lxinstall clone it twin
ok "a clone: its disk is kept" registered
again

disk=wslfs.vhdx
ok "a tree on NTFS" lxinstall convert it translation
keep
faults "a clone of a tree on NTFS" lxinstall clone it twin
