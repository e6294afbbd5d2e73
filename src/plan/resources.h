/* linux.resources as writes to control files. */
#pragma once

#include "plan/parts.h"

/*
 * In the order of writing: memory, cpu, cpuset, pids, io, hugetlb, network, rdma, then `unified` word for
 * word. Each controller gets the file names of the hierarchy that has it. What only cgroup v1 knows is left
 * out on cgroup2 with a warning, because configs made for v1 are still about. `r` may be NULL.
 * (config-linux.md, Control groups.)
 */
int resources_build(const struct oci_resources *r, const struct host *host, struct arena *a,
		    struct plan_cgroup *ret, struct plan_warnings *warnings, struct err *e);

/* cpu.shares (2 to 262144) to cpu.weight (1 to 10000), such that 1024 becomes 100. 0 stays 0. */
unsigned resources_weight(uint64_t shares);
