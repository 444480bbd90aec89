/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that reg.exe exports: what is taken has a kind and what belongs to it, and there is an end.
 */
#include "install/runtime/reg_file.h"
#include "install/runtime/utf16.h"
#include "tests/fuzz/fuzz.h"

static void check_list(const struct reg_item *item)
{
    CLEANUP(texts_free) struct texts texts = {0}, again = {0};
    AUTO_FREE uint8_t *bytes = NULL;
    struct error err = {0};
    size_t n;
    if (utf16_decode_list(&texts, item->bytes, item->n, &err) < 0)
        return;
    if (utf16_encode_list(&bytes, &n, &texts, &err) < 0 ||
        utf16_decode_list(&again, bytes, n, &err) < 0 || again.n != texts.n)
        abort();
    for (size_t i = 0; i < texts.n; i++) {
        if (!*texts.items[i] || strcmp(texts.items[i], again.items[i]) != 0)
            abort();
    }
}

static void check(const struct reg_item *item)
{
    if (item->kind == REG_LIST)
        check_list(item);
    else if (item->bytes)
        abort();
    if (item->kind == REG_KEY || item->kind == REG_TEXT)
        fuzz_touch_text(item->text, true);
    else if (item->text)
        abort();
    if (item->name)
        fuzz_touch_text(item->name, true);
    fuzz_touch(&item->number, sizeof(item->number));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *text = NULL;
    struct error err = {0};
    size_t mark = size >= 2 && data[0] == 0xff && data[1] == 0xfe ? 2 : 0;
    if (mark && utf16_decode(&text, data + mark, size - mark, &err) < 0)
        return 0;
    if (!mark && !(text = strndup((const char *)data, size)))
        return 0;
    for (const char *at = text;;) {
        AUTO_REG_ITEM struct reg_item item = {0};
        const char *before = at;
        if (reg_next(&item, &at, &err) < 0)
            break;
        check(&item);
        if (at < before || (item.kind != REG_END && at == before))
            abort();
        if (item.kind == REG_END)
            break;
    }
    return 0;
}
