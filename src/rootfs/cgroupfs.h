/* The OCI mount type "cgroup": what the container sees of the cgroup hierarchies. */
#pragma once

#include "rootfs/rootfs.h"

/* Unified: one cgroup2 mount. Hybrid and v1: a tmpfs with one mount per hierarchy, and links for controllers
 * mounted together. "ro" in m holds for all of it. */
int cgroupfs_mount(struct rootfs *r, const struct plan_mount *m, struct err *e);
