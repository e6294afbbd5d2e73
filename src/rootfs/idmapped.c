/* Idmapped mounts: the map is that of a user namespace which lives only for the call. */
#include "rootfs/idmapped.h"

#include "base/own.h"
#include "base/str.h"
#include "sys/clone.h"
#include "sys/mountapi.h"
#include "sys/procfs.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static int write_map(int procfs, pid_t pid, const char *file, const struct plan_map *v, size_t n,
		     struct err *e)
{
	char name[64];
	own_arena a = arena_new();
	struct strbuf text = STRBUF(a);

	for (size_t i = 0; i < n; i++)
		strbuf_printf(&text, "%u %u %u\n", v[i].inside, v[i].outside, v[i].count);
	(void)snprintf(name, sizeof name, "%d/%s", (int)pid, file);
	return procfs_write(procfs, name, text.text, e);
}

static int map_and_open(pid_t pid, const struct plan_mount *m, struct err *e)
{
	char name[64];
	own_fd procfs = procfs_open(false, e);

	if (procfs < 0)
		return procfs;
	TRY(write_map(procfs, pid, "uid_map", m->uid_map.v, m->uid_map.n, e));
	TRY(write_map(procfs, pid, "gid_map", m->gid_map.v, m->gid_map.n, e));
	(void)snprintf(name, sizeof name, "%d/ns/user", (int)pid);
	int fd = openat(procfs, name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_set(e, errno, "open the user namespace of an idmap") : fd;
}

/* A user namespace with m's maps, held only by the returned descriptor. */
static int make_userns(const struct plan_mount *m, struct err *e)
{
	own_fd pidfd = FD_NONE;
	int in_cgroup = 0;
	pid_t pid = sys_fork(CLONE_NEWUSER, FD_NONE, &pidfd, &in_cgroup);

	if (pid < 0)
		return err_set(e, -pid, "user namespace for an idmap");
	while (pid == 0)
		(void)pause();
	int userns = map_and_open(pid, m, e);
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return userns;
}

int idmapped_apply(int tree_fd, const struct plan_mount *m, struct err *e)
{
	unsigned flags = AT_EMPTY_PATH | (m->idmap_recursive ? AT_RECURSIVE : 0);

	if (!m->uid_map.n || !m->gid_map.n)
		return err_say(e, EINVAL,
			       "idmap needs uidMappings and gidMappings, of the mount or the container");
	own_fd userns = make_userns(m, e);
	if (userns < 0)
		return userns;
	int r = sys_mount_setattr(tree_fd, "", flags, MOUNT_ATTR_IDMAP, 0, 0, userns);
	if (r == -EINVAL)
		return err_say(e, EINVAL, "this file system cannot be idmapped");
	return r < 0 ? err_set(e, -r, "idmap") : 0;
}
