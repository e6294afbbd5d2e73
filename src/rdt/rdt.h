/* Groups of Intel's Resource Director Technology (and AMD's QoS): the resctrl file system. */
#pragma once

#include "base/err.h"
#include "plan/plan.h"

#include <stdbool.h>
#include <sys/types.h>

/* What was made, and so has to be undone. */
struct rdt_made {
	bool group, monitor;
};

/*
 * The group directory, made or found as p says (config-linux.md, IntelRdt): one that was there must agree
 * with the schemata that are asked for. `root_fd`: the resctrl file system. Returns a descriptor, owned by
 * the caller.
 */
int rdt_open_group(int root_fd, const struct plan_rdt *p, struct rdt_made *made, struct err *e);

/* Make the monitoring group in group_fd, if p asks for one. EEXIST: another container's. */
int rdt_make_monitor(int group_fd, const struct plan_rdt *p, struct rdt_made *made, struct err *e);

/* Put `pid` into the group and its monitoring group. */
int rdt_enter(int group_fd, const struct plan_rdt *p, pid_t pid, struct err *e);

/* The directories that delete has to remove: those husk is about to make for this container alone. In `a`. */
struct oci_strv rdt_owned(const struct plan_rdt *p, struct arena *a);

/* All of it at p->root, for a new container: *made tells what rdt_remove() has to undo, on failure too. */
int rdt_create(const struct plan_rdt *p, pid_t pid, struct rdt_made *made, struct err *e);
/* One more process of a container whose group is there. */
int rdt_join(const struct plan_rdt *p, pid_t pid, struct err *e);

/* Remove the directory at `path`; what is not there is no error. */
int rdt_remove(const char *path, struct err *e);
