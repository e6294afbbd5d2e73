/*
 * The OCI mount type "cgroup": what the container sees of the cgroup hierarchies.
 *
 * With a cgroup namespace each hierarchy is mounted afresh and shows the container's part only. Without one a
 * fresh mount would show everything, and on cgroup2 even reset the host's mount options, so the host's mount
 * is bound: all of it for a privileged caller on cgroup2, else the container's own cgroup.
 */
#include "rootfs/cgroupfs.h"

#include "base/own.h"
#include "base/str.h"
#include "rootfs/attr.h"
#include "rootfs/bind.h"
#include "rootfs/fs.h"
#include "rootfs/mount.h"
#include "sys/beneath.h"

#include <sys/mount.h>
#include <sys/stat.h>

static int bind_one(struct rootfs *r, const struct plan_mount *like, const char *cpath, const char *source,
		    bool readonly, struct err *e)
{
	struct plan_mount bind = { .kind = PLAN_MOUNT_BIND, .cpath = cpath, .source = source };
	uint64_t attrs = like->attr_set | (readonly ? MOUNT_ATTR_RDONLY : 0);
	own_fd tree = FD_NONE;

	TRY(bind_attach(r, &bind, FD_NONE, &tree, e));
	if (r->plan->in_host_ns || r->plan->propagation & MS_PRIVATE)
		TRY(attr_propagation(tree, MS_PRIVATE, e));
	return attr_change(tree, false, attrs, attrs & MOUNT_ATTR__ATIME ? MOUNT_ATTR__ATIME : 0, e);
}

/*
 * The container's own cgroup in hierarchy c. A caller that is not root on the host and whose container has no
 * cgroup to itself gets it read-only: it would be the host's, writable (CVE-2023-25809).
 */
static int bind_own(struct rootfs *r, const struct plan_mount *like, const char *cpath,
		    const struct cgroup_mount *c, struct err *e)
{
	own_arena a = arena_new();
	bool whole = c->v2 && r->host->privileged && r->plan->cgroup_layout == CGROUP_UNIFIED;
	const char *below = whole ? "" : r->cgroup_path ? r->cgroup_path : c->own;
	bool readonly = !r->host->privileged && !r->cgroup_path;

	return bind_one(r, like, cpath, arena_printf(a, "%s%s", c->path, below ? below : ""), readonly, e);
}

/* A fresh mount of hierarchy c, at an existing directory. -EPERM, -EBUSY: not in this namespace. */
static int mount_fresh(struct rootfs *r, const struct plan_mount *like, const char *cpath,
		       const struct cgroup_mount *c, struct err *e)
{
	own_arena a = arena_new();
	const char *named = c->v2 ? NULL : str_after(c->controllers, "name=");
	struct plan_mount fs = {
		.kind = PLAN_MOUNT_FS,
		.cpath = cpath,
		.source = c->v2 ? "cgroup2" : "cgroup",
		.fstype = c->v2 ? "cgroup2" : "cgroup",
		.data = c->v2   ? NULL
			: named ? arena_printf(a, "none,%s", c->controllers)
				: c->controllers,
	};
	own_fd target = beneath_target(r->root_fd, cpath, true, false, e);

	if (target < 0)
		return target;
	own_fd tree = fs_attach(r, &fs, like->attr_set, target, e);
	return tree < 0 ? tree : 0;
}

static int mount_hierarchy(struct rootfs *r, const struct plan_mount *like, const char *cpath,
			   const struct cgroup_mount *c, struct err *e)
{
	int res = r->plan->cgroup_ns ? mount_fresh(r, like, cpath, c, e) : -EPERM;

	return res == -EPERM || res == -EBUSY ? bind_own(r, like, cpath, c, e) : res;
}

/* "cpu,cpuacct" is found under either name too. */
static int link_controllers(int dir_fd, const char *name, const char *controllers, struct err *e)
{
	char link[64];

	if (!strchr(controllers, ','))
		return 0;
	for (const char *s = controllers; *s;) {
		size_t n = strcspn(s, ",");

		if (n && n < sizeof link) {
			memcpy(link, s, n);
			link[n] = '\0';
			if (symlinkat(name, dir_fd, link) < 0 && errno != EEXIST)
				return err_set(e, errno, "symlink %s", link);
		}
		s += n + (s[n] == ',');
	}
	return 0;
}

/* A hierarchy in which nobody made a cgroup for the container has nothing to show. */
static int mount_below(struct rootfs *r, const struct plan_mount *m, int dir_fd, const struct cgroup_mount *c,
		       struct err *e)
{
	own_arena a = arena_new();
	const char *slash = strrchr(c->path, '/');
	const char *name = slash ? slash + 1 : c->path;

	if (mkdirat(dir_fd, name, 0755) < 0 && errno != EEXIST)
		return err_set(e, errno, "mkdir %s", name);
	int res = mount_hierarchy(r, m, arena_printf(a, "%s/%s", m->cpath, name), c, e);
	if (res < 0 && res != -ENOENT)
		return err_in(e, res, "%s", name);
	return c->v2 ? 0 : link_controllers(dir_fd, name, c->controllers, e);
}

static int mount_v1(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	struct plan_mount top = {
		.kind = PLAN_MOUNT_FS,
		.cpath = m->cpath,
		.source = "tmpfs",
		.fstype = "tmpfs",
		.data = "mode=755",
		.selinux_context = m->selinux_context,
		.selinux_option = m->selinux_option,
	};
	own_fd target = beneath_target(r->root_fd, m->cpath, true, m->dest_nofollow, e);

	if (target < 0)
		return target;
	own_fd tree = fs_attach(r, &top, m->attr_set & ~(uint64_t)MOUNT_ATTR_RDONLY, target, e);
	if (tree < 0)
		return tree;
	for (size_t i = 0; i < r->host->cgroups.n; i++)
		TRY(mount_below(r, m, tree, &r->host->cgroups.v[i], e));
	TRY(attr_change(tree, false, m->attr_set & MOUNT_ATTR_RDONLY, 0, e));
	return mount_finish(tree, m, e);
}

int cgroupfs_mount(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	switch (r->plan->cgroup_layout) {
	case CGROUP_NONE:
		return err_say(e, ENODEV, "this machine has no cgroup file system");
	case CGROUP_UNIFIED:
		if (r->host->cgroups.n == 0)
			return err_say(e, ENODEV, "this machine has no cgroup2 mount");
		return mount_hierarchy(r, m, m->cpath, &r->host->cgroups.v[0], e);
	case CGROUP_HYBRID:
	case CGROUP_LEGACY:
		return mount_v1(r, m, e);
	}
	return err_say(e, EINVAL, "unknown cgroup layout");
}
