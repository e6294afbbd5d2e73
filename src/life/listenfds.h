/* Descriptors that the caller passes on to the program: LISTEN_FDS (sd_listen_fds(3)) and --preserve-fds. */
#pragma once

#include "base/err.h"

#include <stdint.h>

/* Checks that 3 .. 3 + LISTEN_FDS + preserve - 1 are open and lets them survive execve. *ret: how many. */
int listen_fds(uint32_t preserve, unsigned *ret, struct err *e);
