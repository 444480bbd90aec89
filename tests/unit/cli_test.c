/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole program by its verb table, run in a process of its own each time. */
#include "core/cli.h"

#include <errno.h>
#include <jansson.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>

#include "core/cancel.h"
#include "tests/unit/support.h"

enum {
    WORDS_MAX = 16,
    OUTPUT_BYTES = 64 * 1024,
};

/* ---- the program ---- */

static int run_show(struct cli *cli, struct error *err)
{
    uint64_t size = 1;
    if (cli_size(cli, "size", &size, err) < 0)
        return -1;
    printf("size %llu fast %d", (unsigned long long)size, cli_flag(cli, "fast"));
    AUTO_FREE const char **users = NULL;
    if (cli_values(cli, "user", &users, err) < 0)
        return -1;
    for (const char **user = users; *user; user++)
        printf(" user %s", *user);
    printf(" last %s json %d", cli_value(cli, "user") ? cli_value(cli, "user") : "-", cli->json);
    for (size_t i = 0; i < cli->n_operands; i++)
        printf(" [%s]", cli->operands[i]);
    printf(" %s\n", cli->operands[cli->n_operands] ? "?" : "end");
    return 0;
}

static int run_fail(struct cli *cli, struct error *err)
{
    return error_errno(err, ENOENT, "open %s", cli->operands[0]);
}

static int run_differ(struct cli *cli UNUSED, struct error *err UNUSED)
{
    return 1;
}

static int run_escape(struct cli *cli, struct error *err UNUSED)
{
    cli_print_escaped(cli->operands[0]);
    cli_say(cli, "said %s", cli->operands[0]);
    return 0;
}

static int run_lose(struct cli *cli, struct error *err)
{
    for (const char *const *id = (const char *const[]){"socket", "xattr", "socket", NULL}; *id;
         id++)
        event_loss(cli->events, *id, "", "no room for it");
    return cli_flag(cli, "strict") ? error_set(err, ERROR_LOSSY, "refused") : 0;
}

static int run_report(struct cli *cli, struct error *err UNUSED)
{
    event_step(cli->events, "writing");
    event_progress(cli->events, 512, 1024);
    event_warning(cli->events, "look %d", 1);
    for (int i = 0; i < 12; i++)
        event_loss(cli->events, "xattr", "etc/\n", "no room for it");
    event_progress(cli->events, 1024, 1024);
    return 0;
}

static int run_bar(struct cli *cli, struct error *err UNUSED)
{
    event_step(cli->events, "writing");
    for (uint64_t i = 0; i < 13; i++) {
        event_progress(cli->events, i << 20, 100 << 20);
        usleep(100000);
    }
    cli_say(cli, "in between");
    return 0;
}

static int run_interrupted(struct cli *cli UNUSED, struct error *err)
{
    raise(SIGTERM);
    return cancel_check(err);
}

static int run_confirm(struct cli *cli, struct error *err UNUSED)
{
    return cli_confirm(cli, "remove %s?", "it") ? 0 : 1;
}

static const struct cli_option show_options[] = {
    {"size", 's', "SIZE", "how large"},
    {"fast", 'f', NULL, "hurry"},
    {"user", 0, "NAME", "who; may be repeated, and has a help text that is longer than one line"},
    {0},
};

static const struct cli_option lose_options[] = {
    {"report", 0, "FILE", "lists"},
    {"strict", 0, NULL, "refuses"},
    {0},
};

static const struct cli_verb verbs[] = {
    {"show", "NAME...", "shows its words", 0, 3, true, show_options, run_show},
    {"fail", "IN", "fails", 1, 1, false, NULL, run_fail},
    {"differ", "", "finds a difference", 0, 0, false, NULL, run_differ},
    {"escape", "TEXT", "escapes", 1, 1, false, NULL, run_escape},
    {"lose", "", "loses", 0, 0, false, lose_options, run_lose},
    {"report", "", "reports", 0, 0, false, NULL, run_report},
    {"bar", "", "draws", 0, 0, false, NULL, run_bar},
    {"interrupted", "", "is interrupted", 0, 0, false, NULL, run_interrupted},
    {"in", "NAME [COMMAND ...]", "runs", 1, -1, false, NULL, run_differ},
    {"confirm", "", "asks", 0, 0, false, NULL, run_confirm},
};

static const struct cli_program program = {
    "lxtest", "tests the command line", "examples:\n  lxtest show a",
    verbs,    array_length(verbs),      NULL,
};

static const struct cli_program with_fallback = {
    "lxtest", "tests the command line", NULL, verbs, array_length(verbs), "show",
};

/* ---- running it ---- */

struct result {
    int status;
    char out[OUTPUT_BYTES], err[OUTPUT_BYTES];
};

static void slurp(const char *path, char text[OUTPUT_BYTES])
{
    int fd AUTO_FD = open(path, O_RDONLY);
    ssize_t n = read(fd, text, OUTPUT_BYTES - 1);
    assert_true(n >= 0);
    text[n] = '\0';
}

/* line: the words behind the program's name, separated by blanks. */
static const struct result *run(const struct cli_program *which, const char *line)
{
    static struct result result;
    char copy[256], *words[WORDS_MAX] = {(char[]){"lxtest"}}, *rest = NULL;
    int n = 1;
    snprintf(copy, sizeof(copy), "%s", line);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        words[n++] = word;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int fd = open("out", O_RDWR | O_CREAT | O_TRUNC, 0666);
        dup2(fd, STDOUT_FILENO);
        dup2(open("err", O_RDWR | O_CREAT | O_TRUNC, 0666), STDERR_FILENO);
        _exit(cli_main(which, n, words));
    }
    assert_int_equal(waitpid(child, &result.status, 0), child);
    slurp("out", result.out);
    slurp("err", result.err);
    return &result;
}

/* ---- words ---- */

static void test_words(void **state UNUSED)
{
    static const struct {
        const char *line, *out;
    } rows[] = {
        {"show", "size 1 fast 0 last - json 0 end\n"},
        {"show a -f b --size 4K c", "size 4096 fast 1 last - json 0 [a] [b] [c] end\n"},
        {"show -fs2 --user=x --user y --json", "size 2 fast 1 user x user y last y json 1 end\n"},
        {"show -- --fast -s", "size 1 fast 0 last - json 0 [--fast] [-s] end\n"},
        {"show - a", "size 1 fast 0 last - json 0 [-] [a] end\n"},
        {"-q --json show a", "size 1 fast 0 last - json 1 [a] end\n"},
        {"show -qvqvqvqvqvqv", "size 1 fast 0 last - json 0 end\n"},
        {"show show", "size 1 fast 0 last - json 0 [show] end\n"},
    };
    for (size_t i = 0; i < 2 * array_length(rows); i++) {
        if (i % 2)
            setenv("POSIXLY_CORRECT", "1", 1);
        const struct result *r = run(&program, rows[i / 2].line);
        unsetenv("POSIXLY_CORRECT");
        assert_string_equal(r->err, "");
        assert_string_equal(r->out, rows[i / 2].out);
        assert_int_equal(r->status, 0);
    }
}

static void test_usage(void **state UNUSED)
{
    static const struct {
        const char *line, *err;
    } rows[] = {
        {"", "lxtest: no verb is given; try: lxtest --help [usage]\n"},
        {"-q", "lxtest: no verb is given; try: lxtest --help [usage]\n"},
        {"shwo",
         "lxtest: there is no verb 'shwo', did you mean 'show'? try: lxtest --help [usage]\n"},
        {"xyzzy", "lxtest: there is no verb 'xyzzy'; try: lxtest --help [usage]\n"},
        {"help xyzzy", "lxtest: there is no verb 'xyzzy'; try: lxtest --help [usage]\n"},
        {"--fast show", "lxtest: a verb must stand before --fast; try: lxtest --help [usage]\n"},
        {"show --slow", "lxtest: show: unknown option '--slow'; try: lxtest show --help [usage]\n"},
        {"show a -x b", "lxtest: show: unknown option '-x'; try: lxtest show --help [usage]\n"},
        {"show --fast=1", "lxtest: show: --fast takes no value; try: lxtest show --help [usage]\n"},
        {"show --size",
         "lxtest: show: --size needs a value, SIZE; try: lxtest show --help [usage]\n"},
        {"show -s", "lxtest: show: --size needs a value, SIZE; try: lxtest show --help [usage]\n"},
        {"show a b c d",
         "lxtest: show: 'd' is one operand too many, it takes NAME...; try: lxtest show --help "
         "[usage]\n"},
        {"fail", "lxtest: fail: too few operands, it takes IN; try: lxtest fail --help [usage]\n"},
        {"fail --json x",
         "lxtest: fail: unknown option '--json'; try: lxtest fail --help [usage]\n"},
        {"differ x", "lxtest: differ: 'x' is one operand too many, it takes no operands; try: "
                     "lxtest differ --help [usage]\n"},
        {"in a ls -l", "lxtest: in: unknown option '-l'; options of the command go behind --: "
                       "lxtest in a -- ls ... [usage]\n"},
        {"in a -l", "lxtest: in: unknown option '-l'; try: lxtest in --help [usage]\n"},
        {"show --size 1x", "lxtest: --size: '1x' is no size; write a whole number and K, M, G or "
                           "T, such as 64G [usage]\n"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        const struct result *r = run(&program, rows[i].line);
        assert_string_equal(r->err, rows[i].err);
        assert_string_equal(r->out, "");
        assert_int_equal(WEXITSTATUS(r->status), 2);
    }
}

static void test_fallback(void **state UNUSED)
{
    assert_string_equal(run(&with_fallback, "ubuntu -f")->out,
                        "size 1 fast 1 last - json 0 [ubuntu] end\n");
    assert_string_equal(run(&with_fallback, "--size 2 ubuntu")->out,
                        "size 2 fast 0 last - json 0 [ubuntu] end\n");
    assert_string_equal(run(&with_fallback, "show ubuntu")->out,
                        "size 1 fast 0 last - json 0 [ubuntu] end\n");
    assert_int_equal(WEXITSTATUS(run(&with_fallback, "differ")->status), 1);
    assert_int_equal(WEXITSTATUS(run(&with_fallback, "")->status), 2);
}

/* ---- help ---- */

static void assert_page(const struct result *r)
{
    assert_int_equal(r->status, 0);
    assert_string_equal(r->err, "");
    assert_int_equal(strncmp(r->out, "usage: lxtest ", 14), 0);
    for (const char *line = r->out; *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 80);
}

static void test_help(void **state UNUSED)
{
    static const char *const pages[] = {"--help", "-h", "help", "-q --help"};
    for (size_t i = 0; i < array_length(pages); i++) {
        const struct result *r = run(&program, pages[i]);
        assert_page(r);
        for (size_t v = 0; v < array_length(verbs); v++) {
            char row[64];
            snprintf(row, sizeof(row), "\n  %s ", verbs[v].name);
            assert_non_null(strstr(r->out, row));
            assert_non_null(strstr(r->out, verbs[v].summary));
        }
        assert_non_null(strstr(r->out, "\n  -q, --quiet "));
        assert_non_null(strstr(r->out, "\nexamples:\n  lxtest show a\n"));
    }
}

static void test_help_verb(void **state UNUSED)
{
    static const char *const pages[] = {"show --help", "show -h", "help show", "--help show",
                                        "show --help --nonsense a b c d"};
    for (size_t i = 0; i < array_length(pages); i++) {
        const struct result *r = run(&program, pages[i]);
        assert_page(r);
        assert_non_null(strstr(r->out, "usage: lxtest show [OPTION]... NAME...\n"));
        assert_non_null(strstr(r->out, "\n  -s, --size SIZE  how large\n"));
        assert_non_null(strstr(r->out, "\n  -f, --fast       hurry\n"));
        assert_non_null(strstr(r->out, "\n      --json "));
        assert_non_null(strstr(r->out, "\n                   than one line\n"));
    }
    assert_null(strstr(run(&program, "fail --help")->out, "--json"));
}

static void test_version(void **state UNUSED)
{
    static const char *const lines[] = {"--version", "-V", "show --version"};
    for (size_t i = 0; i < array_length(lines); i++) {
        const struct result *r = run(&program, lines[i]);
        assert_string_equal(r->out, "lxtest (lxkit) " LXKIT_VERSION "\n");
        assert_int_equal(r->status, 0);
    }
}

/* ---- ends ---- */

static void test_status(void **state UNUSED)
{
    const struct result *r = run(&program, "fail in.tar");
    assert_string_equal(
        r->err, "lxtest: open in.tar: No such file or directory; check the name [not-found]\n");
    assert_int_equal(WEXITSTATUS(r->status), 3);
    assert_int_equal(WEXITSTATUS(run(&program, "differ")->status), 1);
}

static void test_interrupted(void **state UNUSED)
{
    const struct result *r = run(&program, "interrupted");
    assert_string_equal(r->err, "lxtest: interrupted; nothing was written [interrupted]\n");
    assert_true(WIFSIGNALED(r->status));
    assert_int_equal(WTERMSIG(r->status), SIGTERM);
}

/* Standard output is full, or closed. */
static void test_output_lost(void **state UNUSED)
{
    for (int closed = 0; closed < 2; closed++) {
        int status;
        char text[OUTPUT_BYTES];
        pid_t child = fork();
        if (child == 0) {
            dup2(open("err", O_RDWR | O_CREAT | O_TRUNC, 0666), STDERR_FILENO);
            if (closed)
                close(STDOUT_FILENO);
            else
                dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
            char *words[] = {(char[]){"lxtest"}, (char[]){"show"}, NULL};
            _exit(cli_main(&program, 2, words));
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        slurp("err", text);
        assert_int_equal(WEXITSTATUS(status), 7);
        assert_non_null(strstr(text, "lxtest: write standard output: "));
    }
}

static void test_escape(void **state UNUSED)
{
    const struct result *r = run(&program, "escape a\x1b[1m\xff\xc3\xa4");
    assert_string_equal(r->out, "a\\x1b[1m\\xff\xc3\xa4");
    assert_string_equal(r->err, "lxtest: said a\\x1b[1m\\xff\xc3\xa4\n");
    assert_string_equal(run(&program, "escape a -q")->err, "");
}

/* ---- events ---- */

static int count_text(const char *text, const char *what)
{
    int n = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

static void test_lines(void **state UNUSED)
{
    const struct result *r = run(&program, "report");
    assert_int_equal(
        strncmp(r->err, "lxtest: warning: look 1\nlxtest: lost: etc/\\x0a: no room", 54), 0);
    assert_int_equal(count_text(r->err, "lost: etc"), 10);
    assert_non_null(
        strstr(r->err, "lxtest: 12 things were lost: 12 attributes; --verbose lists them all\n"));
    r = run(&program, "report -v");
    assert_int_equal(strncmp(r->err, "lxtest: writing\n", 16), 0);
    assert_int_equal(count_text(r->err, "lost: etc"), 12);
    assert_non_null(strstr(r->err, "lxtest: 12 things were lost: 12 attributes\n"));
    r = run(&program, "report -q");
    assert_int_equal(count_text(r->err, "lost: etc"), 10);
}

/* Sockets have no lines of their own; what was refused is not lost. */
static void test_losses(void **state UNUSED)
{
    static const struct {
        const char *words, *sum;
    } rows[] = {
        {"lose",
         "lxtest: lost: /: no room for it\n"
         "lxtest: 3 things were lost: 2 sockets, 1 attribute; --report FILE lists them all\n"},
        {"lose --report list",
         "lxtest: lost: /: no room for it\n"
         "lxtest: 3 things were lost: 2 sockets, 1 attribute; list lists them "
         "all\n"},
        {"lose --strict", "lxtest: lost: /: no room for it\nlxtest: refused [lossy]\n"},
    };
    for (size_t i = 0; i < array_length(rows); i++)
        assert_string_equal(run(&program, rows[i].words)->err, rows[i].sum);
}

/* Each line is an object of its own with "event". */
static void test_json(void **state UNUSED)
{
    static const char *const expected[] = {"step", "progress", "warning", "loss"};
    const struct result *r = run(&program, "report --events");
    int n = 0;
    for (const char *line = r->err; *line; line += strcspn(line, "\n") + 1, n++) {
        json_t *object = json_loadb(line, strcspn(line, "\n"), 0, NULL);
        const char *event = json_string_value(json_object_get(object, "event"));
        assert_non_null(event);
        assert_string_equal(event, n == 16 - 1 ? "progress" : expected[n < 3 ? n : 3]);
        json_decref(object);
    }
    assert_int_equal(n, 16);
    assert_string_equal(run(&program, "fail x --events")->err,
                        "{\"event\":\"error\",\"id\":\"not-found\",\"text\":\"open x: No such file "
                        "or directory; check the name\"}\n");
}

/* On a terminal of 80 columns: what it shows and the exit status. */
static int on_terminal(const char *verb, const char *answer, char shown[OUTPUT_BYTES])
{
    int master, status;
    size_t n = 0;
    struct winsize size = {.ws_row = 25, .ws_col = 80};
    fflush(stdout);
    pid_t child = forkpty(&master, NULL, NULL, &size);
    assert_true(child >= 0);
    if (child == 0) {
        setenv("TERM", "xterm", 1);
        unsetenv("CI");
        char word[16], *words[] = {(char[]){"lxtest"}, word, NULL};
        snprintf(word, sizeof(word), "%s", verb);
        _exit(cli_main(&program, 2, words));
    }
    assert_int_equal(write(master, answer, strlen(answer)), strlen(answer));
    for (ssize_t got; n < OUTPUT_BYTES - 1; n += (size_t)got)
        if ((got = read(master, shown + n, OUTPUT_BYTES - 1 - n)) <= 0)
            break;
    shown[n] = '\0';
    close(master);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_bar(void **state UNUSED)
{
    char shown[OUTPUT_BYTES];
    assert_int_equal(on_terminal("bar", "", shown), 0);
    assert_int_equal(strncmp(shown, "\rwriting  1", 11), 0); /* after a second: at 10 % or so */
    assert_non_null(strstr(shown, "% [#"));
    assert_non_null(strstr(shown, "of 100 MiB"));
    assert_non_null(strstr(shown, "\r\033[Klxtest: in between\r\n"));
    assert_null(strstr(strstr(shown, "in between"), "["));
    for (const char *at = shown; (at = strchr(at, '\r')); at++)
        assert_true(strcspn(at + 1, "\r\033") < 80);
}

static void test_confirm(void **state UNUSED)
{
    static const struct {
        const char *answer;
        int status;
    } rows[] = {{"y\n", 0}, {"YES\n", 0}, {"n\n", 1}, {"\n", 1}, {"yesterday\n", 1}, {"\4", 1}};
    char shown[OUTPUT_BYTES];
    for (size_t i = 0; i < array_length(rows); i++) {
        assert_int_equal(on_terminal("confirm", rows[i].answer, shown), rows[i].status);
        assert_non_null(strstr(shown, "lxtest: remove it? [y/N] "));
    }
    assert_int_equal(WEXITSTATUS(run(&program, "confirm")->status), 1);
    assert_string_equal(run(&program, "confirm")->err, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),       cmocka_unit_test(test_usage),
        cmocka_unit_test(test_fallback),    cmocka_unit_test(test_help),
        cmocka_unit_test(test_help_verb),   cmocka_unit_test(test_version),
        cmocka_unit_test(test_status),      cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_output_lost), cmocka_unit_test(test_losses),
        cmocka_unit_test(test_escape),      cmocka_unit_test(test_lines),
        cmocka_unit_test(test_json),        cmocka_unit_test(test_bar),
        cmocka_unit_test(test_confirm),
    };
    return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
