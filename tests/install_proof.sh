#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# lxinstall install and what proves a file that somebody brought along, or that comes through a pipe;
# and for which architecture its programs are.
. tests/lib/tap.sh
. tests/lib/published_roots.sh
need strace

# ---- local files and pipes ----

file=$site/root-1.9.tar.gz
cp "$site/SHA256SUMS"* "$tmp"
by_list=(--sums "$tmp/SHA256SUMS" --sig "$tmp/SHA256SUMS.gpg")
told=$(lxinstall install "$file" --no-sync --name x 2>&1)
like "a local file: its digest is told" "$told" "tier is local; its SHA-256 is $(digest root-1.9.tar.gz)"
is "... and recorded" "$(entry '.tier + " " + .source_sha256')" "local $(digest root-1.9.tar.gz)"
ok "--sums and --sig" lxinstall install "$file" --no-sync --name x "${by_list[@]}"
is "... signed" "$(entry '.tier + " " + .signer')" "signed $key"
ok "--sums, clearsigned" lxinstall install "$file" --no-sync --name x --sums "$tmp/SHA256SUMS.asc"
is "... signed" "$(entry .tier)" signed
ok "--sig of the file" lxinstall install "$file" --no-sync --name x --sig "$file.sig" \
    --keyring "$scratch/keys/one.asc" --key "$key"
is "... signed" "$(entry .tier)" signed
# Each byte is read once: who changes the file after it was verified changes nothing.
for proof in "--sig $file.sig" "${by_list[*]}"; do
    # shellcheck disable=SC2086
    strace -f -y -o "$scratch/trace" -e trace=read,pread64,preadv,mmap,sendfile,copy_file_range,splice \
        lxinstall install "$file" --no-sync --name x $proof >/dev/null 2>&1
    bytes=$(awk -v "file=<$file>" 'index($0, file) { n += $NF } END { print n }' "$scratch/trace")
    is "what was verified is what is used, ${proof%% *}" "$bytes $(entry .tier)" \
        "$(stat -c %s "$file") signed"
done
cp "$file" "$tmp/renamed.tar.gz"
as="another name than in the list" fails 4 'no line for renamed' "$tmp/renamed.tar.gz" "${by_list[@]}"
ok "--sums-name" lxinstall install "$tmp/renamed.tar.gz" --no-sync --name x "${by_list[@]}" \
    --sums-name root-1.9.tar.gz
is "... signed" "$(entry .tier)" signed
echo more >>"$tmp/renamed.tar.gz"
as="a changed file" fails 4 'does not have the checksum' "$tmp/renamed.tar.gz" "${by_list[@]}" --sums-name root-1.9.tar.gz
echo "no archive at all" >"$tmp/garbage"
as="nothing is read before it is verified" fails 4 'does not have the checksum' \
    "$tmp/garbage" "${by_list[@]}" --sums-name root-1.9.tar.gz
as="a list that is not signed" fails 4 'not signed' "$file" --sums "$tmp/SHA256SUMS"
as="the wrong key" fails 4 'not among' "$file" "${by_list[@]}" --keyring "$scratch/keys/two.asc"
refuses 2 'no fingerprint' lxinstall "$file" --name x "${by_list[@]}" --key 12
refuses 2 'give --sums too' lxinstall "$file" --name x --sums-name y
refuses 2 'give the signature with --sig' lxinstall "$file" --name x --key "$key"
refuses 2 'a directory' lxinstall "$tiny" --name x "${by_list[@]}"
manifest "${signed[@]}"
refuses 2 '\-\-sums goes with a file or URL' lxinstall tiny --manifest "$tmp/m.yaml" "${by_list[@]}"

piped() {
    local from=$1
    shift
    lxinstall install - --no-sync --name x "$@" <"$from"
}
ok "a pipe, with a signature" piped "$file" --sig "$file.sig"
is "... signed" "$(entry '.tier + " " + .source_sha256')" "signed $(digest root-1.9.tar.gz)"
ok "a pipe, with a digest" piped "$file" --sha256 "$(digest root-1.9.tar.gz)"
is "... pinned" "$(entry .tier)" pinned
ok "a pipe, with a list" piped "$file" "${by_list[@]}" --sums-name root-1.9.tar.gz
is "... signed" "$(entry .tier)" signed
refuses 4 'standard input .*has been changed|standard input is not trusted' \
    piped "$tmp/renamed.tar.gz" --sig "$file.sig"
refuses 4 'standard input is not trusted' piped "$file" --sha256 "${key}${key:0:24}"
ok "a pipe that nothing speaks for" piped "$file"
is "... is local" "$(entry '.tier + " " + (.source_sha256 // "unknown")')" "local unknown"

# ---- architecture ----

mkdir -p "$tmp/foreign/bin" "$tmp/foreign/usr/bin" "$tmp/foreign/etc"
cp "$tiny/bin/sh" "$tmp/foreign/usr/bin/real"
machines=(amd64 '\x3e' arm64 '\xb7')
[ "$other" = arm64 ] && code=${machines[3]} || code=${machines[1]}
printf '%b' "$code" | dd of="$tmp/foreign/usr/bin/real" bs=1 seek=18 conv=notrunc 2>/dev/null
ln -s ../usr/bin/real "$tmp/foreign/bin/sh"
tar -C "$tmp/foreign" -czf "$tmp/foreign.tar.gz" .
as="programs for another machine" fails 6 "are for $other, and $machine is wanted.*--arch $other" \
    "$tmp/foreign.tar.gz"
ok "--arch overrides" lxinstall install "$tmp/foreign.tar.gz" --no-sync --name x --arch "$other"
entry . >/dev/null
as="--arch, and it is another" fails 6 "are for $machine, and $other is wanted" "$file" --arch "$other"

# A star is a pattern in manifests only.
cp "$file" "$tmp/star-*.tar.gz"
ok "a file with a star in its name" lxinstall install "$tmp/star-*.tar.gz" --no-sync --name x \
    "${by_list[@]}" --sums-name root-1.9.tar.gz
is "... signed" "$(entry .tier)" signed

# Passwords are not shown.
plan=$(lxinstall install "https://me:secret@localhost/a.tar" --sums "https://me:secret@localhost/b" \
    --name x --dry-run)
like "a plan without secrets" "$plan" '^List: +https://localhost/b$'
unlike "... anywhere" "$plan" secret
