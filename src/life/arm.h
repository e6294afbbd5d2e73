/* The last preparations of a program, the same for a container's first process and for an exec. */
#pragma once

#include "confine/confine.h"
#include "life/chan.h"
#include "life/listenfds.h"

struct arm {
	int master;             /* owned: the terminal's master, FD_NONE without one */
	struct confine confine; /* filled by the caller, but for procfs_fd and notify_fd */
	const char *program;    /* out: what will be executed */
	char **env;             /* out: its environment */
};

/* Environment, descriptors, confinement, and the program found as the final user. Inside the container's
 * root. */
int arm_process(struct arm *m, const struct listen *fds, struct arena *a, struct err *e);

/* Tell the parent lane `step`; the terminal's master and the seccomp listener ride along. */
int arm_report(struct arm *m, struct chan *c, enum step step, struct err *e);
