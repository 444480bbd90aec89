/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/library.h"

#include <dlfcn.h>
#include <string.h>

static int load(struct library *library, struct error *err)
{
    void *handle = dlopen(library->file, RTLD_LAZY | RTLD_LOCAL);
    if (!handle)
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s cannot be loaded (%s); install the package that holds it",
                         library->file, dlerror());
    for (size_t i = 0; i < library->n; i++) {
        void *function = dlsym(handle, library->names[i]);
        if (!function)
            return error_set(err, ERROR_UNSUPPORTED, "%s; install a newer %s", dlerror(),
                             library->file);
        memcpy((char *)library->functions + i * sizeof(function), &function, sizeof(function));
    }
    __atomic_store_n(&library->loaded, true, __ATOMIC_RELEASE);
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
    if (__atomic_load_n(&library->loaded, __ATOMIC_ACQUIRE))
        return library->functions;
    return library_load(library, &ignored) < 0 ? NULL : library->functions;
}
