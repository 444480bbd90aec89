#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# Where files cannot be made without a name, nor renamed without replacing, as on a mounted NTFS: what is
# killed leaves files there. CHECK=full: killed at 200 points a verb, failing at every one.
# shellcheck disable=SC2034
. tests/lib/faults.sh
[ "$FAULTS_MOUNTS" = 0 ] || skip_all "needs root"
need ntfs-3g mkntfs
mount_at() {
    truncate -s 128M "$scratch/volume${1//\//-}"
    mkntfs -q -F "$scratch/volume${1//\//-}" >/dev/null 2>&1
    ntfs-3g -o fmask=077,dmask=077 "$scratch/volume${1//\//-}" "$1"
}
share 4
begin
full=
ignored=sparse
resumes=yes
home=$data_home/lxkit/distributions
judge() {
    [ "$(disk_of it)" != "$home/it/ext4.vhdx" ] ||
        cmp "$home/it/ext4.vhdx" "$scratch/kept/lxkit/distributions/it/ext4.vhdx"
}

is_done() {
    [ "$(disk_of it)" = "$home/it/wslfs.vhdx" ]
}
faults "convert" lxinstall convert it translation
is_done() {
    [ "$(disk_of it)" = "$home/there/ext4.vhdx" ]
}
faults "move" lxinstall move it "$home/there"
resumes=no
is_done() {
    [ -n "$(disk_of new)" ]
}
faults "import" lxinstall import new "$home/new" "$tmp/tiny.tar" --size 64M
# An export is made where nobody but the user knows.
out=$other/out.tar
results=("$out" "$out.lxkit.json")
places=("$other")
is_done() {
    [ -e "$out" ]
}
judge() {
    [ ! -e "$out" ] || lximage diff "$tmp/tiny.tar" "$out"
}
faults "export" lxinstall export it "$out"
