/* Enabling cgroup2 controllers on the way down to a container's cgroup. Internal to src/cgroup. */
#pragma once

#include "cgroup/cgroup.h"

/*
 * Make every controller that the writes need available in the cgroup, from the top. A controller that cannot
 * be had is an error unless none of its writes asks for anything. Reads nothing when no write names a
 * controller.
 */
int controllers_enable(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *e);

/* The hierarchy a write belongs to; NULL: its controller is nowhere. */
const struct cgroup_mount *controllers_home(const struct host *h, const struct plan_write *w);

/* "cgroup: memory.max needs the memory controller, ..." */
int controllers_missing(const struct plan_write *w, struct err *e);
