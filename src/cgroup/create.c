/* Making and removing a container's cgroup, whatever the driver. */
#include "cgroup/cgroup.h"

#include "base/own.h"
#include "cgroup/cgroupfs.h"
#include "cgroup/controllers.h"
#include "cgroup/delegate.h"
#include "cgroup/devices.h"
#include "cgroup/hierarchy.h"
#include "cgroup/write.h"

#include <limits.h>
#include <signal.h>
#include <unistd.h>

const struct cgroup_driver *cgroup_driver_of(enum cgroup_manager m)
{
	return m == CGROUP_MANAGER_FS ? &cgroupfs_driver : NULL;
}

/* What a user without a delegated cgroup runs into. */
static bool not_allowed(int r)
{
	return r == -EACCES || r == -EPERM || r == -EROFS || r == -ENOENT;
}

int cgroup_apply(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *e)
{
	if (!cg->path || !plan->writes.n)
		return 0;
	TRY(controllers_enable(cg, plan, e));
	return write_all(cg, plan->writes.v, plan->writes.n, e);
}

/* Without a cgroup: asked for, or put up with. */
static int go_without(struct cgroup *cg, int *ret_fd)
{
	cg->path = NULL;
	*ret_fd = FD_NONE;
	return 0;
}

/* All that a new cgroup needs before a process enters it. */
static int furnish(const struct cgroup *cg, const struct plan_cgroup *plan, int cgroup2_fd, struct err *e)
{
	TRY(cgroup_apply(cg, plan, e));
	TRY(devices_apply(cg, plan, cgroup2_fd, e));
	return plan->own ? delegate_to(cg, plan->owner_uid, e) : 0;
}

int cgroup_create(struct cgroup *cg, const struct plan_cgroup *plan, int *ret_fd, struct err *e)
{
	const struct cgroup_driver *driver = cgroup_driver_of(plan->manager);
	own_fd fd = FD_NONE;

	cg->manager = plan->manager;
	if (plan->manager == CGROUP_MANAGER_DISABLED)
		return go_without(cg, ret_fd);
	if (!driver)
		return err_say(e, ENOTSUP,
			       "the systemd cgroup driver is not built yet; use --cgroup-manager=cgroupfs");
	int r = driver->create(cg, plan, &fd, e);
	if (r < 0 && plan->may_be_absent && not_allowed(r)) {
		log_debug(cg->log, "no cgroup for this container: %s", e ? e->text : "not allowed");
		if (e)
			*e = ERR_INIT;
		return go_without(cg, ret_fd);
	}
	if (r >= 0) {
		r = furnish(cg, plan, fd, e);
		if (r < 0)
			(void)driver->remove(cg, NULL);
	}
	if (r < 0) {
		cg->path =
			NULL; /* whoever cleans up must not take another container's cgroup for this one's */
		return r;
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

bool cgroup_exists(const struct cgroup *cg)
{
	const struct cgroup_mount *m = cg->path ? hierarchy_main(cg->host) : NULL;
	char path[PATH_MAX];

	return m && hierarchy_path(path, m, cg, NULL, NULL, NULL) >= 0 && access(path, F_OK) == 0;
}

/* The usual end: nothing runs in it any more. False: somebody has to look closer. */
static bool remove_empty(const struct cgroup *cg)
{
	char path[PATH_MAX];

	if (cg->manager != CGROUP_MANAGER_FS || cg->keep)
		return false;
	for (size_t i = 0; i < cg->host->cgroups.n; i++) {
		if (hierarchy_path(path, &cg->host->cgroups.v[i], cg, NULL, NULL, NULL) < 0)
			return false;
		if (rmdir(path) < 0 && errno != ENOENT)
			return false;
	}
	return true;
}

int cgroup_end(struct cgroup *cg, struct err *e)
{
	if (!cg->path || remove_empty(cg))
		return 0;
	(void)cgroup_kill(cg, SIGKILL, NULL);
	return cgroup_remove(cg, e);
}

int cgroup_remove(struct cgroup *cg, struct err *e)
{
	const struct cgroup_driver *driver = cgroup_driver_of(cg->manager);

	return cg->path && driver ? driver->remove(cg, e) : 0;
}
