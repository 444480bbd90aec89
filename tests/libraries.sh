#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs once.
#
# What the compiled libraries show of the house's habits: no state outlives a call, nothing prints,
# nothing exits. Only the command line (core/cli) and its progress bar (core/event) talk.
. tests/lib/tap.sh
need objdump nm

# Symbols in writable sections: what a "static int counter" becomes. Constant tables with pointers
# lie in .data.rel.ro, which is read-only once the program runs. A library that was loaded when it was
# called for (core/library.h) stays loaded, as one that the linker loaded does.
writable_symbols() {
    objdump -t "$1" | awk '
        /file format/ { object = $1 }
        / [gl].* O / {
            section = $4
            if (section ~ /^\.(data|bss|tdata|tbss)/ && section !~ /^\.data\.rel\.ro/)
                print object " " $NF
        }' | grep -vE '^lib(archive|crypto|curl|rnp)[.]o: (library|table)[.][a-z0-9]+$'
}

# Undefined symbols of standard output, standard error and the ways out of a process.
talk() {
    # Children that do what may crash end by themselves, with _exit.
    nm -A -u "$1" | grep -vE ":(pgp_child|apart|translation|translation_init|vm_machine)[.]o: *U _exit\$" | grep -E ' U (stdout|stderr|_?_?v?printf(_chk)?|puts|putchar|perror|v?warnx?|v?errx?|_?exit|quick_exit)$'
}

for folder in core fetch image vhdx install; do
    archive=$B/lib$folder.a
    [ -e "$archive" ] || continue
    is "lib$folder.a has no mutable state" "$(writable_symbols "$archive")" ""
    is "lib$folder.a does not print and does not exit" \
        "$(talk "$archive" | grep -vE ':(cli[a-z_]*|event[a-z_]*)\.o:')" ""
done

# A library that is loaded when it is first called for, and cannot be.
mkdir "$tmp/empty" "$tmp/tree"
touch "$tmp/empty/libarchive.so.13" "$tmp/empty/libcrypto.so.3"
LD_LIBRARY_PATH=$tmp/empty refuses 6 'libarchive.so.13 cannot be loaded .*; install the package' \
    lximage convert "$tmp/tree" "$tmp/tree.tar"
LD_LIBRARY_PATH=$tmp/empty refuses 6 'libcrypto.so.3 cannot be loaded .*; install the package' \
    lximage diff "$tmp/tree" "$tmp/tree"

# The two finders find.
cat >"$tmp/planted.c" <<'SOURCE'
#include <stdio.h>
#include <stdlib.h>
static int counter;
int planted(void);
int planted(void)
{
    static const char *const names[] = {"a", "b"};
    if (counter++ > 3) {
        fprintf(stderr, "%s\n", names[counter & 1]);
        exit(1);
    }
    return counter;
}
SOURCE
need gcc
gcc -O2 -c -o "$tmp/planted.o" "$tmp/planted.c"
like "a planted counter is found" "$(writable_symbols "$tmp/planted.o")" 'counter$'
like "a planted message is found" "$(talk "$tmp/planted.o")" 'stderr$'
like "a planted exit is found" "$(talk "$tmp/planted.o")" 'exit$'
