/* Whole files through descriptors: read all, write once, replace atomically. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <sys/types.h>

/* Read fd to its end into the arena, NUL-terminated. More than `limit` bytes: EFBIG. `name` is for the error
 * text. */
int file_read_fd(int fd, const char *name, size_t limit, struct arena *a, char **ret, size_t *ret_len,
		 struct err *e);

/* Open dirfd/name read-only and read it whole. */
int file_read(int dirfd, const char *name, size_t limit, struct arena *a, char **ret, size_t *ret_len,
	      struct err *e);

/* Write everything, restarting on EINTR and short writes. */
int file_write_fd(int fd, const char *name, const void *data, size_t len, struct err *e);

/* Open an existing dirfd/name write-only and hand the kernel `text` in one write() (procfs and cgroupfs want
 * that). */
int file_write_once(int dirfd, const char *name, const char *text, struct err *e);

/* Write a new file in place of an old one, for readers that wait until it is complete. */
int file_write_new(int dirfd, const char *name, const void *data, size_t len, mode_t mode, struct err *e);

/* Create or replace dirfd/name atomically: temporary file beside it, then rename. A reader sees the old or
 * the new whole. */
int file_write_atomic(int dirfd, const char *name, const void *data, size_t len, mode_t mode, struct err *e);
