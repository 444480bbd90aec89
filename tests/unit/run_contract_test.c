/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a distribution's files make of a run. */
#include "install/run/contract.h"
#include "install/run/contract_text.h"
#include "install/run/contract_user.h"
#include "tests/unit/support.h"

/* A distribution of these files. */
struct files {
    struct contract_root root;
    const char *const (*rows)[2]; /* path, content; ends with NULL */
};

static int files_read(struct contract_root *self, const char *path, size_t max, char **text,
                      size_t *n, struct error *err UNUSED)
{
    const struct files *files = (const struct files *)self;
    *text = NULL;
    for (const char *const(*row)[2] = files->rows; (*row)[0]; row++) {
        if (strcmp((*row)[0], path) == 0) {
            *text = strndup((*row)[1], max);
            *n = strlen(*text);
        }
    }
    return 0;
}

static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
                             "no line\n"
                             "me:x:1000:100::/home/me:\n"
                             "twin:x:1000:5::/:/bin/sh\n";
static const char group[] = "root:x:0:\nusers:x:100:\nsudo:x:27:you,me\nnone:x:28:men\n";

struct heard {
    struct events events;
    char text[2048];
};

static void hear(struct events *self, const struct event *event)
{
    struct heard *heard = (struct heard *)self;
    size_t n = strlen(heard->text);
    snprintf(heard->text + n, sizeof(heard->text) - n, "%s\n", event->text);
}

static char *no_command[] = {NULL};
static char distribution_name[] = "lab";

/* wsl.conf in, what follows out; heard gets the warnings. */
static void read_conf(struct contract *out, const char *conf, struct heard *heard)
{
    struct error err;
    const char *const rows[][2] = {
        {"/etc/wsl.conf", conf},   {"/etc/passwd", passwd},          {"/etc/group", group},
        {"/sbin/init", "\177ELF"}, {"/etc/fstab", " # nothing\n\n"}, {NULL, NULL},
    };
    struct files files = {{files_read}, rows};
    const struct registration registration = {.distribution_name = distribution_name};
    const struct run_request request = {
        .registration = &registration, .argv = no_command, .events = &heard->events};
    const struct contract_host host = {.hostname = "my-host", .backend_vm = true};
    *heard = (struct heard){.events = {.report = hear}};
    assert_ok(contract_read(out, &files.root, &request, &host, &err));
    assert_ok(contract_command(out, &files.root, &request, &host, -1, &err));
}

static void test_defaults(void **state UNUSED)
{
    AUTO_CONTRACT struct contract c = {0};
    struct heard heard;
    read_conf(&c, "", &heard);
    assert_string_equal(heard.text, "");
    assert_string_equal(c.hostname, "my-host");
    assert_non_null(strstr(c.hosts, "\n127.0.1.1\tmy-host\n"));
    assert_true(c.resolv_conf && !c.systemd && !c.mount_fstab && !c.boot_command);
    assert_string_equal(c.mount_root, "/mnt");
    assert_int_equal(c.umask, 022);
    assert_int_equal(c.uid, 0);
    assert_string_equal(c.cwd, "/root");
    assert_string_equal(c.file, "/bin/bash");
    assert_string_equal(c.argv[0], "-bash");
}

static void test_conf(void **state UNUSED)
{
    AUTO_CONTRACT struct contract c = {0};
    struct heard heard;
    read_conf(&c,
              "# a comment\r\n"
              "[BOOT]\r\n"
              "systemd = TRUE # yes\r\n"
              "command = \"echo \\\"a # b\\\"\" \\\n done\n"
              "command = second\n"
              "[network]\ngenerateHosts=0\ngenerateResolvConf=false\nhostname = -a b_c.d-\n"
              "[filesystem]\numask = 0077\n"
              "[automount]\nroot = /windir/\nenabled = true\n"
              "[user]\ndefault = me\n",
              &heard);
    assert_string_equal(heard.text,
                        "Duplicated key 'boot.command' in /etc/wsl.conf:6; the one in line 4 "
                        "counts\n");
    assert_true(c.systemd && !c.hosts && !c.resolv_conf);
    assert_string_equal(c.boot_command, "echo \"a # b\"  done");
    assert_string_equal(c.hostname, "abc.d");
    assert_int_equal(c.umask, 077);
    assert_string_equal(c.mount_root, "/windir");
    assert_int_equal(c.uid, 1000);
    assert_int_equal(c.gid, 100);
    assert_int_equal(c.n_groups, 2);
    assert_int_equal(c.groups[1], 27);
    assert_string_equal(c.argv[0], "-sh");
}

static void test_conf_wrong(void **state UNUSED)
{
    static const struct {
        const char *conf, *warning;
    } rows[] = {
        {"[foo]\na = b\n", "Unknown key 'foo.a' in /etc/wsl.conf:2\n"},
        {"[boot]\nsystemd = yes\n", "'yes' is no boolean for the key 'boot.systemd'"},
        {"[boot]\ninitTimeout = 1s\n", "'1s' is no number"},
        {"[boot]\ncommand = a\\x\n", "Invalid escaped character: 'x' in /etc/wsl.conf:2"},
        {"[boot\n[user]\ndefault = me\n", "/etc/wsl.conf:1 makes no sense"},
        {"key = before a section\n", "/etc/wsl.conf:1 makes no sense"},
        {"[boot]\ncommand = \"open\n", "/etc/wsl.conf:2 makes no sense"},
        {"[user]\ndefault = nobody\n", "there is no user 'nobody'"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_CONTRACT struct contract c = {0};
        struct heard heard;
        read_conf(&c, rows[i].conf, &heard);
        if (!strstr(heard.text, rows[i].warning))
            fail_msg("%zu: %s", i, heard.text);
        assert_int_equal(c.uid, 0);
        assert_true(!c.systemd && !c.boot_command);
    }
}

/* The first shell of an installed distribution is preceded by its command. */
static void test_command(void **state UNUSED)
{
    struct error err;
    const char *const rows[][2] = {
        {"/etc/passwd", passwd},
        {"/etc/default/locale", "LC_ALL=C\nLANG=\"de_DE.UTF-8\"\n"},
        {"/etc/wsl-distribution.conf", "[oobe]\ncommand = /setup\ndefaultUid = 1000\n"},
        {NULL, NULL},
    };
    struct files files = {{files_read}, rows};
    char ls[] = "ls", dash_l[] = "-l";
    char *argv[] = {ls, dash_l, NULL};
    const char *const env[] = {"LANG=C", "X=a=b", NULL};
    const struct registration registration = {.distribution_name = distribution_name,
                                              .run_oobe = 1};
    struct run_request request = {.registration = &registration, .argv = no_command};
    const struct contract_host host = {.hostname = "h", .term = "vt100"};
    AUTO_CONTRACT struct contract c = {0};
    assert_ok(contract_read(&c, &files.root, &request, &host, &err));
    assert_string_equal(c.first_run_command, "/setup");
    assert_int_equal(c.first_run_uid, 1000);
    contract_free(&c);

    request.argv = argv;
    request.env = env;
    request.user = "1000";
    request.cwd = "~/src";
    assert_ok(contract_read(&c, &files.root, &request, &host, &err));
    assert_null(c.first_run_command);
    assert_ok(contract_command(&c, &files.root, &request, &host, -1, &err));
    assert_string_equal(c.cwd, "/home/me/src");
    assert_string_equal(c.file, "ls");
    assert_string_equal(c.argv[1], "-l");
    bool term = false, lang = false, x = false, user = false;
    for (char **line = c.env; *line; line++) {
        term |= strcmp(*line, "TERM=vt100") == 0;
        lang |= strcmp(*line, "LANG=C") == 0;
        x |= strcmp(*line, "X=a=b") == 0;
        user |= strcmp(*line, "USER=me") == 0;
        assert_string_not_equal(*line, "LANG=de_DE.UTF-8");
    }
    assert_true(term && lang && x && user);

    request.user = "stranger";
    assert_fails(contract_command(&c, &files.root, &request, &host, -1, &err), ERROR_NOT_FOUND,
                 "no user 'stranger'");
}

/* The variables of a command, but for those that the user and the distribution's name make, of
 * which there are six. */
static void other_variables(const struct contract *c, char *out, size_t size)
{
    static const char *const known[] = {"HOME=/root",      "USER=root", "LOGNAME=root",
                                        "SHELL=/bin/bash", "NAME=h",    "WSL_DISTRO_NAME=lab"};
    size_t n_known = 0;
    *out = '\0';
    for (char **line = c->env; *line; line++) {
        bool is_known = false;
        for (size_t k = 0; k < array_length(known); k++)
            is_known |= strcmp(*line, known[k]) == 0;
        n_known += is_known;
        if (!is_known)
            snprintf(out + strlen(out), size - strlen(out), "%s ",
                     strncmp(*line, "HOSTTYPE=", 9) == 0 ? "HOSTTYPE=*" : *line);
    }
    assert_int_equal(n_known, array_length(known));
}

/* What the registration says is the base; what follows from the user and the files lies over it,
 * and what the request says over all of that. */
static void test_environment(void **state UNUSED)
{
    static const char *const rows[][2] = {{"/etc/passwd", passwd}, {NULL, NULL}};
    static const char *const with_lang[][2] = {
        {"/etc/passwd", passwd}, {"/etc/locale.conf", "LANG=C\n"}, {NULL, NULL}};
    static const char *const lines[] = {
        "PATH=/opt/bin", "HOME=/nowhere", "TERM=dumb", "A=", "A=b=c", "no", "=x"};
    static const struct {
        bool given;
        size_t n; /* of the lines */
        const char *const (*rows)[2];
        const char *own, *expected, *warnings;
    } cases[] = {
        {false, 0, rows, NULL,
         "TERM=vt100 HOSTTYPE=* PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:"
         "/usr/games:/usr/local/games LANG=en_US.UTF-8 ",
         ""},
        {true, 0, rows, NULL, "TERM=vt100 ", ""},
        {true, 0, with_lang, NULL, "TERM=vt100 LANG=C ", ""},
        {true, 2, rows, NULL, "TERM=vt100 PATH=/opt/bin ", ""},
        {true, 5, rows, NULL, "TERM=dumb PATH=/opt/bin A=b=c ", ""},
        {true, 5, rows, "A=mine", "TERM=dumb PATH=/opt/bin A=mine ", ""},
        {true, 7, rows, NULL, "TERM=dumb PATH=/opt/bin A=b=c ",
         "DefaultEnvironment: 'no' is no NAME=VALUE, and is left out\n"
         "DefaultEnvironment: '=x' is no NAME=VALUE, and is left out\n"},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        struct error err;
        struct files files = {{files_read}, cases[i].rows};
        struct heard heard = {.events = {.report = hear}};
        struct registration registration = {.distribution_name = distribution_name};
        struct registration_list *list = &registration.default_environment;
        const char *const env[] = {cases[i].own, NULL};
        const struct run_request request = {
            .registration = &registration, .argv = no_command, .env = env, .events = &heard.events};
        const struct contract_host host = {.hostname = "h", .term = "vt100"};
        AUTO_CONTRACT struct contract c = {0};
        char found[512];
        list->given = cases[i].given;
        for (size_t k = 0; k < cases[i].n; k++)
            assert_ok(texts_add(&list->texts, lines[k], &err));
        assert_ok(contract_read(&c, &files.root, &request, &host, &err));
        assert_ok(contract_command(&c, &files.root, &request, &host, -1, &err));
        other_variables(&c, found, sizeof(found));
        assert_string_equal(found, cases[i].expected);
        assert_string_equal(heard.text, cases[i].warnings);
        texts_free(&list->texts);
    }
}

static void test_hostname(void **state UNUSED)
{
    static const char *const rows[][2] = {
        {"plain", "plain"},
        {"a.b-c", "a.b-c"},
        {"-.a-.", "a"},
        {"", "localhost"},
        {"__", "localhost"},
        {"m\xc3\xbc"
         "ller's",
         "mllers"},
    };
    char out[CONTRACT_HOSTNAME_BYTES], longest[200];
    for (size_t i = 0; i < array_length(rows); i++) {
        contract_hostname(out, rows[i][0]);
        assert_string_equal(out, rows[i][1]);
    }
    memset(longest, 'x', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    contract_hostname(out, longest);
    assert_int_equal(strlen(out), 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),   cmocka_unit_test(test_conf),
        cmocka_unit_test(test_conf_wrong), cmocka_unit_test(test_command),
        cmocka_unit_test(test_hostname),   cmocka_unit_test(test_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
