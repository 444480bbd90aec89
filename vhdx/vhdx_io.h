/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole transfers to and from a file; path is for the messages. */
#ifndef LXKIT_VHDX_VHDX_IO_H
#define LXKIT_VHDX_VHDX_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* Fails with DAMAGED where the file ends before. */
int vhdx_io_read(int fd, const char *path, void *buf, size_t n, uint64_t off,
                 struct error *err) MUST_CHECK;
int vhdx_io_write(int fd, const char *path, const void *buf, size_t n, uint64_t off,
                  struct error *err) MUST_CHECK;
int vhdx_io_truncate(int fd, const char *path, uint64_t length, struct error *err) MUST_CHECK;
/* Makes n bytes zeros, as a hole where the file system has holes. The file keeps its length. */
int vhdx_io_zero(int fd, const char *path, uint64_t n, uint64_t off, struct error *err) MUST_CHECK;
/* Writes zeros into every hole. */
int vhdx_io_fill_holes(int fd, const char *path, struct error *err) MUST_CHECK;

/* Stops at the first byte that is not 0: cheap for data. */
bool vhdx_io_is_zero(const void *buf, size_t n);

#endif
