/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/registration_json.h"

#include "install/text.h"

/* ---- writing ---- */

static int text_to_json(json_t **out, const struct registration_value *value, const char *text,
                        struct error *err)
{
    if (!text_is_utf8(text))
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s '%s' is not UTF-8, which the registry needs; choose another",
                         value->name, text);
    *out = json_string(text);
    return *out ? 0 : error_no_memory(err);
}

json_t *registration_list_to_json(const struct registration_list *list)
{
    json_auto_t *array = json_array();
    for (size_t i = 0; i < list->texts.n; i++) {
        if (json_array_append_new(array, json_string(list->texts.items[i])) < 0)
            return NULL;
    }
    return steal(&array);
}

int registration_value_to_json(json_t **out, struct registration *r,
                               const struct registration_value *value, struct error *err)
{
    *out = NULL;
    if (!registration_has(r, value))
        return 0;
    switch (value->type) {
    case VALUE_TEXT:
        return text_to_json(out, value, *registration_text(r, value), err);
    case VALUE_DWORD:
        *out = json_integer(*registration_number(r, value));
        break;
    case VALUE_LIST:
        *out = registration_list_to_json(registration_list(r, value));
        break;
    }
    return *out ? 0 : error_no_memory(err);
}

/* ---- reading ---- */

static int number_from_json(uint32_t *out, const char *name, const json_t *member,
                            struct error *err)
{
    json_int_t number = json_integer_value(member);
    if (!json_is_integer(member) || number < 0 || number > UINT32_MAX)
        return error_set(err, ERROR_DAMAGED, "%s must be a number from 0 to %u", name, UINT32_MAX);
    *out = (uint32_t)number;
    return 0;
}

static int list_from_json(struct registration_list *out, const char *name, const json_t *member,
                          struct error *err)
{
    const json_t *item;
    size_t i;
    if (!json_is_array(member))
        return error_set(err, ERROR_DAMAGED, "%s must be an array of texts", name);
    texts_free(&out->texts);
    json_array_foreach(member, i, item)
    {
        if (!json_is_string(item))
            return error_set(err, ERROR_DAMAGED, "%s must be an array of texts", name);
        if (texts_add(&out->texts, json_string_value(item), err) < 0)
            return -1;
    }
    out->given = true;
    return registration_check_list(out, name, err);
}

int registration_value_from_json(struct registration *r, const struct registration_value *value,
                                 const json_t *member, struct error *err)
{
    switch (value->type) {
    case VALUE_DWORD:
        return number_from_json(registration_number(r, value), value->name, member, err);
    case VALUE_LIST:
        return list_from_json(registration_list(r, value), value->name, member, err);
    case VALUE_TEXT:
        break;
    }
    if (!json_is_string(member))
        return error_set(err, ERROR_DAMAGED, "%s must be text", value->name);
    return text_set(registration_text(r, value), json_string_value(member), err);
}
