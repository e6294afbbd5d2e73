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

/* Where below the container's cgroup2 directory `init` is; "" if it is not. The path is the container's
 * choice: only what follows the container's own is taken from it. */
static const char *place_of(const struct cgroup *cg, pid_t init, struct arena *a)
{
	char *text;

	if (file_read(AT_FDCWD, arena_printf(a, "/proc/%d/cgroup", init), 1 << 16, a, &text, NULL, NULL) < 0)
		return "";
	char *line = strstr(text, "0::");
	char *own = line ? strstr(line, cg->path) : NULL;
	if (!own)
		return "";
	own[strcspn(own, "\n")] = '\0';
	own += strlen(cg->path);
	return *own == '/' ? own + 1 : "";
}

/*
 * A cgroup that hands controllers down holds no processes itself (cgroups(7), no internal processes), and a
 * container with a service manager makes such a one of its own: then the place is beside its first process.
 */
static int enter_beside(const struct cgroup *cg, const struct cgroup_mount *m, pid_t init, const char *text,
			struct err *e)
{
	own_arena a = arena_new();
	const char *sub = place_of(cg, init, a);
	char path[PATH_MAX];

	if (!*sub)
		return -EBUSY;
	TRY(check_sub(sub, e));
	TRY(hierarchy_path(path, m, cg, sub, "cgroup.procs", e));
	return file_write_once(AT_FDCWD, path, text, e);
}

int cgroup_enter(const struct cgroup *cg, pid_t pid, const char *sub, pid_t init, bool in_cgroup2,
		 struct err *e)
{
	const struct host *h = cg->host;
	char text[16], path[PATH_MAX];

	if (!cgroup_needs_enter(cg, in_cgroup2))
		return 0;
	TRY(check_sub(sub, e));
	snprintf(text, sizeof text, "%d", pid);
	for (size_t i = 0; i < h->cgroups.n; i++) {
		const struct cgroup_mount *m = &h->cgroups.v[i];

		if (m->v2 && in_cgroup2)
			continue;
		TRY(hierarchy_path(path, m, cg, sub, "cgroup.procs", e));
		int r = file_write_once(AT_FDCWD, path, text, e);
		if (r == -EBUSY && m->v2 && !sub && init > 0)
			r = enter_beside(cg, m, init, text, e);
		TRY_IN(r, e, "enter cgroup");
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
