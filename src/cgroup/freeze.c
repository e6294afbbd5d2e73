/* Stopping and resuming every process of the cgroup. */
#include "cgroup/cgroup.h"

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "cgroup/hierarchy.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>

enum {
	FREEZE_MS = 10000, /* a process in uninterruptible sleep delays the freeze for as long as it sleeps */
	V1_STEP_MS = 5
};

/* cgroup2 changes cgroup.events when the last process has stopped. */
static int wait_v2(const struct cgroup *cg, int events_fd, bool frozen, struct err *e)
{
	struct pollfd p = { .fd = events_fd, .events = POLLPRI };
	uint64_t now;

	for (;;) {
		int r = hierarchy_keyed(events_fd, "frozen", &now);

		if (r < 0)
			return err_set(e, -r, "read cgroup.events of %s", cg->path);
		if (now == frozen)
			return 0;
		r = poll(&p, 1, FREEZE_MS);
		if (r == 0)
			return err_set(e, ETIMEDOUT, "%s cgroup %s", frozen ? "freeze" : "thaw", cg->path);
		if (r < 0 && errno != EINTR)
			return err_set(e, errno, "wait for cgroup %s", cg->path);
	}
}

/* -EOPNOTSUPP: a kernel before 5.2, whose cgroup2 cannot freeze. */
static int freeze_v2(const struct cgroup *cg, const struct cgroup_mount *m, bool frozen, struct err *e)
{
	char path[PATH_MAX];

	TRY(hierarchy_path(path, m, cg, NULL, "cgroup.events", e));
	own_fd events = open(path, O_RDONLY | O_CLOEXEC);
	if (events < 0)
		return err_set(e, errno, "open %s", path);
	TRY(hierarchy_path(path, m, cg, NULL, "cgroup.freeze", e));
	int r = file_write_once(AT_FDCWD, path, frozen ? "1" : "0", e);
	if (r == -ENOENT)
		return -EOPNOTSUPP;
	TRY(r);
	r = wait_v2(cg, events, frozen, e);
	if (r < 0 && frozen)
		(void)file_write_once(AT_FDCWD, path, "0", NULL);
	return r;
}

static int state_v1(const char *path, char ret[16], struct err *e)
{
	own_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, 15);

	if (n < 0)
		return err_set(e, errno, "read %s", path);
	ret[n] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	return 0;
}

/* v1 gets stuck in FREEZING when processes fork meanwhile: asking again takes the new ones in. */
static int freeze_v1(const struct cgroup *cg, const struct cgroup_mount *m, bool frozen, struct err *e)
{
	const char *want = frozen ? "FROZEN" : "THAWED";
	char path[PATH_MAX], state[16];

	TRY(hierarchy_path(path, m, cg, NULL, "freezer.state", e));
	for (int ms = 0; ms < FREEZE_MS; ms += V1_STEP_MS) {
		TRY(file_write_once(AT_FDCWD, path, want, e));
		TRY(state_v1(path, state, e));
		if (str_eq(state, want))
			return 0;
		(void)poll(NULL, 0, V1_STEP_MS);
	}
	if (frozen)
		(void)file_write_once(AT_FDCWD, path, "THAWED", NULL);
	return err_set(e, ETIMEDOUT, "%s cgroup %s", frozen ? "freeze" : "thaw", cg->path);
}

static const struct cgroup_mount *freezer_v1(const struct host *h)
{
	const struct cgroup_mount *m = host_cgroup_find(h, "freezer");

	return m && !m->v2 ? m : NULL;
}

int cgroup_freeze(const struct cgroup *cg, bool frozen, struct err *e)
{
	const struct cgroup_mount *v1 = freezer_v1(cg->host), *v2 = hierarchy_v2(cg->host);

	if (!cg->path)
		return err_say(e, ENOTSUP, "the container has no cgroup that could be %s",
			       frozen ? "frozen" : "thawed");
	/* beside v1 hierarchies cgroup2 still freezes, and better: what it holds can be killed */
	int r = v2 ? freeze_v2(cg, v2, frozen, e) : -EOPNOTSUPP;
	if (r == -EOPNOTSUPP && v1)
		r = freeze_v1(cg, v1, frozen, e);
	if (r == -EOPNOTSUPP)
		return err_say(e, ENOTSUP, "cgroup: no freezer on this host");
	return r;
}

int cgroup_frozen(const struct cgroup *cg, struct err *e)
{
	const struct cgroup_mount *v1 = freezer_v1(cg->host), *v2 = hierarchy_v2(cg->host);
	char path[PATH_MAX], state[16];
	uint64_t frozen = 0;

	if (cg->path && v2) {
		TRY(hierarchy_path(path, v2, cg, NULL, "cgroup.events", e));
		own_fd fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 && errno != ENOENT)
			return err_set(e, errno, "open %s", path);
		if (fd >= 0 && hierarchy_keyed(fd, "frozen", &frozen) == 0 && frozen)
			return 1;
	}
	if (cg->path && v1) {
		TRY(hierarchy_path(path, v1, cg, NULL, "freezer.state", e));
		int r = state_v1(path, state, e);
		if (r < 0)
			return r == -ENOENT ? 0 : r;
		return !str_eq(state, "THAWED");
	}
	return 0;
}
