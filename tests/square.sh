#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# From every format to every format, in every container: a tree with every kind of metadata comes out
# as it went in. The formats are those of image/formats.c: a new one is tested by standing there.
# Needs root: a directory can have what others have.
. tests/lib/tap.sh
need_root
need setfattr setfacl chattr python3

mapfile -t formats < <(sed -nE 's/.*\.name = "([a-z0-9]+)".*/\1/p' image/formats.c)
[ "${#formats[@]}" -ge 4 ] || not_ok "formats.c has four formats"

# Every kind of file and metadata.
tree=$tmp/tree
mkdir -p "$tree"/{directory/below,empty}
echo text >"$tree/file"
: >"$tree/directory/nothing"
head -c 100000 /dev/urandom >"$tree/directory/large"
truncate -s 1M "$tree/holes"
echo end >>"$tree/holes"
ln "$tree/file" "$tree/directory/below/link"
ln -s ../file "$tree/directory/symlink"
ln "$tree/directory/symlink" "$tree/symlink again"
ln -s "$(printf 't%.0s' {1..200})" "$tree/long"
mkfifo "$tree/fifo"
mknod "$tree/character" c 300 70000
mknod "$tree/block" b 8 1
python3 -c '
import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$tree/socket"
: >"$tree/$(printf 'no \377 text')"
: >"$tree/$(printf 'a:b*c?"<>|\\ and \357\200\272')"
: >"$tree/$(printf 'line\nfeed \001')"
echo 1 >"$tree/Case"
echo 2 >"$tree/case"
chown 70000:80000 "$tree/file" "$tree/directory"
chown -h 4000000000:5 "$tree/long" "$tree/fifo"
chmod 4711 "$tree/file"
chmod 2775 "$tree/directory"
chmod 1777 "$tree/empty"
chmod 0 "$tree/directory/nothing"
setfattr -n user.Mixed -v value "$tree/file"
setfattr -n user.mixed "$tree/file"
setfattr -n "user.a:b c" -v odd "$tree/directory"
setfattr -n trusted.t -v 0x00ff "$tree/fifo"
setfattr -n user.large -v "$(printf 'x%.0s' {1..3000})" "$tree/directory/large"
setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 "$tree/directory/large"
setfattr -n security.ima -v 0x0102 "$tree/directory/large"
setfattr -n security.selinux -v label "$tree/empty"
setfacl -m u:1000:rwx,g:1001:r-x "$tree/Case"
setfacl -d -m u:1000:rx "$tree/directory"
chattr +d "$tree/case" "$tree/empty" 2>/dev/null
find "$tree" -depth -exec touch -h -d '2021-03-04 05:06:07.123456789' {} +
touch -d '1969-12-31 23:59:58.987654321' "$tree/case"
touch -d '2400-01-01 00:00:00.000000001' "$tree/Case" 2>/dev/null

to() { # MEDIUM IN OUT: a medium is a format, or "format.container"
    local container=()
    case $1 in *.*) container=(--container "${1#*.}" --size 16M) ;; esac
    lximage convert --quiet --no-sync --strict --format "${1%%.*}" "${container[@]}" "$2" "$3"
}

media=()
for format in "${formats[@]}"; do
    for container in .raw .vhdx; do
        if lximage convert --quiet --no-sync --format "$format" --container "${container#.}" \
            --size 16M "$tree/empty" "$tmp/try" 2>/dev/null; then
            media+=("$format$container")
        fi
        rm -rf "$tmp/try"
    done
    case " ${media[*]} " in *" $format."*) ;; *) media+=("$format") ;; esac
done
ok "there are disks, archives and directories" [ "${#media[@]}" -ge 6 ]

# A socket has no form in tar, and is told as lost.
loses() { # FROM TO
    [ "$2" = tar ] && [ "$1" != tar ]
}
to_tar() { # IN OUT
    lximage convert --quiet --no-sync --format tar "$1" "$2" 2>/dev/null
}
for from in "${media[@]}"; do
    if [ "$from" = dir ]; then
        mv "$tree" "$tmp/from"
    elif [ "$from" = tar ]; then
        to_tar "$tree" "$tmp/from"
    else
        to "$from" "$tree" "$tmp/from"
    fi
    for medium in "${media[@]}"; do
        expected=""
        if loses "$from" "$medium"; then
            expected="only in A: /socket"
            to_tar "$tmp/from" "$tmp/out"
        else
            to "$medium" "$tmp/from" "$tmp/out"
        fi
        is "$from to $medium" "$(lximage diff "$tmp/from" "$tmp/out" 2>&1)" "$expected"
        rm -rf "$tmp/out"
    done
    if [ "$from" = dir ]; then mv "$tmp/from" "$tree"; else rm -f "$tmp/from"; fi
done
