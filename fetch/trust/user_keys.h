/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys that the user added: DATA/keys/NAME.gpg (OpenPGP packets) and NAME.pub (minisign's
 * text), where DATA is paths_data(). */
#ifndef LXKIT_FETCH_TRUST_USER_KEYS_H
#define LXKIT_FETCH_TRUST_USER_KEYS_H

#include <dirent.h>

#include "fetch/trust/key.h"

/* DATA/keys; malloc'd. */
int user_keys_directory(char **out, struct error *err) MUST_CHECK;
/* The length of NAME in the name of such a file; 0 for other files. */
size_t user_key_stem(const char *file);
/* For scandir(). */
int user_key_is_file(const struct dirent *entry);

/* Puts one key of the file into DATA/keys: the one with that fingerprint, or (NULL) the only one.
 * name may be NULL: what the program calls the key, or the file's name without its suffix. VERIFY
 * where the file holds another key, NOT_FOUND where none of several is it, USAGE where it holds
 * several and none is asked for, or the name is none, EXISTS for a name that another key has. *out
 * tells what was added, to be freed with key_free(). */
int user_key_add(const char *path, const char *fingerprint, const char *name, struct trust_key *out,
                 struct error *err) MUST_CHECK;
/* Takes one out, by name or fingerprint. NOT_FOUND; UNSUPPORTED for one of the program's. */
int user_key_remove(const char *name, struct error *err) MUST_CHECK;

#endif
