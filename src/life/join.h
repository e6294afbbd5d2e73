/* The child lane of an exec: into a running container, confined as it is, and on to the program. */
#pragma once

#include "life/lane.h"

/* Filled by the parent before the fork. */
struct join {
	const struct plan *container; /* as it was created: namespaces, seccomp */
	struct plan_process process;
	struct plan_seccomp seccomp;
	struct seccomp_filter filter;
	const struct host *host;
	struct arena *arena;
	struct log log;
	struct chan chan;
	pid_t pid;        /* the container's init */
	int pidfd;        /* of init; FD_NONE before 5.3 */
	int flags;        /* CLONE_NEW* to join */
	int root_fd;      /* owned: init's root, where it has no mount namespace to bring one; else FD_NONE */
	bool in_cgroup;   /* the kernel placed the child into its cgroup2 directory at birth */
	bool has_cgroups; /* JOINED and PLACED are exchanged */
	struct listen fds; /* descriptors after 2 that reach the program */
};

_Noreturn void join_lane(struct join *j);
