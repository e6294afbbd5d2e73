/* The root of the container: attached, then entered. */
#pragma once

#include "rootfs/rootfs.h"

/* Cut the copied host tree off (plan->host_propagation) and attach the container's root; sets r->root_fd. */
int pivot_attach(struct rootfs *r, struct err *e);

/* Make root_fd "/" and leave nothing of the host reachable. */
int pivot_enter(struct rootfs *r, struct err *e);
