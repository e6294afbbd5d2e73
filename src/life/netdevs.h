/* Network devices that the plan moves into the container: the program that does it, and the way back. */
#pragma once

#include "base/log.h"
#include "base/own.h"
#include "plan/plan.h"

#include <sys/types.h>

struct netdevs {
	int ns; /* the container's network namespace, held so that its end does not take the devices along */
	int record; /* what was moved, in the words of husk-netdev */
};

#define NETDEVS_EMPTY ((struct netdevs){ .ns = FD_NONE, .record = FD_NONE })

/* Parent lane: move ns->netdevs into the network namespace of `pid`, all or none. */
int netdevs_move(const struct plan_ns *ns, pid_t pid, int procfs_fd, struct netdevs *ret, struct err *e);
/* The create failed later: what was moved goes back. Accepts an empty one. */
void netdevs_back(struct netdevs *n, const struct log *log);
void netdevs_done(struct netdevs *n);
