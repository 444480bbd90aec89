/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signals become errors, in a process of its own each time. */
#include "core/cancel.h"

#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/support.h"

/* What run returns is the exit status; the wait status is returned. */
static int in_child(int (*run)(void))
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        alarm(10);
        _exit(run());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int run_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < array_length(signals); i++) {
        pid_t child = fork();
        if (child == 0) {
            struct error err;
            cancel_block();
            if (cancel_check(&err) < 0)
                _exit(1);
            raise(signals[i]);
            if (cancel_check(&err) == 0 || err.code != ERROR_INTERRUPTED)
                _exit(2);
            if (cancel_check(NULL) == 0)
                _exit(3);
            cancel_deliver();
            _exit(4);
        }
        int status;
        if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status) ||
            WTERMSIG(status) != signals[i])
            return 1;
    }
    return 0;
}

static void test_signals(void **state UNUSED)
{
    assert_int_equal(in_child(run_signals), 0);
}

static int run_ignored(void)
{
    struct error err;
    signal(SIGHUP, SIG_IGN);
    cancel_block();
    raise(SIGHUP);
    return cancel_check(&err) < 0;
}

/* nohup */
static void test_ignored(void **state UNUSED)
{
    assert_int_equal(in_child(run_ignored), 0);
}

static int run_wait(void)
{
    struct error err;
    int ends[2];
    cancel_block();
    if (pipe(ends) < 0 || write(ends[1], "x", 1) != 1)
        return 1;
    if (cancel_wait_readable(ends[0], &err) < 0)
        return 2;
    char byte;
    if (read(ends[0], &byte, 1) != 1)
        return 3;
    pid_t parent = getpid();
    if (fork() == 0) {
        usleep(20000);
        kill(parent, SIGTERM);
        _exit(0);
    }
    if (cancel_wait_readable(ends[0], &err) == 0 || err.code != ERROR_INTERRUPTED)
        return 4;
    return 0;
}

static void test_wait(void **state UNUSED)
{
    assert_int_equal(in_child(run_wait), 0);
}

static int run_file(void)
{
    struct error err;
    int fd = open("/proc/self/exe", O_RDONLY);
    return fd < 0 || cancel_wait_readable(fd, &err) < 0;
}

static void test_file(void **state UNUSED)
{
    assert_int_equal(in_child(run_file), 0);
}

static void *thread_run(void *argument)
{
    struct error err;
    return (void *)(intptr_t)cancel_wait_readable(*(int *)argument, &err);
}

/* Stopping a thread concerns that thread only, whether signals are blocked in the others or not. */
static int run_thread(void)
{
    struct error err;
    for (int blocked = 0; blocked < 2; blocked++) {
        int ends[2];
        pthread_t thread;
        void *result = NULL;
        if (blocked)
            cancel_block();
        if (pipe(ends) < 0 || cancel_thread_start(&thread, thread_run, ends, &err) < 0)
            return 1;
        usleep(blocked ? 20000 : 0);
        cancel_thread_stop(thread);
        pthread_join(thread, &result);
        if ((intptr_t)result != -1 || cancel_check(&err) < 0)
            return 2;
        close(ends[0]);
        close(ends[1]);
    }
    return 0;
}

static void test_thread(void **state UNUSED)
{
    assert_int_equal(in_child(run_thread), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signals), cmocka_unit_test(test_ignored), cmocka_unit_test(test_wait),
        cmocka_unit_test(test_file),    cmocka_unit_test(test_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
