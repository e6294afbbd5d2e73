/* Fuzz target: any config that can be read is planned or refused, and the plan can be shown, for four kinds
 * of machine. */
#include "plan/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct cgroup_mount unified[] = {
	{ .controllers = "cpuset cpu io memory hugetlb pids rdma",
	  .path = "/sys/fs/cgroup",
	  .own = "/",
	  .v2 = true },
};
static const struct cgroup_mount legacy[] = {
	{ .controllers = "cpu,cpuacct", .path = "/sys/fs/cgroup/cpu", .own = "/" },
	{ .controllers = "memory", .path = "/sys/fs/cgroup/memory", .own = "/" },
};

static const struct host hosts[] = {
	{ .privileged = true,
	  .layout = CGROUP_UNIFIED,
	  .cgroups = { unified, 1 },
	  .apparmor = true,
	  .selinux = true },
	{ .privileged = true, .layout = CGROUP_LEGACY, .cgroups = { legacy, 2 } },
	{ .euid = 1000, .egid = 1000, .layout = CGROUP_NONE },
	{ .euid = 1000,
	  .egid = 1000,
	  .layout = CGROUP_UNIFIED,
	  .cgroups = { unified, 1 },
	  .user_name = "ann",
	  .subuid = { 100000, 65536 },
	  .subgid = { 100000, 65536 },
	  .newuidmap = "/usr/bin/newuidmap",
	  .newgidmap = "/usr/bin/newgidmap" },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct plan_opts opts = { .id = "fuzz", .bundle = "/bundle" };
	struct arena *a = arena_new();
	void *config;

	if (oci_parse(&oci_type_config, (const char *)data, size, a, &config, NULL) == 0)
		for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
			struct plan plan = { 0 };
			struct err e = ERR_INIT;

			if (plan_build(config, &opts, &hosts[i], a, &plan, &e) < 0) {
				if (!e.code || !e.len)
					__builtin_trap(); /* a refusal says why */
				continue;
			}
			(void)plan_text(&plan, a);
			(void)plan_json(&plan, a);
		}
	arena_free(a);
	return 0;
}
