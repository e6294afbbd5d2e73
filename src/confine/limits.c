/* Set resource limits, one's own and another process', and its oom_score_adj. */
#include "confine/confine.h"

#include "base/str.h"
#include "sys/procfs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

struct limit_text {
	char text[24];
};

static struct limit_text limit_word(uint64_t v)
{
	struct limit_text t;

	if (v == RLIM64_INFINITY)
		(void)snprintf(t.text, sizeof(t.text), "unlimited");
	else
		(void)snprintf(t.text, sizeof(t.text), "%" PRIu64, v);
	return t;
}

/*
 * prlimit(2) on a process of another user needs CAP_SYS_RESOURCE, on oneself only what rises above the hard
 * limit does: so the process sets what it may and its parent the rest. Both have the limits they were born
 * with, and decide alike.
 */
static bool needs_no_right(const struct plan_rlimit *l)
{
	struct rlimit64 now;

	return prlimit64(0, (enum __rlimit_resource)l->resource, NULL, &now) == 0 && l->hard <= now.rlim_max;
}

static int rlimit_apply(const struct plan_rlimit *l, pid_t pid, struct err *e)
{
	const struct rlimit64 wanted = { .rlim_cur = l->soft, .rlim_max = l->hard };

	if (prlimit64(pid, (enum __rlimit_resource)l->resource, &wanted, NULL) == 0)
		return 0;
	return err_set(e, errno, "set %s to %s:%s", l->name, limit_word(l->soft).text,
		       limit_word(l->hard).text);
}

int limits_lower(const struct plan_process *p, struct err *e)
{
	for (size_t i = 0; i < p->rlimits.n; i++)
		if (needs_no_right(&p->rlimits.v[i]))
			TRY(rlimit_apply(&p->rlimits.v[i], 0, e));
	return 0;
}

/* Without privilege in the initial user namespace: nobody there may lower an oom_score_adj. */
static bool unprivileged(int host_procfs_fd)
{
	char map[64];

	if (geteuid() != 0)
		return true;
	return procfs_read(host_procfs_fd, "self/uid_map", map, sizeof(map), NULL) > 0 &&
	       !strstr(map, " 4294967295");
}

static int oom_apply(int value, pid_t pid, int host_procfs_fd, struct err *e)
{
	char file[32], text[16], now[16];
	struct err cause = ERR_INIT;

	(void)snprintf(file, sizeof(file), "%d/oom_score_adj", (int)pid);
	(void)snprintf(text, sizeof(text), "%d", value);
	int r = procfs_write(host_procfs_fd, file, text, &cause);
	if (r >= 0)
		return 0;
	if (r == -EACCES || r == -EPERM) {
		/* Refused: fine if it is so already, and a rootless container goes on without (as runc and
		 * crun do). */
		int n = procfs_read(host_procfs_fd, file, now, sizeof(now), NULL);
		const char *rest = n > 0 ? str_after(now, text) : NULL;
		if ((rest && *rest == '\n') || unprivileged(host_procfs_fd))
			return 0;
	}
	return err_set(e, -r, "set oom_score_adj to %d", value);
}

int limits_apply(const struct plan_process *p, pid_t pid, int host_procfs_fd, struct err *e)
{
	for (size_t i = 0; i < p->rlimits.n; i++)
		if (!needs_no_right(&p->rlimits.v[i]))
			TRY(rlimit_apply(&p->rlimits.v[i], pid, e));
	return p->set_oom_score_adj ? oom_apply(p->oom_score_adj, pid, host_procfs_fd, e) : 0;
}
