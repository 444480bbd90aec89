#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A tree is made somebody's own on its way: users, keys, sudo, host name, wsl.conf and files; what
# is not touched stays as it was, and what cannot be edited is refused.
. tests/lib/tap.sh
need python3 tar jq openssl visudo

# ---- a small root, its files in an unhelpful order ----
root=$tmp/root
mkdir -p "$root"/{etc/skel/.config,usr/bin,usr/share,home,var/home}
ln -s usr/bin "$root/bin"
printf 'a shell' >"$root/usr/bin/sh"
printf 'root:x:0:0:root:/root:/bin/sh\n# people\ndaemon:x:1:1::/:/bin/false\n' >"$root/etc/passwd"
printf 'root:*:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n' >"$root/etc/shadow"
printf 'root:x:0:\ndaemon:x:1:\nsudo:x:27:daemon\nspare:x:1000:\n' >"$root/etc/group"
printf 'root:*::\ndaemon:*::\nsudo:*::daemon\nspare:*::\n' >"$root/etc/gshadow"
printf 'daemon:100000:65536\n' >"$root/etc/subuid"
printf '# kept\n[boot]\nsystemd=false # why\n\n[user]\n' >"$root/etc/wsl.conf"
printf 'echo hello\n' >"$root/etc/skel/.profile"
printf 'x' >"$root/etc/skel/.config/file"
ln -s .profile "$root/etc/skel/.link"
chmod 640 "$root/etc/shadow" "$root/etc/gshadow"
chmod 700 "$root/etc/skel/.config"
# pack OUT [OPTION...]: shadow and the others come first, passwd last.
pack() {
    local out=$1
    shift
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1600000000 -C "$root" -cf "$out" "$@" \
        ./etc/wsl.conf ./home ./bin ./usr ./var ./etc/gshadow ./etc/shadow ./etc/group ./etc/subuid \
        ./etc/skel ./etc/passwd
}
pack "$tmp/root.tar"
hash=$(openssl passwd -6 -salt saltsalt secret)
echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKey me@here' >"$tmp/key.pub"
printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n' >"$tmp/key"

# provision OUT OPTION...: of the small root.
provision() {
    local out=$1
    shift
    lximage convert --no-sync "$@" "$tmp/root.tar" "$out"
}
# file ARCHIVE PATH: a file of an archive.
file() {
    lximage cat "$1" "$2"
}
# owner ARCHIVE PATH: mode, owner and group.
owner() {
    tar --numeric-owner -tvf "$1" "./$2" 2>/dev/null | awk 'NR == 1 { print $1, $2 }'
}

# ---- a user ----
printf 'restrict %s\n# mine\n' "$(<"$tmp/key.pub")" >"$tmp/two.pub"
ok "a user, with everything" provision "$tmp/user.tar" --user 'me.Too:1234' --password-hash "$hash" \
    --ssh-key "$tmp/key.pub" --ssh-key "$tmp/two.pub" --ssh-key "$tmp/key.pub" --sudo
is "passwd gets a line, and keeps the others" "$(file "$tmp/user.tar" etc/passwd)" \
    "$(cat "$root/etc/passwd")
me.Too:x:1234:1234::/home/me.Too:/bin/sh"
is "shadow" "$(file "$tmp/user.tar" etc/shadow | sed 's/:[0-9]*:0:99999:7:::$//' | tail -n 1)" "me.Too:$hash"
is "group" "$(file "$tmp/user.tar" etc/group | tail -n 3 | tr '\n' ' ')" \
    "sudo:x:27:daemon,me.Too spare:x:1000: me.Too:x:1234: "
is "gshadow" "$(file "$tmp/user.tar" etc/gshadow | tail -n 3 | tr '\n' ' ')" \
    "sudo:*::daemon,me.Too spare:*:: me.Too:!:: "
is "subuid, where there is one" "$(file "$tmp/user.tar" etc/subuid | tail -n 1)" "me.Too:165536:65536"
is "no subgid" "$(lximage ls "$tmp/user.tar" | grep -c subgid)" 0
is "files keep mode and owner" "$(owner "$tmp/user.tar" etc/shadow)" "-rw-r----- 0/0"
is "the home" "$(tar --numeric-owner -tvf "$tmp/user.tar" | awk '$6 ~ /home\/me/ { print $1, $2, $6, $7, $8 }' | sed 's/ *$//' | sort)" \
    "-rw------- 1234/1234 ./home/me.Too/.ssh/authorized_keys
-rw-r--r-- 1234/1234 ./home/me.Too/.config/file
-rw-r--r-- 1234/1234 ./home/me.Too/.profile
drwx------ 1234/1234 ./home/me.Too/.config/
drwx------ 1234/1234 ./home/me.Too/.ssh/
drwxr-x--- 1234/1234 ./home/me.Too/
lrwxrwxrwx 1234/1234 ./home/me.Too/.link -> .profile"
is "keys, each once" "$(file "$tmp/user.tar" home/me.Too/.ssh/authorized_keys)" \
    "$(cat "$tmp/key.pub" "$tmp/two.pub")"
file "$tmp/user.tar" etc/sudoers.d/90-me_Too >"$tmp/sudoers"
ok "visudo accepts what sudo reads" visudo -c -s -f "$tmp/sudoers"
is "who has a password is asked for it" "$(<"$tmp/sudoers")" '"me.Too" ALL=(ALL:ALL) ALL'
is "not to be written" "$(owner "$tmp/user.tar" etc/sudoers.d/90-me_Too)" "-r--r----- 0/0"
is "the default user" "$(file "$tmp/user.tar" etc/wsl.conf)" "$(cat "$root/etc/wsl.conf")
default = me.Too"
is "all else is what it was" "$(lximage diff "$tmp/root.tar" "$tmp/user.tar" | grep -vE '^only in B|^/etc/[a-z.]+: (mtime|size) ')" ""

provision "$tmp/plain.tar" --user BOB --sudo 2>/dev/null
is "an id is found, and a group where that is taken" \
    "$(file "$tmp/plain.tar" etc/passwd | tail -n 1)" "BOB:x:1000:1001::/home/BOB:/bin/sh"
like "without a hash no password fits" "$(file "$tmp/plain.tar" etc/shadow)" '^BOB:!:[0-9]+:0:99999:7:::$'
file "$tmp/plain.tar" etc/sudoers.d/90-BOB >"$tmp/sudoers"
ok "a name in capitals is no alias" visudo -c -s -f "$tmp/sudoers"
is "who has none is not asked" "$(<"$tmp/sudoers")" '"BOB" ALL=(ALL:ALL) NOPASSWD:ALL'

provision "$tmp/adopted.tar" --user daemon --password-hash "$hash" --ssh-key "$tmp/key.pub" 2>"$tmp/error" ||
    like "a home that is no home is refused" "$(<"$tmp/error")" 'home of daemon'
provision "$tmp/adopted.tar" --user daemon --password-hash "$hash" --sudo 2>/dev/null
is "who is there is taken over" "$(file "$tmp/adopted.tar" etc/passwd)" "$(<"$root/etc/passwd")"
like "with the password" "$(file "$tmp/adopted.tar" etc/shadow)" "^daemon:${hash//\$/\\$}:[0-9]+:0:"
is "in a group once" "$(file "$tmp/adopted.tar" etc/group | grep sudo)" "sudo:x:27:daemon"
is "for the day of the change" "$(SOURCE_DATE_EPOCH=864000 provision "$tmp/day.tar" --user me 2>/dev/null
    file "$tmp/day.tar" etc/shadow | tail -n 1)" 'me:!:10:0:99999:7:::'
is "a day of 0 would ask for a new password" "$(SOURCE_DATE_EPOCH=0 provision "$tmp/day0.tar" --user me 2>/dev/null
    file "$tmp/day0.tar" etc/shadow | tail -n 1)" 'me:!::0:99999:7:::'

# ---- refused ----
out=$tmp/no.tar
provision_row() {
    refuses "$1" "$2" lximage convert --no-sync "${@:3}" "$tmp/root.tar" "$out"
}
for name in '' -x 1234 . .. a:b a/b 'a b' "$(printf 'a%.0s' {1..33})" 'é' 'a$b' 'me:' 'me:-1' 'me:4294967295' 'me:65535' 'me:1x'; do
    as="--user '$name' is refused" provision_row 2 'name for a user|user id' --user "$name"
done
provision_row 2 'goes with --user' --sudo
provision_row 2 'goes with --user' --ssh-key "$tmp/key.pub"
for word in secret '$6' 'a:b' ''; do
    as="--password-hash '$word' is refused" provision_row 2 'openssl passwd' --user me --password-hash "$word"
done
provision_row 6 'no public SSH keys' --user me --ssh-key "$tmp/key"
provision_row 3 'none.pub' --user me --ssh-key "$tmp/none.pub"
provision_row 5 "belongs to 'daemon'" --user me:1
provision_row 5 'with the id 1;' --user daemon:5
provision_row 5 "group 'spare'" --user spare
for name in -a a- a..b .a 'a b' a_b "$(printf 'a%.0s' {1..65})" ''; do
    as="--hostname '$name' is refused" provision_row 2 'host name' --hostname "$name"
done
for word in boot boot.systemd systemd=1 .a=b 'a.b c=d' boot.systemd=maybe 1a.b=c; do
    as="--wsl-conf '$word' is refused" provision_row 2 'wsl.conf' --wsl-conf "$word"
done
provision_row 2 'SRC:DST' --copy "$tmp/key.pub"
provision_row 3 'none' --copy "$tmp/none:/x"
provision_row 6 'neither' --copy /dev/null:/x
provision_row 10 'leads out' --copy "$tmp/key.pub:/../x"
for word in ../x a/b me: me:a/b me:,a me:..; do
    as="--link-home '$word' is refused" provision_row 2 'link-home' --user me --link-home "$word"
done

# odd CODE PATTERN COMMAND: of a root on which COMMAND was run.
odd() {
    local code=$1 pattern=$2
    cp -a "$root" "$tmp/odd"
    (cd "$tmp/odd/etc" && eval "$3")
    tar --sort=name --owner=0 --group=0 --numeric-owner -C "$tmp/odd" -cf "$tmp/odd.tar" .
    if [ "$code" -eq 0 ]; then
        ok "$3" lximage convert --no-sync --user me --hostname h "$tmp/odd.tar" "$tmp/odd-out.tar"
        like "gives the right result" "$(file "$tmp/odd-out.tar" etc/passwd)" '^me:[x!]:1000:100[01]::/home/me:/bin/sh$'
    else
        as="$3: refused" refuses "$code" "$pattern" \
            lximage convert --no-sync --user me --hostname h "$tmp/odd.tar" "$tmp/odd-out.tar"
    fi
    rm -rf "$tmp/odd" "$tmp"/odd*.tar
}
odd 6 'no etc/passwd' 'rm passwd'
odd 0 '' 'printf %s "$(cat passwd)" >passwd'
odd 6 'symbolic link to' 'ln -sf /../../../../etc/passwd passwd'
odd 6 'hard link' 'ln passwd ../a'
odd 0 '' 'ln passwd ../z'
odd 10 'CR and LF' 'sed -i "s/$/\r/" passwd'
odd 10 'is no text' 'printf "\0" >>group'
odd 10 'has 3 fields' 'echo a:b:c >>passwd'
odd 10 'is no number' 'echo a:x:ten:1::/:/bin/sh >>passwd'
odd 0 '' 'rm shadow gshadow subuid'
odd 0 '' 'rm group'
odd 0 '' 'printf "+::::::\n" >>passwd'
odd 6 'directory, and only' 'rm group && mkdir group'
odd 10 'wsl.conf:2 makes no sense' 'printf "[user]\nwhat\n" >wsl.conf'
odd 5 'no directory' 'rm -rf ../home && ln -s nowhere ../home'
odd 10 'LIMIT|limit|16 MiB' 'truncate -s 17M skel/large'
odd 0 '' 'mkdir ../home/me'
odd 0 '' 'rm -rf ../home && ln -s var/home ../home'

cp -a "$root" "$tmp/odd"
ln -sf ../passwd "$tmp/odd/etc/wsl.conf"
ok "what is not asked for need not be possible" lximage convert --no-sync --copy "$tmp/key.pub:/x" "$tmp/odd" "$tmp/odd.tar"
rm -r "$tmp/odd" "$tmp/odd.tar"

# ---- wsl.conf ----
# conf NAME BEFORE OPTION... -- SECTION KEY VALUE...: python reads these values.
conf() {
    local name=$1 options=()
    printf '%b' "$2" >"$root/etc/wsl.conf"
    shift 2
    while [ "$1" != -- ]; do
        options+=(--wsl-conf "$1")
        shift
    done
    shift
    pack "$tmp/conf.tar"
    rm -f "$tmp/conf-out.tar"
    lximage convert --no-sync --quiet "${options[@]}" "$tmp/conf.tar" "$tmp/conf-out.tar" 2>"$tmp/error"
    file "$tmp/conf-out.tar" etc/wsl.conf >"$tmp/wsl.conf"
    ok "$name" python3 -c '
import configparser, sys
parser = configparser.ConfigParser(inline_comment_prefixes="#", strict=True)
parser.optionxform = str.lower
parser.read_string(open(sys.argv[1], newline="").read())
words = sys.argv[2:]
for section, key, value in zip(words[::3], words[1::3], words[2::3]):
    assert parser[section][key] == value, (section, key, dict(parser[section]))
' "$tmp/wsl.conf" "$@"
}
conf "a new file" '' boot.systemd=true user.default=me -- boot systemd true user default me
conf "a key is replaced" '[boot]\nsystemd=false\n[user]\ndefault=a\n' boot.systemd=true -- boot systemd true user default a
conf "whatever its case" '[Boot]\nSYSTEMD = false' boot.systemd=true -- Boot systemd true
conf "a key joins its section" '# c\n[user]\ndefault=a # b\n\n[boot]\ninitTimeout=5\n' user.x=y boot.systemd=true -- \
    user x y user default a boot systemd true boot initTimeout 5
is "and comments stay" "$(<"$tmp/wsl.conf")" '# c
[user]
default=a # b
x = y

[boot]
initTimeout=5
systemd = true'
conf "CR and LF stay" '[boot]\r\nsystemd=false\r\n' boot.systemd=true user.default=me -- boot systemd true user default me
is "in every line" "$(grep -c $'\r$' "$tmp/wsl.conf")/$(wc -l <"$tmp/wsl.conf")" 5/5
conf "a comment behind a value" '[boot]\nsystemd=false # no\n' boot.systemd=true -- boot systemd true
is "stays, too" "$(<"$tmp/wsl.conf")" '[boot]
systemd = true # no'
conf "joined lines are one" '[boot]\ncommand=a \\\n b\nsystemd=1\n' boot.command=c -- boot command c boot systemd 1
conf "a line joined to nothing ends" '[boot]\ncommand=a\\\n' user.default=me -- user default me
conf "the last wish counts" '' boot.command=a boot.command=b -- boot command b
printf '[boot]\ncommand = "a # \\"b\\"" # c\n' >"$tmp/expected"
conf "what needs quotes" '[boot]\ncommand=x # c\n' 'boot.command=a # "b"' --
same "gets them" "$tmp/wsl.conf" "$tmp/expected"
lximage convert --no-sync --wsl-conf new.key=1 "$tmp/root.tar" "$tmp/new.tar" 2>"$tmp/error"
like "an unknown key is told" "$(<"$tmp/error")" 'new.key.*known'
provision "$tmp/host.tar" --hostname lab --user me --wsl-conf user.default=root
is "a host name is set twice" "$(file "$tmp/host.tar" etc/hostname; file "$tmp/host.tar" etc/wsl.conf)" 'lab
# kept
[boot]
systemd=false # why

[user]
default = root

[network]
hostname = lab'

# ---- copies and links ----
mkdir -p "$tmp/files/etc/sub" "$tmp/files/home/me"
echo new >"$tmp/files/etc/sub/file"
echo '[interop]' >"$tmp/files/etc/wsl.conf"
echo mine >"$tmp/files/home/me/own"
ln -s sub/file "$tmp/files/etc/link"
printf tool >"$tmp/tool:x"
chmod 4750 "$tmp/tool:x"
ok "copies" provision "$tmp/copies.tar" --user me --copy "$tmp/files:/" --copy "$tmp/tool:x:/bin" \
    --copy "$tmp/tool:x:/opt/a/" --copy "$tmp/tool:x:/opt/b/c"
is "go where they belong, with owners" "$(tar --numeric-owner -tvf "$tmp/copies.tar" |
    awk '$6 ~ /etc.sub\/|own|etc.link$|tool|opt/ { print $1, $2, $6 }' | sort | sed 's/ $//')" "-rw-r--r-- 0/0 ./etc/sub/file
-rw-r--r-- 1000/1001 ./home/me/own
-rwsr-x--- 0/0 ./opt/a/tool:x
-rwsr-x--- 0/0 ./opt/b/c
-rwsr-x--- 0/0 ./usr/bin/tool:x
drwxr-xr-x 0/0 ./etc/sub/
drwxr-xr-x 0/0 ./opt/
drwxr-xr-x 0/0 ./opt/a/
drwxr-xr-x 0/0 ./opt/b/
lrwxrwxrwx 0/0 ./etc/link"
is "what was copied is edited" "$(file "$tmp/copies.tar" etc/wsl.conf)" '[interop]

[user]
default = me'
is "a home of one's own has skel, too" "$(file "$tmp/copies.tar" home/me/.profile)" 'echo hello'
# links ARCHIVE: those that lead to Windows.
links() {
    tar -tvf "$1" | sed -n 's|.* \./\(home.* -> .*mnt.*\)|\1|p'
}
provision "$tmp/links.tar" --user me --link-home 'Windows User:Documents,My Music'
is "folders are linked" "$(links "$tmp/links.tar")" 'home/me/Documents -> /mnt/c/Users/Windows User/Documents
home/me/My Music -> /mnt/c/Users/Windows User/My Music'
provision "$tmp/whole.tar" --user me --link-home /mnt/d/me
is "the home is a link" "$(links "$tmp/whole.tar")" 'home/me -> /mnt/d/me'
provision "$tmp/mount.tar" --user me --link-home win --wsl-conf automount.root=/win/mnt
is "where drives are mounted" "$(links "$tmp/mount.tar")" 'home/me -> /win/mnt/c/Users/win'
provision_row 2 'no place' --user me --link-home win --ssh-key "$tmp/key.pub"
provision_row 5 'already' --user me --link-home win:.config

# ---- every sink, the same bytes, and read twice ----
export SOURCE_DATE_EPOCH=1700000000
all=(--user me --password-hash "$hash" --ssh-key "$tmp/key.pub" --sudo --hostname lab --copy "$tmp/files:/" --wsl-conf boot.systemd=true)
provision "$tmp/first.tar" "${all[@]}" 2>/dev/null
touch "$tmp/files/etc/sub/file"
provision "$tmp/second.tar" "${all[@]}" --strict --verify 2>/dev/null
same "the same bytes each time" "$tmp/first.tar" "$tmp/second.tar"
unset SOURCE_DATE_EPOCH
find "$tmp/files" -exec touch -h -d @1600000000 {} + # NTFS has 100 ns
for out in out.img out.ntfs.vhdx out/; do
    format=()
    [ "$out" = out.ntfs.vhdx ] && format=(--format ntfs)
    ok "into $out, read back" provision "$tmp/$out" "${format[@]}" "${all[@]}" --verify
done

# ---- an installation ----
ok "install for a user" lxinstall install "$tmp/root.tar" --name lab --no-sync "${all[@]}"
is "who is the default one, with nothing to ask" \
    "$(lxinstall info lab --json | jq -c '[.default_uid, .first_run, .flags]')" '[1000,false,15]'
ok "import for a user" lxinstall import other "$tmp/other" "$tmp/root.tar" --user you:2000 --keep-first-run --no-sync
is "with the first run to come" "$(lxinstall info other --json | jq -c '[.default_uid, .first_run]')" '[2000,true]'
like "which is told" "$(lxinstall info other)" '^First run: +to come$'
unlike "where it is so" "$(lxinstall info lab)" 'First run'
is "skipped" "$(lxinstall install "$tmp/root.tar" --name skip --skip-first-run --no-sync --json 2>/dev/null |
    jq -c '[.default_uid, .first_run]')" '[0,false]'
like "which is told" "$(lxinstall info other)" '^First run: +to come$'
unlike "where it is so" "$(lxinstall info lab)" 'First run'
is "a dry run shows the user" "$(lxinstall install "$tmp/root.tar" --name dry --dry-run --user me --json | jq -c '[.user, .first_run]')" '["me",false]'
refuses 2 'exclude each other' lxinstall install "$tmp/root.tar" --name x --keep-first-run --skip-first-run
disk=$(lxinstall info lab --json | jq -r .disk)
refuses 2 'copied as it is' lxinstall import x "$tmp/x" "$disk" --user me
refuses 5 "belongs to 'daemon'" lxinstall install "$tmp/root.tar" --name x --user me:1
like "nothing of it is left" "$(lxinstall list --quiet | tr '\n' ' ')" '^lab other skip $'
