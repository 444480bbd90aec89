/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/library.h"

#include <dlfcn.h>
#include <string.h>

static int load(struct library *library, struct error *err)
{
    void *handle = dlopen(library->file, RTLD_LAZY | RTLD_LOCAL);
    if (!handle)
        return error_set(err, ERROR_UNSUPPORTED, "%s; install the package that holds %s", dlerror(),
                         library->file);
    for (size_t i = 0; i < library->n; i++) {
        void *function = dlsym(handle, library->names[i]);
        if (!function)
            return error_set(err, ERROR_UNSUPPORTED, "%s; install a newer %s", dlerror(),
                             library->file);
        memcpy((char *)library->functions + i * sizeof(function), &function, sizeof(function));
    }
    library->loaded = true;
    return 0;
}

int library_load(struct library *library, struct error *err)
{
    pthread_mutex_lock(&library->mutex);
    int rc = library->loaded ? 0 : load(library, err);
    pthread_mutex_unlock(&library->mutex);
    return rc;
}

const void *library_functions(struct library *library)
{
    struct error ignored;
    return library_load(library, &ignored) < 0 ? NULL : library->functions;
}
