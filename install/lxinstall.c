/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lxinstall: distributions, from a name to a registered disk and back. */
#include "core/cli.h"
#include "install/verbs.h"
#include "install/wsl_words.h"

static const struct cli_verb verbs[] = {
    {"install", "NAME|FILE|DIR|URL", "make a disk of a distribution and register it", 1, 1, true,
     install_options, install_run},
    {"import", "NAME LOCATION FILE", "register an archive, directory or disk as a distribution", 3,
     3, true, import_options, import_run},
    {"import-in-place", "NAME FILE", "register a disk where it lies", 2, 2, true,
     import_in_place_options, import_in_place_run},
    {"search", "WORD", "what there is to install that has this word in its name or title", 1, 1,
     true, search_options, search_run},
    {"list", "", "what is installed, or with --online what there is to install", 0, 0, true,
     list_options, list_run},
    {"catalog", "add URL|FILE|list|update|remove NAME|export",
     "further catalogues, and the list that wsl.exe reads", 1, 2, true, catalog_options,
     catalog_run},
    {"info", "NAME", "what is known about one distribution", 1, 1, true, runtime_options, info_run},
    {"export", "NAME OUT", "write a distribution to an archive, or its disk to a file", 2, 2, false,
     export_options, export_run},
    {"run", "NAME [COMMAND [ARGUMENT ...]]", "run a command, or a shell, in a distribution", 1, -1,
     false, run_options, run_run},
    {"convert", "NAME [vm|translation]",
     "make a distribution one of the other kind, and keep all of it", 1, 2, true, convert_options,
     convert_run},
    {"move", "NAME DIR", "move a distribution's disk into another directory", 2, 2, false,
     runtime_options, move_run},
    {"clone", "NAME NEW [DIR]", "make a second distribution like a first one", 2, 3, false,
     clone_options, clone_run},
    {"rename", "NAME NEW", "call a distribution by another name", 2, 2, false, runtime_options,
     rename_run},
    {"doctor", "[DIR ...]", "look for what is wrong, and say what mends it", 0, -1, true,
     doctor_options, doctor_run},
    {"set-default", "NAME", "choose the default distribution", 1, 1, false, runtime_options,
     set_default_run},
    {"register", "NAME [DISK|DIR]", "make a disk that exists known to a runtime, here or elsewhere",
     1, 2, false, register_options, register_run},
    {"unregister", "NAME", "forget a distribution and keep its disk", 1, 1, false, runtime_options,
     unregister_run},
    {"remove", "NAME", "forget a distribution and delete its disk", 1, 1, false, remove_options,
     remove_run},
};

static const struct cli_program program = {
    .name = "lxinstall",
    .summary = "install and manage Linux distributions for WSL-like runtimes",
    .epilogue = "Examples:\n"
                "  lxinstall ubuntu                 the newest Ubuntu that a manifest has\n"
                "  lxinstall ubuntu-24.04           that release\n"
                "  lxinstall ./root.tar.gz --name lab\n"
                "  lxinstall list\n"
                "  lxinstall search suse\n"
                "  lxinstall export lab lab.tar.gz\n"
                "  lxinstall import work /srv/work lab.tar.gz\n"
                "  lxinstall import-in-place old /srv/old/ext4.vhdx\n"
                "\n"
                "The first word may also be one of wsl.exe's: --install, --import,\n"
                "--import-in-place, --list (-l), --export, --set-version, --set-default (-s),\n"
                "--unregister (which removes, and asks).\n",
    .verbs = verbs,
    .n_verbs = array_length(verbs),
    .fallback = "install",
};

int main(int argc, char **argv)
{
    CLEANUP(wsl_words_free) struct wsl_words words = {0};
    wsl_words_translate(&words, argc, argv);
    return cli_main(&program, argc, argv);
}
