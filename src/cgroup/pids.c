/* Which processes are in the cgroup, and what happened to them. */
#include "cgroup/cgroup.h"

#include "base/file.h"
#include "base/num.h"
#include "base/own.h"
#include "cgroup/hierarchy.h"

#include <fcntl.h>
#include <string.h>

enum { PIDS_MAX = 64 << 20 }; /* bytes of one cgroup.procs: more than the kernel has pids */

struct pids {
	struct arena *arena;
	pid_t *v;
	size_t n, cap;
};

/* A cgroup in threaded mode has no cgroup.procs to read: its processes are listed by the domain above. */
static int add_pids(struct pids *p, const char *dir, struct err *e)
{
	char *text, *save = NULL;
	struct err why = ERR_INIT;
	int r = file_read(AT_FDCWD, arena_printf(p->arena, "%s/cgroup.procs", dir), PIDS_MAX, p->arena, &text,
			  NULL, &why);

	if (r == -ENOENT || r == -ENODEV || r == -EOPNOTSUPP)
		return 0;
	if (r < 0)
		return err_say(e, -r, "%s", why.text);
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		int pid;

		/* 0: a process of a pid namespace that we do not see */
		if (!num_int(l, &pid) || pid <= 0)
			continue;
		p->v = arena_grow(p->arena, p->v, &p->cap, p->n + 1, sizeof *p->v);
		p->v[p->n++] = pid;
	}
	return 0;
}

static int by_number(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

/* v1 lists a process once per thread that moved, and a process may move while we read: once is enough. */
static void sort_unique(struct pids *p)
{
	size_t n = 0;

	if (p->n == 0)
		return;
	qsort(p->v, p->n, sizeof *p->v, by_number);
	for (size_t i = 0; i < p->n; i++)
		if (i == 0 || p->v[i] != p->v[n - 1])
			p->v[n++] = p->v[i];
	p->n = n;
}

int cgroup_pids(const struct cgroup *cg, struct arena *a, pid_t **ret, size_t *ret_n, struct err *e)
{
	const struct cgroup_mount *m = cg->path ? hierarchy_main(cg->host) : NULL;
	struct pids pids = { .arena = a };
	char path[PATH_MAX], **v;
	size_t n = 0;

	if (m) {
		TRY(hierarchy_path(path, m, cg, NULL, NULL, e));
		TRY(hierarchy_list(path, a, &v, &n, e));
	}
	for (size_t i = 0; i < n; i++)
		TRY(add_pids(&pids, v[i], e));
	sort_unique(&pids);
	*ret = pids.v;
	*ret_n = pids.n;
	return 0;
}

int cgroup_oom_kills(const struct cgroup *cg, uint64_t *ret)
{
	const struct cgroup_mount *m = cg->path ? host_cgroup_find(cg->host, "memory") : NULL;
	char path[PATH_MAX];

	*ret = 0;
	if (!m)
		return 0;
	TRY(hierarchy_path(path, m, cg, NULL, m->v2 ? "memory.events" : "memory.oom_control", NULL));
	own_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	/* kernels before 4.13 do not count */
	int r = hierarchy_keyed(fd, "oom_kill", ret);
	return r == -ENODATA ? 0 : r;
}
