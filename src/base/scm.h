/* Descriptors over AF_UNIX sockets (SCM_RIGHTS, unix(7)). */
#pragma once

#include "base/err.h"

#include <stddef.h>

enum { SCM_MAX = 4 }; /* descriptors in one message */

/* A stream socket connected to `path`. Descriptor owned by the caller. */
int scm_connect(const char *path, struct err *e);

/*
 * Send `data` whole; the descriptors ride on its first bytes, and only on them. They stay the caller's. On a
 * SOCK_SEQPACKET socket it is one message. Returns 0 or -errno (no error text: the caller knows to whom).
 */
int scm_send(int sock, const void *data, size_t len, const int *fds, size_t n_fds);
