/* The session keyring of the container. */
#pragma once

#include "base/err.h"
#include "base/log.h"

/*
 * Join the session keyring `name`, made if missing, so that the container does not possess the caller's keys
 * (keyctl(2)). A kernel without keys (ENOSYS) and an outer filter that forbids them (EPERM; it holds for the
 * container too) leave nothing to protect: debug line, 0. A used-up key quota is an error: going on would
 * hand the caller's keys to the container.
 */
int keyring_join(const char *name, const struct log *log, struct err *e);
