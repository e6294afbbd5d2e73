/* What an update writes, for hosts that are made up here: the request, completed from what is in force. */
#include "plan/update.h"

#include "base/str.h"

#include <criterion/criterion.h>

static const struct cgroup_mount v2_mount[] = { { .path = "/sys/fs/cgroup", .own = "/", .v2 = true } };
static const struct cgroup_mount v1_mounts[] = {
	{ .controllers = "memory", .path = "/sys/fs/cgroup/memory", .own = "/" },
	{ .controllers = "cpu,cpuacct", .path = "/sys/fs/cgroup/cpu,cpuacct", .own = "/" },
	{ .controllers = "cpuset", .path = "/sys/fs/cgroup/cpuset", .own = "/" },
	{ .controllers = "pids", .path = "/sys/fs/cgroup/pids", .own = "/" },
	{ .controllers = "blkio", .path = "/sys/fs/cgroup/blkio", .own = "/" },
	{ .controllers = "", .path = "/sys/fs/cgroup/unified", .own = "/", .v2 = true },
};
static const struct host unified = { .layout = CGROUP_UNIFIED, .cgroups = { v2_mount, 1 } };
static const struct host hybrid = { .layout = CGROUP_HYBRID, .cgroups = { v1_mounts, 6 } };

static struct oci_resources *parse(const char *json, struct arena *a)
{
	struct err e = ERR_INIT;
	void *r = NULL;

	cr_assert_eq(oci_parse(&oci_type_resources, json, strlen(json), a, &r, &e), 0, "%s", e.text);
	return r;
}

static char *text_of(const struct oci_resources *r, struct arena *a)
{
	char *text = NULL;

	cr_assert_eq(oci_write(&oci_type_resources, r, 0, a, &text, NULL, NULL), 0);
	return text;
}

/* "file=value file=value": what `request` does where `now` is in force; "error: ..." when it is refused. */
static char *writes(const struct host *host, const char *now, const char *request, char **ret_now,
		    struct arena *a)
{
	struct strbuf s = STRBUF(a);
	struct plan_update u;
	struct err e = ERR_INIT;

	if (plan_update_build(parse(request, a), now ? parse(now, a) : NULL, host, a, &u, &e) < 0)
		return arena_printf(a, "error: %s", e.text);
	strbuf_puts(&s, "");
	for (size_t i = 0; i < u.cgroup.writes.n; i++)
		strbuf_printf(&s, "%s%s=%s", i ? " " : "", u.cgroup.writes.v[i].file,
			      u.cgroup.writes.v[i].value);
	*ret_now = text_of(&u.now, a);
	return s.text;
}

struct row {
	const char *now, *request;
	const char *v2, *v1;
	const char *then; /* in force afterwards; NULL: not looked at */
};

static const struct row rows[] = {
	{ NULL, "{}", "", "", "{\"memory\":{},\"cpu\":{}}" },
	{ NULL, "{\"memory\":{\"limit\":0},\"cpu\":{\"shares\":0,\"quota\":0,\"cpus\":\"\"},\"blockIO\":{}}",
	  "", "", NULL },
	/* a limit without swap: the sum stays, so swap alone changes */
	{ "{\"memory\":{\"limit\":100,\"swap\":300}}", "{\"memory\":{\"limit\":200}}",
	  "memory.max=200 memory.swap.max=100", "memory.limit_in_bytes=200 memory.memsw.limit_in_bytes=300",
	  "{\"memory\":{\"limit\":200,\"swap\":300},\"cpu\":{}}" },
	{ "{\"memory\":{\"limit\":100,\"swap\":300}}", "{\"memory\":{\"swap\":400}}",
	  "memory.max=100 memory.swap.max=300", "memory.limit_in_bytes=100 memory.memsw.limit_in_bytes=400",
	  "{\"memory\":{\"limit\":100,\"swap\":400},\"cpu\":{}}" },
	{ "{\"memory\":{\"limit\":100}}", "{\"memory\":{\"limit\":50}}", "memory.max=50",
	  "memory.limit_in_bytes=50", "{\"memory\":{\"limit\":50},\"cpu\":{}}" },
	{ "{\"memory\":{\"limit\":100,\"swap\":300}}", "{\"memory\":{\"swap\":-1}}",
	  "memory.max=100 memory.swap.max=max", "memory.limit_in_bytes=100 memory.memsw.limit_in_bytes=-1",
	  NULL },
	{ "{\"memory\":{\"limit\":100,\"swap\":300}}", "{\"memory\":{\"limit\":-1}}",
	  "memory.max=max memory.swap.max=max", "memory.limit_in_bytes=-1 memory.memsw.limit_in_bytes=-1",
	  "{\"memory\":{\"limit\":-1,\"swap\":-1},\"cpu\":{}}" },
	{ "{\"memory\":{\"limit\":100,\"swap\":300}}", "{\"memory\":{\"reservation\":70}}", "memory.low=70",
	  "memory.soft_limit_in_bytes=70", "{\"memory\":{\"limit\":100,\"swap\":300},\"cpu\":{}}" },
	/* half of cpu.max keeps the other half */
	{ "{\"cpu\":{\"quota\":50000,\"period\":100000}}", "{\"cpu\":{\"period\":50000}}",
	  "cpu.max=50000 50000", "cpu.cfs_period_us=50000 cpu.cfs_quota_us=50000",
	  "{\"memory\":{},\"cpu\":{\"quota\":50000,\"period\":50000}}" },
	{ "{\"cpu\":{\"quota\":50000,\"period\":100000}}", "{\"cpu\":{\"quota\":-1}}", "cpu.max=max 100000",
	  "cpu.cfs_period_us=100000 cpu.cfs_quota_us=-1",
	  "{\"memory\":{},\"cpu\":{\"quota\":-1,\"period\":100000}}" },
	{ NULL, "{\"cpu\":{\"period\":50000}}", "cpu.max=max 50000", "cpu.cfs_period_us=50000", NULL },
	{ "{\"cpu\":{\"quota\":50000,\"burst\":40000}}", "{\"cpu\":{\"quota\":60000}}",
	  "cpu.max=60000 cpu.max.burst=40000", "cpu.cfs_quota_us=60000 cpu.cfs_burst_us=40000", NULL },
	{ "{\"cpu\":{\"quota\":50000,\"burst\":40000}}", "{\"cpu\":{\"burst\":0}}",
	  "cpu.max=50000 cpu.max.burst=0", "cpu.cfs_quota_us=50000 cpu.cfs_burst_us=0",
	  "{\"memory\":{},\"cpu\":{\"quota\":50000,\"burst\":0}}" },
	/* a weight waits until the cgroup is idle no more */
	{ "{\"cpu\":{\"shares\":1024}}", "{\"cpu\":{\"idle\":1}}", "cpu.idle=1", "cpu.idle=1",
	  "{\"memory\":{},\"cpu\":{\"shares\":1024,\"idle\":1}}" },
	{ "{\"cpu\":{\"shares\":1024,\"idle\":1}}", "{\"cpu\":{\"shares\":2}}", "cpu.idle=1", "cpu.idle=1",
	  "{\"memory\":{},\"cpu\":{\"shares\":2,\"idle\":1}}" },
	{ "{\"cpu\":{\"shares\":1024,\"idle\":1}}", "{\"cpu\":{\"idle\":0}}", "cpu.idle=0 cpu.weight=100",
	  "cpu.idle=0 cpu.shares=1024", NULL },
	{ "{\"cpu\":{\"cpus\":\"0\",\"mems\":\"0\"}}", "{\"cpu\":{\"cpus\":\"0-1\"}}", "cpuset.cpus=0-1",
	  "cpuset.cpus=0-1", NULL },
	{ "{\"pids\":{\"limit\":7}}", "{\"pids\":{\"limit\":-1}}", "pids.max=max", "pids.max=max", NULL },
	{ NULL, "{\"blockIO\":{\"weight\":10}}", "io.bfq.weight=10 io.weight=1",
	  "blkio.weight=10 blkio.bfq.weight=10", NULL },
	/* the device list is create's alone */
	{ NULL, "{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}", "", "", NULL },
};

Test(plan_update, rows)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		own_arena a = arena_new();
		char *then_v2 = NULL, *then_v1 = NULL;
		char *v2 = writes(&unified, rows[i].now, rows[i].request, &then_v2, a);
		char *v1 = writes(&hybrid, rows[i].now, rows[i].request, &then_v1, a);

		cr_assert_str_eq(v2, rows[i].v2, "%s: %s", rows[i].request, v2);
		cr_assert_str_eq(v1, rows[i].v1, "%s: %s", rows[i].request, v1);
		if (!rows[i].then)
			continue;
		cr_assert_str_eq(then_v2, rows[i].then, "%s: %s", rows[i].request, then_v2);
		cr_assert_str_eq(then_v1, rows[i].then, "%s: %s", rows[i].request, then_v1);
	}
}

Test(plan_update, refusals)
{
	static const struct {
		const char *now, *request, *want;
	} bad[] = {
		{ "{\"memory\":{\"limit\":100,\"swap\":150}}", "{\"memory\":{\"limit\":200}}",
		  "memory.swap" },
		{ "{\"cpu\":{\"quota\":50000,\"burst\":40000}}", "{\"cpu\":{\"quota\":30000}}", "cpu.burst" },
		{ NULL, "{\"memory\":{\"swap\":100}}", "needs memory.limit" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		own_arena a = arena_new();
		char *then, *got = writes(&unified, bad[i].now, bad[i].request, &then, a);

		cr_assert(str_after(got, "error: ") && strstr(got, bad[i].want), "%s", got);
	}
}

/* Updates one after the other: each starts from what the one before left. */
Test(plan_update, chain)
{
	own_arena a = arena_new();
	char *now = NULL;

	writes(&unified, NULL, "{\"memory\":{\"limit\":100,\"swap\":300},\"cpu\":{\"quota\":20000}}", &now,
	       a);
	writes(&unified, now, "{\"cpu\":{\"period\":40000}}", &now, a);
	char *last = writes(&unified, now, "{\"memory\":{\"limit\":50},\"cpu\":{\"quota\":30000}}", &now, a);
	cr_assert_str_eq(last, "memory.max=50 memory.swap.max=250 cpu.max=30000 40000", "%s", last);
}
