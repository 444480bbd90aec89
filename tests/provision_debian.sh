#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# A real Debian root is provisioned, and its own programs judge the result: getent, id, su, pwck and
# grpck find nothing that they did not find before.
. tests/lib/tap.sh
need_root
need mmdebstrap openssl pwck grpck

scripts/debian-root "$tmp/debian.tar" >/dev/null 2>&1 || skip_all "cannot make a Debian root"
echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKey me@here' >"$tmp/key.pub"
hash=$(openssl passwd -6 -salt saltsalt secret)
# into DIRECTORY OPTION...
into() {
    lximage convert --no-sync --quiet --exclude usr/share --exclude usr/lib/modules "${@:2}" \
        "$tmp/debian.tar" "$1/"
}
# check DIRECTORY: what shadow-utils say about it.
check() {
    pwck -r -R "$1" 2>&1
    grpck -r -R "$1" 2>&1
}

into "$tmp/plain"
check "$tmp/plain" >"$tmp/plain.check"
rm -rf "$tmp/plain"
ok "a user, with everything" into "$tmp/root" --user me --password-hash "$hash" --sudo \
    --ssh-key "$tmp/key.pub" --hostname lab --link-home win:Documents --copy "$tmp/key.pub:/opt/"
is "id" "$(chroot "$tmp/root" id me)" "uid=1000(me) gid=1000(me) groups=1000(me),27(sudo)"
is "getent" "$(chroot "$tmp/root" getent passwd me)" "me:x:1000:1000::/home/me:/bin/bash"
is "the password is the one given" "$(chroot "$tmp/root" getent shadow me | cut -d: -f 2)" "$hash"
is "pwck and grpck find nothing new" "$(check "$tmp/root")" "$(<"$tmp/plain.check")"
is "the user has a home" "$(chroot "$tmp/root" su - me -c 'pwd; cd .ssh && cat authorized_keys; readlink ~/Documents')" \
    "/home/me
$(<"$tmp/key.pub")
/mnt/c/Users/win/Documents"
is "as useradd would have made it" "$(chroot "$tmp/root" sh -c '
    mkdir -p /var/mail && useradd -m -U -s /bin/bash -G sudo you >/dev/null 2>&1 &&
    getent passwd you | sed "s/you/me/g; s/1001/1000/g" && grep -c "^you:" /etc/subuid && ls -A /home/you')" \
    "$(chroot "$tmp/root" sh -c 'getent passwd me && grep -c "^me:" /etc/subuid && ls -A /home/me' | grep -vE '^(Documents|\.ssh)$')"
is "and ids do not overlap" "$(sort -t: -k 2n "$tmp/root/etc/subuid")" "me:100000:65536
you:165536:65536"
