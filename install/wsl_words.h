/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wsl.exe's command line, said in our words: its long options are our verbs. */
#ifndef LXKIT_INSTALL_WSL_WORDS_H
#define LXKIT_INSTALL_WSL_WORDS_H

/* What was put into a command line; it must live as long as that is used. */
struct wsl_words {
    char *verb, *version;
};

/* Replaces the first word where it is one of wsl.exe's ("--import"), and the "--version N" that
 * import and install have there, which asks for our version otherwise. Everything else stays. */
void wsl_words_translate(struct wsl_words *self, int argc, char **argv);
void wsl_words_free(struct wsl_words *self);

#endif
