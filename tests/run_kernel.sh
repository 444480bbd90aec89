#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# lxinstall run in a VM without --kernel: the kernel is the distribution's own, else this machine's,
# and what it has as modules is loaded by our init. This machine is played: /boot and /lib/modules
# are what a test wants.
# shellcheck disable=SC2016
. tests/lib/tap.sh
. tests/lib/run_roots.sh
need qemu-system-x86_64 busybox unshare chroot
need_root
[ "$(dpkg --print-architecture)" = amd64 ] || skip_all "the other machine here is arm64"
kernel=$(scripts/cloud-kernel) || skip_all "there is no kernel to boot with"
release=${kernel##*/vmlinuz-}
package=${kernel%/boot/*}
unshare --mount true 2>/dev/null || skip_all "no mount name spaces"

# on_machine BOOT MODULES COMMAND...: runs it on a machine with these as /boot and /lib/modules.
on_machine() {
    unshare --mount sh -c '
        machine=$1 build=$2 scratch=$3 boot=$4 modules=$5
        shift 5
        mount -t tmpfs -o mode=755 machine "$machine" && cd "$machine" || exit 99
        mkdir -p usr etc dev proc sys boot lib ".$build" ".$scratch" || exit 99
        for here in usr etc dev proc sys; do mount --rbind "/$here" "$here" || exit 99; done
        mount --bind "$build" ".$build" && mount --bind "$scratch" ".$scratch" &&
            ln -s usr/bin bin && ln -s usr/sbin sbin && ln -s /usr/lib/* lib/ || exit 99
        [ ! -e usr/lib64 ] || ln -s usr/lib64 lib64 || exit 99
        rm -f lib/modules && mkdir lib/modules || exit 99
        mount --bind "$boot" boot && mount --bind "$modules" lib/modules || exit 99
        exec chroot . "$@"' sh "$scratch/machine" "$(realpath "$B")" "$scratch" "$@"
}
run=(timeout 240 lxinstall run --memory 512M --cpus 1)
mkdir "$scratch/machine" "$tmp/none"

# ---- distributions ----

root=$tmp/root
busybox_root "$root" sh uname cat
root_tar "$root" "$tmp/root.tar"
ok "install one without a kernel" lxinstall install "$tmp/root.tar" --name without --no-sync || exit
foreign=$tmp/foreign
arm64_root "$foreign"
mkdir "$foreign/boot"
echo 'its kernel' >"$foreign/boot/vmlinuz-9"
root_tar "$foreign" "$tmp/foreign.tar"
ok "install one for arm64, and with its kernel" \
    lxinstall install "$tmp/foreign.tar" --name foreign --arch arm64 --no-sync || exit
mkdir "$root/boot"
echo 'an older one' >"$root/boot/vmlinuz-1"
cp "$kernel" "$root/boot"
# Its modules, as far as a machine like ours may want them.
modules=lib/modules/$release
(cd "$package" && find "$modules" \( -name 'virtio*' -o -name '*failover*' -o -name 'modules.builtin' \) \
    -type f -exec cp --parents {} "$root" \;)
root_tar "$root" "$tmp/root.tar"
ok "install one with its own kernel" lxinstall install "$tmp/root.tar" --name own --no-sync || exit
like "what a virtual disk needs is a module of this kernel" "$(find "$root/lib")" '/virtio_blk\.ko'

# ---- found ----

show='uname -r; cat /proc/modules'
said=$(on_machine "$tmp/none" "$tmp/none" "${run[@]}" own -- sh -c "$show" 2>&1 </dev/null)
like "the distribution's own kernel starts it" "$said" "^$release\$"
like "and its modules are loaded" "$said" '^virtio_blk '
# The kernel that this machine runs is not there: the newest is taken.
mkdir "$tmp/boot"
cp "$kernel" "$tmp/boot"
echo 'an older one' >"$tmp/boot/vmlinuz-1"
said=$(on_machine "$tmp/boot" "$package/lib/modules" "${run[@]}" foreign -- sh 2>&1 </dev/null)
is "else this machine's, and one for another machine is none" "$?" 125
like "in that the programs of another machine are looked at, and refused" "$said" \
    'its programs are for arm64, and this machine runs those for amd64: .*; run it on a machine for arm64'
ok "the disk is left clean" lxvhdx check "$XDG_DATA_HOME/lxkit/distributions/foreign/ext4.vhdx"
if [ "${CHECK:-}" = full ]; then
    said=$(on_machine "$tmp/boot" "$package/lib/modules" "${run[@]}" without -- sh -c "$show" 2>&1 </dev/null)
    like "this machine's kernel" "$said" "^$release\$"
    like "with this machine's modules" "$said" '^virtio_blk '
    mkdir -p "$tmp/modules"
    cp -r "$package/$modules" "$tmp/modules"
    cp "$kernel" "$tmp/modules/$release/vmlinuz"
    like "a kernel beside its modules" "$(on_machine "$tmp/none" "$tmp/modules" "${run[@]}" without -- \
        uname -r 2>&1 </dev/null)" "^$release\$"
fi

# ---- not found ----

for name in without foreign; do
    as="$name: nor has this machine a kernel" refuses 125 \
        'no kernel for a VM: .*install linux-image-cloud-amd64, or name one: --kernel FILE' \
        on_machine "$tmp/none" "$tmp/none" "${run[@]}" "$name" -- true
done
mkdir -p "$tmp/few"
cp -r "$root/$modules" "$tmp/few"
find "$tmp/few" -name 'virtio_blk.*' -delete
as="a kernel without what is needed" refuses 125 "/boot/vmlinuz-$release lacks the module virtio_blk" \
    on_machine "$tmp/boot" "$tmp/few" "${run[@]}" without -- true
if [ "${CHECK:-}" = full ]; then
    cp "$root/boot/vmlinuz-$release" "$tmp/alone"
    as="a kernel that is alone, and lacks it" refuses 125 'no modules of .*/alone are beside it' \
        on_machine "$tmp/none" "$tmp/none" "${run[@]}" --kernel "$tmp/alone" without -- true
fi
