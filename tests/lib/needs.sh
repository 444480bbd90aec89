# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# For tests/needs-*.sh: archives from tests/lib/needs_archives.py, disks made of them, and what
# e2fsprogs and the kernel say about those. A test's name begins with the need that it proves;
# tests/needs.sh holds that none is left out.
# shellcheck disable=SC2154 # tmp: tests/lib/tap.sh

# archive NAME...: $tmp/NAME.tar
archive() {
    local name
    for name; do
        python3 tests/lib/needs_archives.py "$name" >"$tmp/$name.tar"
    done
}

# disk NAME [OPTION...]: $tmp/NAME.img of $tmp/NAME.tar, which e2fsck accepts.
disk() {
    local name=$1
    shift
    lximage convert --no-sync --size 64M "$@" "$tmp/$name.tar" "$tmp/$name.img" &&
        e2fsck -fn "$tmp/$name.img" >/dev/null 2>"$scratch/e2fsck" ||
        { cat "$scratch/e2fsck" && false; }
}

# inside NAME COMMAND: what debugfs says about $tmp/NAME.img.
inside() {
    debugfs -R "$2" "$tmp/$1.img" 2>/dev/null
}

# inode NAME PATH: the number of the inode there.
inode() {
    inside "$1" "stat $2" | sed -n 's/^Inode: \([0-9]*\).*/\1/p'
}

# mounted NAME COMMAND...: runs with $tmp/NAME.img on $tmp/mnt, as root.
mounted() {
    local status=0
    mkdir -p "$tmp/mnt"
    mount -o loop,ro "$tmp/$1.img" "$tmp/mnt" || return
    shift
    "$@" || status=$?
    umount "$tmp/mnt"
    return "$status"
}

# holds NAME ARGUMENT...: the Python program on standard input ends well; it can import tests/lib.
holds() {
    local name=$1
    shift
    cat >"$scratch/program.py"
    PYTHONPATH=tests/lib ok "$name" python3 "$scratch/program.py" "$@"
}

needs_cleanup() {
    ! mountpoint -q "$tmp/mnt" || umount "$tmp/mnt"
}

am_root() {
    [ "$(id -u)" -eq 0 ] || { skip "$1" "needs root" && false; }
}
