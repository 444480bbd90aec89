# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2154 # $tmp and $scratch are tap.sh's
#
# For tests that mount NTFS volumes on $tmp/mnt, after tap.sh: what is still mounted there is
# unmounted at the end.
need_root
need ntfs-3g python3 setfattr
[ -e /dev/fuse ] || skip_all "no /dev/fuse"

mkdir "$tmp/mnt"

cleanup() {
    ! mountpoint -q "$tmp/mnt" || umount "$tmp/mnt"
}

# mounted IMAGE COMMAND...: with the volume on $tmp/mnt.
mounted() {
    local image=$1 status=0
    shift
    ntfs-3g -o ro,special_files=wsl,permissions "$image" "$tmp/mnt" 2>"$scratch/ntfs-3g" || return
    "$@" || status=$?
    umount "$tmp/mnt"
    return "$status"
}

# odd_entries TREE: of every type, with names that Windows does not have, other owners and attributes,
# in TREE/etc and TREE/deep, which are there.
odd_entries() {
    local tree=$1
    echo hello >"$tree/etc/small"
    : >"$tree/etc/empty"
    ln -s small "$tree/etc/link"
    ln "$tree/etc/link" "$tree/etc/link again"
    mkfifo "$tree/deep/fifo"
    mknod "$tree/deep/null" c 1 3
    mknod "$tree/deep/disk" b 259 70000
    python3 -c '
import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$tree/s" && mv "$tree/s" "$tree/deep/socket"
    : >"$tree/etc/$(printf 'line\nfeed\001')"
    : >"$tree/etc/trailing. "
    : >"$tree/etc/a#b#003A"
    : >"$tree/etc/x_T"
    : >"$tree/etc/x_t"
    : >"$tree/etc/$(printf 'z\xc3\xbc \xf0\x9f\x90\xa7')"
    chown 70000:80000 "$tree/etc/small" "$tree/deep/fifo"
    chown -h 1000:1001 "$tree/etc/link"
    chmod 4711 "$tree/etc/small"
    chmod 0000 "$tree/etc/empty"
    setfattr -n user.note -v "a value" "$tree/etc/small"
    setfattr -n user.empty "$tree/etc/small"
    setfattr -n trusted.t -v y "$tree/etc"
}
