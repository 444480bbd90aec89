#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# lxinstall export, killed or failing at any point. CHECK=full: at 200, and at every one.
# shellcheck disable=SC2034
. tests/lib/faults.sh
share 3
begin
full=$other

# Once it has its name it is complete, and so are the settings beside it.
is_done() {
    [ -e "$out" ]
}
judge() {
    cmp "$(disk_of it)" "$scratch/kept/lxkit/distributions/it/ext4.vhdx" || return 1
    if [ -e "$out" ]; then
        complete "$out" || return 1
    fi
    if [ -e "$out.lxkit.json" ]; then
        [ "$(jq -r .archive.sha256 "$out.lxkit.json")" = "$(sha256sum "$out" | cut -d ' ' -f 1)" ]
    fi
}
complete() {
    lximage diff "$tmp/tiny.tar" "$1" &&
        case $1 in
            *.tar) tar -tf "$1" ;;
            *.vhdx) lxvhdx check "$1" ;;
        esac
}
for ending in tar vhdx; do
    out=$other/out.$ending
    results=("$out" "$out.lxkit.json")
    faults "export to .$ending" lxinstall export it "$out"
done
# A .wsl has the settings in it, which are no part of the tree.
complete() {
    [ "$(lximage cat "$1" /twin | sha256sum)" = "$(sha256sum <"$tmp/root/twin")" ] &&
        gzip -t "$1" && tar -xOzf "$1" ./etc/wsl-distribution.conf | grep -q 'defaultName *= *it'
}
out=$other/out.wsl
results=("$out" "$out.lxkit.json")
faults "export to .wsl" lxinstall export it "$out"
