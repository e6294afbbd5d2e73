/* Descriptors that the caller passes on to the program: LISTEN_FDS (sd_listen_fds(3)) and --preserve-fds. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

/* What is passed on: descriptors 3 to 3 + total - 1, of which the first `sockets` are LISTEN_FDS. */
struct listen {
	unsigned sockets, total;
};

/* Checks that LISTEN_FDS + preserve descriptors came from the caller. To be called at any time: ours are
 * CLOEXEC. */
int listen_fds(uint32_t preserve, struct listen *ret, struct err *e);

/* The program's environment: `env`, and LISTEN_FDS and LISTEN_PID (our own pid, which execve keeps) where
 * there are sockets. */
char **listen_env(const struct listen *l, char **env, struct arena *a);
