/* The road from the host's tree to the container's: attach the root, mount, make devices, hide, pivot. */
#include "rootfs/rootfs.h"

#include "base/own.h"
#include "rootfs/attr.h"
#include "rootfs/bind.h"
#include "rootfs/dev.h"
#include "rootfs/hide.h"
#include "rootfs/mount.h"
#include "rootfs/pivot.h"
#include "sys/mountapi.h"

#include <sys/mount.h>
#include <sys/stat.h>

/* Cut a clone off from the host's peer group: the child's own mounts never meet it otherwise. */
static int cut_off(int tree_fd, const struct plan_rootfs *plan, struct err *e)
{
	return attr_propagation(tree_fd,
				(plan->host_propagation & MS_PRIVATE ? MS_PRIVATE : MS_SLAVE) | MS_REC, e);
}

static int open_source(const struct plan_rootfs *plan, const struct plan_mount *m, struct err *e)
{
	own_fd fd = bind_open(m, e);

	/* EPERM: root of a user namespace, but not of this mount namespace */
	if (fd == -ENOSYS || fd == -EPERM)
		return FD_NONE; /* the child then binds by path */
	if (fd < 0)
		return fd;
	TRY(cut_off(fd, plan, e));
	return TAKE_FD(fd);
}

static int open_sources(const struct plan_rootfs *plan, int *fds, struct err *e)
{
	const struct plan_mount root = { .kind = PLAN_MOUNT_BIND, .source = plan->path, .recursive = true };

	fds[0] = open_source(plan, &root, e);
	if (fds[0] < 0 && fds[0] != FD_NONE)
		return err_in(e, fds[0], "rootfs");
	for (size_t i = 0; i < plan->mounts.n; i++) {
		const struct plan_mount *m = &plan->mounts.v[i];

		if (m->kind != PLAN_MOUNT_BIND || m->copy_symlink)
			continue;
		fds[i + 1] = open_source(plan, m, e);
		if (fds[i + 1] < 0 && fds[i + 1] != FD_NONE)
			return err_in(e, fds[i + 1], "mount %s", m->cpath);
	}
	return 0;
}

int rootfs_open_sources(const struct plan_rootfs *plan, int *ret_fds, struct err *e)
{
	size_t n = plan->mounts.n + 1;

	for (size_t i = 0; i < n; i++)
		ret_fds[i] = FD_NONE;
	int r = open_sources(plan, ret_fds, e);
	for (size_t i = 0; r < 0 && i < n; i++)
		own_fd_done(&ret_fds[i]);
	return r;
}

static int build(struct rootfs *r, struct err *e)
{
	TRY_IN(pivot_attach(r, e), e, "rootfs");
	for (size_t i = 0; i < r->plan->mounts.n; i++)
		TRY_IN(mount_apply(r, i, e), e, "mount %s", r->plan->mounts.v[i].cpath);
	TRY(dev_fill(r, e));
	return fchdir(r->root_fd) < 0 ? err_set(e, errno, "enter the rootfs") : 0;
}

int rootfs_build(struct rootfs *r, struct err *e)
{
	mode_t before = umask(0); /* modes of the config are exact */

	r->root_fd = r->null_fd = r->empty_fd = FD_NONE;
	int res = build(r, e);
	(void)umask(before);
	return res;
}

int rootfs_console(struct rootfs *r, int slave_fd, struct err *e)
{
	return err_in(e, dev_console(r, slave_fd, e), "/dev/console");
}

int rootfs_enter(struct rootfs *r, struct err *e)
{
	TRY(hide_paths(r, e));
	return pivot_enter(r, e);
}

void rootfs_done(struct rootfs *r)
{
	own_fd_done(&r->root_fd);
	own_fd_done(&r->root_source);
	own_fd_done(&r->null_fd);
	own_fd_done(&r->empty_fd);
	for (size_t i = 0; r->sources && i < r->plan->mounts.n; i++)
		own_fd_done(&r->sources[i]);
}
