/* The root of the container: attached, then entered. */
#pragma once

#include "rootfs/rootfs.h"

/* Cut the copied host tree off (plan->host_propagation; not plan->in_host_ns) and attach the container's
 * root; sets r->root_fd. */
int pivot_attach(struct rootfs *r, struct err *e);

/* Make root_fd "/" and leave nothing of the host reachable; in the host's mount namespace by chroot alone. */
int pivot_enter(struct rootfs *r, struct err *e);
