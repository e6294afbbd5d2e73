/* One entry of mounts[], from plan to place. */
#pragma once

#include "rootfs/rootfs.h"

/* Apply r->plan->mounts.v[i]. Takes r->sources[i]. The error text does not name the destination. */
int mount_apply(struct rootfs *r, size_t i, struct err *e);

/* What every mount gets once it is in place: recursive flags, then its propagation changes in order. */
int mount_finish(int tree_fd, const struct plan_mount *m, struct err *e);
