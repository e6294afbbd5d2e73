/* Facts about this machine, read once per command. A plain struct: the plan reads it, a test fills it from a
 * file. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "oci/oci.h"

#include <stdbool.h>
#include <stdint.h>

#define HOST_INIT_USER_NS \
	UINT64_C(0xEFFFFFFD) /* inode of the initial user namespace (PROC_USER_INIT_INO) \
			      */

enum cgroup_layout {
	CGROUP_NONE,    /* no cgroup file system where one is expected */
	CGROUP_UNIFIED, /* /sys/fs/cgroup is cgroup2 */
	CGROUP_HYBRID,  /* v1 controllers, and cgroup2 at /sys/fs/cgroup/unified */
	CGROUP_LEGACY,  /* v1 controllers only */
};

/* One mounted hierarchy. */
struct cgroup_mount {
	const char *controllers; /* "cpu,cpuacct"; "name=systemd"; for cgroup2 the contents of
				    cgroup.controllers, NULL: not read (unified, where they are asked for when
				    needed) */
	const char *path;        /* absolute mount point */
	const char *own; /* the caller's own cgroup in it, from /proc/self/cgroup, "/" at the top; for root
			    in the unified layout, where nobody needs it, "/" */
	bool v2;
};

struct id_range {
	uint32_t start, count;
};

struct host {
	uint32_t euid, egid;
	bool privileged; /* CAP_SYS_ADMIN in the initial user namespace (not merely root inside a user
			    namespace) */
	bool in_userns;  /* not in the initial user namespace */

	enum cgroup_layout layout;
	struct {
		const struct cgroup_mount *v;
		size_t n;
	} cgroups; /* unified: one; hybrid: v1 ones, cgroup2 last */

	bool apparmor; /* enabled in the kernel */
	bool selinux;
	const char *resctrl; /* mount point of the resctrl file system, NULL: none */

	/* filled only when not privileged */
	const char *user_name;             /* NULL if unknown */
	struct id_range subuid, subgid;    /* first range in /etc/subuid, /etc/subgid; count 0 = none */
	const char *newuidmap, *newgidmap; /* absolute paths of the helpers, NULL if not installed */
};

/* Read the facts that `config` makes necessary (NULL: all of them, as for exec, whose process may ask for a
 * label that the config does not). Strings live in `a`. */
int host_probe(const struct oci_config *config, struct arena *a, struct host *ret, struct err *e);

/* The program that moves network devices, NULL where it is not installed. (host/netdev.c) */
const char *host_netdev_program(void);

/* The cgroup part of host_probe, for commands that have no config at hand. (host/cgroups.c) */
int host_probe_cgroups(struct arena *a, struct host *ret, struct err *e);

/* The mounted hierarchy that has `controller` ("memory", "freezer"), v1 or v2; NULL if none. In the unified
 * layout with controllers not read it is the one hierarchy, whatever the controller. */
const struct cgroup_mount *host_cgroup_find(const struct host *h, const char *controller);
