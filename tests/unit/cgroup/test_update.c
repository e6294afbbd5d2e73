/* A refused update takes back what it wrote, in a real cgroup of this machine; skipped where there is none.
 */
#include "base/own.h"
#include "base/str.h"
#include "cgroup/cgroup.h"

#include <criterion/criterion.h>
#include <fcntl.h>

static char *text_of(const struct cgroup *cg, const char *controller, const char *file, struct arena *a)
{
	const struct cgroup_mount *m = host_cgroup_find(cg->host, controller);
	char *text = arena_alloc(a, 256);
	own_fd fd = open(arena_printf(a, "%s%s/%s", m->path, cg->path, file), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, 255);

	text[n > 0 ? n - 1 : 0] = '\0';
	return text;
}

Test(cgroup_update, takes_back)
{
	own_arena a = arena_new();
	struct host host = { .privileged = true };
	struct err e = ERR_INIT;
	own_fd fd = FD_NONE;
	static const struct plan_write first[] = {
		{ .controller = "pids", .file = "pids.max", .value = "100" },
		{ .controller = "cpu", .file = "cpu.cfs_quota_us", .value = "50000" },
	};
	static const struct plan_write second[] = {
		{ .controller = "pids", .file = "pids.max", .value = "50" },
		{ .controller = "cpu", .file = "cpu.cfs_quota_us", .value = "20000" },
		{ .controller = "pids", .file = "pids.max", .value = "many" },
	};
	struct plan_cgroup plan = { .path = arena_printf(a, "/husk-update-%d", getpid()),
				    .writes = { first, 2 } };
	struct plan_cgroup change = { .writes = { second, 3 } };
	struct cgroup cg = { .host = &host };

	if (geteuid() != 0 || host_probe_cgroups(a, &host, &e) < 0 || host.layout == CGROUP_UNIFIED ||
	    !host_cgroup_find(&host, "pids") || !host_cgroup_find(&host, "cpu"))
		cr_skip_test("needs the v1 controllers pids and cpu");
	cr_assert_eq(cgroup_create(&cg, &plan, &fd, &e), 0, "%s", e.text);
	cr_assert_lt(cgroup_update(&cg, &change, &e), 0);
	char *pids = text_of(&cg, "pids", "pids.max", a), *quota = text_of(&cg, "cpu", "cpu.cfs_quota_us", a);
	change.writes.n = 2;
	int r = cgroup_update(&cg, &change, NULL);
	char *pids_then = text_of(&cg, "pids", "pids.max", a);
	cg.keep = false;
	cr_assert_eq(cgroup_remove(&cg, NULL), 0);
	cr_assert_str_eq(pids, "100");
	cr_assert_str_eq(quota, "50000");
	cr_assert(strstr(e.text, "'many'") && strstr(e.text, "(everything else is as it was)"), "%s", e.text);
	cr_assert_eq(r, 0);
	cr_assert_str_eq(pids_then, "50");
}
