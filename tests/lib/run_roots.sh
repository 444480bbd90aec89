# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Small root file systems for lxinstall run, to be sourced after tests/lib/tap.sh.

# busybox_root DIRECTORY APPLET...
busybox_root() {
    local root=$1 applet
    shift
    mkdir -p "$root/bin" "$root/etc"
    cp "$(command -v busybox)" "$root/bin/busybox"
    for applet; do
        ln -s busybox "$root/bin/$applet"
    done
}

# arm64_root DIRECTORY: /bin/sh is the head of an ELF file whose e_machine is 183. It has all that a
# start would make.
arm64_root() {
    mkdir -p "$1"/{bin,dev,etc,proc,run,sys,tmp}
    {
        printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\267\0\1\0\0\0'
        head -c 40 /dev/zero
    } >"$1/bin/sh"
    chmod 755 "$1/bin/sh"
}

# root_tar DIRECTORY ARCHIVE
root_tar() {
    tar --owner=0 --group=0 -C "$1" -cf "$2" .
}
