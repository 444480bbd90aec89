/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "install/run/guest/guest.h"

#define PORTS "/sys/class/virtio-ports"

enum {
    PORT_WAIT_MS = 10000,
    PORT_POLL_MS = 5,
};

/* Whether the port, as in /sys, has our name. */
static bool port_is_ours(const char *port)
{
    char path[PATH_MAX], name[sizeof(FRAME_PORT) + 2] = "";
    snprintf(path, sizeof(path), PORTS "/%s/name", port);
    FILE *file = fopen(path, "re");
    bool ours = file && fgets(name, sizeof(name), file) && strcmp(name, FRAME_PORT "\n") == 0;
    if (file)
        fclose(file);
    return ours;
}

/* Opens the port of our name once it has appeared. */
static int port_open(void)
{
    int fd = -1;
    DIR *ports = opendir(PORTS);
    struct dirent *port;
    while (ports && fd < 0 && (port = readdir(ports))) {
        char path[PATH_MAX];
        snprintf(path, sizeof(path), "/dev/%s", port->d_name);
        if (port_is_ours(port->d_name))
            fd = open(path, O_RDWR | O_CLOEXEC);
    }
    if (ports)
        closedir(ports);
    return fd;
}

/* Until the other end is known to be there, reading gives an end and poll() a hang-up. */
static bool port_is_connected(int fd)
{
    struct pollfd port = {.fd = fd, .events = POLLOUT};
    return poll(&port, 1, 0) >= 0 && !(port.revents & POLLHUP);
}

int channel_open(void)
{
    int fd = -1;
    for (int waited = 0; waited < PORT_WAIT_MS; waited += PORT_POLL_MS) {
        if (fd < 0)
            fd = port_open();
        if (fd >= 0 && port_is_connected(fd))
            return fd;
        usleep(PORT_POLL_MS * 1000);
    }
    return -ENODEV;
}

/* The other end has gone, so nobody is left to tell: all ends as if it had been asked for. */
static void __attribute__((noreturn)) lost(void)
{
    system_end(0);
    system_off();
}

static void read_all(int fd, void *buf, size_t n)
{
    uint8_t *at = buf;
    while (n > 0) {
        ssize_t got = read(fd, at, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            lost();
        at += got;
        n -= (size_t)got;
    }
}

static void write_all(int fd, const void *buf, size_t n)
{
    const uint8_t *at = buf;
    while (n > 0) {
        ssize_t put = write(fd, at, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            lost();
        at += put;
        n -= (size_t)put;
    }
}

void channel_receive(int channel, struct frame *out)
{
    struct frame_header header;
    read_all(channel, &header, sizeof(header));
    size_t n = le32_get(header.n);
    uint8_t *payload = n <= FRAME_PAYLOAD_MAX ? realloc(out->payload, n + 1) : NULL;
    if (!payload)
        lost();
    read_all(channel, payload, n);
    payload[n] = '\0';
    *out = (struct frame){.type = header.type, .payload = payload, .n = n};
}

void channel_send(int channel, enum frame_type type, const void *a, size_t na, const void *b,
                  size_t nb)
{
    struct frame_header header = {le32_put((uint32_t)(na + nb)), (uint8_t)type};
    uint8_t *whole = malloc(sizeof(header) + na + nb);
    if (!whole)
        lost();
    memcpy(whole, &header, sizeof(header));
    if (na)
        memcpy(whole + sizeof(header), a, na);
    if (nb)
        memcpy(whole + sizeof(header) + na, b, nb);
    write_all(channel, whole, sizeof(header) + na + nb);
    free(whole);
}

void channel_send_number(int channel, enum frame_type type, uint32_t number)
{
    struct le32 value = le32_put(number);
    channel_send(channel, type, &value, sizeof(value), NULL, 0);
}

void channel_answer(int channel, int rc, const char *what)
{
    struct le32 number = le32_put((uint32_t)-rc);
    if (rc == 0)
        channel_send(channel, FRAME_DONE, NULL, 0, NULL, 0);
    else
        channel_send(channel, FRAME_FAILED, &number, sizeof(number), what, strlen(what));
}
