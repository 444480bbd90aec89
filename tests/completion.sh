#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
# Shells complete verbs, options and names of installed distributions, by the scripts that the
# programs write.
. tests/lib/tap.sh
need zsh fish tar

for program in lxfetch lximage lxvhdx lxinstall; do
    for shell in bash zsh fish; do
        $program completion $shell >"$tmp/$program.$shell"
        ok "$shell can read what $program writes" "$shell" -n "$tmp/$program.$shell"
    done
    # shellcheck source=/dev/null
    . "$tmp/$program.bash"
done
refuses 2 'bash, zsh or fish' lxinstall completion tcsh
refuses 2 'bash, zsh or fish' lxinstall completion
refuses 2 'bash, zsh or fish' lximage completion bash zsh

# complete_words WORD...: what bash offers for the last word, one a line.
complete_words() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    "_$1"
    [ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}" | sort
}
# offers EXPECTED WORD...: exactly these, with blanks between them.
offers() {
    local expected=$1
    shift
    is "$* offers ${expected:-files}" "$(complete_words "$@" | tr '\n' ' ')" "${expected:+$expected }"
}

mkdir "$tmp/etc"
tar -C "$tmp" -cf "$tmp/root.tar" etc
for name in alpha alps beta; do
    lxinstall install "$tmp/root.tar" --name $name --no-sync --quiet
done

is "every verb is offered" \
    "$(complete_words lximage '' | grep -v '^-' | tr '\n' ' ')" \
    "$({
        lximage --help | sed -n '/^verbs:/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p'
        echo completion
        echo help
    } | sort | tr '\n' ' ')"
is "and every option" "$(complete_words lxvhdx create -- | tr '\n' ' ')" \
    "$(lxvhdx create --help | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort | tr '\n' ' ')"
offers "import import-in-place" lxinstall imp
offers "import import-in-place" lxinstall --quiet imp
offers "export" lxinstall help exp
offers "bash" lxinstall completion b
offers "alpha alps beta" lxinstall export ''
offers "alpha alps" lxinstall export al
offers "alpha alps" lxinstall remove --yes al
offers "" lxinstall export alpha ''
offers "" lxinstall export --report ''
offers "alpha alps beta" lxinstall export --report lost ''
offers "--strict" lxinstall export alpha --st
offers "" lxinstall install ''
offers "--sha256" lxinstall install ./root.tar --sha
offers "--sha256" lxinstall ./root.tar --sha
offers "--format" lximage convert a --fo
offers "" lximage convert --format ''
# fish_offers EXPECTED LINE: what fish offers for the last word of a line.
fish_offers() {
    is "fish: $2 offers $1" "$(fish --no-config -c "source $tmp/${2%% *}.fish; complete -C '$2'" | cut -f 1 | sort | tr '\n' ' ')" "$1 "
}
fish_offers "import import-in-place" "lxinstall imp"
fish_offers "alpha alps" "lxinstall remove al"
fish_offers "--sha256" "lxinstall install --sha"
fish_offers "bash" "lxinstall completion b"
is "a script for each program" "$(complete -p lxfetch lximage lxvhdx lxinstall | grep -c 'default -F')" 4
