#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# lxinstall move, killed or failing at any point. CHECK=full: at 200, and at every one.
# shellcheck disable=SC2034
. tests/lib/faults.sh
share 2
begin
home=$data_home/lxkit/distributions

# By another link, and by a copy to another file system.
resumes=yes
is_done() {
    [ "$(disk_of it)" = "$to/ext4.vhdx" ]
}
# Wherever it is, no byte of it is another.
judge() {
    cmp "$(disk_of it)" "$scratch/kept/lxkit/distributions/it/ext4.vhdx"
}
to=$home/there
faults "moved" lxinstall move it "$to"
to=$other/there
full=$other
faults "moved to another file system" lxinstall move it "$to"
full=$data_home
part="moved there, where the registry has no room"
full_all

# A registry that may not be on the medium says nothing about which disk a power failure needs.
to=$home/there
flushes_fail "moved" lxinstall move it "$to"
ok "moved: both names are kept" cmp "$home/it/ext4.vhdx" "$to/ext4.vhdx"
like "moved: as it says" "$(cat "$scratch/said")" "it/ext4.vhdx is kept, until lxinstall doctor --fix"
ok "moved: and so it goes" cleared
