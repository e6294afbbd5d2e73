/* linux.cgroupsPath and linux.resources as a plan, for hosts that are made up here. */
#include "plan/parts.h"
#include "plan/resources.h"

#include "base/str.h"

#include <criterion/criterion.h>
#include <errno.h>

static const struct cgroup_mount v2_mount[] = { { .path = "/sys/fs/cgroup", .own = "/user/me", .v2 = true } };
static const struct cgroup_mount v1_mounts[] = {
	{ .controllers = "memory", .path = "/sys/fs/cgroup/memory", .own = "/" },
	{ .controllers = "cpu,cpuacct", .path = "/sys/fs/cgroup/cpu,cpuacct", .own = "/" },
	{ .controllers = "blkio", .path = "/sys/fs/cgroup/blkio", .own = "/" },
	{ .controllers = "hugetlb", .path = "/sys/fs/cgroup/unified", .own = "/", .v2 = true },
};

/* A config with empty objects to fill, and what comes of it. */
struct bed {
	struct arena *a;
	struct oci_config config;
	struct oci_linux linux_;
	struct oci_resources r;
	struct oci_memory memory;
	struct oci_cpu cpu;
	struct oci_pids pids;
	struct oci_block_io io;
	struct plan_opts opts;
	struct host host;
	struct plan_cgroup plan;
	struct plan_warnings warnings;
	struct err e;
};

static struct bed *bed_new(enum cgroup_layout layout)
{
	static struct bed b;

	b = (struct bed){ .a = arena_new(), .opts.id = "web1" };
	b.config.linux_ = &b.linux_;
	b.linux_.resources = &b.r;
	b.r.memory = &b.memory;
	b.r.cpu = &b.cpu;
	b.r.pids = &b.pids;
	b.r.block_io = &b.io;
	b.host.privileged = true;
	b.host.layout = layout;
	b.host.cgroups.v = layout == CGROUP_UNIFIED ? v2_mount : v1_mounts;
	b.host.cgroups.n = layout == CGROUP_UNIFIED ? 1 : layout == CGROUP_HYBRID ? 4 : 3;
	return &b;
}

static int build(struct bed *b)
{
	b->e = ERR_INIT;
	b->plan = (struct plan_cgroup){ 0 };
	return plan_cgroup_build(&b->config, &b->opts, &b->host, b->a, &b->plan, &b->warnings, &b->e);
}

/* "file=value" of every write, one per line; "!" marks what asks for nothing, "?" what is optional. */
static char *writes(struct bed *b)
{
	struct strbuf s = STRBUF(b->a);

	cr_assert_eq(build(b), 0, "%s", b->e.text);
	strbuf_puts(&s, "");
	for (size_t i = 0; i < b->plan.writes.n; i++) {
		const struct plan_write *w = &b->plan.writes.v[i];

		strbuf_printf(&s, "%s=%s%s%s%s\n", w->file, w->value, w->asks_nothing ? "!" : "",
			      w->optional ? "?" : "", w->otherwise ? "|" : "");
	}
	return s.text;
}

Test(plan_cgroup, weight_follows_the_curve)
{
	static const struct {
		uint64_t shares;
		unsigned weight;
	} rows[] = { { 0, 0 },      { 1, 1 },          { 2, 1 },           { 3, 2 },
		     { 1024, 100 }, { 262144, 10000 }, { 1u << 30, 10000 } };
	unsigned before = 0;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		cr_assert_eq(resources_weight(rows[i].shares), rows[i].weight, "%lu", rows[i].shares);
	for (uint64_t shares = 1; shares <= 262144; shares += 7) {
		unsigned weight = resources_weight(shares);

		cr_assert(weight >= before && weight >= 1 && weight <= 10000);
		before = weight;
	}
}

Test(plan_cgroup, paths)
{
	static const struct {
		char *path;
		bool privileged;
		const char *want; /* NULL: refused */
	} rows[] = {
		{ NULL, true, "/husk-web1" },
		{ "", true, "/husk-web1" },
		{ NULL, false, "/user/me/husk-web1" },
		{ "/a/b", true, "/a/b" },
		{ "/a/b", false, "/a/b" },
		{ "//a/./b//", true, "/a/b" },
		{ "a/b", true, "/a/b" },
		{ "a/b", false, "/user/me/a/b" },
		{ "/a/..b/c..", true, "/a/..b/c.." },
		{ "/a/../b", true, NULL },
		{ "..", true, NULL },
		{ "/", true, NULL },
		{ "system.slice:husk:web1", true, NULL },
		{ "/with:two:colons", true, "/with:two:colons" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bed *b = bed_new(CGROUP_UNIFIED);

		b->linux_.cgroups_path = rows[i].path;
		b->host.privileged = rows[i].privileged;
		cr_assert_eq(build(b), rows[i].want ? 0 : -EINVAL, "%s: %s", rows[i].path, b->e.text);
		if (rows[i].want)
			cr_assert_str_eq(b->plan.path, rows[i].want);
		else
			cr_assert(strstr(b->e.text, "linux.cgroupsPath"), "%s", b->e.text);
	}
}

Test(plan_cgroup, empty_resources_write_nothing)
{
	struct bed *b = bed_new(CGROUP_UNIFIED);

	cr_assert_str_eq(writes(b), "");
	cr_assert(!b->plan.may_be_absent);
	b->host.privileged = false;
	cr_assert_str_eq(writes(b), "");
	cr_assert(b->plan.may_be_absent);
	cr_assert_eq(b->plan.devices.n, 0);
	b->config.linux_ = NULL;
	cr_assert_str_eq(writes(b), "");
}

static void fill(struct bed *b)
{
	SET(&b->memory, oci_memory, limit, 1000);
	SET(&b->memory, oci_memory, swap, 3000);
	SET(&b->memory, oci_memory, reservation, 500);
	SET(&b->cpu, oci_cpu, shares, 1024);
	SET(&b->cpu, oci_cpu, quota, 50000);
	SET(&b->cpu, oci_cpu, period, 100000);
	SET(&b->cpu, oci_cpu, burst, 1000);
	SET(&b->cpu, oci_cpu, cpus, arena_strdup(b->a, "0-1"));
	SET(&b->pids, oci_pids, limit, 7);
	SET(&b->io, oci_block_io, weight, 10);
}

Test(plan_cgroup, one_config_on_cgroup2_and_on_v1)
{
	struct bed *b = bed_new(CGROUP_UNIFIED);

	fill(b);
	cr_assert_str_eq(writes(b), "memory.max=1000\nmemory.swap.max=2000?\nmemory.low=500\ncpu.weight=100\n"
				    "cpu.max=50000 100000\ncpu.max.burst=1000\ncpuset.cpus=0-1\npids.max=7\n"
				    "io.bfq.weight=10?\nio.weight=1|\n");
	b = bed_new(CGROUP_LEGACY);
	fill(b);
	cr_assert_str_eq(writes(b),
			 "memory.limit_in_bytes=1000\nmemory.memsw.limit_in_bytes=3000?\n"
			 "memory.soft_limit_in_bytes=500\ncpu.shares=1024\ncpu.cfs_period_us=100000\n"
			 "cpu.cfs_quota_us=50000\ncpu.cfs_burst_us=1000\ncpuset.cpus=0-1\npids.max=7\n"
			 "blkio.weight=10?\nblkio.bfq.weight=10|\n");
}

Test(plan_cgroup, unlimited_asks_for_nothing)
{
	struct bed *b = bed_new(CGROUP_UNIFIED);

	SET(&b->memory, oci_memory, limit, -1);
	SET(&b->cpu, oci_cpu, quota, -1);
	SET(&b->cpu, oci_cpu, shares, 0);
	SET(&b->pids, oci_pids, limit, 0);
	cr_assert_str_eq(writes(b), "memory.max=max!\nmemory.swap.max=max!?\ncpu.max=max!\npids.max=0!\n");
	SET(&b->pids, oci_pids, limit, -1);
	cr_assert(strstr(writes(b), "pids.max=max!"));
}

Test(plan_cgroup, each_controller_speaks_the_dialect_of_its_hierarchy)
{
	struct bed *b = bed_new(CGROUP_HYBRID);
	struct oci_hugepage_limit h = { .page_size = (char[]){ "2MB" }, .limit = 4096 };

	b->r.hugepage_limits.v = &h;
	b->r.hugepage_limits.n = 1;
	SET(&b->memory, oci_memory, limit, 1000);
	cr_assert_str_eq(writes(b),
			 "memory.limit_in_bytes=1000\nhugetlb.2MB.max=4096\nhugetlb.2MB.rsvd.max=4096?\n");
	h.page_size = (char[]){ "../2MB" };
	cr_assert_eq(build(b), -EINVAL);
	cr_assert(strstr(b->e.text, "hugepageLimits[0].pageSize"), "%s", b->e.text);
}

Test(plan_cgroup, v1_settings_are_warnings_on_cgroup2)
{
	struct bed *b = bed_new(CGROUP_UNIFIED);

	SET(&b->memory, oci_memory, swappiness, 10);
	SET(&b->memory, oci_memory, kernel, 10);
	SET(&b->cpu, oci_cpu, realtime_runtime, 10);
	cr_assert_str_eq(writes(b), "");
	cr_assert_eq(b->warnings.n, 3);
	cr_assert_str_eq(b->warnings.v[1],
			 "linux.resources.memory.swappiness is for cgroup v1 only and ignored here");
}

Test(plan_cgroup, io_limits)
{
	struct bed *b = bed_new(CGROUP_UNIFIED);
	struct oci_throttle_device d[] = { { .major = 8, .minor = 0, .rate = 600 },
					   { .major = 8, .minor = 16 } };

	b->io.throttle_read_bps_device.v = d;
	b->io.throttle_read_bps_device.n = 2;
	b->io.throttle_write_iops_device.v = d;
	b->io.throttle_write_iops_device.n = 1;
	cr_assert_str_eq(writes(b), "io.max=8:0 rbps=600\nio.max=8:16 rbps=max\nio.max=8:0 wiops=600\n");
}

Test(plan_cgroup, unified_comes_last_and_line_by_line)
{
	struct bed *b = bed_new(CGROUP_UNIFIED);
	struct oci_kv kv[] = { { "io.max", "8:0 rbps=1\n8:16 wbps=2\n" }, { "cgroup.max.depth", "3" } };

	b->r.unified.v = kv;
	b->r.unified.n = 2;
	SET(&b->pids, oci_pids, limit, 7);
	cr_assert_str_eq(writes(b),
			 "pids.max=7\nio.max=8:0 rbps=1\nio.max=8:16 wbps=2\ncgroup.max.depth=3\n");
	cr_assert_str_eq(b->plan.writes.v[1].controller, "io");
	cr_assert_str_eq(b->plan.writes.v[3].controller, "");

	kv[0].key = "io.max/../cgroup.procs";
	cr_assert_eq(build(b), -EINVAL);
	b = bed_new(CGROUP_HYBRID);
	kv[0].key = "memory.high";
	b->r.unified.v = kv;
	b->r.unified.n = 1;
	cr_assert_eq(build(b), -ENOTSUP);
	cr_assert_str_eq(b->e.text,
			 "linux.resources.unified: 'memory.high' needs the memory controller in cgroup2");
}

Test(plan_cgroup, contradictions_are_refused)
{
	struct bed *b = bed_new(CGROUP_UNIFIED);

	SET(&b->memory, oci_memory, swap, 10);
	cr_assert_eq(build(b), -EINVAL);
	SET(&b->memory, oci_memory, limit, 20);
	cr_assert_eq(build(b), -EINVAL);
	cr_assert_str_eq(b->e.text,
			 "linux.resources.memory.swap: memory and swap together, 10, are less than "
			 "memory.limit, 20");
	SET(&b->memory, oci_memory, swap, 20);
	cr_assert_str_eq(writes(b), "memory.max=20\nmemory.swap.max=0?\n");
	SET(&b->cpu, oci_cpu, quota, 10);
	SET(&b->cpu, oci_cpu, burst, 11);
	cr_assert_eq(build(b), -EINVAL);
}

Test(plan_cgroup, managers)
{
	struct bed *b = bed_new(CGROUP_UNIFIED);

	b->opts.cgroup_disabled = true;
	cr_assert_eq(build(b), 0);
	cr_assert_eq(b->plan.manager, CGROUP_MANAGER_DISABLED);
	cr_assert_null(b->plan.path);
	b->opts.cgroup_disabled = false;
	b->opts.systemd_cgroup = true;
	b->linux_.cgroups_path = (char[]){ "a.slice:p:n" };
	cr_assert_eq(build(b), 0);
	cr_assert_eq(b->plan.manager, CGROUP_MANAGER_SYSTEMD);
	cr_assert_str_eq(b->plan.path, "a.slice:p:n");
}

Test(plan_cgroup, ownership_goes_to_the_mapped_user)
{
	struct bed *b = bed_new(CGROUP_UNIFIED);
	struct oci_namespace ns = { .type = OCI_NS_CGROUP };
	struct oci_mount m = { .destination = (char[]){ "/sys/fs/cgroup" }, .source = (char[]){ "cgroup" } };
	struct oci_id_mapping map = { .container_id = 0, .host_id = 100000, .size = 65536 };
	char *ro = (char[]){ "ro" };

	b->linux_.namespaces.v = &ns;
	b->linux_.namespaces.n = 1;
	b->linux_.uid_mappings.v = &map;
	b->linux_.uid_mappings.n = 1;
	b->config.mounts.v = &m;
	b->config.mounts.n = 1;
	cr_assert_eq(build(b), 0);
	cr_assert(b->plan.own);
	cr_assert_eq(b->plan.owner_uid, 100000);
	m.options.v = &ro;
	m.options.n = 1;
	cr_assert_eq(build(b), 0);
	cr_assert(!b->plan.own, "mounted read-only");
}
