/* A container's cgroup, whatever the layout of the host: one interface, a driver per way of making it. */
#pragma once

#include "base/err.h"
#include "base/log.h"
#include "host/host.h"
#include "oci/oci.h"
#include "plan/plan.h"

#include <stdbool.h>
#include <sys/types.h>

/* What is remembered in the state, enough to find the cgroup again without the config or a flag. */
struct cgroup {
	enum cgroup_manager manager;
	const char *path;  /* below every mount root; for systemd filled after the scope exists. NULL: none */
	const char *scope; /* systemd unit, NULL otherwise */
	bool keep;         /* it existed before create: remove leaves it (to be remembered in the state) */
	const struct host *host;
	const struct log *log;
};

struct cgroup_driver {
	const char *name;
	/* Make the cgroup (with parents and controllers). *ret_fd: cgroup2 directory for CLONE_INTO_CGROUP,
	 * or FD_NONE. EEXIST and non-empty or frozen: an error. On failure nothing that it made is left. */
	int (*create)(struct cgroup *cg, const struct plan_cgroup *plan, int *ret_fd, struct err *e);
	/* Remove it and its children; a busy one is retried for up to a second. A missing one is no error. */
	int (*remove)(struct cgroup *cg, struct err *e);
};

/* The driver for a manager; NULL for one that is not built yet. */
const struct cgroup_driver *cgroup_driver_of(enum cgroup_manager m);

/* plan -> made cgroup: driver create + every write + device filter. On failure removed again.
 * (cgroup/create.c) */
int cgroup_create(struct cgroup *cg, const struct plan_cgroup *plan, int *ret_fd, struct err *e);
int cgroup_remove(struct cgroup *cg, struct err *e);
/* Remove it with whatever still runs in it, which is killed first. One that existed before create stays,
 * empty. */
int cgroup_end(struct cgroup *cg, struct err *e);

/* Is there a cgroup of that name already, whoever made it? */
bool cgroup_exists(const struct cgroup *cg);

/* Put pid into every hierarchy, cgroup2 left out when CLONE_INTO_CGROUP did that. `sub`: below the
 * container's, or NULL. `init`: the container's first process, whose cgroup it is where the container's own
 * takes no more processes; 0: none yet. */
int cgroup_enter(const struct cgroup *cg, pid_t pid, const char *sub, pid_t init, bool in_cgroup2,
		 struct err *e);
/* The cgroup2 directory for CLONE_INTO_CGROUP at exec, FD_NONE on v1. */
int cgroup_open(const struct cgroup *cg, const char *sub, int *ret_fd, struct err *e);
/* Only pids of v1/hybrid need cgroup_enter() even when clone3 placed the child in cgroup2. */
bool cgroup_needs_enter(const struct cgroup *cg, bool in_cgroup2);

/* The writes alone, with the controllers they need. Device rules are set once, by create. */
int cgroup_apply(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *e);
/* The same for a cgroup in use: when a write is refused, what was written before is taken back, and the error
 * names what could not be. */
int cgroup_update(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *e);
int cgroup_freeze(const struct cgroup *cg, bool frozen, struct err *e); /* waits until it has happened */
int cgroup_frozen(const struct cgroup *cg, struct err *e);              /* 1, 0 or -errno */
int cgroup_kill(const struct cgroup *cg, int signal,
		struct err *e); /* every process in the subtree; cgroup.kill for SIGKILL */
int cgroup_pids(const struct cgroup *cg, struct arena *a, pid_t **ret, size_t *ret_n,
		struct err *e); /* with sub-cgroups */
/* What the kernel counted: every part of *ret but the network interfaces. A controller that is not there
 * counts nothing. ENOENT: the container has no cgroup. */
int cgroup_stats(const struct cgroup *cg, struct arena *a, struct oci_stats *ret, struct err *e);
/* OOM kills so far in this cgroup: memory.events or memory.oom_control; 0 where the controller is missing. */
int cgroup_oom_kills(const struct cgroup *cg, uint64_t *ret);
