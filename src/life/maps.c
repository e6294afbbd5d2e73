/* Parent lane: id maps and clock offsets of a child that waits for them. */
#include "life/lane.h"

#include "base/str.h"
#include "life/helper.h"
#include "sys/procfs.h"

#include <errno.h>
#include <time.h>

static int write_file(int procfs_fd, pid_t pid, const char *file, const char *text, struct err *e)
{
	char name[64];

	snprintf(name, sizeof name, "%d/%s", pid, file);
	return procfs_write(procfs_fd, name, text, e);
}

static char *map_text(const struct plan_map *v, size_t n, struct arena *a)
{
	struct strbuf b = STRBUF(a);

	for (size_t i = 0; i < n; i++)
		strbuf_printf(&b, "%u %u %u\n", v[i].inside, v[i].outside, v[i].count);
	return b.text;
}

/* newuidmap(1): PID, then inside outside count for each line. It checks /etc/subuid for us, with its own
 * privileges. */
static int map_by_helper(const char *path, pid_t pid, const struct plan_map *v, size_t n, struct arena *a,
			 struct err *e)
{
	char **args = arena_array(a, 3 + 3 * n, sizeof *args);
	size_t i = 0;

	args[i++] = arena_strdup(a, path);
	args[i++] = arena_printf(a, "%d", pid);
	for (size_t m = 0; m < n; m++) {
		args[i++] = arena_printf(a, "%u", v[m].inside);
		args[i++] = arena_printf(a, "%u", v[m].outside);
		args[i++] = arena_printf(a, "%u", v[m].count);
	}
	return err_in(e, helper_run(&(struct helper){ .path = path, .args = args, .timeout = 10 }, e), "%s",
		      path);
}

static int write_maps(const struct plan_ns *ns, const struct host *host, pid_t pid, int procfs_fd,
		      struct arena *a, struct err *e)
{
	if (ns->map_with_helpers) {
		TRY(map_by_helper(host->newgidmap, pid, ns->gid_map.v, ns->gid_map.n, a, e));
		return map_by_helper(host->newuidmap, pid, ns->uid_map.v, ns->uid_map.n, a, e);
	}
	if (ns->deny_setgroups)
		TRY_IN(write_file(procfs_fd, pid, "setgroups", "deny", e), e, "deny setgroups");
	if (ns->gid_map.n)
		TRY_IN(write_file(procfs_fd, pid, "gid_map", map_text(ns->gid_map.v, ns->gid_map.n, a), e), e,
		       "write gid map");
	if (ns->uid_map.n)
		TRY_IN(write_file(procfs_fd, pid, "uid_map", map_text(ns->uid_map.v, ns->uid_map.n, a), e), e,
		       "write uid map");
	return 0;
}

int maps_write(const struct plan_ns *ns, const struct host *host, pid_t pid, int procfs_fd, struct err *e)
{
	own_arena a = arena_new();

	TRY(write_maps(ns, host, pid, procfs_fd, a, e));
	if (ns->clocks.n == 0)
		return 0;
	struct strbuf b = STRBUF(a);
	for (size_t i = 0; i < ns->clocks.n; i++) {
		const struct plan_clock *c = &ns->clocks.v[i];

		strbuf_printf(&b, "%s %lld %u\n", c->clock == CLOCK_MONOTONIC ? "monotonic" : "boottime",
			      (long long)c->secs, c->nanosecs);
	}
	return err_in(e, write_file(procfs_fd, pid, "timens_offsets", b.text, e), "write clock offsets");
}
