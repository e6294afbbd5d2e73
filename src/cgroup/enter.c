/* Bringing a process into the cgroup. */
#include "cgroup/cgroup.h"

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "cgroup/hierarchy.h"

#include <fcntl.h>

/* A sub-cgroup stays below the container's: cgroup file systems have no symlinks, so ".." is the only way
 * out. */
static int check_sub(const char *sub, struct err *e)
{
	for (const char *p = sub; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || !p[2]))
			return err_say(e, EINVAL, "cgroup '%s' is not below the container's cgroup", sub);
	}
	return 0;
}

bool cgroup_needs_enter(const struct cgroup *cg, bool in_cgroup2)
{
	return cg->path && !(in_cgroup2 && cg->host->layout == CGROUP_UNIFIED);
}

int cgroup_enter(const struct cgroup *cg, pid_t pid, const char *sub, bool in_cgroup2, struct err *e)
{
	const struct host *h = cg->host;
	char text[16], path[PATH_MAX];

	if (!cgroup_needs_enter(cg, in_cgroup2))
		return 0;
	TRY(check_sub(sub, e));
	snprintf(text, sizeof text, "%d", pid);
	for (size_t i = 0; i < h->cgroups.n; i++) {
		if (h->cgroups.v[i].v2 && in_cgroup2)
			continue;
		TRY(hierarchy_path(path, &h->cgroups.v[i], cg, sub, "cgroup.procs", e));
		TRY_IN(file_write_once(AT_FDCWD, path, text, e), e, "enter cgroup");
	}
	return 0;
}

int cgroup_open(const struct cgroup *cg, const char *sub, int *ret_fd, struct err *e)
{
	const struct cgroup_mount *m = cg->path ? hierarchy_v2(cg->host) : NULL;
	char path[PATH_MAX];

	if (!m) {
		*ret_fd = FD_NONE;
		return 0;
	}
	TRY(check_sub(sub, e));
	TRY(hierarchy_path(path, m, cg, sub, NULL, e));
	own_fd fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "open cgroup %s", path);
	*ret_fd = TAKE_FD(fd);
	return 0;
}
