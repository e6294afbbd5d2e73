/* The device filter of a cgroup. Internal to src/cgroup. */
#pragma once

#include "cgroup/cgroup.h"

/* Put the rules in force: through the v1 devices controller where there is one, else as a BPF program in
 * cgroup2. Once, at create: a second program could only forbid more. */
int devices_apply(const struct cgroup *cg, const struct plan_cgroup *plan, int cgroup2_fd, struct err *e);
