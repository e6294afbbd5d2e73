/* Apply the file system part of a plan, in the child lane, in its new mount namespace (or, without one, the
 * host's). */
#pragma once

#include "base/err.h"
#include "base/log.h"
#include "plan/plan.h"

/*
 * What the child lane owns while it builds the tree.
 * sources[i] (i < mounts.n) and root_source are detached trees opened by the parent lane
 * (plan->ns.parent_opens), else FD_NONE.
 */
struct rootfs {
	const struct plan_rootfs *plan;
	const struct log *log;
	int root_fd;             /* O_PATH of the new root, once attached */
	int root_source;         /* owned; FD_NONE: rootfs_build opens plan->path itself */
	int *sources;            /* owned descriptors, taken one by one */
	const char *cgroup_path; /* the container's cgroup below the mounts, for v1 and fallback binds; NULL
				    if none */
	const struct host *host;
	int null_fd, empty_fd; /* used by hide.c */
};

/* Parent lane: open rootfs and every bind source as detached trees (open_tree), before the child needs them.
 * ret_fds[0] is the rootfs, ret_fds[i + 1] the source of mounts.v[i] or FD_NONE. Caller owns them. */
int rootfs_open_sources(const struct plan_rootfs *plan, int *ret_fds, struct err *e);

/* Child lane, step MOUNTED: propagation of the copied tree, root, mounts in order, devices, links. Ends with
 * cwd at the new root. */
int rootfs_build(struct rootfs *r, struct err *e);

/* Bind the pty's slave (an open descriptor) on /dev/console. Before rootfs_enter. */
int rootfs_console(struct rootfs *r, int slave_fd, struct err *e);

/* After the createContainer hooks: masked and read-only paths, pivot_root (or move + chroot), old root gone,
 * read-only root, propagation. Afterwards "/" is the container's. */
int rootfs_enter(struct rootfs *r, struct err *e);

void rootfs_done(struct rootfs *r);
