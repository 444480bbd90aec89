/* SPDX-License-Identifier: GPL-3.0-or-later */
/* translation_starts DISK N COMMAND...: runs a command N times in a translation distribution whose
 * disk is open and read, and prints the median of what a run takes, in milliseconds. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/cancel.h"
#include "install/run/translation.h"

enum {
    RUNS_MAX = 1000,
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1000 + (double)time.tv_nsec / 1000000;
}

static int order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    const struct mount_options options = {.writable = true};
    const char *const env[] = {NULL};
    struct registration registration = {0};
    struct translation_news news;
    struct error err = {0};
    double times[RUNS_MAX];
    int n = argc > 3 ? atoi(argv[2]) : 0, status = 0;
    AUTO_MOUNT struct mount *mount = NULL;

    if (n < 1 || n > RUNS_MAX)
        return 2;
    const struct run_request request = {
        .registration = &registration, .env = env, .argv = argv + 3, .ephemeral = true};
    cancel_block();
    int rc = mount_open(&mount, argv[1], &options, &err);
    for (int i = 0; rc == 0 && i < n; i++) {
        double start = now();
        AUTO_TRANSLATION struct translation run = {.socket = -1};
        rc = translation_begin(&run, &request, &err);
        if (rc == 0)
            rc = translation_attend(&run, mount, &news, &status, &err);
        times[i] = now() - start;
    }
    if (rc < 0 || status != 0) {
        fprintf(stderr, "translation_starts: %s, status %d\n", err.text, status);
        return 1;
    }
    qsort(times, (size_t)n, sizeof(*times), order);
    printf("%.3f\n", times[n / 2]);
    return 0;
}
