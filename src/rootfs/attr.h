/* Flags and propagation of mounts that are in place, by descriptor of their root. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Set and clear MOUNT_ATTR_* of the mount, or of the whole tree below it (`recursive`; ENOSYS before Linux
 * 5.12). Flags that a less privileged mount namespace has locked are kept, not cleared (mount_namespaces(7)).
 */
int attr_change(int mount_fd, bool recursive, uint64_t set, uint64_t clear, struct err *e);

/* MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE, with MS_REC for the tree. */
int attr_propagation(int mount_fd, unsigned long propagation, struct err *e);
