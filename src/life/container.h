/* An existing container, as the verbs find it: its directory, its record, its process, its cgroup. */
#pragma once

#include "base/own.h"
#include "cgroup/cgroup.h"
#include "husk.h"
#include "plan/plan.h"

struct container {
	const struct husk *husk;
	const char *id;
	struct arena *arena;
	int root_fd, dir_fd;
	struct oci_saved *saved;
	const struct host *host; /* its cgroups, probed by container_cgroup unless the caller knows them */
	struct cgroup cgroup;
	bool cgroup_known;
};

enum { CONTAINER_LOCK = 1 };

/* Open `id`, with the lock when asked. */
int container_open(const struct husk *h, const char *id, int flags, struct arena *a, struct container *ret,
		   struct err *e);
void container_done(struct container *c);
#define own_container   __attribute__((cleanup(container_done))) struct container
#define CONTAINER_EMPTY ((struct container){ .root_fd = FD_NONE, .dir_fd = FD_NONE })

/* OCI_STATUS_*, from the kernel: is the recorded process there (same pid, same start time), at the gate,
 * frozen? */
int container_status(struct container *c, struct err *e);

/* pidfd of the recorded process, verified; -ESRCH when it is gone. FD_NONE (and verified) on a kernel without
 * pidfds. */
int container_pidfd(struct container *c, int *ret, struct err *e);

/* Fill c->cgroup. A container without one has path NULL. */
int container_cgroup(struct container *c, struct err *e);

/* The frozen config, and the plan made of it again. */
int container_config(struct container *c, struct oci_config **ret, struct err *e);
int container_plan(struct container *c, const struct oci_config *config, struct plan *ret, struct err *e);

/* Take away everything create made: processes that are left, cgroup, state directory; then the poststop
 * hooks. */
int container_destroy(struct container *c, struct err *e);

/* Kill the recorded process and wait until it is gone. */
int container_kill_wait(struct container *c, struct err *e);
