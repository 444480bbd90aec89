/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists in a registration: what they may be, and their way through JSON and the file beside an
 * archive. */
#include "install/registration_json.h"
#include "install/sidecar.h"
#include "tests/unit/support.h"

static const struct registration_value *environment_value(void)
{
    for (size_t i = 0; i < REGISTRATION_VALUES; i++) {
        if (registration_values[i].type == VALUE_LIST)
            return &registration_values[i];
    }
    fail();
    return NULL;
}

/* The texts, each n characters of c: a character's bytes. */
static void fill(struct registration_list *list, size_t texts, const char *c, size_t n)
{
    AUTO_FREE char *text = calloc(n, strlen(c) + 1);
    struct error err;
    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        strcat(text, c);
    list->given = true;
    for (size_t i = 0; i < texts; i++)
        assert_ok(texts_add(&list->texts, text, &err));
}

/* None, an empty one and one with texts are three values. */
static void none_is_not_empty(void **state UNUSED)
{
    const struct registration_value *value = environment_value();
    for (int a = 0; a < 4; a++) {
        for (int b = 0; b < 4; b++) {
            AUTO_REGISTRATION struct registration x = {0}, y = {0};
            if (a > 0)
                fill(&x.default_environment, (size_t)a - 1, "x", 1);
            if (b > 0)
                fill(&y.default_environment, (size_t)b - 1, "x", 1);
            assert_int_equal(registration_same(&x, &y, value), a == b);
            assert_int_equal(registration_has(&x, value), a > 0);
        }
    }
    AUTO_REGISTRATION struct registration x = {0}, y = {0};
    fill(&x.default_environment, 1, "x", 1);
    fill(&y.default_environment, 1, "y", 1);
    assert_false(registration_same(&x, &y, value));
}

static void copied(void **state UNUSED)
{
    AUTO_REGISTRATION struct registration from = {0}, to = {0};
    const struct registration_value *value = environment_value();
    struct error err;
    assert_ok(registration_init(&from, &err));
    assert_ok(registration_init(&to, &err));
    assert_false(to.default_environment.given);
    fill(&from.default_environment, 3, "a", 2);
    assert_ok(registration_copy(&to, &from, &err));
    assert_true(registration_same(&from, &to, value));
    assert_ptr_not_equal(from.default_environment.texts.items[0],
                         to.default_environment.texts.items[0]);
    assert_ok(registration_copy(&to, &from, &err)); /* in the place of what was there */
    assert_int_equal(to.default_environment.texts.n, 3);
}

static void limits(void **state UNUSED)
{
    static const struct {
        size_t texts;
        const char *character;
        size_t n;
        enum error_code code;
        const char *words;
    } rows[] = {
        {REGISTRATION_LIST_ITEMS, "x", 1, ERROR_NONE, NULL},
        {REGISTRATION_LIST_ITEMS + 1, "x", 1, ERROR_LIMIT, "X has 1025 texts, and at most 1024"},
        {1, "x", 8170, ERROR_NONE, NULL}, /* with two NULs 8172 units of 2 bytes */
        {1, "x", 8171, ERROR_LIMIT, "X takes 16346 bytes in Windows' registry, and at most 16344"},
        {1, "\u00fc", 8171, ERROR_LIMIT, "16346"},
        {1, "\u2603", 8170, ERROR_NONE, NULL},
        {1, "\U0001f427", 4085, ERROR_NONE, NULL},
        {1, "\U0001f427", 4086, ERROR_LIMIT, "16348"},
        {0, "x", 1, ERROR_NONE, NULL},
        {1, "", 1, ERROR_DAMAGED, "X has an empty text"},
        {2, "\xff", 1, ERROR_DAMAGED, "not UTF-8"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_REGISTRATION struct registration r = {0};
        struct registration_list *list = &r.default_environment;
        struct error err;
        fill(list, rows[i].texts, rows[i].character, rows[i].n);
        if (rows[i].code)
            assert_fails(registration_check_list(list, "X", &err), rows[i].code, rows[i].words);
        else
            assert_ok(registration_check_list(list, "X", &err));
    }
}

static void json(void **state UNUSED)
{
    static const struct {
        const char *text;
        const char *words; /* of the refusal; NULL: it is taken */
    } rows[] = {
        {"[]", NULL},
        {"[\"A=1\", \"B=\\u2603 \\\"\\n\", \"no assignment\"]", NULL},
        {"\"A=1\"", "must be an array of texts"},
        {"{\"A\": \"1\"}", "must be an array of texts"},
        {"[\"A=1\", 2]", "must be an array of texts"},
        {"[\"A=1\", \"\"]", "has an empty text"},
        {"null", "must be an array of texts"},
    };
    const struct registration_value *value = environment_value();
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_REGISTRATION struct registration r = {0};
        json_auto_t *member = json_loads(rows[i].text, JSON_DECODE_ANY, NULL), *back = NULL;
        struct error err;
        if (rows[i].words) {
            assert_fails(registration_value_from_json(&r, value, member, &err), ERROR_DAMAGED,
                         rows[i].words);
            continue;
        }
        assert_ok(registration_value_from_json(&r, value, member, &err));
        assert_ok(registration_value_to_json(&back, &r, value, &err));
        assert_true(json_equal(member, back));
    }
    AUTO_REGISTRATION struct registration none = {0};
    json_t *absent;
    struct error err;
    assert_ok(registration_value_to_json(&absent, &none, value, &err));
    assert_null(absent);
}

/* What takes the most room in JSON still fits the file beside an archive. */
static void sidecar(void **state UNUSED)
{
    AUTO_REGISTRATION struct registration r = {0}, back = {0};
    const struct registration_value *value = environment_value();
    struct registration_list *list = &r.default_environment;
    struct error err;
    assert_ok(registration_init(&r, &err));
    assert_ok(registration_init(&back, &err));
    assert_ok(text_set(&r.distribution_name, "lab", &err));
    assert_ok(text_write_new("a.tar", "x", 1, &err));
    fill(list, REGISTRATION_LIST_ITEMS - 1, "\001", 1);
    fill(list, 1, "\001", 6124); /* to the last byte */
    assert_ok(registration_check_list(list, value->name, &err));
    assert_ok(sidecar_write("a.tar", &r, true, &err));
    AUTO_SIDECAR struct sidecar sidecar = {0};
    assert_ok(sidecar_read(&sidecar, "a.tar", NULL, &err));
    assert_true(sidecar.found);
    assert_ok(sidecar_apply(&sidecar, &back, &err));
    assert_true(registration_same(&r, &back, value));

    texts_free(&list->texts); /* an empty one is kept as such */
    assert_ok(sidecar_write("a.tar", &r, true, &err));
    AUTO_SIDECAR struct sidecar empty = {0};
    assert_ok(sidecar_read(&empty, "a.tar", NULL, &err));
    assert_true(empty.settings.default_environment.given);
    assert_int_equal(empty.settings.default_environment.texts.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_is_not_empty),
        cmocka_unit_test(copied),
        cmocka_unit_test(limits),
        cmocka_unit_test(json),
        cmocka_unit_test_setup_teardown(sidecar, scratch_enter, scratch_leave),
    };
    return cmocka_run_group_tests_name("registration_list", tests, NULL, NULL);
}
