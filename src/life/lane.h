/* What one lane has in its hands: the const plan, its end of the socket, and the things it owns. */
#pragma once

#include "base/own.h"
#include "cgroup/cgroup.h"
#include "confine/confine.h"
#include "life/chan.h"
#include "life/gate.h"
#include "life/listenfds.h"
#include "plan/plan.h"

#include <stdbool.h>
#include <sys/types.h>

/* A child that is killed and reaped unless it was let go (pid = 0). */
struct child {
	pid_t pid;
	int pidfd; /* FD_NONE on kernels without */
};

/* SIGKILL, reap, close. Accepts an empty one. Returns the wait status, or -1 if there was nothing to reap. */
int child_end(struct child *c);
/* The child forked again and the kernel stamped its message with the new `pid`: that one is our child now;
 * reap the old one. */
int child_adopt(struct child *c, pid_t pid, struct err *e);
/* Forget the process: it lives on by itself. */
void child_release(struct child *c);
static inline void own_child_done(struct child *c)
{
	(void)child_end(c);
}
#define own_child __attribute__((cleanup(own_child_done))) struct child

/* Filled by the parent before the fork; the child lane has a copy of everything. */
struct lane {
	const struct plan *plan;
	const struct host *host;
	const struct oci_config *config;
	struct arena *arena;
	struct log log; /* parent: the caller's; child: the socket */
	struct chan chan;

	int *sources; /* mounts.n + 1 detached trees, the rootfs first; FD_NONE where the child opens by
			 itself; NULL: all */
	int *joins;   /* ns.join.n namespace descriptors */
	struct gate gate;
	struct seccomp_filter filter;
	const char *cgroup_path; /* for PLAN_MOUNT_CGROUP; NULL without a cgroup */
	bool in_cgroup;          /* the kernel placed the child into its cgroup2 directory at birth */
	bool has_maps;           /* BORN and MAPPED are exchanged */
	bool has_hooks;          /* MOUNTED and HOOKED are exchanged */
	struct listen fds;       /* descriptors after 2 that reach the program */
};

/* The child lane: never returns. (init.c) */
_Noreturn void init_lane(struct lane *l);

/* Child lane: namespaces. enter_first before BORN, enter_rest after MAPPED. (enter.c) */
int enter_open_joins(const struct plan_ns *ns, int *fds,
		     struct err *e); /* parent, before the fork; checks the types */
int enter_first(struct lane *l, struct err *e);
int enter_rest(struct lane *l, struct err *e);
int enter_become_root(const struct plan_ns *ns, struct err *e);

/* Parent lane: uid_map, gid_map, setgroups, clock offsets of the child `pid`. (maps.c) */
int maps_write(const struct plan_ns *ns, const struct host *host, pid_t pid, int procfs_fd, struct err *e);

/* Child lane: only `keep` (sorted in place; empty ones are passed over) and what is below `first` stay open.
 * (child.c) */
int keep_only(unsigned first, int *keep, size_t n, struct err *e);
