#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# The command line's promises, for all programs: the help and the manual name the same verbs and
# options; help fits 80 columns, goes to standard output and is no error; misuse is 2 and goes to
# standard error; standard output that cannot be written is 7.
. tests/lib/tap.sh
need mandoc col

# verbs PROGRAM: from its help.
verbs() {
    "$1" --help | sed -n '/^verbs:/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p' | sort -u
}

# Reads help; writes "-x --long" or "--long" for each option, one a line.
help_options() {
    sed -nE 's/^ +((-[A-Za-z]), )?(--[a-z][a-z0-9-]*).*/\2 \3/p' | sed 's/^ //' | sort -u
}

# The same for the items of an mdoc page: ".It Fl x Ar value , Fl Fl long Ar value".
manual_options() {
    sed -nE '/^\.It Fl/{
        s/\\-/-/g
        s/Fl Fl /Fl -/g
        s/^\.It (Fl ([A-Za-z])( Ar [^ ]+)? , )?Fl -([a-z][a-z0-9-]*).*/-\2 --\4/
        s/^- //
        p
    }' "$1" | sort -u
}

# A man page as text, 80 columns wide.
render() {
    mandoc -T ascii -O width=78 "$1" | col -bx
}

for program in lxfetch lximage lxvhdx lxinstall; do
    page=${program#lx}/$program.1
    manual=$(render "$page")
    verbs=$(verbs "$program")
    help=$(
        "$program" --help
        for verb in $verbs completion; do
            "$program" "$verb" --help
        done
    )

    ok "$page: mandoc has nothing to say" mandoc -T lint -W warning "$page"
    synopsis=$(sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' <<<"$manual")
    is "$program: the verbs of the help are those of the synopsis" "$verbs" \
        "$(sed -nE "s/^ +$program \\[?([a-z][a-z-]*).*/\\1/p" <<<"$synopsis" | sort -u)"
    is "$program: the options of the help are those of the manual" \
        "$(help_options <<<"$help")" "$(manual_options "$page")"
    for section in NAME SYNOPSIS DESCRIPTION ENVIRONMENT 'EXIT STATUS' EXAMPLES; do
        like "$page has the section $section" "$manual" "^$section\$"
    done
    unlike "$program: help fits 80 columns" "$help" '.{81}'
    is "$program --help is no error" "$("$program" --help 2>&1 >/dev/null; echo $?)" 0
    is "$program --version" "$("$program" --version)" \
        "$program (lxkit) $(sed -n 's/^VERSION := //p' Makefile)"

    refuses 2 'no-such-option' "$program" --no-such-option
    refuses 2 '[Uu]sage|--help' "$program"
    for verb in $verbs completion; do
        is "$program $verb --help is no error" "$("$program" "$verb" --help 2>&1 >/dev/null; echo $?)" 0
        refuses 2 'no-such-option' "$program" "$verb" --no-such-option
    done
    for word in --help --version; do
        "$program" "$word" >/dev/full 2>"$tmp/error"
        is "$program $word tells when it cannot be written" "$?" 7
        like "and says so" "$(<"$tmp/error")" 'standard output'
        rm "$tmp/error"
    done
done
