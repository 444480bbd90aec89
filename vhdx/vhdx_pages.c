/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_pages.h"

#include <stdlib.h>
#include <string.h>

int vhdx_pages_init(struct vhdx_pages *out, struct error *err)
{
    *out = (struct vhdx_pages){.pages = calloc(VHDX_PAGES_MAX, sizeof(*out->pages))};
    return out->pages ? 0 : error_no_memory(err);
}

void vhdx_pages_drop(struct vhdx_pages *pages)
{
    free(pages->pages);
    *pages = (struct vhdx_pages){0};
}

struct vhdx_page *vhdx_pages_find(const struct vhdx_pages *pages, uint64_t offset)
{
    /* The last one is the most likely. */
    for (size_t i = pages->n; i-- > 0;)
        if (pages->pages[i].offset == offset)
            return &pages->pages[i];
    return NULL;
}

struct vhdx_page *vhdx_pages_add(struct vhdx_pages *pages, uint64_t offset, const void *bytes)
{
    struct vhdx_page *page = &pages->pages[pages->n++];
    page->offset = offset;
    memcpy(page->bytes, bytes, VHDX_PAGE_BYTES);
    return page;
}

void vhdx_pages_lay_over(const struct vhdx_pages *pages, void *buf, size_t n, uint64_t off)
{
    for (size_t i = 0; i < pages->n; i++) {
        const struct vhdx_page *page = &pages->pages[i];
        if (page->offset >= off && page->offset - off < n)
            memcpy((uint8_t *)buf + (page->offset - off), page->bytes, VHDX_PAGE_BYTES);
    }
}
