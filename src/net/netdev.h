/* Move network devices into a container's network namespace, and back (config-linux.md, Network Devices). */
#pragma once

#include "base/err.h"

#include <linux/if.h>
#include <stdbool.h>

/* What is asked for one device, and what became of it. */
struct netdev {
	char name[IFNAMSIZ]; /* in the namespace it comes from */
	char as[IFNAMSIZ]; /* wanted name, may hold one %d for the kernel to fill; after the move the name it
			      got */
	bool was_up;
	bool moved;
};

/* Both ends of a move: a netlink socket in each network namespace, and descriptors of the namespaces. */
struct netdev_ends {
	struct mnl_socket *from, *to;
	int from_ns, to_ns;
};

/* Opens the caller's namespace as `from` and the one at `path` as `to`. The caller is in `to` afterwards. */
int netdev_open(struct netdev_ends *ret, const char *path, struct err *e);
void netdev_close(struct netdev_ends *x);

/*
 * Move d: permanent global addresses of all families come along, and it is up afterwards. A name that is
 * taken is EEXIST and d stays where it is. Other failures may leave d->moved set: netdev_back() undoes it.
 */
int netdev_move(struct netdev_ends *x, struct netdev *d, struct err *e);

/* Undo a move: d->as becomes d->name in the namespace it came from, as up or down as it was. */
int netdev_back(struct netdev_ends *x, const struct netdev *d, struct err *e);
