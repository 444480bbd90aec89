/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command's session in a VM, whose frames come from a socket of ours. */
#include <sys/socket.h>
#include <unistd.h>

#include "install/run/vm_session.h"
#include "tests/unit/support.h"

enum {
    TEST_SECONDS_MAX = 60,
};

static void frame_send(int fd, enum frame_type type, const void *payload, size_t n)
{
    struct frame_header header = {le32_put((uint32_t)n), (uint8_t)type};
    assert_int_equal(send(fd, &header, sizeof(header), 0), sizeof(header));
    assert_int_equal(send(fd, payload, n, 0), (ssize_t)n);
}

/* A command may be so quick, or this process so slow, that all it says has come with the answer
 * that it was started, and no more does. */
static void test_all_is_there_before(void **state UNUSED)
{
    static const uint8_t said[] = {1, 0, 0, 0, 'h', 'i'};
    static const uint8_t status[] = {7, 0, 0, 0};
    struct machine machine = {.process = -1, .talk = -1};
    struct machine_frame frame;
    struct error err;
    int ends[2], input[2], output[2], end = 0;
    char got[8] = "";

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    machine.channel = ends[0];
    frame_send(ends[1], FRAME_DONE, "", 0);
    frame_send(ends[1], FRAME_DATA, said, sizeof(said));
    frame_send(ends[1], FRAME_EXIT, status, sizeof(status));
    assert_int_equal(machine_wait(&machine, &frame, -1, &err), 1);
    assert_int_equal(frame.type, FRAME_DONE);

    assert_int_equal(pipe(input), 0);
    assert_int_equal(pipe(output), 0);
    int before = dup(STDOUT_FILENO);
    dup2(input[0], STDIN_FILENO); /* which says nothing */
    dup2(output[1], STDOUT_FILENO);
    alarm(TEST_SECONDS_MAX);
    int rc = session_run(&machine, 0, &end, &err);
    alarm(0);
    dup2(before, STDOUT_FILENO);
    close(before);
    assert_int_equal(rc, 0);
    assert_int_equal(end, 7);
    assert_int_equal(read(output[0], got, sizeof(got)), 2);
    assert_string_equal(got, "hi");
    machine_stop(&machine);
    close(ends[1]);
    for (int i = 0; i < 2; i++) {
        close(input[i]);
        close(output[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_is_there_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
