/* Hearing of processes that were killed because memory ran out. */
#pragma once

#include "cgroup/cgroup.h"

struct oom_watch {
	const struct cgroup *cg;
	int fd;       /* to poll(); FD_NONE: nothing to wait for, ask from time to time */
	short events; /* for poll(): what to wait for on `fd` */
	bool v2; /* cgroup2 counts for the whole subtree and tells; v1 does so for the cgroup itself alone */
	uint64_t kills; /* that were reported already, or happened before */
};

/* Start listening. A host without the memory controller has nothing to say, which is no error. */
void oom_watch(const struct cgroup *cg, struct oom_watch *ret);
/* Whether something happened since the last call. To be asked when poll() says so, and once a second where
 * `v2` is false: sub-cgroups of v1 have to be visited. */
bool oom_happened(struct oom_watch *w);
void oom_done(struct oom_watch *w);
#define own_oom_watch __attribute__((cleanup(oom_done))) struct oom_watch
