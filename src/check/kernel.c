/* What the kernel must know: file systems and parameters. */
#include "check/check.h"

#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>

/* /proc/filesystems: "nodev\tproc\n\text4\n". One that is not listed may still come as a module. */
static bool has_filesystem(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = strchr(list, '\t'); p; p = strchr(p + 1, '\t'))
		if (strncmp(p + 1, name, len) == 0 && p[1 + len] == '\n')
			return true;
	return false;
}

static void check_filesystems(struct check *c)
{
	char *list;

	if (!c->planned || file_read(AT_FDCWD, "/proc/filesystems", 1 << 16, c->arena, &list, NULL, NULL) < 0)
		return;
	for (size_t i = 0; i < c->plan.rootfs.mounts.n; i++) {
		const struct plan_mount *m = &c->plan.rootfs.mounts.v[i];

		if (m->kind == PLAN_MOUNT_FS && m->fstype && !has_filesystem(list, m->fstype))
			check_add(c, HUSK_WARNING,
				  check_path(c, arena_printf(c->arena, "mounts[%zu].type", i)),
				  arena_printf(c->arena, "this kernel lists no file system '%s'", m->fstype),
				  "it may still be a module");
	}
}

static void check_sysctl(struct check *c)
{
	struct stat st;

	for (size_t i = 0; c->planned && i < c->plan.ns.sysctl.n; i++) {
		const char *key = c->plan.ns.sysctl.v[i].key;

		if (stat(arena_printf(c->arena, "/proc/sys/%s", key), &st) < 0)
			check_add(c, HUSK_WARNING, "linux.sysctl",
				  arena_printf(c->arena, "there is no /proc/sys/%s on this host", key),
				  "it may still exist in the container's own namespace");
	}
}

void check_kernel(struct check *c)
{
	check_filesystems(c);
	check_sysctl(c);
}
