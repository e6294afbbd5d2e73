/* Files of the host that the configuration relies on. */
#include "check/check.h"

#include <errno.h>
#include <sys/stat.h>

static void check_root(struct check *c)
{
	const struct oci_root *root = c->config->root;
	struct stat st;

	if (!root || !root->path || check_removed(c, "root"))
		return;
	const char *path =
		*root->path == '/' ? root->path : arena_printf(c->arena, "%s/%s", c->bundle, root->path);
	if (stat(path, &st) < 0)
		check_add(c, HUSK_ERROR, "root.path", arena_printf(c->arena, "%s: %s", path, strerror(errno)),
			  "");
	else if (!S_ISDIR(st.st_mode))
		check_add(c, HUSK_ERROR, "root.path", arena_printf(c->arena, "%s is not a directory", path),
			  "");
}

static void check_sources(struct check *c)
{
	struct stat st;

	for (size_t i = 0; c->planned && i < c->plan.rootfs.mounts.n; i++) {
		const struct plan_mount *m = &c->plan.rootfs.mounts.v[i];

		if (m->kind != PLAN_MOUNT_BIND || lstat(m->source, &st) == 0)
			continue;
		check_add(c, HUSK_ERROR, check_path(c, arena_printf(c->arena, "mounts[%zu].source", i)),
			  arena_printf(c->arena, "%s: %s", m->source, strerror(errno)), "");
	}
}

/* Where no node can be made, the host's own is bound. */
static void check_devices(struct check *c)
{
	struct stat st;

	for (size_t i = 0; c->planned && i < c->plan.rootfs.devices.n; i++) {
		const struct plan_device *d = &c->plan.rootfs.devices.v[i];

		if (d->bind && lstat(d->cpath, &st) < 0)
			check_add(c, HUSK_ERROR, "linux.devices",
				  arena_printf(c->arena, "the host's %s cannot be bound: %s", d->cpath,
					       strerror(errno)),
				  "");
	}
}

static void check_listener(struct check *c)
{
	const struct oci_seccomp *s = c->config->linux_ ? c->config->linux_->seccomp : NULL;
	struct stat st;

	if (s && !str_empty(s->listener_path) && c->planned && c->plan.seccomp.notify &&
	    stat(s->listener_path, &st) < 0)
		check_add(c, HUSK_ERROR, "linux.seccomp.listenerPath",
			  arena_printf(c->arena, "%s: %s", s->listener_path, strerror(errno)),
			  "the agent has to listen before the container is created");
	if (s && str_empty(s->listener_path) && c->planned && c->plan.seccomp.notify)
		check_add(c, HUSK_ERROR, "linux.seccomp", "SCMP_ACT_NOTIFY needs listenerPath", "");
}

void check_files(struct check *c)
{
	check_root(c);
	check_sources(c);
	check_devices(c);
	check_listener(c);
}
