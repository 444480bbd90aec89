/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_often LIST SIGNATURE KEYFILE N: verifies a signed list N times, each time in a process of
 * its own, as every program does that verifies more than one thing: librnp is loaded once. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "fetch/trust.h"

static int verify(char **argv, struct error *err)
{
    AUTO_KEYRING struct keyring ring = {0};
    AUTO_SMALL_FILE struct small_file text = {0}, signature = {0};
    AUTO_TRUST_LIST struct trust_list list = {0};

    if (small_file_read(&text, argv[1], TRUST_LIST_BYTES_MAX, "list", err) < 0 ||
        small_file_read(&signature, argv[2], TRUST_SIGNATURE_BYTES_MAX, "signature", err) < 0 ||
        keyring_open_file(&ring, argv[3], err) < 0)
        return -1;
    const struct trust_text signed_text = {text.bytes, text.n, argv[1]};
    const struct trust_text by = {signature.bytes, signature.n, argv[2]};
    const struct key_choice keys = {.ring = &ring};
    return trust_list_verify(&signed_text, &by, &keys, time(NULL), &list, err);
}

int main(int argc, char **argv)
{
    struct error err = {0};
    int n = argc == 5 ? atoi(argv[4]) : 0, rc = 0;

    if (n < 1)
        return 2;
    for (int i = 0; rc == 0 && i < n; i++)
        rc = verify(argv, &err);
    if (rc < 0) {
        fprintf(stderr, "verify_often: %s\n", err.text);
        return 1;
    }
    return 0;
}
