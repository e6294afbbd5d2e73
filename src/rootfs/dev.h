/* Device nodes and links, relative to a verified /dev. */
#pragma once

#include "rootfs/rootfs.h"

/* Make plan->devices and plan->links. Wants umask 0. Nothing is made when the config binds a /dev of its own.
 */
int dev_fill(struct rootfs *r, struct err *e);

/* rootfs_console() of rootfs.h. */
int dev_console(struct rootfs *r, int slave_fd, struct err *e);
