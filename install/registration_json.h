/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The values of a registration in JSON: text, number, or array of texts. */
#ifndef LXKIT_INSTALL_REGISTRATION_JSON_H
#define LXKIT_INSTALL_REGISTRATION_JSON_H

#include <jansson.h>

#include "core/error.h"
#include "install/registration.h"

/* A new reference; *out is NULL where r has no such value. UNSUPPORTED for what is no UTF-8. */
int registration_value_to_json(json_t **out, struct registration *r,
                               const struct registration_value *value,
                               struct error *err) MUST_CHECK;
/* Takes the value over from member. DAMAGED for another type, and as registration_check_list() has
 * it; the sentence begins with the value's name. */
int registration_value_from_json(struct registration *r, const struct registration_value *value,
                                 const json_t *member, struct error *err) MUST_CHECK;
/* A new reference, an array; NULL when out of memory. */
json_t *registration_list_to_json(const struct registration_list *list);

#endif
