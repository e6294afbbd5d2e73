/* A signal for every process of the cgroup. */
#include "cgroup/cgroup.h"

#include "base/file.h"
#include "base/own.h"
#include "cgroup/hierarchy.h"

#include <fcntl.h>
#include <signal.h>

/* cgroup.kill is atomic: nothing forks away from it, and a frozen process dies too (Linux 5.14). */
static int kill_at_once(const struct cgroup *cg, const struct cgroup_mount *m, struct err *e)
{
	char path[PATH_MAX];

	TRY(hierarchy_path(path, m, cg, NULL, "cgroup.kill", e));
	return file_write_once(AT_FDCWD, path, "1", e);
}

static int signal_each(const struct cgroup *cg, int signal, struct err *e)
{
	own_arena a = arena_new();
	pid_t *pids;
	size_t n;

	TRY(cgroup_pids(cg, a, &pids, &n, e));
	for (size_t i = 0; i < n; i++)
		if (kill(pids[i], signal) < 0 && errno != ESRCH)
			return err_set(e, errno, "signal %d to process %d", signal, pids[i]);
	return 0;
}

int cgroup_kill(const struct cgroup *cg, int signal, struct err *e)
{
	const struct cgroup_mount *v2 = hierarchy_v2(cg->host);

	if (!cg->path)
		return err_say(e, ENOTSUP, "the container has no cgroup: its processes are not known");
	int r = v2 && signal == SIGKILL ? kill_at_once(cg, v2, NULL) : -ENOENT;
	if (r != -ENOENT)
		return r < 0 ? err_set(e, -r, "kill cgroup %s", cg->path) : 0;

	/* while they are frozen nothing forks and no pid is used again */
	int paused = TRY(cgroup_frozen(cg, e));
	bool froze = !paused && cgroup_freeze(cg, true, NULL) >= 0;

	r = signal_each(cg, signal, e);
	/* on v1 a frozen process does not even die of SIGKILL */
	if (froze || (paused && signal == SIGKILL))
		(void)cgroup_freeze(cg, false, NULL);
	return r;
}
