/* Hearing of processes that were killed because memory ran out. */
#include "cgroup/oom.h"

#include "base/own.h"
#include "cgroup/hierarchy.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>

/* An eventfd that v1 signals whenever the cgroup's limit is met and nothing can be freed, whether somebody is
 * killed or the cgroup has to wait (kernel, Documentation/admin-guide/cgroup-v1/memory.rst). */
static int listen_v1(const struct cgroup *cg, const struct cgroup_mount *m)
{
	char path[PATH_MAX], text[32];

	if (hierarchy_path(path, m, cg, NULL, "memory.oom_control", NULL) < 0)
		return FD_NONE;
	own_fd control = open(path, O_RDONLY | O_CLOEXEC);
	own_fd event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (control < 0 || event < 0 || hierarchy_path(path, m, cg, NULL, "cgroup.event_control", NULL) < 0)
		return FD_NONE;
	own_fd register_fd = open(path, O_WRONLY | O_CLOEXEC);
	int n = snprintf(text, sizeof text, "%d %d", event, control);
	if (register_fd < 0 || write(register_fd, text, (size_t)n) != n)
		return FD_NONE;
	return TAKE_FD(event);
}

/* Kills in the cgroups of the subtree, from the `first` of the list on. */
static uint64_t count_v1(const struct cgroup *cg, const struct cgroup_mount *m, size_t first)
{
	own_arena a = arena_new();
	char path[PATH_MAX], **v;
	uint64_t sum = 0, kills;
	size_t n;

	if (hierarchy_path(path, m, cg, NULL, NULL, NULL) < 0 || hierarchy_list(path, a, &v, &n, NULL) < 0)
		return 0;
	for (size_t i = first; i < n; i++) {
		own_fd fd = open(arena_printf(a, "%s/memory.oom_control", v[i]), O_RDONLY | O_CLOEXEC);

		if (fd >= 0 && hierarchy_keyed(fd, "oom_kill", &kills) == 0)
			sum += kills;
	}
	return sum;
}

static const struct cgroup_mount *memory(const struct cgroup *cg)
{
	return cg->path ? host_cgroup_find(cg->host, "memory") : NULL;
}

void oom_watch(const struct cgroup *cg, struct oom_watch *ret)
{
	const struct cgroup_mount *m = memory(cg);
	char path[PATH_MAX];

	*ret = (struct oom_watch){ .cg = cg, .fd = FD_NONE, .v2 = !m || m->v2 };
	if (!m)
		return;
	if (!m->v2) {
		ret->fd = listen_v1(cg, m);
		ret->events = POLLIN;
		ret->kills = count_v1(cg, m, ret->fd >= 0);
		return;
	}
	if (hierarchy_path(path, m, cg, NULL, "memory.events", NULL) >= 0)
		ret->fd = open(path, O_RDONLY | O_CLOEXEC);
	ret->events = POLLPRI;
	if (ret->fd < 0 || hierarchy_keyed(ret->fd, "oom_kill", &ret->kills) < 0)
		oom_done(ret);
}

static bool happened_v1(struct oom_watch *w, const struct cgroup_mount *m)
{
	bool own = w->fd >= 0;
	uint64_t times, kills = count_v1(w->cg, m, own), before = w->kills;
	char path[PATH_MAX];

	w->kills = kills;
	if (own && read(w->fd, &times, sizeof times) == sizeof times)
		/* the end of the cgroup is signalled just so */
		return hierarchy_path(path, m, w->cg, NULL, "memory.oom_control", NULL) >= 0 &&
		       access(path, F_OK) == 0;
	return kills > before;
}

bool oom_happened(struct oom_watch *w)
{
	const struct cgroup_mount *m = memory(w->cg);
	uint64_t before = w->kills;

	if (m && !m->v2)
		return happened_v1(w, m);
	if (w->fd < 0)
		return false;
	if (hierarchy_keyed(w->fd, "oom_kill", &w->kills) < 0) {
		oom_done(w); /* the cgroup is gone: its descriptor would be ready for ever */
		return false;
	}
	return w->kills > before;
}

void oom_done(struct oom_watch *w)
{
	own_fd_done(&w->fd);
}
