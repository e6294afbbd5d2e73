/* Handing a cgroup to the container's user. Internal to src/cgroup. */
#pragma once

#include "cgroup/cgroup.h"

/* Change the owner of the directory and of the files that the kernel names for delegation, and of nothing
 * else (config-linux.md, Cgroup ownership; cgroups(7)). Only cgroup2. */
int delegate_to(const struct cgroup *cg, uid_t uid, struct err *e);
