/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registry in a JSON file: what it takes, what it refuses and leaves alone, its lock. */
#include "core/atomic_file.h"
#include "install/registry.h"
#include "install/registry_lock.h"
#include "install/text.h"
#include "tests/unit/support.h"

#define GUID_A  "{aaaaaaaa-0000-4000-8000-000000000001}"
#define GUID_B  "{bbbbbbbb-0000-4000-8000-000000000002}"
#define ENTRY_A "\"" GUID_A "\": {\"DistributionName\": \"a\", \"BasePath\": \"/nowhere/a\"}"
#define HEAD    "{\"version\": 1, \"distributions\": {"

struct home {
    char top[32];
    char data[64], file[96], lock[96];
};

static int setup(void **state)
{
    struct home *home = calloc(1, sizeof(*home));
    assert_non_null(home);
    strcpy(home->top, "/tmp/registry.XXXXXX");
    assert_non_null(mkdtemp(home->top));
    snprintf(home->data, sizeof(home->data), "%s/lxkit", home->top);
    snprintf(home->file, sizeof(home->file), "%s/registry.json", home->data);
    snprintf(home->lock, sizeof(home->lock), "%s/registry.lock", home->data);
    setenv("XDG_DATA_HOME", home->top, 1);
    *state = home;
    return 0;
}

static int teardown(void **state)
{
    struct home *home = *state;
    unlink(home->file);
    unlink(home->lock);
    rmdir(home->data);
    int rc = rmdir(home->top); /* fails where anything else was left behind */
    free(home);
    return rc;
}

static void store(const struct home *home, const char *text)
{
    mkdir(home->data, 0700);
    assert_int_equal(atomic_write(home->file, text, strlen(text), ATOMIC_REPLACE, NULL), 0);
}

static char *stored(const struct home *home)
{
    char *text;
    size_t n;
    assert_int_equal(text_read_file(&text, &n, home->file, 1 << 20, NULL), 0);
    return text;
}

static void none_is_empty(void **state)
{
    const struct home *home = *state;
    AUTO_REGISTRY struct registry *registry = NULL;
    assert_int_equal(registry_open(&registry, NULL, REGISTRY_READ, NULL), 0);
    assert_int_equal(registry->n, 0);
    assert_string_equal(registry->path, home->file);
    assert_int_not_equal(access(home->data, F_OK), 0); /* reading makes nothing */
}

static void absent_values_have_a_meaning(void **state)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    store(*state, HEAD ENTRY_A "}}");
    assert_int_equal(registry_open(&registry, "local", REGISTRY_READ, NULL), 0);
    const struct registration *a = registry_find(registry, "A");
    assert_non_null(a);
    assert_string_equal(a->vhd_file_name, "ext4.vhdx");
    assert_int_equal(a->state, STATE_INVALID);
    assert_int_equal(a->version, 2);
    assert_int_equal(a->flags, 7);
    assert_int_equal(a->default_uid, 0);
    assert_null(a->flavor);
    assert_null(registry_default(registry));
}

static void what_is_unknown_is_kept(void **state)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    store(*state, "{\"note\": [1, 2], \"version\": 1, \"DefaultDistribution\": \"" GUID_B "\","
                  "\"distributions\": {\"{AAAAAAAA-0000-4000-8000-000000000001}\":"
                  "{\"DistributionName\": \"a\", \"BasePath\": \"/nowhere/a\", \"Color\": \"red\","
                  "\"lxkit\": {\"Later\": true}}}}");
    assert_int_equal(registry_open(&registry, NULL, REGISTRY_WRITE, NULL), 0);
    struct registration *a = registry_find(registry, "a");
    a->default_uid = 1000;
    a->source = strdup("https://a.example/\xc3\xbc");
    registry->default_guid = a->guid;
    assert_int_equal(registry_commit(registry, NULL), 0);

    AUTO_FREE char *text = stored(*state);
    static const char *const parts[] = {
        "\"note\": [",
        "\"Color\": \"red\"",
        "\"Later\": true",
        "\"DefaultUid\": 1000",
        "\"Source\": \"https://a.example/\xc3\xbc\"",
        "\"DefaultDistribution\": \"" GUID_A "\"",
    };
    for (size_t i = 0; i < array_length(parts); i++)
        assert_non_null(strstr(text, parts[i]));
    assert_null(strstr(text, "AAAA")); /* the one key, in lower case, and not a second one */

    AUTO_FREE char *source = steal(&a->source); /* a text that goes, goes there, too */
    assert_int_equal(registry_commit(registry, NULL), 0);
    AUTO_FREE char *after = stored(*state);
    assert_null(strstr(after, source));
    assert_non_null(strstr(after, "\"Later\": true"));
}

static void what_was_removed_is_gone(void **state)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    store(*state, HEAD ENTRY_A ", \"" GUID_B "\": {\"DistributionName\": \"b\", \"BasePath\": "
                               "\"/nowhere/b\", \"State\": 1}}}");
    assert_int_equal(registry_open(&registry, NULL, REGISTRY_WRITE, NULL), 0);
    registry->default_guid = registry_find(registry, "a")->guid;
    registry_remove(registry, registry_find(registry, "a"));
    assert_int_equal(registry_commit(registry, NULL), 0);
    registry_close(steal(&registry));

    assert_int_equal(registry_open(&registry, NULL, REGISTRY_READ, NULL), 0);
    assert_int_equal(registry->n, 1);
    assert_string_equal(registry_default(registry)->distribution_name, "b");
}

/* A list is an array; one that goes, goes there, too, and an empty one is something else. */
static void lists(void **state)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct error err;
    store(*state, HEAD "\"" GUID_A "\": {\"DistributionName\": \"a\", \"BasePath\": \"/a\", "
                       "\"DefaultEnvironment\": [\"A=1\", \"B=\"]}}}");
    assert_ok(registry_open(&registry, NULL, REGISTRY_WRITE, &err));
    struct registration_list *list = &registry->entries[0].default_environment;
    assert_true(list->given);
    assert_int_equal(list->texts.n, 2);
    assert_string_equal(list->texts.items[1], "B=");
    assert_ok(texts_add(&list->texts, "C=\u2603", &err));
    assert_ok(registry_commit(registry, &err));
    AUTO_FREE char *three = stored(*state);
    assert_non_null(strstr(three, "\"B=\",\n        \"C=\u2603\"\n"));
    texts_free(&list->texts);
    assert_ok(registry_commit(registry, &err));
    AUTO_FREE char *empty = stored(*state);
    assert_non_null(strstr(empty, "\"DefaultEnvironment\": []"));
    list->given = false;
    assert_ok(registry_commit(registry, &err));
    AUTO_FREE char *none = stored(*state);
    assert_null(strstr(none, "DefaultEnvironment"));
}

static void more_than_a_list_may_be(void **state)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    AUTO_FREE char *text = NULL;
    struct error err;
    assert_true(asprintf(&text,
                         HEAD "\"" GUID_A "\": {\"DistributionName\": \"a\", \"BasePath\": \"/a\", "
                              "\"DefaultEnvironment\": [\"%*d\"]}}}",
                         REGISTRATION_LIST_BYTES, 0) > 0);
    store(*state, text);
    assert_fails(registry_open(&registry, NULL, REGISTRY_WRITE, &err), ERROR_LIMIT,
                 GUID_A ": DefaultEnvironment takes 32692 bytes");
    AUTO_FREE char *after = stored(*state);
    assert_string_equal(after, text);
}

static void damage(void **state)
{
    static const struct {
        const char *text;
        const char *reason; /* behind the file's name */
    } rows[] = {
        {"", ":1:0: "},
        {"{\"version\": 1,\n  \"distributions\" {}}", ":2:19: "},
        {"[]", " is no registry"},
        {"{}", " is no registry"},
        {"{\"version\": \"1\"}", " is no registry"},
        {"{\"version\": 2, \"distributions\": {}}", " has version 2"},
        {"{\"version\": 1}", ": distributions must be an object"},
        {"{\"version\": 1, \"distributions\": []}", ": distributions must be"},
        {"{\"version\": 1, \"DefaultDistribution\": 1, \"distributions\": {}}",
         ": DefaultDistribution must be text"},
        {HEAD "\"a\": {}}}", ": 'a' is no GUID in braces"},
        {HEAD "\"aaaaaaaa-0000-4000-8000-000000000001\": {}}}", "is no GUID in braces"},
        {HEAD "\"" GUID_A "\": 1}}", ": " GUID_A " must be an object"},
        {HEAD "\"" GUID_A "\": {}}}", ": DistributionName is missing"},
        {HEAD "\"" GUID_A "\": {\"DistributionName\": \"a\"}}}", ": BasePath is missing"},
        {HEAD "\"" GUID_A "\": {\"DistributionName\": \"a b\", \"BasePath\": \"/a\"}}}",
         ": DistributionName: 'a b'"},
        {HEAD "\"" GUID_A "\": {\"DistributionName\": 1}}}", ": DistributionName must be text"},
        {HEAD "\"" GUID_A "\": {\"DistributionName\": \"a\", \"BasePath\": \"a\"}}}",
         ": BasePath 'a' is not absolute"},
        {HEAD "\"" GUID_A "\": {\"DistributionName\": \"a\", \"BasePath\": \"/a\", "
              "\"VhdFileName\": \"../b\"}}}",
         ": VhdFileName '../b'"},
        {HEAD "\"" GUID_A "\": {\"DistributionName\": \"a\", \"BasePath\": \"/a\", "
              "\"VhdFileName\": \"\"}}}",
         ": VhdFileName ''"},
        {HEAD "\"" GUID_A "\": {\"State\": \"1\"}}}", ": State must be a number"},
        {HEAD "\"" GUID_A "\": {\"Flags\": 4294967296}}}", ": Flags must be a number"},
        {HEAD "\"" GUID_A "\": {\"Flags\": -1}}}", ": Flags must be a number"},
        {HEAD "\"" GUID_A "\": {\"Flags\": 7.0}}}", ": Flags must be a number"},
        {HEAD "\"" GUID_A "\": {\"DefaultEnvironment\": \"A=1\"}}}",
         ": DefaultEnvironment must be an array of texts"},
        {HEAD "\"" GUID_A "\": {\"DefaultEnvironment\": [\"\"]}}}",
         ": DefaultEnvironment has an empty text"},
        {HEAD "\"" GUID_A "\": {\"lxkit\": []}}}", ": lxkit must be an object"},
        {HEAD ENTRY_A ", " ENTRY_A "}}", "duplicate object key"},
        {HEAD ENTRY_A ", \"{AAAAAAAA-0000-4000-8000-000000000001}\": {\"DistributionName\": \"b\", "
                      "\"BasePath\": \"/b\"}}}",
         ": 'a' and 'b' have the same GUID"},
        {HEAD ENTRY_A ", \"" GUID_B "\": {\"DistributionName\": \"A\", \"BasePath\": \"/b\"}}}",
         ": 'a' and 'A' have the same DistributionName"},
        {HEAD ENTRY_A ", \"" GUID_B "\": {\"DistributionName\": \"b\", \"BasePath\": "
                      "\"/nowhere/a\"}}}",
         ": 'a' and 'b' have the same BasePath"},
    };
    const struct home *home = *state;
    for (size_t i = 0; i < array_length(rows); i++) {
        store(home, rows[i].text);
        for (int access = REGISTRY_READ; access <= REGISTRY_WRITE; access++) {
            AUTO_REGISTRY struct registry *registry = NULL;
            struct error err = {0};
            assert_int_equal(registry_open(&registry, NULL, access, &err), -1);
            assert_null(registry);
            assert_int_equal(err.code, ERROR_DAMAGED);
            assert_memory_equal(err.text, home->file, strlen(home->file));
            if (!strstr(err.text, rows[i].reason))
                fail_msg("'%s' lacks '%s'", err.text, rows[i].reason);
            assert_non_null(strstr(err.text, "nothing was changed"));
        }
        AUTO_FREE char *text = stored(home);
        assert_string_equal(text, rows[i].text);
    }
}

static void no_text_that_json_cannot_hold(void **state)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct error err = {0};
    store(*state, HEAD ENTRY_A "}}");
    assert_int_equal(registry_open(&registry, NULL, REGISTRY_WRITE, NULL), 0);
    registry->entries[0].flavor = strdup("\xff");
    assert_int_equal(registry_commit(registry, &err), -1);
    assert_int_equal(err.code, ERROR_UNSUPPORTED);
    AUTO_FREE char *text = stored(*state);
    assert_string_equal(text, HEAD ENTRY_A "}}");
}

static void lock(void **state)
{
    const struct home *home = *state;
    AUTO_REGISTRY struct registry *registry = NULL, *reader = NULL;
    AUTO_FD int fd = -1;
    struct error err = {0};
    char self[32];
    snprintf(self, sizeof(self), "process %d", (int)getpid());

    assert_int_equal(registry_open(&registry, NULL, REGISTRY_WRITE, NULL), 0);
    assert_int_equal(registry_lock(&fd, home->lock, 50, &err), -1);
    assert_int_equal(err.code, ERROR_BUSY);
    assert_non_null(strstr(err.text, home->lock));
    assert_true(strstr(err.text, self) || strstr(err.text, "another process"));
    assert_int_equal(registry_open(&reader, NULL, REGISTRY_READ, NULL), 0); /* needs no lock */

    registry_close(steal(&registry));
    assert_int_equal(registry_lock(&fd, home->lock, 0, NULL), 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(none_is_empty),
        TEST(absent_values_have_a_meaning),
        TEST(what_is_unknown_is_kept),
        TEST(what_was_removed_is_gone),
        TEST(lists),
        TEST(more_than_a_list_may_be),
        TEST(damage),
        TEST(no_text_that_json_cannot_hold),
        TEST(lock),
    };
    return cmocka_run_group_tests_name("registry_local", tests, NULL, NULL);
}
