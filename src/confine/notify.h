/* Hand the listener of a seccomp filter to the agent that answers it. */
#pragma once

#include "base/err.h"
#include "oci/oci.h"

/*
 * Connect to the AF_UNIX stream socket `listener_path` (a host path), send one container process state with
 * notify_fd, close. `metadata` may be NULL. Called by the parent lane; notify_fd stays the caller's.
 * (config-linux.md, The Container Process State)
 */
int notify_send(const char *listener_path, const char *metadata, const struct oci_state *state, int notify_fd,
		struct err *e);
