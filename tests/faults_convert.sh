#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# lxinstall convert, both ways, killed or failing at any point. CHECK=full: at 200, and at every one.
. tests/lib/faults.sh
share 2
begin
# shellcheck disable=SC2034
resumes=yes

is_done() {
    [[ $(disk_of it) == */"$becomes" ]]
}
# As long as it is not done, the old disk is the one that it was.
judge() {
    is_done || judge_old
}
judge_old() {
    cmp "$data_home/lxkit/distributions/it/$was" "$scratch/kept/lxkit/distributions/it/$was"
}

was=ext4.vhdx becomes=wslfs.vhdx
faults "to NTFS" lxinstall convert it translation

# A registry that may not be on the medium says nothing about which disk a power failure needs.
flushes_fail "to NTFS" lxinstall convert it translation
ok "to NTFS: the old disk is kept" judge_old
like "to NTFS: as it says" "$(cat "$scratch/said")" "it/ext4.vhdx is kept, until lxinstall doctor --fix"
ok "to NTFS: and so it goes" cleared
again

ok "it is one" lxinstall convert it translation
keep
was=wslfs.vhdx becomes=ext4.vhdx
faults "to ext4" lxinstall convert it vm
