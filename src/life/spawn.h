/* The parent lane: from the fork to a recorded, waiting container. */
#pragma once

#include "life/lane.h"
#include "life/netdevs.h"
#include "rdt/rdt.h"

/* What the parent lane needs beside the lane both share. */
struct spawn {
	struct lane lane;
	struct cgroup *cgroup; /* made; NULL: none */
	int cgroup_fd;         /* cgroup2 directory, borrowed; FD_NONE: none */
	const char *console_socket, *pidfd_socket;
	struct child child;     /* owned: ended by spawn_done() unless released */
	bool hooks_began;       /* out: the runtime's hooks were called, so poststop hooks are owed */
	struct netdevs netdevs; /* owned: taken back unless the create ends well */
	struct rdt_made rdt;    /* out: what was made in resctrl */
	int master;             /* owned: the terminal's master when nobody else got it */

	/* Called when every property is applied: write the record and the pid file. */
	int (*record)(void *arg, pid_t pid, uint64_t start_time, struct err *e);
	void *arg;
};

/* All of it, up to RECORDED. On success s->child is the container's init, waiting at the gate. */
int spawn_run(struct spawn *s, struct err *e);
